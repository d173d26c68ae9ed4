"""VD526: a name that the installed version of another package does not have."""

from __future__ import annotations

from typing import Any

from tests.support.package_facts import SITE, dist, fails, findings, lost, needs, with_packages
from venvdoctor.model.distribution import ImportName

RULE = "vd526_imported_name_gone"
PLACE = f"{SITE}/other/urls.py"


def taker(**facts: Any) -> Any:
    """A distribution whose helpers take a name that is gone."""
    gone = fails("demo", "name-gone", path=PLACE, detail="other.urls.quote", through=("demo.helpers",))
    return dist(**({"imports": gone} | facts))


def test_names_both_packages_and_the_name() -> None:
    (found,) = findings(RULE, with_packages(taker(), dist("other", version="3.0")))
    assert found.severity == "error"
    assert found.distribution == "demo"
    assert "other.urls.quote" in found.message
    assert "other 3.0" in found.message


def test_told_of_the_package_that_takes_it_only() -> None:
    user = dist(
        "user",
        imports=fails("user", "name-gone", path=PLACE, detail="other.urls.quote", through=("demo", "demo.helpers")),
    )
    assert [item.distribution for item in findings(RULE, with_packages(user, taker(), dist("other")))] == ["demo"]


def test_silent_where_another_rule_says_why() -> None:
    damaged = dist("other", faults=lost("other/urls.py"))
    assert not findings(RULE, with_packages(taker(), damaged))
    assert not findings(RULE, with_packages(taker(unsatisfied=needs("other", "3.0")), dist("other")))


def test_a_part_that_nobody_imports_first_is_a_warning() -> None:
    whole = ImportName(name="demo", state="imports", path=f"{SITE}/demo/__init__.py")
    server = fails("demod", "name-gone", path=PLACE, detail="other.urls.quote")
    (found,) = findings(RULE, with_packages(taker(imports=(whole, *server), top_level=("demo", "demod"))))
    assert found.severity == "warning"
