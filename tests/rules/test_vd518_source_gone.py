"""VD518: hollow packages."""

from __future__ import annotations

from tests.support.package_facts import dist, fails, findings, lost, with_packages

RULE = "vd518_source_gone"


def test_an_error_for_an_empty_namespace() -> None:
    faults = lost("demo/__init__.py", modules_left=0)
    (found,) = findings(RULE, with_packages(dist(faults=faults, imports=fails("demo", "empty-namespace"))))
    assert found.severity == "error"


def test_an_error_for_bytecode_of_another_version() -> None:
    (found,) = findings(RULE, with_packages(dist(imports=fails("demo", "bad-magic", detail="magic number 3425"))))
    assert "another Python" in found.message


def test_silent_while_some_modules_are_left() -> None:
    partly = dist(faults=lost("demo/__init__.py"), imports=fails("demo", "empty-namespace"))
    assert not findings(RULE, with_packages(partly, dist("whole")))
