"""What there is to repair with: interpreters, tools, files already read; fixers choose from it, and look at no disk."""

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
        names: names in the environment's root.
        salvage: what its distributions are made of, read for a rebuild only.
        unrecorded: names in site-packages that no RECORD accounts for (a user's own), relative to the environment.
        size: bytes of its packages.
        uid: who runs; `free`: bytes free on the environment's file system.
    """

    interpreters: tuple[Choice, ...] = ()
    chosen: Choice | None = None
    offline: bool = False
    tools: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, bytes] = field(default_factory=dict)
    modes: Mapping[str, int] = field(default_factory=dict)
    names: tuple[str, ...] = ()
    surveyed: bool = False  # the packages were read too
    salvage: tuple[Salvage, ...] = ()
    unrecorded: tuple[str, ...] = ()
    size: int = 0
    uid: int = 0
    free: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Salvage:
    """One installed distribution as material for a rebuilt environment.

    Attributes:
        key: normalised name; `name` and `version` as METADATA writes them.
        metadata: its metadata directory or file, relative to the environment.
        tags: the WHEEL tags; empty where it was not installed from a wheel.
        files: the rows of RECORD, without bytecode.
        missing: rows whose file is not there; `altered`: rows whose content is another than recorded.
        native: rows that are extension modules built for one Python (`x.cpython-311-….so`).
        entry_points: `module:attribute` of its scripts.
        names: top-level names that could be imported.
        requires_python: its Requires-Python, "" when it has none.
        requested, url, editable: as INSTALLER's neighbours REQUESTED and direct_url.json say.
    """

    key: str
    name: str
    version: str
    metadata: str
    tags: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    altered: tuple[str, ...] = ()
    native: tuple[str, ...] = ()
    entry_points: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    requires_python: str = ""
    requested: bool = False
    url: str = ""
    editable: bool = False

    @property
    def label(self) -> str:
        """Name and version as a requirement."""
        return f"{self.name}=={self.version}"
