"""Parts of the standard library that are gone, and those that packagers keep apart."""

from __future__ import annotations

import pytest

from venvdoctor.diagnosis import diagnose_environment, diagnose_interpreter
from venvdoctor.model.distribution import Distribution, ImportName, Library
from venvdoctor.model.environment import Environment
from venvdoctor.model.host import Host
from venvdoctor.model.interpreter import Fault, Interpreter, PythonVersion
from venvdoctor.model.stdlib_parts import FULL
from venvdoctor.rules.vd106_stdlib_incomplete import rule

HOST = Host()
LIB = "/usr/lib/python3.9"


def interpreter(*gone: str, minor: int = 9, **facts: object) -> Interpreter:
    whole = {
        "executable": f"/usr/bin/python3.{minor}",
        "version": PythonVersion(3, minor, 2),
        "implementation": "cpython",
        "prefix": "/usr",
        "stdlib": LIB,
        "stdlib_faults": gone,
        "provider": "debian",
    }
    return Interpreter(**{**whole, **facts})


def in_environment(python: Interpreter, **installed: str) -> list:
    rows = [
        Distribution(name=key, key=key, version=version, site_dir="/env/lib", metadata_path=f"/env/lib/{key}.dist-info")
        for key, version in installed.items()
    ]
    library = Library(distributions=tuple(rows))
    env = Environment(path="/env", real="/env", identity=(1, 2), interpreter=python, base=python, library=library)
    return diagnose_environment(env, HOST, [rule])


@pytest.mark.parametrize(("minor", "pip"), [(8, "24.0"), (9, "20.3.4"), (9, "25.0.1"), (10, "21.3.1"), (11, "20.3.4")])
def test_pip_that_needs_the_distutils_that_is_gone(minor: int, pip: str) -> None:
    (found,) = in_environment(interpreter("distutils/util.py", "distutils/cmd.py", minor=minor), pip=pip)
    assert (found.severity, found.impact, found.path) == ("error", "degraded", f"{LIB}/distutils/util.py")
    assert found.cause is not None
    assert found.cause.id == f"distutils-gone:{LIB}"


@pytest.mark.parametrize(("minor", "pip"), [(10, "22.3.1"), (11, "25.0.1")])
def test_pip_that_asks_sysconfig_does_not_miss_it(minor: int, pip: str) -> None:
    assert in_environment(interpreter("distutils", minor=minor), pip=pip) == []


def test_nobody_misses_distutils_without_pip_or_with_a_setuptools_that_lends_its_own() -> None:
    assert in_environment(interpreter("distutils"), flask="3.0") == []
    assert in_environment(interpreter("distutils/cmd.py"), pip="20.3.4", setuptools="65.0") == []
    assert in_environment(interpreter(), pip="20.3.4") == []


def dist_row(key: str, place: str = "/env/lib", **facts: object) -> Distribution:
    facts = {"name": key, "key": key, "version": "44.1.1", "metadata_path": f"{place}/{key}.dist-info", **facts}
    return Distribution(site_dir=place, **facts)


def judged(*rows: Distribution) -> list:
    python = interpreter("distutils/util.py", "distutils/cmd.py")
    library = Library(distributions=rows)
    env = Environment(path="/env", real="/env", identity=(1, 2), interpreter=python, base=python, library=library)
    return diagnose_environment(env, HOST, [rule])


def test_a_package_that_imports_the_distutils_that_is_gone() -> None:
    failing = ImportName(name="setuptools", state="fails", reason="stdlib-gone", through=("distutils.core",))
    tools = dist_row("setuptools", imports=(failing,), top_level=("setuptools",))
    pipenv = dist_row("pipenv", version="2025.0.4")
    found = judged(tools, pipenv, dist_row("attrs"))
    assert [(item.distribution, item.impact) for item in found] == [("pipenv", "degraded"), ("setuptools", "degraded")]
    assert "cannot be imported" in found[1].message
    assert len({item.cause.id for item in found}) == 1


def test_the_pip_of_another_environment_is_reported_there() -> None:
    assert judged(dist_row("pip", "/home/ada/.local/share/pipx/shared/lib/python3.9/site-packages")) == []


def test_a_module_that_every_installation_has() -> None:
    (found,) = diagnose_interpreter(interpreter("json", "lib-dynload/math"), HOST, [rule])
    assert (found.severity, found.impact, found.path) == ("error", "degraded", LIB)
    assert found.evidence["missing"] == ["json", "lib-dynload/math"]
    assert "libpython3.9-stdlib" in found.remedy.command


def test_the_minimal_package_alone_is_a_warning() -> None:
    (found,) = diagnose_interpreter(interpreter(*FULL), HOST, [rule])
    assert found.severity == "warning"
    (worse,) = diagnose_interpreter(interpreter("logging", *FULL), HOST, [rule])
    assert worse.severity == "error"


def test_it_is_silent_for_whole_libraries_and_for_interpreters_that_do_not_start() -> None:
    assert diagnose_interpreter(interpreter(), HOST, [rule]) == []
    dead = interpreter("json.py", faults=(Fault("loader-missing", "/usr/bin/python3.9", "/lib/ld.so"),))
    assert diagnose_interpreter(dead, HOST, [rule]) == []


def test_a_package_that_needs_more_than_the_minimal_part() -> None:
    alone = interpreter(*FULL)
    assert [item.severity for item in in_environment(alone, flask="3.0")] == ["warning"]
    failing = ImportName(name="flask", state="fails", reason="no-module", detail=min(FULL))
    flask = Distribution(
        name="flask",
        key="flask",
        version="3.0",
        site_dir="/env",
        metadata_path="/env/flask.dist-info",
        imports=(failing,),
    )
    library = Library(distributions=(flask,))
    env = Environment(path="/env", real="/env", identity=(1, 2), interpreter=alone, base=alone, library=library)
    found, _ = sorted(diagnose_environment(env, HOST, [rule]), key=lambda item: item.severity)
    assert (found.severity, found.impact) == ("error", "degraded")
    assert found.cause is not None
    assert found.cause.id == diagnose_interpreter(alone, HOST, [rule])[0].cause.id
