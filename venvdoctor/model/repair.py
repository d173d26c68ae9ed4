"""What there is to repair with: interpreters, tools, files already read; fixers choose from it, and look at no disk."""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.model.fact import fact, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from venvdoctor.model.interpreter import Interpreter


@fact
class Choice:
    """An installed interpreter as one would name it: the stable path to link to, and its facts."""

    path: str
    interpreter: Interpreter


@fact
class Workshop:
    """Everything a fixer may use.

    Attributes:
        interpreters: installed and able to start, best first.
        chosen: the interpreter the user asked for with `--python`.
        offline: nothing may be downloaded.
        tools: path of `uv`, `pip` (a directory or wheel that can be run), `virtualenv`, where they are.
        environ: variables under which they look for packages where pip's settings say.
        texts: content of the small files that path rewriting needs, by path relative to the environment.
        modes: permission bits of those files.
        sources: where projects were that are installed editably and have moved along → where they are.
        names: names in the environment's root.
        salvage: what its distributions are made of, read for a rebuild only.
        unrecorded: what no RECORD accounts for (a user's own): its path relative to the environment, and relative to
            the site-packages that it belongs to (`own.py`, `pkg/notes.db`, `../data`).
        twins: the other records of projects in `salvage` that are recorded more than once in one directory.
        lost: packages that an interrupted pip left half removed.
        markers: the values of requirement markers for the environment's interpreter; none where nobody knows them.
        size: bytes of its packages.
        uid: who runs; `free`: bytes free on the environment's file system, None when nobody can tell.
        frozen: why nothing can be written into the environment, "" when it can.
        borders: directories of the environment, relative to it, that nothing is moved across, and why not.
        running: what runs from the environment at this moment: number and command of each process that may be seen.
        own: venvdoctor itself runs from this environment.
        supplies: normalised name of a distribution to be installed → where it is to be had, once that was asked.
        upgrade: the newest version that has a build may take the place of one that has none.
    """

    interpreters: tuple[Choice, ...] = ()
    chosen: Choice | None = None
    offline: bool = False
    tools: Mapping[str, str] = field(default_factory=dict)
    environ: Mapping[str, str] = field(default_factory=dict)
    texts: Mapping[str, bytes] = field(default_factory=dict)
    modes: Mapping[str, int] = field(default_factory=dict)
    sources: tuple[tuple[str, str], ...] = ()
    names: tuple[str, ...] = ()
    surveyed: bool = False  # the packages were read too
    salvage: tuple[Salvage, ...] = ()
    unrecorded: tuple[tuple[str, str], ...] = ()
    twins: tuple[Salvage, ...] = ()
    lost: tuple[Lost, ...] = ()
    markers: Mapping[str, str] = field(default_factory=dict)
    size: int = 0
    uid: int = 0
    free: int | None = None
    frozen: str = ""
    borders: tuple[tuple[str, str], ...] = ()
    running: tuple[str, ...] = ()
    own: bool = False
    supplies: Mapping[str, Supply] = field(default_factory=dict)
    upgrade: bool = False


@fact
class Supply:
    """Where one distribution is to be had for the new interpreter.

    Attributes:
        state: `cached`, `download`, `none` (no build exists for this Python), `unreachable` (the index did not answer),
            `offline` (not in a local cache, and the network may not be asked), `refused` (the installer refuses for
            another reason), `gone` (what it was installed from).
        wheel: file in pip's cache that holds it, with `name` that it must bear.
        name: for what was installed from a path: that path.
        newest: the newest version that has a build, where this one has none.
    """

    state: str
    wheel: str = ""
    name: str = ""
    newest: str = ""


@fact
class Salvage:
    """One installed distribution as material for a rebuilt environment.

    Attributes:
        key: normalised name; `name` and `version` as METADATA writes them.
        metadata: its metadata directory or file, relative to the environment.
        tags: the WHEEL tags; empty where it was not installed from a wheel.
        files: the rows of RECORD, without bytecode.
        missing: rows whose file is not there; `altered`: rows whose content is another than recorded.
        native: rows that are extension modules built for one Python (`x.cpython-311-….so`).
        entry_points: `module:attribute` of its scripts; `scripts` their names.
        names: top-level names that could be imported.
        requires_python: its Requires-Python, "" when it has none; `requires`: normalised names of its dependencies
            that no extra brings.
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
    scripts: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    requires_python: str = ""
    requires: tuple[str, ...] = ()
    requested: bool = False
    url: str = ""
    editable: bool = False

    @property
    def label(self) -> str:
        """Name and version as a requirement."""
        return f"{self.name}=={self.version}"


@fact
class Lost:
    """A distribution of which only the names are left that pip gave it before removing it (`~owsay-6.1.dist-info`).

    Attributes:
        item: what it was; its `metadata` is the place that it would have.
        remains: (where a piece of it lies now, where it was), relative to the environment.
        whole: nothing is missing but what installers make themselves.
    """

    item: Salvage
    remains: tuple[tuple[str, str], ...]
    whole: bool
