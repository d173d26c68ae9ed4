"""VD510: a pip that does not run."""

from __future__ import annotations

from tests.support.package_facts import dist, fails, findings, lost, with_packages
from tests.support.script_facts import script
from venvdoctor.model.distribution import RecordFaults
from venvdoctor.model.script import ScriptFacts

RULE = "vd510_pip_broken"


def test_an_error_for_missing_modules_or_a_missing_package() -> None:
    (found,) = findings(RULE, with_packages(dist("pip", faults=lost("pip/_vendor/rich/__init__.py"))))
    assert found.severity == "error"
    assert findings(RULE, with_packages(dist("pip", imports=fails("pip", "missing"))))


def test_silent_for_a_whole_pip() -> None:
    assert not findings(RULE, with_packages(dist("pip"), dist("demo", faults=lost("demo/a.py"))))


def test_its_commands_count_but_for_those_that_conda_prunes() -> None:
    faults = RecordFaults(missing=("../../../bin/pip",), missing_count=1, scripts=("../../../bin/pip",))
    (found,) = findings(RULE, with_packages(dist("pip", faults=faults)))
    assert (found.severity, found.path) == ("error", "/srv/app/.venv/bin/pip")
    assert not findings(RULE, with_packages(dist("pip", faults=faults, installer="conda")))
    zeros = ScriptFacts(scripts=(script("pip", kind="data", problem="zeros", distribution="pip"),))
    (found,) = findings(RULE, with_packages(dist("pip"), scripts=zeros))
    assert found.path == "/srv/app/.venv/bin/pip"
