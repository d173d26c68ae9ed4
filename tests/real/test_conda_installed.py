"""Conda environments that a real installer of conda packages made (rattler), healthy, damaged, moved and updated."""

from __future__ import annotations

import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.support import session
from tests.support.conda_channel import COPIES, install, job
from tests.support.envs import run
from tests.support.scanning import codes, environment, scan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.real
SPECS = ("python 3.11.*", "all", "tool")
SITE = "lib/python3.11/site-packages"
PIPPED = {
    "METADATA": "Metadata-Version: 2.1\nName: pipped\nVersion: 1.0\n",
    "INSTALLER": "pip\n",
    "RECORD": "pipped-1.0.dist-info/METADATA,,\n",
}


def said(prefix: Path) -> dict[str, str]:
    """Code → severity of everything that is said about one environment, whatever rule it is of."""
    found = environment(scan(prefix, deep=True), prefix)["findings"]
    return {item["code"]: item["severity"] for item in found}


def answers(prefix: Path) -> tuple[str, str]:
    """What the entry point of the noarch package and the script of the other one print: their prefix, or ``."""
    return tuple(run([prefix / "bin" / name]).out.strip() for name in ("hello-cmd", "tool"))  # type: ignore[return-value]


HEALTHY = ("hard", "copies", "with space", "long" * 30)


def _make_healthy(root: Path) -> None:
    cache = root / "pkgs"
    jobs = [job(root / name, *SPECS, cache=cache, config=COPIES if name == "copies" else "") for name in HEALTHY]
    install([*jobs, job(root / "no python", "libhello", "data", cache=cache)])


def _make_damaged(root: Path) -> None:
    shared, own = root / "pkgs", root / "pkgs-of-its-own"
    install([job(root / name, *SPECS, cache=own if name in ("edited", "twin") else shared) for name in DAMAGES])


def test_healthy() -> None:
    root = session.once("conda-healthy", _make_healthy)
    for name in HEALTHY:
        assert answers(root / name) == (str(root / name),) * 2
        assert said(root / name) == {}
    assert said(root / "no python") == {}


def test_a_purged_cache_takes_nothing_away(tmp_path: Path) -> None:
    env = tmp_path / "env"
    install([job(env, *SPECS, cache=tmp_path / "pkgs")])
    (library,) = (item for item in scan(env, deep=True)["environments"] if item["path"] == str(env))
    assert library["status"] == "healthy"
    shutil.rmtree(tmp_path / "pkgs")
    assert answers(env) == (str(env),) * 2
    assert said(env) == {}


def _remove(*names: str) -> Callable[[Path], None]:
    def damage(env: Path) -> None:
        for name in names:
            (path,) = env.glob(name)
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    return damage


def _cut(env: Path) -> None:
    os.truncate(env / "conda-meta/hello-1.0-0.json", 300)


def _double(env: Path) -> None:
    record = env / "conda-meta/hello-1.0-0.json"
    (env / "conda-meta/hello-0.9-0.json").write_text(record.read_text().replace('"1.0"', '"0.9"'))


def _edit(env: Path) -> None:
    with (env / SITE / "hello/__init__.py").open("a") as file:
        file.write("# edited\n")


def _forced(env: Path) -> None:
    """`conda remove --force`, and pip's in its place."""
    _remove("conda-meta/hello-*.json")(env)
    (env / SITE / "hello-1.0.dist-info/INSTALLER").unlink()
    (env / SITE / "hello-1.0.dist-info/INSTALLER").write_text("pip\n")


RUNS = (True, True)
# what is done → what is said of it, and which of the two commands still run
DAMAGES: dict[str, tuple[Callable[[Path], None], dict[str, str], tuple[bool, bool]]] = {
    "no history": (_remove("conda-meta/history"), {"VD601": "warning"}, RUNS),
    "cut record": (_cut, {"VD602": "warning"}, RUNS),
    "doubled record": (_double, {"VD602": "warning"}, RUNS),
    "record gone": (_remove("conda-meta/hello-*.json"), {"VD602": "warning"}, RUNS),
    "record of a library gone": (_remove("conda-meta/libhello-*.json"), {"VD602": "warning"}, RUNS),
    "by pip": (_forced, {}, RUNS),
    "module gone": (_remove(f"{SITE}/hello/__init__.py"), {"VD603": "error"}, (False, False)),
    "module beside gone": (_remove(f"{SITE}/hello/more.py"), {"VD603": "error"}, RUNS),
    "package gone": (_remove(f"{SITE}/hello"), {"VD603": "error"}, (False, False)),
    "document gone": (_remove("share/data.txt"), {"VD603": "warning"}, RUNS),
    "command gone": (_remove("bin/hello-cmd"), {"VD603": "error"}, (False, True)),
    "library gone": (_remove("lib/libhello.so.1.0"), {"VD603": "error"}, RUNS),
    "python gone": (_remove("bin/python3.11"), {"VD101": "error"}, (False, False)),
    "edited": (_edit, {"VD607": "warning"}, RUNS),
    "twin": (lambda _env: None, {"VD607": "warning"}, RUNS),  # it shares what was edited there
}


def test_damaged() -> None:
    root = session.once("conda-damaged", _make_damaged)
    for name, (damage, _, _) in DAMAGES.items():
        damage(root / name)
    for name, (_, expected, runs) in DAMAGES.items():
        env = root / name
        assert tuple(item == str(env) for item in answers(env)) == runs, name
        assert said(env) == expected, name


def test_moved_and_copied(tmp_path: Path) -> None:
    env, copy = tmp_path / "env", tmp_path / "copy"
    install([job(env, *SPECS, cache=tmp_path / "pkgs")])
    shutil.copytree(env, copy, symlinks=True)
    assert answers(copy) == (str(env),) * 2
    assert said(copy) == {"VD604": "error"}
    shutil.rmtree(env)
    assert answers(copy) == ("", "")
    assert said(copy) == {"VD604": "error"}
    copy.rename(env)
    assert answers(env) == (str(env),) * 2
    assert said(env) == {}


def test_updated_to_another_python(tmp_path: Path) -> None:
    """What conda knows moves along; what pip installed stays behind."""
    env, cache = tmp_path / "env", tmp_path / "pkgs"
    install([job(env, "python 3.11.*", "all", cache=cache)])
    info = env / SITE / "pipped-1.0.dist-info"
    info.mkdir()
    for name, content in PIPPED.items():
        (info / name).write_text(content)
    assert said(env) == {}
    install([job(env, "python 3.12.*", "all", cache=cache)])
    assert answers(env)[0] == str(env)
    (stayed,) = environment(scan(env), env)["findings"]
    assert stayed["code"] == "VD605"
    assert stayed["evidence"]["packages"] == ["pipped"]
    shutil.rmtree(env / "lib/python3.11")
    assert codes(environment(scan(env), env)) == []
