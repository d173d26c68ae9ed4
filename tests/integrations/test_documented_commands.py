"""Every command of the documentation is one that the program takes; those that change nothing outside are run."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from tests.cli.conftest import ROOT, make

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGES = sorted(
    path
    for path in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md"))
    if path.name != "commands.md"  # made from the commands themselves
)
CALL = re.compile(r"(?:^|\| |&& |sudo (?:-u THEM )?|\$ )(venvdoctor(?: .*)?)$")
APT = "Remv libpython3.11-minimal [3.11.2-6]\nInst python3.13-minimal (3.13.5-2 Debian:13 [amd64])\n"
UNTOUCHED = ("--yes", "install", "remove", "--install-completion")  # these change more than a directory of the test
SPOKEN_OF = ("predict", "undo")  # by these names alone
ELSEWHERE = "/usr/bin/python3=/usr/bin/python3.13"  # two interpreters of another machine


def calls(text: str) -> Iterator[str]:
    """Yield each command of a page, without what is explained behind it."""
    fenced = r"^ *```(\w*)\n(.*?)^ *```"
    blocks = "\n".join(part for kind, part in re.findall(fenced, text, re.MULTILINE | re.DOTALL) if kind != "yaml")
    rest = re.sub(fenced, "", text, flags=re.MULTILINE | re.DOTALL)
    indented = [line for line in rest.splitlines() if line.startswith("    ")]
    inline = re.findall(r"`([^`\n]+)`", "\n".join(line for line in rest.splitlines() if not line.startswith("    ")))
    for line in (*blocks.splitlines(), *indented, *inline):
        plain = re.split(r" {2,}(?!\[)| #", line.strip())[0].rstrip()
        found = CALL.search(plain)
        if found:
            yield found[1]


def concrete(command: str, home: Path) -> list[str]:
    """Return the words of a command, its placeholders filled in."""
    command = re.sub(r"\[apt\|[^]]*\]", "apt", command).replace("…", "").replace("-…", "")
    command = re.sub(r"\[([^]|]*)\]", r"\1", command)
    command = re.sub(r">.*", "", command)
    command = command.replace("snapshot show ID", "snapshot show").replace(
        "--baseline FILE", f"--baseline {home}/accepted.json"
    )
    command = command.replace("--cause ID", "--cause interpreter-gone:/nowhere")
    command = command.replace("--write-baseline FILE", f"--write-baseline {home}/new.json")
    names = {
        "PATH": str(home), "ENV": f"{home}/scraper/.venv", "FILE": f"{home}/saved.json", "DIR": f"{home}/root",
        "TREE": f"{home}/root", "/mnt/next-release": f"{home}/root", "/mnt/next": f"{home}/root", "/mnt": f"{home}/root",
        "simulated.txt": f"{home}/simulated.txt", "*.json": f"{home}/saved.json", "site-*/reports": str(home),
        "venvdoctor-reports": f"{home}/reports", "/usr/bin/python3.11": sys.executable, "PREFIX": sys.prefix,
        "OLD": "", "NEW": "", "X.Y": f"{sys.version_info[0]}.{sys.version_info[1]}",
    }  # fmt: skip
    words = [names.get(word, word) for word in shlex.split(command)]
    return [word.replace("~", str(home), 1) if word.startswith("~/") else word for word in words if word][1:]


FOUND = sorted({(path.relative_to(ROOT).as_posix(), call) for path in PAGES for call in calls(path.read_text("utf-8"))})
DISTINCT = sorted({call for _, call in FOUND})


def test_commands_are_found() -> None:
    assert len(DISTINCT) > 50
    assert "venvdoctor scan . --write-baseline venvdoctor-baseline.json" in DISTINCT
    assert "venvdoctor predict --apt" in DISTINCT
    assert "venvdoctor hook install" in DISTINCT


def parsed(words: list[str]) -> None:
    """Parse a command line without running it."""
    from typer.main import get_command

    from venvdoctor.cli import _commands
    from venvdoctor.cli._main import application

    command: Any = get_command(application(_commands.names()))
    while words and hasattr(command, "commands") and not words[0].startswith("-"):
        name, *words = words
        assert name in command.commands, name
        command = command.commands[name]
    command.make_context(command.name, list(words))


@pytest.mark.parametrize("command", DISTINCT)
def test_the_program_takes_it(command: str, tmp_path: Path) -> None:
    words = concrete(command, tmp_path)
    if words and words[0] not in ("--install-completion", "--version", "-h"):
        parsed(words)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with what the documentation speaks of."""
    place = tmp_path_factory.mktemp("home")
    make(place / "scraper", "/nowhere/bin/python3.11")
    for name in ("shop", "blog"):
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", place / name / ".venv"], check=True)
        (site,) = (place / name / ".venv/lib").glob("python3*/site-packages")
        (site / "six-1.16.0.dist-info").mkdir()
        (site / "six-1.16.0.dist-info/METADATA").write_text("Metadata-Version: 2.1\nName: six\nVersion: 1.16.0\n")
    for folder in ("root/usr/bin", "root/etc", "reports", ".cache/uv"):
        (place / folder).mkdir(parents=True)
    (place / "root/etc/os-release").write_text("ID=debian\nVERSION_ID=13\n")
    make(place / "root/srv/app", "/usr/bin/python3.11", str(place / "root"))
    (place / "simulated.txt").write_text(APT)
    code, out, err = run(place, ["scan", str(place), "--format", "json", "--write-baseline", "accepted.json"])
    assert code == 0, err
    for name in ("saved.json", "reports/saved.json"):
        (place / name).write_text(out)
    assert run(place, ["snapshot", "--path", str(place)])[0] == 0
    return place


