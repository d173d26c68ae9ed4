"""The facts of one environment, gathered once and then only judged."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from venvdoctor.model.fact import fact, field

if TYPE_CHECKING:
    from collections.abc import Mapping

    from venvdoctor.model.cfg import PyvenvCfg
    from venvdoctor.model.chain import Chain
    from venvdoctor.model.conda import CondaFacts
    from venvdoctor.model.distribution import Library
    from venvdoctor.model.interpreter import Interpreter, StdlibModule
    from venvdoctor.model.receipt import Receipt
    from venvdoctor.model.script import ScriptFacts

Kind = Literal["venv", "virtualenv", "uv", "conda", "markerless", "user-site", "global-site"]
Layout = Literal["posix", "windows"]
Need = Literal["distributions", "files", "hashes", "native", "imports", "scripts", "storage"]


@fact
class Candidate:
    """A place that a source believes to be an environment.

    Attributes:
        path: absolute, as the source met it.
        manager: who owns its life (`pipx`, `uv-tool`, `poetry` …) or None.
        name: how its owner calls it; empty: the directory's own name.
        project: the directory the environment belongs to, when its owner says so.
        kind: set by sources that know it (`user-site`, `global-site`); None: the markers decide.
    """

    path: str
    manager: str | None = None
    name: str = ""
    project: str | None = None
    kind: Kind | None = None


@fact
class LibDir:
    """One `lib/pythonX.Y` (`lib/pypyX.Y`, `Lib`) of an environment that has a site-packages.

    Attributes:
        name: `python3.11`, `python3.13t`, `pypy3.10`; `""` for Windows' `Lib`.
        path: the site-packages directory.
        distributions: how many metadata directories or files it holds (not counting `~` leftovers).
        entries: how many names it holds at all.
    """

    name: str
    path: str
    distributions: int = 0
    entries: int = 0


@fact
class Startup:
    """What getpath and site would compute for this environment's `bin/python` (CATALOGUE A1).

    Attributes:
        starts: True, False, or None when nobody can tell without running.
        reason: why it does not start, or why it is undecided: `no-encodings`, `cfg-not-utf8`, `pth-not-utf8`,
            `dangling` …
        isolated: sys.prefix is the environment; False: it runs as its base.
        prefix, base_prefix: sys.prefix and sys.base_prefix.
        stdlib: directory of the standard library that is used, None when none is found.
        home: value of `home` that this version's getpath reads, None when it reads none.
        detail: the file or value that decides, for the evidence.
        own_stdlib: the standard library beside the executable itself when another one is used, else None.
        foreign_modules: extension modules that the program cannot load from that other one, or that neither half has
            (those without faults); only read with `native`.
        home_state: `used`, `ignored` (the version does not need it), `missing` (no such directory),
            `no-stdlib` (exists, but holds no standard library), `relative`, `absent` (no key), `unread` (there is one,
            in a form that this version does not recognise), `denied` (nobody can tell).
        home_executable: the interpreter that `home` names (`home/python…`), None when there is none.
        site_dirs: the site-packages directories that site.py adds, existing or not, in order.
        global_site_dirs: those added because system site packages are visible, in order (user site first when enabled).
    """

    starts: bool | None
    reason: str = ""
    isolated: bool = True
    prefix: str | None = None
    base_prefix: str | None = None
    stdlib: str | None = None
    home: str | None = None
    home_state: str = "used"
    home_executable: str | None = None
    site_dirs: tuple[str, ...] = ()
    global_site_dirs: tuple[str, ...] = ()
    detail: str = ""
    own_stdlib: str | None = None
    foreign_modules: tuple[StdlibModule, ...] = ()


@fact
class Unreadable:
    """A place inside the environment that could not be looked at, and why."""

    path: str
    reason: str


@fact
class Environment:
    """Everything that was read of one environment.

    Attributes:
        path: its directory as it was found; `real` its canonical path; `identity` its (device, inode).
        executables: the chain of every `python*` in `bin` (`Scripts`), `python` first, then `python3`, then the rest.
        python: the chain that users run: `bin/python`, else `bin/python3`, else the first one; None when there is none.
        interpreter: facts of the file at the end of `python` (a copied interpreter: the copy).
        base: facts of the base interpreter: the same object for links, the file that `home` names for copies.
        stack: directories of the environments between this one and its base interpreter, the nearest first.
        created_by: `venv`, `virtualenv 20.25.0`, `uv 0.5.1`, …
        recorded_version: what its creator wrote into pyvenv.cfg.
        lib_dirs: every version directory that is there.
        library: distributions and importability (None: not read, `needs` did not ask).
        scripts, conda, receipt: likewise.
        markers: names found in the root that say what made it (`activate`, `conda-meta`, `CACHEDIR.TAG`, `.lock`, …).
        unreadable: what could not be looked at.
    """

    path: str
    real: str
    identity: tuple[int, int]
    owner: int = 0
    kind: Kind = "venv"
    layout: Layout = "posix"
    manager: str | None = None
    name: str = ""
    project: str | None = None
    cfg: PyvenvCfg | None = None
    cfg_also: PyvenvCfg | None = None  # the second one, where one stands beside the executable and one in the root
    bin_dir: str = ""
    executables: tuple[Chain, ...] = ()
    python: Chain | None = None
    interpreter: Interpreter | None = None
    base: Interpreter | None = None
    startup: Startup = field(default_factory=lambda: Startup(starts=None, reason="not examined"))
    stack: tuple[str, ...] = ()
    created_by: str = ""
    recorded_version: str | None = None
    lib_dirs: tuple[LibDir, ...] = ()
    library: Library | None = None
    scripts: ScriptFacts | None = None
    conda: CondaFacts | None = None
    receipt: Receipt | None = None
    markers: frozenset[str] = frozenset()
    unreadable: tuple[Unreadable, ...] = ()
    extra: Mapping[str, str] = field(default_factory=dict)

    @property
    def copied_from(self) -> str | None:
        """Where a copied interpreter belongs: beside the library that it runs with, else in `home`, gone or not."""
        file, start = self.interpreter, self.startup
        home = (start.home or "").rstrip("/")
        if self.layout == "windows" or file is None or file.version is None or not home.startswith("/"):
            return None
        noted = self.cfg.get("base-executable") if self.cfg else None
        if noted and not start.stdlib and noted.startswith(f"{home}/") and noted.endswith(file.version.series):
            return noted
        place = f"{start.base_prefix.rstrip('/')}/bin" if start.stdlib and start.base_prefix else home
        name = {"pypy": "pypy", "graalpy": "graalpy"}.get(file.implementation or "", "python")
        return f"{place}/{name}{file.version.series}{'t' if 't' in file.abi_flags else ''}"
