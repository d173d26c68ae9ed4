"""Scripts, launchers and activate files of an environment: which interpreter each would start."""

from __future__ import annotations

from typing import Literal

from venvdoctor.model.fact import fact

ScriptKind = Literal["shebang", "trampoline", "launcher", "binary", "link", "data"]
PlaceState = Literal["", "own", "gone", "environment", "installation", "undecided"]


@fact
class Script:
    """One file of `bin` (`Scripts`).

    Attributes:
        kind: `trampoline` is `#!/bin/sh` with the interpreter in line 2; `launcher` a Windows `.exe`.
        interpreter: the command it starts, as written.
        resolved: canonical path of that command, None when it does not exist (or cannot be decided: see `problem`).
        problem: `missing`, `too-long`, `space`, `crlf`, `not-executable`, `dangling`, `undecided`, `not-python`,
            `interpreter-not-executable`, `interpreter-empty`, `relative`, `no-first-line`, `options`,
            `denied` (the environment's owner may not start it), `not-on-path`, `zeros` (it begins with nothing but
            NUL bytes) or "".
        detail: which file is not there, or why nobody can tell.
        own: the interpreter is this environment's own.
        relative: it looks for its interpreter beside itself, wherever it stands.
        distribution: the distribution that owns it by RECORD, when known (asked only where there is a problem).
        python: it wants a Python.
        generated: an installer wrote it for an entry point; `module` is what it imports.
        module_missing: that module is in none of the directories that the interpreter reads.
        place: the directory above the `bin` of the interpreter; `place_state` what stands there: `own`, `gone`,
            another `environment`, an `installation` (no environment), or `undecided`.
        outside: it is a link to a file outside of the environment, which somebody made on purpose.
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
    python: bool = False
    generated: bool = False
    module: str = ""
    module_missing: bool = False
    place: str = ""
    place_state: PlaceState = ""
    outside: bool = False


@fact
class ActivateFile:
    """An activate script and the environment it names.

    Attributes:
        names: the written path; `""` when the file computes its own place.
        same: it leads to this environment (by identity, not spelling).
        exists: a directory stands there; `environment`: it is an environment.
        relocatable: it finds its place by itself (always, or since the written one is gone).
        decided: False when nobody can tell whether the place exists.
    """

    path: str
    names: str
    same: bool
    exists: bool
    relocatable: bool = False
    environment: bool = False
    decided: bool = True


@fact
class Former:
    """Where this environment was made, by the votes of its files, when that is not where it is.

    Attributes:
        path: the place as written.
        environment: another environment stands there now (so this one is a copy of it).
        scripts: the scripts that start the interpreter of that place.
        activates: the activate files that lead there.
        command: pyvenv.cfg's `command` names it too.
    """

    path: str
    environment: bool = False
    scripts: tuple[str, ...] = ()
    activates: tuple[str, ...] = ()
    command: bool = False


@fact
class ScriptFacts:
    """Everything in `bin` that is not the interpreter itself."""

    scripts: tuple[Script, ...] = ()
    activates: tuple[ActivateFile, ...] = ()
    dead_links: tuple[tuple[str, str], ...] = ()  # (link, its target)
    created_at: str | None = None  # last word of pyvenv.cfg's `command`
    created_at_exists: bool = False
    created_at_same: bool = False
    former: Former | None = None
