"""VD510: a pip that does not run."""

from __future__ import annotations

from tests.support.package_facts import dist, fails, findings, lost, with_packages

RULE = "vd510_pip_broken"


def test_an_error_for_missing_modules_or_a_missing_package() -> None:
    (found,) = findings(RULE, with_packages(dist("pip", faults=lost("pip/_vendor/rich/__init__.py"))))
    assert found.severity == "error"
    assert findings(RULE, with_packages(dist("pip", imports=fails("pip", "missing"))))


def test_silent_for_a_whole_pip() -> None:
    assert not findings(RULE, with_packages(dist("pip"), dist("demo", faults=lost("demo/a.py"))))
