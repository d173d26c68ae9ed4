"""docs/errors.md against the truth: what broken environments really say leads to a rule that a scan reports for them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.cli.conftest import ROOT
from tests.support.damages import distribution
from tests.support.envs import make_venv, run, site_packages
from tests.support.pythons import Python, copyable, relocatable_copy
from tests.support.scanning import scan

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = pytest.mark.real
SERIES = [series for series in copyable("3.10") if series != "3.14"]


class Case(NamedTuple):
    """A broken environment: what to run, what is to be said, where to look, and which words say the same in the index."""

    command: list[str]
    said: str
    look: Path
    row: str = ""


class Ground:
    """One environment on an interpreter of its own, to be broken."""

    def __init__(self, place: Path) -> None:
        if not SERIES:
            pytest.skip("no CPython here can be copied")
        self.place = place
        self.home = place / "home"
        self.home.mkdir()
        self.base: Python = relocatable_copy(SERIES[-1], place / "base")
        self.env = make_venv(self.base, place / "project/.venv")
        self.python = self.env / "bin/python"
        self.site = site_packages(self.env)

    @property
    def prefix(self) -> Path:
        return self.place / "base"

    def own(self, path: Path) -> Path:
        """Make a file one that may be written: the copy's files are hard links."""
        data, mode = path.read_bytes(), path.stat().st_mode
        path.unlink()
        path.write_bytes(data)
        path.chmod(mode)
        return path


def base_gone(ground: Ground) -> Case:
    shutil.rmtree(ground.prefix)
    return Case(["bash", "-c", f"{ground.python} -V"], "No such file or directory", ground.env)


def script_of_a_gone_interpreter(ground: Ground) -> Case:
    script(ground, "tool", f"#!{ground.python}")
    shutil.rmtree(ground.prefix)
    words = r"bad interpreter: No such file or directory|cannot execute: required file not found"
    return Case(["bash", "-c", str(ground.env / "bin/tool")], words, ground.env)


def script_in_zsh(ground: Ground) -> Case:
    need("zsh")
    script(ground, "tool", f"#!{ground.python}")
    shutil.rmtree(ground.prefix)
    return Case(["zsh", "-fc", str(ground.env / "bin/tool")], "bad interpreter: ", ground.env)


def script_in_fish(ground: Ground) -> Case:
    need("fish")
    script(ground, "tool", f"#!{ground.python}")
    shutil.rmtree(ground.prefix)
    return Case(["fish", "-c", str(ground.env / "bin/tool")], "Failed to execute process", ground.env)


def moved(ground: Ground) -> Case:
    distribution(ground.site, "tool")
    script(ground, "tool", f"#!{ground.python}")
    there = ground.place / "elsewhere"
    ground.env.rename(there)
    words = r"bad interpreter: No such file or directory|cannot execute: required file not found"
    return Case(["bash", "-c", str(there / "bin/tool")], words, there)


def link_in_a_circle(ground: Ground) -> Case:
    ground.python.unlink()
    ground.python.symlink_to("python3")
    (ground.env / "bin/python3").unlink()
    (ground.env / "bin/python3").symlink_to("python")
    return Case(["bash", "-c", f"{ground.python} -V"], "Too many levels of symbolic links", ground.env)


def not_executable(ground: Ground) -> Case:
    ground.python.unlink()
    shutil.copy(ground.base.path, ground.python)
    ground.python.chmod(0o644)
    return Case(["bash", "-c", f"{ground.python} -V"], "Permission denied", ground.env)


def other_machine(ground: Ground) -> Case:
    data = bytearray(ground.own(ground.prefix / f"bin/python{ground.base.series}").read_bytes())
    data[18:20] = b"\x15\x00"  # e_machine: PowerPC64
    (ground.prefix / f"bin/python{ground.base.series}").write_bytes(bytes(data))
    return Case(["bash", "-c", f"{ground.python} -V"], "cannot execute binary file: Exec format error", ground.env)


def launcher_of_a_gone_tool(ground: Ground) -> Case:
    make_venv(ground.base, ground.home / "env")
    folder = ground.home / ".local/bin"
    folder.mkdir(parents=True)
    (folder / "black").symlink_to(ground.home / ".local/share/pipx/venvs/black/bin/black")
    return Case(
        ["bash", "-c", f"PATH={folder} black"], "black: command not found", ground.home, row="command not found: black"
    )


