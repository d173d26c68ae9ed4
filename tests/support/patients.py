"""A sick environment for every fixer: the one that it is the answer to, and the plan that it proposes."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.support import envs, wheels
from tests.support.pythons import Python, pythons
from venvdoctor import api
from venvdoctor.fix import Plan
from venvdoctor.model.environment import Candidate
from venvdoctor.repairing import repair

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Patient(NamedTuple):
    """A sick environment, the plan for it, and where packages come from."""

    root: Path
    plan: Plan
    state: str
    house: Path


def two_minors() -> tuple[Python, Python]:
    """Return two minor versions, the newer first; skip where there is only one."""
    found = pythons("3.10", "3.13")
    if len({item.series for item in found}) < 2:
        pytest.skip("two minor versions are needed")
    return found[-1], found[0]


def healthy(two: tuple[Python, Python], place: Path, *flags: str) -> Path:
    env = envs.make_venv(two[0], place, *flags)
    files = {"pure/__init__.py": "", "pure/cli.py": "def main():\n    print('ran')\n", "pure/data.txt": "x"}
    common = {"bin_dir": env / "bin", "shebang": f"{env}/bin/python"}
    wheels.install(envs.site_packages(env), "pure", "1.0", files=files, scripts={"run": "pure.cli:main"}, **common)
    (env / "notes.txt").write_text("mine\n")
    return env


def dangle(env: Path) -> None:
    for link in (env / "bin").glob("python*"):
        if link.is_symlink() and os.path.isabs(os.readlink(link)):
            link.unlink()
            link.symlink_to("/gone/bin/python3")


def relinking(two: tuple[Python, Python], place: Path) -> tuple[Path, dict[str, Any]]:
    env = healthy(two, place / "env")
    dangle(env)
    return env, {}


def refreshing(two: tuple[Python, Python], place: Path) -> tuple[Path, dict[str, Any]]:
    env = healthy(two, place / "env", "--copies")
    for path in (env / "bin").glob("python*"):
        data = path.read_bytes()
        path.unlink()
        path.write_bytes(data[:5000])
        path.chmod(0o755)
    return env, {}


def configuring(two: tuple[Python, Python], place: Path) -> tuple[Path, dict[str, Any]]:
    env = healthy(two, place / "env")
    (env / "pyvenv.cfg").unlink()
    return env, {}


def rewriting(two: tuple[Python, Python], place: Path) -> tuple[Path, dict[str, Any]]:
    return healthy(two, place / "old").rename(place / "env"), {}


def repairing(two: tuple[Python, Python], place: Path) -> tuple[Path, dict[str, Any]]:
    env = healthy(two, place / "env")
    (envs.site_packages(env) / "pure/__init__.py").unlink()
    (envs.site_packages(env) / "pure/cli.py").unlink()
    return env, {}


def rebuilding(two: tuple[Python, Python], place: Path) -> tuple[Path, dict[str, Any]]:
    env = healthy(two, place / "env")
    fast = {f"fast/_fast.{two[0].soabi}.so": "\x7fELF", "fast/__init__.py": ""}
    wheels.install(envs.site_packages(env), "fast", "1.0", files=fast, tag="cp399-cp399-linux_x86_64")
    (envs.site_packages(env) / "own.py").write_text("")
    dangle(env)
    return env, {"python": two[1].path}


def gathering(two: tuple[Python, Python], place: Path) -> tuple[Path, dict[str, Any]]:
    env = healthy(two, place / "env")
    site = env / f"lib/python{two[1].series}/site-packages"
    site.mkdir(parents=True)
    wheels.install(site, "left", "1.0")
    return env, {}


def clearing(two: tuple[Python, Python], place: Path) -> tuple[Path, dict[str, Any]]:
    env = healthy(two, place / "env")
    site = envs.site_packages(env)
    (site / "pure").rename(site / "~ure")
    (site / "pure-1.0.dist-info").rename(site / "~ure-1.0.dist-info")
    (site / "hollow-1.0.dist-info").mkdir()
    return env, {}


def completing(two: tuple[Python, Python], place: Path) -> tuple[Path, dict[str, Any]]:
    env = healthy(two, place / "env")
    wheels.install(envs.site_packages(env), "asks", "1.0", requires=["fast>=1", "pure"])
    return env, {}


def forgetting(two: tuple[Python, Python], place: Path) -> tuple[Path, dict[str, Any]]:
    env = healthy(two, place / "env")
    dangle(env)
    for lib in (env / "lib").iterdir():
        lib.rename(env / "lib/python3.4")
    (env / "pyvenv.cfg").write_text("home = /gone/bin\nversion = 3.4.1\n")
    return env, {"manager": "tox"}


MAKERS: dict[str, Callable[..., tuple[Path, dict[str, Any]]]] = {
    "relink": relinking,
    "relink (copies)": refreshing,
    "configuration": configuring,
    "rewrite_paths": rewriting,
    "clear_leftovers": clearing,
    "repair_packages": repairing,
    "complete": completing,
    "rebuild": rebuilding,
    "gather": gathering,
    "forget": forgetting,
}


def patient(name: str, two: tuple[Python, Python], place: Path, monkeypatch: pytest.MonkeyPatch) -> Patient:
    """Make the sick environment that this fixer is the answer to, and ask for the plan."""
    monkeypatch.setenv("VENVDOCTOR_STATE_DIR", str(place / "state"))
    files = {"pure/__init__.py": "", "pure/cli.py": "def main():\n    print('ran')\n"}
    wheels.make_wheel(place / "house", "pure", "1.0", files=files, scripts={"run": "pure.cli:main"})
    wheels.make_wheel(place / "house", "fast", "1.0")
    for tool in ("PIP", "UV"):
        monkeypatch.setenv(f"{tool}_FIND_LINKS", str(place / "house"))
        monkeypatch.setenv(f"{tool}_NO_INDEX", "1")
    env, wish = MAKERS[name](two, place)
    manager = wish.pop("manager", None)
    session = api.open_session(api.ScanRequest(paths=(str(env),)))
    bench = repair.bench(session, repair.Wish(offline=True, **wish))
    if manager:
        bench.choices = ()
    case = repair.examine(bench, Candidate(path=str(env), manager=manager))
    assert case is not None
    assert isinstance(case.proposal, Plan), (case.findings, case.proposal)
    assert case.proposal.fixer == name.partition(" ")[0], case.findings
    return Patient(env, case.proposal, str(place / "state"), place / "house")
