"""What there is to repair with: interpreters, tools, files already read; fixers choose from it and look at nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from venvdoctor.model.interpreter import Interpreter


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An installed interpreter as one would name it: the stable path to link to, and its facts."""

    path: str
    interpreter: Interpreter


@dataclass(frozen=True, slots=True, kw_only=True)
class Workshop:
    """Everything a fixer may use.

    Attributes:
        interpreters: installed and able to start, best first.
        chosen: the interpreter the user asked for with `--python`.
        offline: nothing may be downloaded.
        tools: path of `uv`, `pip` (a directory or wheel that can be run), `virtualenv`, where they are.
        texts: content of the small files that path rewriting needs, by path relative to the environment.
        modes: permission bits of those files.
        unrecorded: files of site-packages and `bin` that no RECORD names (a user's own), relative to the environment.
        verified: metadata directories of the distributions whose every file verifies against RECORD.
        uid: who runs; `free`: bytes free on the environment's file system.
    """

    interpreters: tuple[Choice, ...] = ()
    chosen: Choice | None = None
    offline: bool = False
    tools: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, bytes] = field(default_factory=dict)
    modes: Mapping[str, int] = field(default_factory=dict)
    unrecorded: tuple[str, ...] = ()
    verified: frozenset[str] = frozenset()
    uid: int = 0
    free: int = 0