def no_libpython(ground: Ground) -> Case:
    for item in (ground.prefix / "lib").glob("libpython*"):
        item.unlink()
    return Case([str(ground.python), "-V"], "error while loading shared libraries: libpython", ground.env)


def no_library(ground: Ground) -> Case:
    shutil.rmtree(ground.prefix / f"lib/python{ground.base.series}")
    return Case([str(ground.python), "-c", ""], "No module named 'encodings'", ground.env)


def no_library_says_more(ground: Ground) -> Case:
    shutil.rmtree(ground.prefix / f"lib/python{ground.base.series}")
    return Case([str(ground.python), "-c", ""], "Could not find platform independent libraries <prefix>", ground.env)


def library_of_another_version(ground: Ground) -> Case:
    if len(SERIES) < 2:
        pytest.skip("two copyable CPythons are needed")
    other = relocatable_copy(SERIES[0], ground.place / "other")
    mine = ground.prefix / f"lib/python{ground.base.series}"
    shutil.rmtree(mine)
    shutil.copytree(ground.place / f"other/lib/python{other.series}", mine)
    return Case([str(ground.python), "-c", "import re"], "SRE module mismatch", ground.env)


def configuration_with_a_foreign_byte(ground: Ground) -> Case:
    with (ground.env / "pyvenv.cfg").open("ab") as stream:
        stream.write(b"prompt = caf\xe9\n")
    return Case([str(ground.python), "-c", ""], "UnicodeDecodeError", ground.env)


def broken_pth(ground: Ground) -> Case:
    (ground.site / "x.pth").write_text("import nowhere_to_be_found\n")
    return Case([str(ground.python), "-c", ""], "Error processing line 1 of", ground.env)


def drift(ground: Ground) -> Case:
    distribution(ground.site, "pip")
    (ground.env / "lib" / f"python{ground.base.series}").rename(ground.env / "lib/python3.7")
    text = (ground.env / "pyvenv.cfg").read_text()
    (ground.env / "pyvenv.cfg").write_text(re.sub(r"version = .*", "version = 3.7.1", text))
    return Case([str(ground.python), "-m", "pip"], "No module named pip", ground.env, row="for every other package too")


def no_pip(ground: Ground) -> Case:
    text = (ground.env / "pyvenv.cfg").read_text()
    (ground.env / "pyvenv.cfg").write_text(text.replace(" --without-pip", ""))  # as if it had been made with pip
    return Case([str(ground.python), "-m", "pip"], "No module named pip", ground.env, row="nothing else is missing")


def removed_module(ground: Ground) -> Case:
    if ground.base.version < (3, 12):
        pytest.skip("needs CPython 3.12, from which on distutils is gone")
    distribution(ground.site, "legacy")
    (ground.site / "legacy/__init__.py").write_text("import distutils.util\nimport imp\n")
    return Case([str(ground.python), "-c", "import legacy"], "No module named 'distutils'", ground.env)


def own_project_gone(ground: Ground) -> Case:
    distribution(ground.site, "mine")
    shutil.rmtree(ground.site / "mine")
    (ground.site / "mine.pth").write_text(f"{ground.place}/src/mine\n")
    info = ground.site / "mine-1.0.dist-info"
    (info / "direct_url.json").write_text(
        f'{{"url": "file://{ground.place}/src/mine", "dir_info": {{"editable": true}}}}'
    )
    (info / "RECORD").write_text(f"mine.pth,,\n{info.name}/METADATA,,\n{info.name}/RECORD,,\n")
    words = "No module named 'mine'"
    return Case([str(ground.python), "-c", "import mine"], words, ground.env, row="for one of your own projects")


def half_a_package(ground: Ground) -> Case:
    distribution(ground.site, "demo")
    (ground.site / "demo/inner.py").unlink()
    return Case(
        [str(ground.python), "-c", "import demo.inner"],
        "No module named 'demo.inner'|cannot import name",
        ground.env,
        row="'x.y'",
    )


def no_configuration(ground: Ground) -> Case:
    distribution(ground.site, "demo")
    (ground.env / "pyvenv.cfg").unlink()
    look = "import sys; print('packages install into the system' * (sys.prefix == sys.base_prefix))"
    return Case([str(ground.python), "-c", look], "packages install into the system", ground.env)


