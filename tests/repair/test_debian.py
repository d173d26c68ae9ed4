"""A real Debian without python3-venv: what needs no installer is rebuilt, and for the rest the apt command is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import debian, wheels
from tests.support.debian import PROGRAM
from tests.support.trees import picture

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.real, pytest.mark.slow]
INSTALLERS = ("python3-venv", "python3.11-venv", "python3-pip-whl", "python3-setuptools-whl")


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Debian 12 whose Python 3.9 is gone, with neither ensurepip nor pip nor uv."""
    place = debian.copy_of(debian.bookworm(), tmp_path_factory.mktemp("debian") / "root")
    debian.install_program(place)
    debian.must(place, "dpkg", "--purge", "--force-depends", *INSTALLERS)
    files = {"thing.py": "def main():\n    print('ran')\n"}
    wheels.make_wheel(place / "srv/house", "thing", "1.0", files=files, scripts={"thing": "thing:main"})
    return place


def environment(tree: Path, name: str) -> Path:
    """Make an environment as Python 3.9 left it, with one pure package."""
    env = tree / "srv" / name
    debian.must(tree, "python3", "-m", "venv", "--without-pip", f"/srv/{name}")
    (env / "lib/python3.11").rename(env / "lib/python3.9")
    cfg = (env / "pyvenv.cfg").read_text()
    (env / "pyvenv.cfg").write_text(cfg.replace("3.11", "3.9"))
    for link in [*(env / "bin").glob("python3.*"), env / "bin/python3"]:
        link.unlink()
    (env / "bin/python3").symlink_to("/usr/bin/python3.9")
    files = {"thing.py": "def main():\n    print('ran')\n"}
    common = {"bin_dir": env / "bin", "shebang": f"/srv/{name}/bin/python", "scripts": {"thing": "thing:main"}}
    wheels.install(env / "lib/python3.9/site-packages", "thing", "1.0", files=files, **common)
    return env


def fix(tree: Path, env: Path) -> tuple[int, str]:
    settings = ("env", "PIP_NO_INDEX=1", "PIP_FIND_LINKS=/srv/house")
    done = debian.inside(tree, *settings, "python3", PROGRAM, "fix", "--yes", f"/srv/{env.name}")
    return done.returncode, done.stdout + done.stderr


def test_what_can_be_carried_over_needs_no_installer(tree: Path) -> None:
    env = environment(tree, "carried")
    code, said = fix(tree, env)
    assert (code, "1 carried over" in said) == (0, True), said
    assert debian.must(tree, f"/srv/{env.name}/bin/thing") == "ran\n"


def test_what_must_be_installed_is_refused_with_the_command_that_helps(tree: Path) -> None:
    env = environment(tree, "fetched")
    (env / "lib/python3.9/site-packages/thing.py").unlink()
    before = picture(env)
    code, said = fix(tree, env)
    assert code == 1
    assert "neither uv nor a pip for Python 3.11" in said
    assert "to install thing==1.0; apt-get install python3.11-venv" in said
    assert picture(env) == before
    if debian.inside(tree, "apt-get", "-q", "update").returncode != 0:
        pytest.skip("the Debian mirror cannot be reached")
    debian.must(tree, "apt-get", "-q", "install", "-y", "--no-install-recommends", "python3.11-venv")
    code, said = fix(tree, env)
    assert code == 0, said
    assert debian.must(tree, f"/srv/{env.name}/bin/thing") == "ran\n"
