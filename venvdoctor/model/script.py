"""Scripts, launchers and activate files of an environment: which interpreter each would start."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ScriptKind = Literal["shebang", "trampoline", "launcher", "binary", "link", "data"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """One file of `bin` (`Scripts`).

    Attributes:
        kind: `trampoline` is `#!/bin/sh` with the interpreter in line 2; `launcher` a Windows `.exe`.
        interpreter: the command it starts, as written.
        resolved: canonical path of that command, None when it does not exist (or cannot be decided: see `problem`).
        problem: `missing`, `too-long`, `space`, `crlf`, `not-executable`, `dangling`, `undecided`, `not-python` or "".
        own: the interpreter is this environment's own.
        distribution: the distribution that owns it by RECORD or entry points, when known.
    """

    path: str
    kind: ScriptKind
    interpreter: str = ""
    resolved: str | None = None
    problem: str = ""
    detail: str = ""
    own: bool = False
    relative: bool = False
    distribution: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivateFile:
    """An activate script and the environment it names."""

    path: str
    names: str
    same: bool  # it leads to this environment (by identity, not spelling)
    exists: bool
    relocatable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ScriptFacts:
    """Everything in `bin` that is not the interpreter itself."""

    scripts: tuple[Script, ...] = ()
    activates: tuple[ActivateFile, ...] = ()
    dead_links: tuple[tuple[str, str], ...] = ()  # (link, its target)
    created_at: str | None = None  # last word of pyvenv.cfg's `command`
    created_at_exists: bool = False
    created_at_same: bool = False
