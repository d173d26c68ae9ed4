"""VD208: imports of modules that the standard library lost."""

from __future__ import annotations

from tests.support.package_facts import dist, fails, findings, with_packages

RULE = "vd208_removed_stdlib_import"


def test_an_error_where_the_package_itself_imports_it() -> None:
    (found,) = findings(RULE, with_packages(dist(imports=fails("demo", "removed-stdlib", detail="imp"))))
    assert (found.severity, found.impact, found.distribution) == ("error", "degraded", "demo")
    assert found.evidence["module"] == "imp"


def test_silent_for_a_user_of_the_package_that_fails() -> None:
    through = ("demo.core", "other", "imp")
    user = dist(imports=fails("demo", "removed-stdlib", detail="imp", through=through))
    assert not findings(RULE, with_packages(user))
    assert not findings(RULE, with_packages(dist()))
