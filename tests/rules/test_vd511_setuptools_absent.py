"""VD511: pkg_resources and setuptools."""

from __future__ import annotations

from tests.support.package_facts import dist, fails, findings, with_packages

RULE = "vd511_setuptools_absent"


def test_an_error_where_the_main_name_needs_it() -> None:
    (found,) = findings(RULE, with_packages(dist(imports=fails("demo", "no-module", detail="pkg_resources"))))
    assert found.evidence["module"] == "pkg_resources"


def test_silent_for_other_modules_and_optional_parts() -> None:
    assert not findings(RULE, with_packages(dist(imports=fails("demo", "no-module", detail="django"))))
    assert not findings(RULE, with_packages(dist(imports=fails("demo_plugin", "no-module", detail="pkg_resources"))))
    assert not findings(RULE, with_packages(dist()))
