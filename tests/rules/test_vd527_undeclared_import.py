"""VD527: a package that cannot be imported although nothing of it is damaged."""

from __future__ import annotations

from tests.support.package_facts import SITE, dist, fails, findings, lost, needs, with_packages
from venvdoctor.model.interpreter import Interpreter

RULE = "vd527_undeclared_import"
PLACE = f"{SITE}/demo/__init__.py"
WANTS = fails("demo", "no-module", path=PLACE, detail="other.part")


def test_names_the_file_and_what_it_wants() -> None:
    (found,) = findings(RULE, with_packages(dist("demo", imports=WANTS, requires=("more",))))
    assert (found.severity, found.distribution, found.path) == ("error", "demo", PLACE)
    assert f"{PLACE} imports other.part, which is not installed" in found.message
    assert found.evidence["declared"] == ["more"]


def test_a_package_that_always_raises() -> None:
    (found,) = findings(
        RULE, with_packages(dist("demo", imports=fails("demo", "raises", path=PLACE, detail="OSError")))
    )
    assert found.message.endswith(f"cannot be imported: {PLACE} raises OSError")


def test_silent_about_parts_and_about_packages_that_use_it() -> None:
    part = fails("demo_server", "no-module", path=PLACE, detail="other")
    assert not findings(RULE, with_packages(dist("demo", imports=part, top_level=("demo", "demo_server"))))
    user = fails("user", "no-module", path=PLACE, detail="other", through=("demo", "other"))
    assert not findings(RULE, with_packages(dist("user", imports=user, top_level=("user",))))


def test_silent_about_a_package_that_another_one_requires() -> None:
    user = dist("user", requires=("Demo>=1.0; python_version > '3'",))
    assert not findings(RULE, with_packages(dist("demo", imports=WANTS), user))


def test_silent_where_another_rule_says_why() -> None:
    assert not findings(RULE, with_packages(dist("demo", imports=WANTS, unsatisfied=needs("other", None))))
    assert not findings(RULE, with_packages(dist("demo", imports=WANTS, faults=lost("demo/more.py"))))
    for module in ("pkg_resources", "demo.lost"):
        gone = fails("demo", "no-module", path=PLACE, detail=module)
        assert not findings(RULE, with_packages(dist("demo", imports=gone, top_level=("demo",))))
    python = Interpreter(executable="/usr/bin/python3", stdlib_faults=("other/part.py",))
    assert not findings(RULE, with_packages(dist("demo", imports=WANTS), interpreter=python))
