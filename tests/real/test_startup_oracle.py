"""Every start that can be had here, worked out by looking and then run: sys.prefix, the base, the library, the sites."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.support.envs import make_environment, make_venv
from tests.support.pythons import Python, clean_environ, copyable, every, pythons, relocatable_copy, special
from venvdoctor.diagnosis import catalogue, diagnose_environment, needs_of, status_of
from venvdoctor.inspection.environment import examine
from venvdoctor.inspection.host import read_host
from venvdoctor.inspection.shared import Shared
from venvdoctor.model.environment import Candidate
from venvdoctor.view import View

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment

pytestmark = pytest.mark.real
_ASK = """
import json, os, sys
print("@@" + json.dumps([sys.prefix, sys.base_prefix, os.path.dirname(os.__file__), sys.path[1:]]))
"""
WAIT = 10  # seconds; only a FIFO in place of the file takes them


class Truth(NamedTuple):
    """What a run showed; `starts` False: it ended, hung or was refused before the first line."""

    starts: bool
    prefix: str = ""
    base_prefix: str = ""
    stdlib: str = ""
    path: tuple[str, ...] = ()
    error: str = ""


def truth(env: Path) -> Truth:
    """Run the environment's interpreter, standing in a directory that helps no relative path."""
    command = [str(env / "bin" / "python"), "-c", _ASK]
    stand = env.parent / "elsewhere"
    stand.mkdir(exist_ok=True)
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, errors="replace", timeout=WAIT, env=clean_environ(), check=False,
            cwd=stand,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return Truth(starts=False, error="hangs")
    except OSError as error:
        return Truth(starts=False, error=str(error))
    line = next((line for line in done.stdout.splitlines() if line.startswith("@@")), None)
    if line is None:
        return Truth(starts=False, error=done.stderr[-300:])
    prefix, base, stdlib, path = json.loads(line[2:])
    return Truth(starts=True, prefix=prefix, base_prefix=base, stdlib=stdlib, path=tuple(path))


def look(env: Path) -> tuple[Environment, list[Finding], str]:
    """Examine and judge without running: the facts, the findings that concern a start, the status that they leave."""
    rules = catalogue()
    view = View()
    host = read_host(view, clean_environ())
    facts = examine(Candidate(path=str(env)), Shared(view=view, host=host, needs=needs_of(rules)))
    assert facts is not None
    found = [item for item in diagnose_environment(facts, host, rules) if item.code < "VD4"]
    return facts, found, status_of(facts, found)


def compare(env: Path, about: str = "") -> None:
    """Hold what was said about a start to what running it shows."""
    ran = truth(env)
    facts, found, status = look(env)
    start = facts.startup
    said = f"{about}: {ran}\n{start}\n{[(item.code, item.severity, item.message) for item in found]}"
    assert start.starts is ran.starts, said
    errors = {item.code for item in found if item.severity == "error"}
    if not ran.starts or ran.prefix != str(env):
        assert status == "broken", said
        assert len(errors) == 1, said
    else:
        assert not errors, said
    if ran.starts:
        assert start.prefix == ran.prefix, said
        assert start.isolated == (ran.prefix == str(env)), said
        assert start.base_prefix == ran.base_prefix, said
        assert os.path.samefile(start.stdlib or "", ran.stdlib), said
        sites = [item for item in (*start.site_dirs, *start.global_site_dirs) if os.path.isdir(item)]
        assert sites == [item for item in ran.path if "-packages" in item], said


