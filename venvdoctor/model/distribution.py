"""Installed packages as their files show them, and what importing them would show."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from venvdoctor.model.fact import fact

if TYPE_CHECKING:
    from venvdoctor.model.interpreter import Fault

MetadataKind = Literal["dist-info", "egg-info", "egg-info-file", "egg-link", "egg"]
ImportState = Literal["imports", "fails", "unknown"]
SEEDS = frozenset({"pip", "setuptools", "wheel", "distribute", "pkg-resources"})  # a new environment has


@fact
class RecordFaults:
    """What RECORD promises and the disk does not hold.

    Attributes:
        missing: recorded files that are not there, as recorded (first 50), `missing_count` all of them.
        modules: those of `missing` that are modules outside test directories: `import` of them fails today.
        modules_left: how many recorded modules are still there, when some are missing.
        scripts: those of `missing` that are commands the distribution declares.
        dangling: those that are there as a link into nothing, with the link's target.
        altered: files whose hash differs (only with `--deep`).
        truncated: modules that are empty or cut short where RECORD gives a greater length, or that hold NUL bytes.
        unreadable: lines of RECORD that are no row of it.
        denied: recorded files whose directory may not be listed: nobody can tell.
    """

    missing: tuple[str, ...] = ()
    missing_count: int = 0
    modules: tuple[str, ...] = ()
    modules_left: int = 0
    scripts: tuple[str, ...] = ()
    dangling: tuple[tuple[str, str], ...] = ()
    dangling_count: int = 0
    altered: tuple[str, ...] = ()
    truncated: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()


@fact
class ImportName:
    """One top-level name of a distribution, and what `import name` would do.

    Attributes:
        state: what importing shows; `unknown` with its reason where nobody can tell.
        reason: `missing`, `empty-namespace`, `shadowed`, `wrong-tag`, `unloadable`, `bad-magic`, `unreadable`,
            `removed-stdlib`, `newer-python` (`detail` is what this one refuses), `no-module` (another distribution's,
            not installed), `name-gone` (`path` does not have the name `detail` that is taken from it), `truncated`,
            `raises`, `editable-gone`, `dangling` … or ""; of `unknown`: `requires-python`, `dynamic-import`,
            `compiled-code`, `hollow-module`, `unread-syntax`, `undecided-guard` (inspection/import_doubt.py) ….
        path: the file that decides.
        detail: the module that is wanted and not to be had, or one clause more.
        faults: of the extension modules that cannot be loaded.
        through: the modules on the way from the name to `path`, where it is not the name's own file.
        use: of an extension module: how the distribution uses it (inspection/extension_use.py): `required`, `optional`,
            `conditional`, `unknown`; `importers` the modules that surely fail with it, the nearest first (at most ten),
            `perhaps` top-level names that do so under a condition.
        alone: no other extension module of the distribution loads either.
    """

    name: str
    state: ImportState
    reason: str = ""
    path: str = ""
    detail: str = ""
    faults: tuple[Fault, ...] = ()
    through: tuple[str, ...] = ()
    use: str = ""
    importers: tuple[str, ...] = ()
    perhaps: tuple[str, ...] = ()
    alone: bool = False


@fact
class Requirement:
    """A declared dependency that applies here, and what stands in its place.

    Attributes:
        installed: the version that is there, None: not there (or without a version: `satisfied` is then True).
        extra: the extra of this distribution that brings it, requested by `wanted_by`.
        from_base: what is installed comes from the base's directories.
    """

    text: str
    name: str
    installed: str | None
    satisfied: bool
    extra: str = ""
    wanted_by: str = ""
    from_base: bool = False


@fact
class Storage:
    """Bytes of an environment or a distribution, by whose they are.

    Attributes:
        own: in files that nothing else shares.
        shared: in files with other names elsewhere (hard links); `others`: in those of them that have more names than
            the caches that were found hold: in another environment, or in a cache that nobody found.
        linked: files that are symbolic links into a cache, whose purge breaks them, `linked_bytes` of their targets;
            `dead`: those of them that lead to nothing.
        elsewhere: symbolic links that lead out of the environment to anything else (its interpreter).
        caches: directories of the caches that hold what is shared or linked.
    """

    own: int = 0
    shared: int = 0
    others: int = 0
    linked: int = 0
    linked_bytes: int = 0
    dead: int = 0
    elsewhere: int = 0
    caches: tuple[str, ...] = ()


@fact
class LinkedTree:
    """A directory elsewhere (a cache) into which files of a distribution are symbolic links."""

    target: str  # the tree, e.g. `~/.cache/uv/archive-v0/…`
    links: int
    example: str


@fact
class Access:
    """A file or directory of a distribution whose owner or mode keeps the environment's owner from it.

    Attributes:
        problem: `unreadable` (the environment's owner cannot read it) or `foreign` (it belongs to somebody else).
    """

    path: str
    problem: Literal["unreadable", "foreign"]
    owner: int
    mode: int


@fact
class Distribution:
    """One metadata directory or file on the path that the actual interpreter would use.

    Attributes:
        name: as written in METADATA (or the directory's name where METADATA is unreadable); `key` normalised.
        site_dir: the directory it was found in; `metadata_path` the `*.dist-info`, `*.egg-info`, `*.egg-link` itself.
        from_base: found in the base's directories (system site packages), not in the environment.
        metadata: `ok`, `missing`, `empty`, `unreadable`, `garbled`; `hollow`: nothing of an installation;
            `dangling`: a link into nothing.
        record: `ok`, `missing`, `unreadable`, `garbled`, `not-expected`.
        editable: the directory an editable install points to; `editable_exists` whether it is there.
        source_gone: the directory or archive that it was installed from and that is not there any more, else "".
        requires: every Requires-Dist as written.
        unsatisfied: requirements (without extras nobody requests) that apply to the actual interpreter and are not met.
        odd_requires: requirements that are no PEP 508 text, so that nobody can tell.
        top_level: names a user imports, by RECORD or top_level.txt.
        native: extension modules, wherever they are in it, that this interpreter cannot load (`unloadable`,
            with `faults`) or does not see (`wrong-tag`, `detail` the suffix); its own Python code may do without them.
        linked: where its files lead when they are symbolic links out of the environment.
        access: what its owner cannot read, or does not own.
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
    source_gone: str = ""
    requires: tuple[str, ...] = ()
    faults: RecordFaults | None = None
    unsatisfied: tuple[Requirement, ...] = ()
    odd_requires: tuple[str, ...] = ()
    top_level: tuple[str, ...] = ()
    imports: tuple[ImportName, ...] = ()
    native: tuple[ImportName, ...] = ()
    linked: tuple[LinkedTree, ...] = ()
    access: tuple[Access, ...] = ()
    storage: Storage | None = None

    @property
    def label(self) -> str:
        """Name and version, as pip prints them."""
        return f"{self.name} {self.version}" if self.version else self.name


@fact
class PthFile:
    """A `.pth` file as site.py would process it; `import` lines are recognised and never executed.

    Attributes:
        problem: `not-utf8` (start-up dies), `unreadable`, `unimportable` (an import line fails at every start, `detail`
            is the module), `exits` (an import line, `detail`, plainly ends the process), `nul`.
        unknown: import lines whose effect nobody can tell without running them.
    """

    path: str
    added: tuple[str, ...] = ()  # directories that exist
    dead: tuple[str, ...] = ()  # directories that do not
    imports: tuple[str, ...] = ()  # names of modules that its import lines load
    unknown: tuple[str, ...] = ()
    problem: str = ""
    detail: str = ""
    from_base: bool = False


@fact
class Leftover:
    """A `~…` name that pip left behind; `twin` is the name it was made from, where that is still there."""

    path: str
    twin: str | None


class Customization(NamedTuple):
    """A `sitecustomize` or `usercustomize` module that every start of the interpreter runs."""

    path: str
    module: str
    failing: str = ""  # the module that it imports and that is not to be had
    raises: str = ""  # the exception that it ends in
    ends: bool = False  # it ends the process: site.py catches no SystemExit


class Bundle(NamedTuple):
    """A file of certificates that something names: an environment variable, or a package of its own."""

    path: str
    named_by: str
    exists: bool | None  # None: nobody can tell


class Lib64(NamedTuple):
    """`lib64` of an environment: `link`, `dangling`, `directory`, `foreign` (a link out of the environment)."""

    path: str
    state: str
    target: str = ""


@fact
class Library:
    """What the environment's interpreter finds when it looks for packages.

    Attributes:
        path: sys.path without the standard library, in order, existing directories only.
        distributions: in the order that importlib.metadata finds them; `stranded` those in directories that
            this interpreter does not read.
        leftovers: `~…` names that pip left behind.
        customizations: `sitecustomize` and `usercustomize` inside the environment.
        bundles: certificate files that are named and whether they are there.
        undecided: directories of the path that could not be listed, with the reason.
        unread: metadata that was passed over, with the reason.
        closed: the environment's own directories of the path that its owner may not list or enter.
    """

    path: tuple[str, ...] = ()
    distributions: tuple[Distribution, ...] = ()
    stranded: tuple[Distribution, ...] = ()
    pth: tuple[PthFile, ...] = ()
    leftovers: tuple[Leftover, ...] = ()
    customizations: tuple[Customization, ...] = ()
    bundles: tuple[Bundle, ...] = ()
    lib64: Lib64 | None = None
    externally_managed: str | None = None
    undecided: tuple[tuple[str, str], ...] = ()
    unread: tuple[tuple[str, str], ...] = ()
    closed: tuple[str, ...] = ()
    storage: Storage | None = None

    def find(self, key: str) -> Distribution | None:
        """Return the distribution that importlib.metadata would find for a normalised name."""
        for item in self.distributions:
            if item.key == key:
                return item
        return None
