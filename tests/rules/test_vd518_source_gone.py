"""VD518: hollow packages."""

from __future__ import annotations

from dataclasses import replace

from tests.support.package_facts import dist, fails, findings, lost, with_packages
from venvdoctor.model.conda import CondaFacts, CondaPackage

RULE = "vd518_source_gone"


def test_an_error_for_an_empty_namespace() -> None:
    faults = lost("demo/__init__.py", modules_left=0)
    (found,) = findings(RULE, with_packages(dist(faults=faults, imports=fails("demo", "empty-namespace"))))
    assert found.severity == "error"


def test_an_error_for_bytecode_of_another_version() -> None:
    (found,) = findings(RULE, with_packages(dist(imports=fails("demo", "bad-magic", detail="magic number 3425"))))
    assert "another Python" in found.message


def test_in_a_conda_environment_the_record_of_conda_tells_it() -> None:
    env = with_packages(dist(faults=lost("demo/__init__.py", modules_left=0), imports=fails("demo", "empty-namespace")))
    own = env.library.distributions[0].site_dir.removeprefix(f"{env.path}/") if env.library else ""
    record = CondaPackage(name="demo", version="1", build="0", record_path="", missing=(f"{own}/demo/__init__.py",))
    assert findings(RULE, replace(env, kind="conda", conda=CondaFacts(history=True)))
    assert not findings(RULE, replace(env, kind="conda", conda=CondaFacts(history=True, packages=(record,))))


def test_silent_while_some_modules_are_left() -> None:
    partly = dist(faults=lost("demo/__init__.py"), imports=fails("demo", "empty-namespace"))
    assert not findings(RULE, with_packages(partly, dist("whole")))