def run(home: Path, words: list[str]) -> tuple[int, str, str]:
    environ = {"HOME": str(home), "PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
    command = [sys.executable, "-W", "error", "-m", "venvdoctor", *words]
    done = subprocess.run(
        command, cwd=home, env=environ, input=APT, capture_output=True, text=True, timeout=300, check=False
    )
    return done.returncode, done.stdout, done.stderr


def runnable() -> list[str]:
    """Return the commands to be run, alike ones once: none that changes the machine, or is only spoken of."""
    known: dict[str, str] = {}
    for command in DISTINCT:
        words = command.split()
        spoken_of = len(words) == 2 and (words[1] in SPOKEN_OF or words[1].startswith("-"))
        if len(words) > 1 and not spoken_of and ELSEWHERE not in words and not set(words) & set(UNTOUCHED):
            known.setdefault(shlex.join(concrete(command, ROOT)), command)
    return sorted(known.values())


@pytest.mark.real
@pytest.mark.parametrize("command", runnable())
def test_it_does_what_it_says(command: str, home: Path) -> None:
    """Exit code 0, 1 or 3: it was understood, and what it names was found."""
    words = concrete(command, home)
    named = any(word.startswith(str(home)) or word == "." for word in words)
    if words[0] in ("scan", "fix", "interpreters", "predict") and not named:
        words += [str(home)]  # not the whole machine
    if "--all" in words:
        words.remove("--all")
    code, out, err = run(home, words)
    assert "Traceback" not in err
    assert "internal error" not in err
    assert code in (0, 1, 3), (words, code, err)
    assert out or "--output" in words, (words, err)
    if "json" in words:
        json.loads(out)


def test_sessions_that_are_named_exist() -> None:
    """`nox -s NAME`, in the documentation and in what CI runs."""
    source = (ROOT / "noxfile.py").read_text(encoding="utf-8")
    sessions = set(re.findall(r"^@nox\.session.*?^def (\w+)", source, re.MULTILINE | re.DOTALL))
    pages = [path.read_text(encoding="utf-8") for path in (*PAGES, ROOT / ".ci/run") if path.exists()]
    calls = [found for text in pages for found in re.findall(r"nox (?:--[\w-]+ )*-s ((?:[\w.-]+ ?)+)", text)]
    named = {word.partition("-3.")[0] for call in calls for word in call.partition(" -- ")[0].split() if word != "--"}
    assert {"lint", "fleet"} <= named
    assert named <= sessions
    assert set(re.findall(r"smoke-(3\.\d+)", " ".join(calls))) <= set(re.findall(r'"(3\.\d+)"', source))
