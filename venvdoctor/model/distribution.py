"""Installed packages as their files show them, and what importing them would show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from venvdoctor.model.interpreter import Fault

MetadataKind = Literal["dist-info", "egg-info", "egg-info-file", "egg-link", "egg"]
ImportState = Literal["imports", "fails", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordFaults:
    """What RECORD promises and the disk does not hold.

    Attributes:
        missing: recorded files that are not there, as recorded (first 50), `missing_count` all of them.
        dangling: those that are there as a link into nothing, with the link's target.
        altered: files whose hash differs (only with `--deep`).
        unreadable: lines of RECORD that are no row of it.
    """

    missing: tuple[str, ...] = ()
    missing_count: int = 0
    dangling: tuple[tuple[str, str], ...] = ()
    altered: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportName:
    """One top-level name of a distribution, and what `import name` would do.

    Attributes:
        state: what importing shows; `unknown` with its reason where nobody can tell.
        reason: `missing`, `empty-namespace`, `shadowed`, `wrong-tag`, `unloadable`, `bad-magic`, `removed-stdlib` … or "".
        path: the file that decides.
        faults: of the extension modules that cannot be loaded.
    """

    name: str
    state: ImportState
    reason: str = ""
    path: str = ""
    detail: str = ""
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """A declared dependency that applies here, and what stands in its place."""

    text: str
    name: str
    installed: str | None  # version that is there, None: not there
    satisfied: bool
    extra: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Storage:
    """Bytes of an environment or a distribution, by whose they are."""

    own: int = 0
    shared: int = 0  # hard links with a cache or another environment
    linked: int = 0  # files that are symbolic links out of the environment
    caches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Distribution:
    """One metadata directory or file on the path that the actual interpreter would use.

    Attributes:
        name: as written in METADATA (or the directory's name where METADATA is unreadable); `key` normalised.
        site_dir: the directory it was found in; `metadata_path` the `*.dist-info`, `*.egg-info`, `*.egg-link` itself.
        from_base: found in the base's directories (system site packages), not in the environment.
        metadata: `ok`, `missing`, `empty`, `unreadable`, `garbled`.
        record: `ok`, `missing`, `unreadable`, `garbled`, `not-expected`.
        editable: the directory an editable install points to; `editable_exists` whether it is there.
        unsatisfied: requirements (without extras) that apply to the actual interpreter and are not met.
    """

    name: str
    key: str
    version: str | None
    site_dir: str
    metadata_path: str
    kind: MetadataKind = "dist-info"
    from_base: bool = False
    metadata: str = "ok"
    record: str = "ok"
    installer: str = ""
    requested: bool = False
    requires_python: str | None = None
    requires_python_ok: bool | None = None
    editable: str | None = None
    editable_exists: bool | None = None
    direct_url: str | None = None
    faults: RecordFaults | None = None
    unsatisfied: tuple[Requirement, ...] = ()
    imports: tuple[ImportName, ...] = ()
    storage: Storage | None = None

    @property
    def label(self) -> str:
        """Name and version, as pip prints them."""
        return f"{self.name} {self.version}" if self.version else self.name


@dataclass(frozen=True, slots=True, kw_only=True)
class PthFile:
    """A `.pth` file as site.py would process it; `import` lines are recognised and never executed."""

    path: str
    added: tuple[str, ...] = ()  # directories that exist
    dead: tuple[str, ...] = ()  # directories that do not
    imports: tuple[str, ...] = ()  # names of modules that its import lines load
    problem: str = ""  # not-utf8, unreadable, unimportable
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Library:
    """What the environment's interpreter finds when it looks for packages.

    Attributes:
        path: sys.path without the standard library, in order, existing directories only.
        distributions: in the order that importlib.metadata finds them; `stranded` those in directories that
            this interpreter does not read.
        leftovers: `~…` names that pip left behind.
    """

    path: tuple[str, ...] = ()
    distributions: tuple[Distribution, ...] = ()
    stranded: tuple[Distribution, ...] = ()
    pth: tuple[PthFile, ...] = ()
    leftovers: tuple[str, ...] = ()
    storage: Storage | None = None
