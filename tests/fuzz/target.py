"""What a target is, and what all of them are made with."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

from tests.fuzz.memory import MemoryView
from venvdoctor.inspection.shared import Shared
from venvdoctor.model.host import Home, Host

if TYPE_CHECKING:
    from collections.abc import Callable

HOST = Host(homes=(Home(path="/h", user="u", uid=os.geteuid()),), machine="x86_64", libc="glibc", today="2026-01-01")
SITE = "/h/env/lib/python3.11/site-packages"
INFO = f"{SITE}/demo-1.0.dist-info"


@dataclass(frozen=True)
class Target:
    """One reader: `run` may raise nothing; `words` are what its grammar is made of."""

    run: Callable[[bytes], Any]
    seeds: tuple[bytes, ...]
    words: tuple[bytes, ...] = field(default=())


TARGETS: dict[str, Target] = {}


def target(
    *seeds: bytes, words: bytes = b"", name: str = ""
) -> Callable[[Callable[[bytes], Any]], Callable[[bytes], Any]]:
    """Add a function to the targets, under its own name."""

    def add(run: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
        TARGETS[name or run.__name__] = Target(run, seeds, tuple(words.split(b" ")) if words else ())
        return run

    return add


def text_of(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


@cache
def part(module: str) -> Any:
    return import_module(f"venvdoctor.{module}")


def shared_over(files: dict[str, bytes]) -> Shared:
    return Shared(view=MemoryView(files), host=HOST, needs=_needs())


@cache
def _needs() -> Any:
    from venvdoctor.selection import choose

    return choose(rules(), select=None, extend=(), ignore={}).needs


@cache
def rules() -> Any:
    """Return every rule; read once, since looking for them costs more than most readers."""
    from venvdoctor import diagnosis

    return diagnosis.catalogue()


JSON_WORDS = b'{ } [ ] " : , \\u0000 \\ud800 \\udcff null true 1e999 -0 // /* */'
