"""How much is looked at for one environment: a slip that costs time costs looks first, and those can be counted."""

from __future__ import annotations

import ast
import os
import sys
import sysconfig
from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.support.library import NEEDS
from venvdoctor.inspection.environment import examine
from venvdoctor.inspection.shared import Shared
from venvdoctor.model.environment import Candidate
from venvdoctor.model.host import Host
from venvdoctor.view import View

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from venvdoctor.model.environment import Environment
    from venvdoctor.view import Blob, Entry

MODULES = 6  # of one distribution
SITE = f"lib/python{sysconfig.get_python_version()}/site-packages"


class Counting(View):
    """The disk, and how often each place was asked for."""

    def __init__(self) -> None:
        self.opened: Counter[str] = Counter()
        self.listed: Counter[str] = Counter()
        self.asked: Counter[str] = Counter()

    def open(self, path: str) -> Blob:
        self.opened[path] += 1
        return super().open(path)

    def scandir(self, path: str) -> list[Entry]:
        self.listed[path] += 1
        return super().scandir(path)

    def stat(self, path: str) -> os.stat_result:
        self.asked[path] += 1
        return super().stat(path)

    def below(self, counts: Counter[str], place: str) -> dict[str, int]:
        return {path: count for path, count in counts.items() if path.startswith(place + "/")}


def text_of(package: int, number: int) -> str:
    """Return a module that imports its neighbours, the package before it, and what may not be there."""
    return (
        f'"""Module {number}."""\n\nfrom __future__ import annotations\n\nimport os\nimport sys\n'
        f"from . import module{(number + 1) % MODULES}\nfrom .module{(number + 2) % MODULES} import (\n    A,\n    f,\n)\n"
        f"from demo{max(package - 1, 0)} import module0\n\ntry:\n    import nowhere\nexcept ImportError:\n    nowhere = None\n\n"
        "if sys.version_info < (3, 0):\n    import absent\n\nA = 1\n\n\ndef f(a: int) -> int:\n"
        + "".join(f"    a += {line}\n" for line in range(100))
        + "    return a\n"
    )


def environment(place: Path, packages: int) -> Path:
    """Make an environment of so many healthy distributions."""
    site = place / SITE
    site.mkdir(parents=True)
    (place / "bin").mkdir()
    base = os.path.realpath(sys.executable)
    (place / "bin/python").symlink_to(base)
    (place / "pyvenv.cfg").write_text(f"home = {os.path.dirname(base)}\nversion = {sys.version.split()[0]}\n")
    for package in range(packages):
        folder, info = site / f"demo{package}", site / f"demo{package}-1.0.dist-info"
        folder.mkdir()
        info.mkdir()
        texts = {"__init__": "from .module0 import A\n"}
        texts |= {f"module{number}": text_of(package, number) for number in range(MODULES)}
        for name, text in texts.items():
            (folder / f"{name}.py").write_text(text)
        rows = [f"demo{package}/{name}.py,,{len(text)}" for name, text in texts.items()]
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: demo{package}\nVersion: 1.0\n")
        (info / "RECORD").write_text("\n".join([*rows, f"{info.name}/METADATA,,", f"{info.name}/RECORD,,", ""]))
    return place


def read(place: Path) -> tuple[Environment, Counting]:
    view = Counting()
    found = examine(Candidate(path=os.fspath(place)), Shared(view=view, host=Host(), needs=NEEDS))
    assert found is not None
    return found, view


def test_each_file_and_directory_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = environment(tmp_path / "env", 10)
    parsed: list[int] = []
    parse = ast.parse

    def counted(source: Any, *more: Any, **options: Any) -> Any:
        parsed.append(len(source))
        return parse(source, *more, **options)

    monkeypatch.setattr(ast, "parse", counted)
    found, view = read(place)
    assert found.library is not None
    assert all(name.state == "imports" for dist in found.library.distributions for name in dist.imports)
    site = os.fspath(place / SITE)
    sources = {path: count for path, count in view.below(view.opened, site).items() if path.endswith(".py")}
    assert len(sources) == 10 * (MODULES + 1)
    assert set(sources.values()) == {1}
    assert set(view.below(view.opened, site).values()) == {1}
    assert set(view.below(view.listed, site).values()) == {1}
    assert max(view.below(view.asked, site).values()) == 1
    assert len(parsed) <= 10 * MODULES + 4, "only modules that do without something are parsed, once each"
    assert max(parsed) < 400, "their functions are not"


def test_work_grows_with_the_environment(tmp_path: Path) -> None:
    looks = []
    for number in (5, 10, 20):
        _, view = read(environment(tmp_path / f"env{number}", number))
        looks.append(sum(sum(counts.values()) for counts in (view.opened, view.listed, view.asked)))
    assert looks[2] - looks[1] == 2 * (looks[1] - looks[0])
    assert looks[1] - looks[0] == 5 * (2 * MODULES + 2 + 4), (
        "of one package: each module's status and text, and little more"
    )