def edit(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    """Return the damage that rewrites pyvenv.cfg."""

    def damage(env: Path) -> None:
        place = env / "pyvenv.cfg"
        place.write_bytes(change(place.read_bytes()))

    return damage


def home(text: bytes) -> Callable[[Path], None]:
    r"""Return the damage that rewrites the line of `home`; `\1` is its value."""
    return edit(lambda data: re.sub(rb"^home = ([^\r\n]*)", text, data, flags=re.MULTILINE))


def instead(make: Callable[[Path], object]) -> Callable[[Path], None]:
    """Return the damage that puts something else in the file's place."""

    def damage(env: Path) -> None:
        (env / "pyvenv.cfg").unlink()
        make(env / "pyvenv.cfg")

    return damage


def beside(env: Path) -> None:
    shutil.move(env / "pyvenv.cfg", env / "bin" / "pyvenv.cfg")


def a_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        here = os.open(path.parent, os.O_RDONLY)
        server.bind(f"/proc/self/fd/{here}/{path.name}" if len(str(path)) > 100 else str(path))
        os.close(here)


DAMAGES: dict[str, Callable[[Path], None]] = {
    "none": lambda env: None,  # noqa: ARG005
    "home gone": home(rb"home = /gone/bin"),
    "home absent": home(rb"# nothing"),
    "home empty": home(rb"home ="),
    "home without blanks": home(rb"home=\1"),
    "home upper case": home(rb"HOME = \1"),
    "home quoted": home(rb'home = "\1"'),
    "home with a comment": home(rb"home = \1 # base"),
    "home with a slash": home(rb"home = \1/"),
    "home with dots": home(rb"home = \1/../bin"),
    "home one up": home(rb"home = \1/.."),
    "home relative": home(rb"home = bin"),
    "home a file": home(rb"home = \1/python3"),
    "home twice": home(rb"home = /gone\nhome = \1"),
    "home twice, other way": home(rb"home = \1\nhome = /gone"),
    "CRLF": edit(lambda data: data.replace(b"\n", b"\r\n")),
    "CR": edit(lambda data: data.replace(b"\n", b"\r")),
    "BOM": edit(lambda data: b"\xef\xbb\xbf" + data),
    "UTF-16": edit(lambda data: data.decode().encode("utf-16")),
    "Latin-1": edit(lambda data: data + b"prompt = caf\xe9\n"),
    "NUL first": edit(lambda data: b"\0" + data),
    "no newline": edit(lambda data: data.split(b"\n")[0]),
    "empty": edit(lambda data: b""),  # noqa: ARG005
    "a long line": edit(lambda data: b"x = " + b"y" * 9000 + b"\n" + data),
    "31 KiB": edit(lambda data: data + b"#" * (32767 - len(data))),
    "32 KiB": edit(lambda data: data + b"#" * (32768 - len(data))),
    "system site": edit(lambda data: data.replace(b"packages = false", b"packages = TRUE")),
    "system site unsaid": edit(lambda data: re.sub(rb"include.*\n", b"", data)),
    "gone": instead(lambda path: None),  # noqa: ARG005
    "a directory": instead(lambda path: path.mkdir()),
    "a socket": instead(a_socket),
    "a dead link": instead(lambda path: path.symlink_to("/gone")),
    "a loop": instead(lambda path: path.symlink_to(path.name)),
    "beside the executable": beside,
}


def damaged(template: Path, place: Path, name: str) -> Path:
    """Copy the template to a path of its own and damage it."""
    env = place / "env"
    shutil.rmtree(env, ignore_errors=True)
    shutil.copytree(template, env, symlinks=True)
    DAMAGES[name](env)
    return env


# The getpath in C, the first one in Python, the newest here; those between are asked less, to spare the machine.
REGIMES = {"3.10", "3.11", pythons()[-1].series if pythons() else ""}
RELOCATABLE = ["home gone", "home absent", "home quoted", "home with dots", "home one up", "BOM", "Latin-1", "empty"]


@every()
@pytest.mark.parametrize("flags", [(), ("--copies",)], ids=["links", "copies"])
def test_every_configuration(interpreter: Python, flags: tuple[str, ...], tmp_path: Path) -> None:
    template = make_venv(interpreter, tmp_path / "template", *flags)
    names = DAMAGES if interpreter.series in REGIMES else ["none", "gone", "31 KiB", "a dead link", *RELOCATABLE]
    for name in names:
        compare(damaged(template, tmp_path, name), name)


@pytest.mark.parametrize("series", copyable("3.9") or [pytest.param("", marks=pytest.mark.skip(reason="none to copy"))])
def test_a_base_that_nothing_stands_in_for(series: str, tmp_path: Path) -> None:
    base = relocatable_copy(series, tmp_path / "base")
    for kind, flags in (("links", ()), ("copies", ("--copies",))):
        template = make_venv(base, tmp_path / kind, *flags)
        for name in ("none", *RELOCATABLE):
            compare(damaged(template, tmp_path, name), f"{kind} {name}")


def test_a_base_that_changes_under_its_environments(tmp_path: Path) -> None:
    series = (copyable() or [pytest.skip("no interpreter can be copied here")])[-1]
    base = relocatable_copy(series, tmp_path / "base")
    env, copy = make_venv(base, tmp_path / "env"), make_venv(base, tmp_path / "copy", "--copies")
    nested = make_venv(env / "bin" / "python", tmp_path / "nested")
    library = tmp_path / "base" / "lib" / f"python{series}"
    for step in ("encodings", "os.py", ""):  # less and less of it is left
        target = library / step
        shutil.rmtree(target) if target.is_dir() else target.unlink()
        for place in (env, copy, nested):
            compare(place, f"without {step or 'its library'}")
    shutil.rmtree(tmp_path / "base")
    for place in (env, copy, nested):
        compare(place, "without a base")


@pytest.mark.parametrize("tool", ["virtualenv", "virtualenv-copies", "uv", "venv-system"])
@every("3.11")
def test_every_tool(tool: str, interpreter: Python, tmp_path: Path) -> None:
    compare(make_environment(tool, interpreter, tmp_path / "an énvironment"), tool)


@pytest.mark.parametrize("name", ["none", "home gone", "home absent", "system site", "gone", "empty"])
@pytest.mark.parametrize("which", [{"implementation": "pypy"}, {"debug": True}, {"system": True}], ids=str)
def test_special_builds(which: dict[str, object], name: str, tmp_path: Path) -> None:
    template = make_venv(special(**which), tmp_path / "template")  # type: ignore[arg-type]
    compare(damaged(template, tmp_path, name), name)


@every("3.12")
def test_odd_places(interpreter: Python, tmp_path: Path) -> None:
    """Links to directories, hard links, names that lie, a project that is its own environment: all of them healthy."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    compare(make_venv(interpreter, tmp_path / "link" / "env"), "through a link")
    project = tmp_path / "project"
    (project / "src").mkdir(parents=True)
    compare(make_venv(interpreter, project), "the project itself")
    lying = make_venv(interpreter, tmp_path / "lying")
    (lying / "bin" / "python3.1").symlink_to("python")
    compare(lying, "a name that lies")
    farm = tmp_path / "farm"
    farm.mkdir()
    (farm / "python3").symlink_to(interpreter.executable)
    compare(make_venv(str(farm / "python3"), tmp_path / "farmed"), "made through a farm of links")


def test_a_hard_link_is_a_copy(tmp_path: Path) -> None:
    series = (copyable() or [pytest.skip("no interpreter can be copied here")])[-1]
    base = relocatable_copy(series, tmp_path / "base")
    env = make_venv(base, tmp_path / "env")
    for name in (env / "bin").glob("python*"):
        name.unlink()
    os.link(base.executable, env / "bin" / "python")
    compare(env, "hard link")
