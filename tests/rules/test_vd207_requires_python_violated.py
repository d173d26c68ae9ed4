"""VD207: Requires-Python against the actual version."""

from __future__ import annotations

from tests.support.package_facts import dist, findings, with_packages
from venvdoctor.model.distribution import ImportName

RULE = "vd207_requires_python_violated"


def test_a_warning_that_names_both_versions() -> None:
    (found,) = findings(RULE, with_packages(dist(requires_python="<3.10", requires_python_ok=False)))
    assert found.severity == "warning"
    assert found.evidence == {"requires": "<3.10", "python": "3.11.2"}


def test_an_error_where_importing_it_runs_what_is_refused() -> None:
    name = ImportName(name="demo", state="fails", reason="newer-python", path="/e/demo.py", detail="int | None")
    (found,) = findings(
        RULE, with_packages(dist("demo", requires_python=">=3.13", requires_python_ok=False, imports=(name,)))
    )
    assert found.severity == "error"
    assert found.message.endswith("runs it: `import demo` fails")
    assert found.evidence["refused"] == "int | None in /e/demo.py"


def test_silent_when_it_holds_or_nobody_can_tell() -> None:
    assert not findings(RULE, with_packages(dist(requires_python_ok=True), dist("other", requires_python_ok=None)))
    assert not findings(RULE, with_packages(dist(requires_python_ok=False, from_base=True)))