def dead_git_hook(ground: Ground) -> Case:
    need("git")
    project = ground.env.parent
    subprocess.run(
        ["git", "init", "-q", project], check=True, env={"PATH": os.environ["PATH"], "HOME": str(ground.home)}
    )
    hook = project / ".git/hooks/pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!{ground.python}\n# File generated by pre-commit: https://pre-commit.com\n")
    hook.chmod(0o755)
    shutil.rmtree(ground.prefix)
    commit = f"cd {project} && git -c user.name=a -c user.email=b commit -q --allow-empty -m x"
    return Case(["bash", "-c", commit], "cannot (run|exec) '?.git/hooks/pre-commit'?: No such file", project)


def leftover_of_pip(ground: Ground) -> Case:
    with_pip(ground)
    shutil.copytree(next(ground.site.glob("pip-*.dist-info")), ground.site / "~ip-1.0.dist-info")
    return Case([str(ground.python), "-m", "pip", "list"], "WARNING: Ignoring invalid distribution ~", ground.env)


def no_record(ground: Ground) -> Case:
    with_pip(ground)
    distribution(ground.site, "demo")
    (ground.site / "demo-1.0.dist-info/RECORD").unlink()
    command = [str(ground.python), "-m", "pip", "uninstall", "-y", "demo"]
    return Case(command, "no RECORD file was found|uninstall-no-record-file", ground.env)


def need(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"there is no {program}")


def script(ground: Ground, name: str, shebang: str) -> None:
    path = ground.env / "bin" / name
    path.write_text(f"{shebang}\nfrom {name} import main\n")
    path.chmod(0o755)


def with_pip(ground: Ground) -> None:
    """Put pip's own wheel there, as ensurepip carries it."""
    wheels = [*(ground.prefix / f"lib/python{ground.base.series}/ensurepip/_bundled").glob("pip-*.whl")]
    if not wheels:
        pytest.skip("this Python carries no pip")
    shutil.unpack_archive(wheels[0], ground.site, "zip")


BREAKS: list[Callable[[Ground], Case]] = [
    base_gone, script_of_a_gone_interpreter, script_in_zsh, script_in_fish, moved, link_in_a_circle, not_executable,
    other_machine, launcher_of_a_gone_tool, no_libpython, no_library, no_library_says_more, library_of_another_version,
    configuration_with_a_foreign_byte, broken_pth, drift, no_pip, removed_module, own_project_gone, half_a_package,
    no_configuration, dead_git_hook, leftover_of_pip, no_record,
]  # fmt: skip


def rows() -> list[tuple[str, set[str]]]:
    """Return the index: what is said, and the rules it leads to."""
    text = (ROOT / "docs/errors.md").read_text(encoding="utf-8")
    cells = [line.split(" | ") for line in text.splitlines() if line.startswith("| ") and "VD" in line]
    return [(line[0].removeprefix("| "), set(re.findall(r"\[(VD\d{3})\]", line[-1]))) for line in cells]


def plain(text: str) -> str:
    return re.sub(r"[`'\"]", "", text).lower()


@pytest.mark.parametrize("harm", BREAKS, ids=lambda harm: harm.__name__)
def test_what_is_said_is_in_the_index_and_leads_to_the_rule(harm: Callable[[Ground], Case], tmp_path: Path) -> None:
    ground = Ground(tmp_path)
    case = harm(ground)
    ran = run(case.command, cwd=tmp_path, HOME=str(ground.home), LC_ALL="C.UTF-8")
    said = re.search(case.said, f"{ran.out}{ran.err}", re.IGNORECASE)
    assert said, ran
    wanted = plain(case.row or said[0])
    led = {code for words, codes in rows() if wanted in plain(words) for code in codes}
    assert led, f"{said[0]!r} is not in docs/errors.md"
    environ = {"HOME": str(ground.home), "PATH": os.environ["PATH"]}
    report = scan(case.look, environ=environ, cache=False)
    found = {item["code"] for env in report["environments"] for item in env["findings"]}
    found |= {item["code"] for item in report["findings"]}
    assert found & led, (sorted(found), sorted(led))


def test_every_row_leads_somewhere() -> None:
    index = rows()
    assert len(index) > 40
    assert all(codes for _, codes in index)
    assert all(f"({path})" for path in re.findall(r"rules/[\w-]+\.md", (ROOT / "docs/errors.md").read_text()))
    missing = [
        path
        for path in re.findall(r"rules/[\w-]+\.md", (ROOT / "docs/errors.md").read_text())
        if not (ROOT / "docs" / path).exists()
    ]
    assert missing == []
