"""Directories with an environment's looks, made in no time, and discovery over them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from venvdoctor.discovery import Outcome, Request, discover
from venvdoctor.model.host import Home, Host
from venvdoctor.view import View

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from venvdoctor.model.environment import Candidate


def mark(path: Path | str, *, cfg: str | None = "home = /usr/bin\n", conda: bool = False) -> str:
    """Make a directory that has the marks of an environment and nothing that works; return it."""
    text = os.fspath(path)
    os.makedirs(f"{text}/bin", exist_ok=True)
    os.makedirs(f"{text}/lib/python3.11/site-packages", exist_ok=True)
    if conda:
        os.makedirs(f"{text}/conda-meta")
    elif cfg is not None:
        with open(f"{text}/pyvenv.cfg", "w", encoding="utf-8") as stream:
            stream.write(cfg)
    return text


def write(path: Path | str, text: str = "") -> None:
    """Write a file and the directories above it."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as stream:
        stream.write(text)


def host_of(home: Path | str, environ: Mapping[str, str] | None = None, platform: str = "linux") -> Host:
    """Return a machine with one user, whose variables these are."""
    path = os.fspath(home)
    variables = {"HOME": path, **(environ or {})}
    return Host(homes=(Home(path, os.getuid(), "user"),), environ=variables, platform=platform, uid=os.getuid())


def found(
    *paths: Path | str, home: Path | str = "/nonexistent", outcome: Outcome | None = None, view: View | None = None
) -> list[Candidate]:
    """Return what a search of explicit paths yields."""
    request = Request(paths=tuple(os.fspath(path) for path in paths))
    return list(discover(view or View(), host_of(home), request, outcome))


def relative(candidates: list[Candidate], root: Path | str) -> list[str]:
    """Return the paths of candidates below a root, in the order of discovery."""
    return [os.path.relpath(item.path, root) for item in candidates]


def exhaustive(root: Path | str) -> set[str]:
    """Return every directory below a root that holds a `pyvenv.cfg` or a `conda-meta`, by looking everywhere."""
    return {
        os.path.relpath(path, root)
        for path, directories, files in os.walk(root)
        if "pyvenv.cfg" in files or "conda-meta" in directories
    }
