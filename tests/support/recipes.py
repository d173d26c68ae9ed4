"""Recipes of sick and odd-but-healthy machines: TOML files in `fixtures/`, materialised below a root of their own.

git carries no modes, FIFOs or absolute links, so a recipe says how to make them. CONTRIBUTING.md describes the format.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.support.machine import Machine

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FOLDER = Path(__file__).parent.parent.parent / "fixtures"


@dataclass(frozen=True)
class Recipe:
    """One fixture.

    Attributes:
        rule: the code that it is about; `fires`: whether the rule has to fire, or has to stay silent.
        steps: one text each, see `_STEPS`.
        scan: the paths to scan, as inside (none: the usual places).
        expect: environment → its exact `status`, its exact error and warning `codes`, and `notes` that must be there.
    """

    path: Path
    about: str
    rule: str
    fires: bool
    steps: tuple[str, ...]
    scan: tuple[str, ...]
    expect: dict[str, dict[str, Any]]

    @property
    def name(self) -> str:
        """The fixture's name: folder and file."""
        return f"{self.path.parent.name}/{self.path.stem}"

    def materialise(self, root: Path) -> Machine:
        """Make the machine below a directory."""
        machine = Machine(root)
        machine.basics()
        for step in self.steps:
            perform(machine, step)
        machine.settle()
        return machine


def recipes() -> Iterator[Recipe]:
    """Yield every recipe, by name."""
    for path in sorted(FOLDER.glob("vd*/*.toml")):
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        unknown = set(data) - {"about", "steps", "scan", "expect"}
        assert not unknown, f"{path}: unknown keys {unknown}"
        assert path.stem.startswith(("fires-", "silent-")), f"{path}: the name says `fires-…` or `silent-…`"
        yield Recipe(
            path=path,
            about=data["about"],
            rule=path.parent.name.upper(),
            fires=path.stem.startswith("fires-"),
            steps=tuple(data["steps"]),
            scan=tuple(data.get("scan", ())),
            expect=data.get("expect", {}),
        )


def perform(machine: Machine, step: str) -> None:
    """Carry out one step: a verb, its words, and `key=value` options (`key` alone is true)."""
    head, newline, body = step.partition("\n")
    verb, *words = shlex.split(head)
    pairs = [] if verb == "replace" else [word for word in words if re.match(r"[\w-]+=(?!=)", word)]
    plain = [word for word in words if word not in pairs]
    options = dict(word.split("=", 1) for word in pairs)
    _STEPS[verb](machine, plain, options, body if newline else options.pop("text", ""))


def _interpreter(machine: Machine, words: list[str], options: dict[str, Any], _: str) -> None:
    """Write an interpreter: `interpreter X.Y.Z [PREFIX] [shared] [needed=a,b] [runpath=…] [interp=…] [names=…] [machine=…]`."""
    shared = "shared" in words
    words = [word for word in words if word != "shared"]
    extra: dict[str, Any] = {key: options[key].split(",") for key in ("needed", "names") if key in options}
    extra |= {key: options[key] for key in ("runpath", "interp", "machine") if key in options}
    if "glibc" in options:
        extra["verneed"] = {"libc.so.6": [f"GLIBC_{options['glibc']}"]}
    machine.interpreter(words[0], *words[1:2], shared=shared, **extra)


def _venv(machine: Machine, words: list[str], options: dict[str, str], _: str) -> None:
    """Make an environment: `venv PATH PYTHON [maker=venv|virtualenv|uv] [copies] [system] [with=name==1.0,…] [KEY=VALUE]`; VALUE `-`: no such key."""
    flags = {"copies": "copies" in words, "system": "system" in words}
    path, python = [word for word in words if word not in flags]
    wanted = options.pop("with", "")
    machine.environment(path, python, maker=options.pop("maker", "venv"), **flags, **options)
    for item in filter(None, wanted.split(",")):
        name, _, version = item.partition("==")
        machine.distribution(path, name, version, scripts={name: f"{name.replace('-', '_')}:main"})


def _distribution(machine: Machine, words: list[str], options: dict[str, str], _: str) -> None:
    """Install a distribution: `distribution ENV name==1.0 [requires=a;b] [requires_python=…] [scripts=name] [series=3.11]`."""
    env, item = words
    name, _, version = item.partition("==")
    extra: dict[str, Any] = {"requires": options["requires"].split(";")} if "requires" in options else {}
    extra |= {key: options[key] for key in ("requires_python", "series") if key in options}
    if "scripts" in options:
        extra["scripts"] = {command: f"{name.replace('-', '_')}:main" for command in options["scripts"].split(",")}
    machine.distribution(env, name, version, **extra)


