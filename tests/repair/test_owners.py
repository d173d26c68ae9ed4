"""The interpreter changes or goes away under environments of every owner; `fix --all --yes` brings all of them back.

Every import and command that worked before works again, the owner's own commands are content, and nothing that was not
the environment's has changed.
"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support import envs, owners
from tests.support.pythons import copyable, found, pythons, relocatable_copy, system_copy
from tests.support.trees import picture
from venvdoctor import api
from venvdoctor.cli._main import run
from venvdoctor.repairing import repair

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from venvdoctor.api import Session
    from venvdoctor.model.environment import Candidate
    from venvdoctor.model.repair import Choice

pytestmark = pytest.mark.real
BY_DEFAULT = {  # one fate of each owner that the test group brings along
    *(("gone", owner) for owner in ("pipx", "pre-commit")),
    *(("minor", owner) for owner in ("uv-tool", "virtualenv")),
    ("patch", "venv-copies"),
}


@pytest.fixture(scope="session")
def pip_house() -> Path:
    """The pip that pipx wants for its shared libraries, fetched before any test closes the index."""
    return envs.wheelhouse("pip>=26.1")


@pytest.fixture
def ground(tmp_path: Path, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> owners.Ground:
    """A home, wheels, and the variables of somebody whose interpreter lies in `base` and comes first on PATH."""
    place, house, base = tmp_path / "home", tmp_path / "house", tmp_path / "base"
    place.mkdir()
    owners.furnish(house)
    pip = [request.getfixturevalue("pip_house")] if "pipx" in str(request.node.callspec.params.values()) else []
    bins = [str(base / "bin"), str(Path(envs.uv_command()).parent), "/usr/local/bin", "/usr/bin", "/bin"]
    others = [os.path.dirname(item.path) for item in pythons("3.10", "3.13")]
    for key in [key for key in os.environ if key.startswith(("XDG_", "PIPX_HOME", "UV_", "POETRY_", "PIP_FIND"))]:
        monkeypatch.delenv(key)
    for key, value in {**owners.settings(place, house, *pip), "PATH": ":".join([*bins, *others])}.items():
        monkeypatch.setenv(key, value)
    mine, candidates = f"{place}/", api.candidates

    def only_mine(session: Session) -> Iterator[Candidate]:
        return (item for item in candidates(session) if item.path.startswith(mine))

    monkeypatch.setattr(api, "candidates", only_mine)  # nothing else of this machine is looked at, let alone repaired
    return owners.Ground(place, house, str(base / "bin/python3"))


def series() -> list[str]:
    """Return what can be copied, without the tests' own: owners run by it prefer it to what is on PATH."""
    found = sorted(set(copyable("3.10", "3.13")), key=lambda text: int(text[2:]))
    own = f"{sys.version_info[0]}.{sys.version_info[1]}"
    return [item for item in found if item != own] or found or pytest.skip("no CPython here can be copied")


def gone(base: Path, _hide: Callable[[str], None]) -> Callable[[], None]:
    """The interpreter goes away; another of its minor version stays."""
    relocatable_copy(series()[-1], base)
    return lambda: shutil.rmtree(base)


def minor(base: Path, hide: Callable[[str], None]) -> Callable[[], None]:
    """Another minor version takes the place, and none of the old one is left anywhere."""
    if len(series()) < 2:
        pytest.skip("two minor versions are needed, beside the tests' own")
    old, new = series()[-2:]
    relocatable_copy(old, base)

    def upgrade() -> None:
        hide(old)
        shutil.rmtree(base)
        relocatable_copy(new, base)

    return upgrade


def patch(base: Path, _hide: Callable[[str], None]) -> Callable[[], None]:
    """Another patch release takes the place: a real one, the system's."""
    releases = {item.series: item.version for item in found() if item.system and not item.debug}
    both = [name for name in (*series()[::-1], *copyable("3.10", "3.13")) if name in releases]
    if not both or relocatable_copy(both[0], base).version == releases[both[0]]:
        pytest.skip("two patch releases of one minor version are needed, one of them the system's")

    def upgrade() -> None:
        shutil.rmtree(base)
        system_copy(base)

    return upgrade


FATES = {"gone": gone, "minor": minor, "patch": patch}


@pytest.fixture
def hide(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Let a minor version be installed nowhere."""
    installed = repair._choices

    def hidden(series: str) -> None:
        def others(session: Session) -> tuple[Choice, ...]:
            found = [(item, item.interpreter.version) for item in installed(session)]
            return tuple(item for item, version in found if version is None or version.series != series)

        monkeypatch.setattr(repair, "_choices", others)

    return hidden


def outside(home: Path, roots: Sequence[Path]) -> dict[str, str]:
    """Return everything in a home that belongs to none of the environments."""
    inside = tuple(f"{root.relative_to(home)}/" for root in roots)
    return {name: what for name, what in picture(home).items() if not name.startswith(inside)}


def cases() -> Iterator[object]:
    for fate in FATES:
        for owner in owners.OWNERS:
            marks = [] if (fate, owner) in BY_DEFAULT else [pytest.mark.slow]
            yield pytest.param(fate, owner, marks=marks, id=f"{owner}-{fate}")


@pytest.mark.parametrize(("fate", "name"), list(cases()))
def test_what_an_owner_made_comes_back(
    tmp_path: Path, ground: owners.Ground, hide: Callable[[str], None], fate: str, name: str
) -> None:
    come_back(ground, FATES[fate](tmp_path / "base", hide), [name])


@pytest.mark.parametrize(
    "names",
    [
        pytest.param(("venv", "uv", "uv-tool"), id="some"),
        pytest.param(tuple(owners.OWNERS), id="all", marks=pytest.mark.slow),
    ],
)
def test_many_owners_at_once(
    tmp_path: Path,
    ground: owners.Ground,
    hide: Callable[[str], None],
    names: tuple[str, ...],
    capsys: pytest.CaptureFixture[str],
) -> None:
    count = come_back(ground, FATES["minor" if len(names) > 3 else "gone"](tmp_path / "base", hide), names)
    assert f"\n{count} of {count} repaired.\n" in capsys.readouterr().out


def come_back(ground: owners.Ground, happen: Callable[[], None], names: Sequence[str]) -> int:
    """Let owners make environments, something happen, and a repair of all; return how many there are."""
    made = {name: owners.OWNERS[name].make(ground) for name in names}
    roots = [root for some in made.values() for root in some]
    if not all(str(Path(ground.python).parent) in (root / "pyvenv.cfg").read_text() for root in roots):
        pytest.skip("its owner took the Python that runs the tests, not the one that changes")
    before = {root: owners.working(root) for root in roots}
    assert all("app" in commands for _, commands in before.values()), before
    happen()
    sick = [root for root in roots if "app" not in owners.working(root)[1]]
    assert happen.__qualname__.startswith("patch") or sick == roots
    settings = ground.home / ".config/venvdoctor/venvdoctor.toml"  # what else this machine has is not to be repaired
    settings.parent.mkdir(parents=True, exist_ok=True)
    settings.write_text('exclude = ["/opt", "/srv", "/usr/local"]\n')
    others = outside(ground.home, roots)
    assert run(["fix", "--all", "--yes"]) == 0
    assert outside(ground.home, roots) == others
    assert run(["scan"]) == 0
    for name in names:
        owners.OWNERS[name].content(ground, made[name])
    for root, (imports, commands) in before.items():
        again = owners.working(root)
        assert set(imports) <= set(again[0])
        assert set(commands) <= set(again[1])
    return len(sick)
