"""Starts that nobody can tell, and home in forms that reach no disk: facts, and never "missing" for "denied"."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.envs import make_venv
from tests.support.privileges import bound_by_modes
from tests.support.pythons import copyable, relocatable_copy
from venvdoctor.inspection.environment import examine
from venvdoctor.inspection.shared import Shared
from venvdoctor.model.environment import Candidate
from venvdoctor.model.host import Host
from venvdoctor.view import View

if TYPE_CHECKING:
    from pathlib import Path

    from venvdoctor.model.environment import Startup

pytestmark = pytest.mark.skipif(not copyable(), reason="no interpreter here that can be copied")


def start(env: Path) -> Startup:
    found = examine(Candidate(path=str(env)), Shared(view=View(), host=Host(uid=0)))
    assert found is not None
    return found.startup


def test_what_may_not_be_looked_at_is_undecided(tmp_path: Path) -> None:
    series = copyable()[-1]
    base = tmp_path / "base"
    env = make_venv(relocatable_copy(series, base), tmp_path / "env")
    assert start(env).starts is True
    for place in (base, base / "bin", base / "lib", base / "lib" / f"python{series}"):
        mode = place.stat().st_mode
        place.chmod(0)
        try:
            with bound_by_modes():
                assert start(env).starts is None, place
        finally:
            place.chmod(mode)
    assert start(env).starts is True


@pytest.mark.parametrize("home", ["/a\0b", "/" + "x" * 5000, "\udce9", "//", "/", "~/bin", "C:\\Python311"])
def test_any_home_gives_facts(tmp_path: Path, home: str) -> None:
    env = make_venv(relocatable_copy(copyable()[-1], tmp_path / "base"), tmp_path / "env")
    text = f"home = {home}\ninclude-system-site-packages = false\n"
    (env / "pyvenv.cfg").write_bytes(text.encode("utf-8", "surrogateescape"))
    found = start(env)
    assert found.starts is False
    assert found.home_executable is None