def _remove(machine: Machine, words: list[str], _: dict[str, str], __: str) -> None:
    """Remove files, links and whole directories: `remove PATH…` (globs allowed; each must match)."""
    for word in words:
        found = sorted(machine.root.glob(word.lstrip("/"))) or [machine.at(word)]
        for place in found:
            if place.is_dir() and not place.is_symlink():
                shutil.rmtree(place)
            else:
                place.unlink()


def _write(machine: Machine, words: list[str], options: dict[str, str], body: str) -> None:
    r"""Write a file: `write PATH [mode=0755]` and the text from the next line on; `hex=…`, `size=…` (sparse) instead of it."""
    data: str | bytes = bytes.fromhex(options["hex"]) if "hex" in options else body
    machine.write(words[0], data, int(options.get("mode", "0644"), 8))
    if "size" in options:
        os.truncate(machine.at(words[0]), int(options["size"]))


def _append(machine: Machine, words: list[str], options: dict[str, str], body: str) -> None:
    """Append to a file: `append PATH` and the text from the next line on."""
    with machine.at(words[0]).open("ab") as file:
        file.write(bytes.fromhex(options["hex"]) if "hex" in options else body.encode())


def _replace(machine: Machine, words: list[str], _: dict[str, str], __: str) -> None:
    """Replace a text in a file: `replace PATH OLD NEW`."""
    place = machine.at(words[0])
    data = place.read_bytes()
    assert words[1].encode() in data, f"{words[0]} does not hold {words[1]!r}"
    place.write_bytes(data.replace(words[1].encode(), words[2].encode()))


def _link(machine: Machine, words: list[str], _: dict[str, str], __: str) -> None:
    """Make a symbolic link: `link PATH TARGET`."""
    machine.link(*words)


def _move(machine: Machine, words: list[str], _: dict[str, str], __: str) -> None:
    """Move or rename: `move FROM TO`."""
    machine.at(words[1]).parent.mkdir(parents=True, exist_ok=True)
    machine.at(words[0]).rename(machine.at(words[1]))


def _copy(machine: Machine, words: list[str], _: dict[str, str], __: str) -> None:
    """Copy a tree with its links: `copy FROM TO`."""
    if machine.at(words[0]).is_dir():
        shutil.copytree(machine.at(words[0]), machine.at(words[1]), symlinks=True)
    else:
        shutil.copy2(machine.at(words[0]), machine.at(words[1]))


def _chmod(machine: Machine, words: list[str], _: dict[str, str], __: str) -> None:
    """Change permission bits: `chmod 0644 PATH`."""
    machine.at(words[1]).chmod(int(words[0], 8))


def _special(machine: Machine, words: list[str], _: dict[str, str], __: str) -> None:
    """Make a `fifo`, a `socket` or a `dir`: `special KIND PATH`."""
    place = machine.at(words[1])
    place.parent.mkdir(parents=True, exist_ok=True)
    if words[0] == "fifo":
        os.mkfifo(place)
    elif words[0] == "dir":
        place.mkdir(exist_ok=True)
    else:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(str(place))


def _extension(machine: Machine, words: list[str], options: dict[str, str], _: str) -> None:
    """Write an extension module: `extension PATH [needed=a,b] [verneed=lib:NODE] [undefined=a,b] [machine=aarch64] [init=name]`."""
    from tests.support.elf_writer import AARCH64, X86_64, Elf

    stem = options.get("init", os.path.basename(words[0]).split(".")[0])
    library, _, node = options.get("verneed", "").partition(":")
    body = Elf(
        needed=options.get("needed", "libc.so.6").split(","),
        exports={f"PyInit_{stem}": b""},
        undefined=[name for name in options.get("undefined", "").split(",") if name],
        verneed={library: [node]} if library else {},
        machine={"x86_64": X86_64, "aarch64": AARCH64}[options.get("machine", "x86_64")],
    ).build()
    machine.write(words[0], body, 0o755)


def _conda(machine: Machine, words: list[str], _: dict[str, str], __: str) -> None:
    """Make a conda environment with one tool: `conda PATH X.Y.Z`."""
    machine.conda(*words)


def _truncate(machine: Machine, words: list[str], _: dict[str, str], __: str) -> None:
    """Cut a file: `truncate SIZE PATH`."""
    os.truncate(machine.at(words[1]), int(words[0]))


_STEPS: dict[str, Callable[[Machine, list[str], dict[str, Any], str], None]] = {
    "interpreter": _interpreter,
    "venv": _venv,
    "distribution": _distribution,
    "extension": _extension,
    "conda": _conda,
    "remove": _remove,
    "write": _write,
    "append": _append,
    "replace": _replace,
    "link": _link,
    "move": _move,
    "copy": _copy,
    "chmod": _chmod,
    "special": _special,
    "truncate": _truncate,
}
