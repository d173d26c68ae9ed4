"""What happens when an environment's interpreter is started, worked out by looking: getpath, then site.

Everything here assumes a clean process environment (no PYTHONHOME, no PYTHONPATH); rule VD118 speaks of those.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from venvdoctor.inspection import sites
from venvdoctor.inspection.access import owner_reads
from venvdoctor.inspection.getpath import Found, Getpath, Program, cut, join
from venvdoctor.inspection.host import home_of
from venvdoctor.inspection.interpreter import read_interpreter
from venvdoctor.inspection.stacking import bases, home_chain
from venvdoctor.inspection.stdlib_gaps import beyond_legacy, gaps, zipped
from venvdoctor.model.environment import Startup
from venvdoctor.model.fact import replace

if TYPE_CHECKING:
    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.cfg import PyvenvCfg
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.interpreter import Interpreter, StdlibModule

RELOCATABLE = "/install"  # python-build-standalone's PREFIX; it carries the change of gh-106045 from 3.11 on
PATCHED = {11: 15, 12: 13, 13: 11, 14: 1}  # minor: the first patch release that was only built with it
UNSURE = {(3, 11, 14), (3, 12, 12), (3, 13, 10)}  # built both before and after it (December 2025)
TRUST_MARK = b"base_executable_dir"  # a variable that came into the frozen getpath with gh-106045
MOST_KINDS = 20_000  # answers about paths that one scan keeps for the next interpreter
NO_FILE = {"missing": "dangling", "loop": "loop", "not-a-file": "not-a-file"}


def emulate(env: Environment, shared: Shared) -> Environment:
    """Return the environment with its base interpreter, its stack and its start-up."""
    if env.layout == "windows":
        from venvdoctor.inspection.windows_startup import emulate_windows  # noqa: PLC0415 - rarely wanted

        return emulate_windows(env, shared)
    base = _base(env, shared)
    env = replace(env, base=base, stack=bases(env, shared))
    early = _cannot_run(env)
    if early is None:
        start = _Start(env, shared)
        return replace(env, startup=start.run(), extra={**env.extra, **start.session()})
    return replace(env, startup=replace(early, **_hints(env, shared)))


def _hints(env: Environment, shared: Shared) -> dict[str, Any]:
    """Return what is known of the start-up although nothing starts: for the evidence, and for the way out."""
    home = env.cfg.first("home") if env.cfg else None
    chain = home_chain(env, env.interpreter.version if env.interpreter else None, shared)
    return {
        "home": home,
        "home_state": home_state_of(home, shared),
        "home_executable": chain.start if chain else None,
        "isolated": env.cfg is not None or env.kind == "conda",
        "prefix": env.path.rstrip("/") if env.cfg is not None or env.kind == "conda" else None,
    }


def home_state_of(home: str | None, shared: Shared) -> str:
    """Return what `home` is as a directory: `absent`, `relative`, `denied`, `missing` or `used`."""
    if not home:
        return "absent"
    if not home.startswith("/"):
        return "relative"
    kind = shared.view.kind(home)
    if kind in ("denied", "error"):
        return "denied"
    return "used" if kind == "dir" else "missing"


def _base(env: Environment, shared: Shared) -> Interpreter | None:
    """Return the interpreter behind the links, or for a copy the one that `home` names."""
    if env.python is None or env.python.real is None or not _is_copy(env):
        return env.interpreter
    version = env.interpreter.version if env.interpreter else None
    chain = home_chain(env, version, shared, same_series=True)
    return read_interpreter(chain.real, shared) if chain is not None and chain.real is not None else None


def _is_copy(env: Environment) -> bool:
    """Whether the file that runs lies inside the environment, and the environment is none that owns its interpreter."""
    real = env.python.real if env.python else None
    return env.kind != "conda" and real is not None and real.startswith(env.real.rstrip("/") + "/")


def _cannot_run(env: Environment) -> Startup | None:
    """Return the start-up of what the kernel or the loader refuses, None when an interpreter gets control."""
    chain, file = env.python, env.interpreter
    if chain is None:
        return Startup(starts=False, reason="no-interpreter")
    if chain.end in NO_FILE:
        return Startup(starts=False, reason=NO_FILE[chain.end], detail=chain.missing or "")
    if chain.end != "file" or file is None:
        return Startup(starts=None, reason=chain.end, detail=chain.hops[-1].path)
    if not chain.mode & 0o111:
        return Startup(starts=False, reason="not-executable", detail=chain.real or "")
    if file.faults:
        return Startup(starts=False, reason=file.faults[0].kind, detail=file.faults[0].path)
    if file.doubts:
        return Startup(starts=None, reason="loader", detail=file.executable)
    if file.version is None or file.implementation is None:
        return Startup(starts=None, reason="not-a-python", detail=file.executable)
    if file.implementation == "graalpy" or file.version < (3, 0):
        return Startup(starts=None, reason="not-emulated", detail=file.implementation, prefix=env.path)
    return None


class _Start:
    """One start that gets as far as the interpreter's own code."""

    def __init__(self, env: Environment, shared: Shared) -> None:
        assert env.python is not None  # noqa: S101 - _cannot_run has answered otherwise
        assert env.interpreter is not None  # noqa: S101
        assert env.interpreter.version is not None  # noqa: S101
        self.env = env
        self.shared = shared
        self.file = env.interpreter
        self.version = env.interpreter.version
        self.executable = env.python.start
        self.copied = _is_copy(env)
        self.site_cfg = _site_cfg(env)
        self.unsure = False  # which of two getpaths this build has cannot be told

    def run(self) -> Startup:
        found = self._pypy() if self.file.implementation == "pypy" else self._getpath()
        starts, reason, detail = self._verdict(found)
        isolated, prefix = self._prefix(found)
        virtual = prefix != found.prefix
        own, shared_dirs = self._site_dirs(found, prefix, isolated=isolated, virtual=virtual)
        home = self.env.cfg.first("home") if self.env.cfg and found.home is None else found.home
        own_stdlib = self._own_stdlib(found)
        return Startup(
            starts=starts,
            reason=reason,
            detail=detail,
            isolated=isolated,
            prefix=prefix,
            base_prefix=found.prefix,
            stdlib=found.stdlib,
            own_stdlib=own_stdlib,
            foreign_modules=self._foreign_modules(found) if own_stdlib else (),
            home=home,
            home_state=self._home_state(found, home),
            home_executable=self._home_executable(),
            site_dirs=own,
            global_site_dirs=shared_dirs,
        )

    def session(self) -> dict[str, str]:
        """Return what the variables of this session would change: PYTHONHOME stands for the whole search."""
        home = self.shared.host.environ.get("PYTHONHOME", "").partition(":")[0]
        if not home or self.file.implementation != "cpython":
            return {}
        stdlib = join(home, self._program().stdlib_subdir)
        found = any(self.shared.view.kind(f"{stdlib}/os.{ending}") == "file" for ending in ("py", "pyc"))
        return {"pythonhome": "stdlib" if found else "no-stdlib"}

    # the standard library

    def _program(self, *, trusts: bool = False) -> Program:
        return Program(
            executable=self.executable,
            version=self.version,
            thread="t" if "t" in self.file.abi_flags else "",
            platlibdir=self.file.platlibdir,
            compiled_prefix=self.file.compiled_prefix,
            trusts_executable=trusts,
        )

    def _compute(self, *, trusts: bool = False) -> Found:
        kinds = self.shared.store("venvdoctor.inspection.getpath")
        if len(kinds) > MOST_KINDS:
            kinds.clear()  # most are of environments that have had their turn
        return Getpath(program=self._program(trusts=trusts), view=self.shared.view, known=kinds).compute()

    def _getpath(self) -> Found:
        """Ask the binary which getpath it has only where that makes a difference."""
        plain = self._compute()
        patched = self.version >= (3, 13) or self.file.compiled_prefix == RELOCATABLE
        if not patched or (plain.home is None and plain.fatal != "home-not-a-directory"):
            return plain
        trusting = self._compute(trusts=True)
        if trusting.prefix == plain.prefix and trusting.stdlib == plain.stdlib:
            return plain
        if self._trusts_executable():
            return trusting
        self.unsure = self.file.compiled_prefix == RELOCATABLE and tuple(self.version[:3]) in UNSURE
        return plain

    def _trusts_executable(self) -> bool:
        """Whether the frozen getpath of this binary holds the name that gh-106045 brought."""
        place = self.file.libpython or self.file.executable
        store = self.shared.store(__name__)
        if place not in store:
            store[place] = _holds(place, TRUST_MARK, self.shared)
        patched = PATCHED.get(self.version.minor, 0)
        if self.file.compiled_prefix == RELOCATABLE and patched and (self.version.micro or 0) >= patched:
            return True
        return bool(store[place])

    def _pypy(self) -> Found:
        """PyPy looks above its resolved executable, `home`, its library, in this order (PyPy: initpath.py)."""
        home = self.env.cfg.first("home") if self.env.cfg else None
        starts = [(cut(self.env.python.real or ""), False)] if self.env.python else []
        starts += [(home, True)] if home and home.startswith("/") else []
        starts += [(cut(self.file.libpython), False)] if self.file.libpython else []
        for start, from_home in starts:
            place = start
            while place:
                stdlib = self._pypy_stdlib(place)
                if stdlib is not None:
                    return Found(prefix=place, stdlib=stdlib, home=home, home_used=from_home)
                place = cut(place)
        return Found(home=home)

    def _pypy_stdlib(self, prefix: str) -> str | None:
        for name in (f"{self.file.platlibdir}/pypy{self.version.series}", "lib-python/3"):
            if self.shared.view.kind(join(prefix, name) + "/os.py") == "file":
                return join(prefix, name)
        return None

    def _own_stdlib(self, found: Found) -> str | None:
        """Return the standard library beside the real executable when the one in use is another directory."""
        real = self.env.python.real if self.env.python else None
        if self.copied or not found.home_used or found.stdlib is None or real is None:
            return None
        own, prefix = self.file.stdlib, self.file.prefix
        if own is None or prefix is None or not real.startswith(prefix.rstrip("/") + "/"):
            return None  # none of its own: it fell back on the compiled-in place
        return None if own == found.stdlib or self._same(own, found.stdlib) else own

    def _foreign_modules(self, found: Found) -> tuple[StdlibModule, ...]:
        from venvdoctor.inspection.dynload import modules_elsewhere  # noqa: PLC0415 - costly, and rarely wanted

        return modules_elsewhere(self.file, found.stdlib, self.shared) if found.stdlib else ()

    def _same(self, left: str, right: str) -> bool:
        try:
            first, second = self.shared.view.stat(left), self.shared.view.stat(right)
        except OSError:
            return False
        return (first.st_dev, first.st_ino) == (second.st_dev, second.st_ino)

    # the verdict

    def _verdict(self, found: Found) -> tuple[bool | None, str, str]:
        cfg = self.site_cfg
        if found.fatal:
            return False, found.fatal, cfg.path if cfg else ""
        if found.stdlib is None:
            return self._without_stdlib(found)
        lacking = (
            () if found.zipped and zipped(found.zipped, self.shared) else gaps(found.stdlib, self.version, self.shared)
        )
        if lacking is None:
            return None, "denied", found.stdlib
        lacking = beyond_legacy(lacking, found.stdlib, self.version, self.shared)
        if lacking:
            return (
                False,
                "no-encodings" if "encodings" in lacking else "stdlib-incomplete",
                f"{found.stdlib}/{lacking[0]}",
            )
        if cfg is None or self.file.implementation == "pypy":
            return True, "", ""
        if cfg.problem == "not-utf8":
            return False, "cfg-not-utf8", cfg.path
        if cfg.problem == "unreadable" or not owner_reads(cfg.path, self.env.owner, self.shared.view):
            sure = cfg.problem != "unreadable" or self.env.owner == self.shared.host.uid
            return (False if sure else None), "cfg-unreadable", cfg.path
        if cfg.problem == "too-large":
            return None, "cfg-too-large", cfg.path
        return True, "", ""

    def _without_stdlib(self, found: Found) -> tuple[bool | None, str, str]:
        if self.unsure:
            return None, "getpath-unknown", self.file.executable
        if found.denied:
            return None, "denied", found.denied
        if self.file.compiled_prefix is None and self.file.implementation != "pypy":
            return None, "prefix-unknown", self.file.executable
        if found.home and not found.home.startswith("/"):
            return False, "home-relative", found.home
        return False, "no-encodings", found.home or self.file.compiled_prefix or ""

    # site.py

    def _prefix(self, found: Found) -> tuple[bool, str | None]:
        """Return whether it is isolated, and sys.prefix."""
        cfg = self.site_cfg
        if cfg is not None and self.file.implementation == "pypy" and cfg.problem == "not-utf8":
            return False, found.prefix  # "'import site' failed", and it goes on
        if self.version >= (3, 14) and self.file.implementation == "cpython":
            prefix = found.venv_prefix or found.prefix
            return prefix == self.env.path.rstrip("/") or self._owns(found), prefix
        if cfg is not None:
            prefix = cut(cut(self.executable))
            return prefix == self.env.path.rstrip("/"), prefix
        return self._owns(found), found.prefix

    def _owns(self, found: Found) -> bool:
        """Whether the environment holds its own standard library (conda), and so needs no pyvenv.cfg."""
        return found.prefix is not None and self._same(found.prefix, self.env.path)

    def _site_dirs(
        self, found: Found, prefix: str | None, *, isolated: bool, virtual: bool
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        if prefix is None or found.stdlib is None:
            return (self._usual_site(),) if isolated else (), ()
        implementation = self.file.implementation or "cpython"
        thread = "t" if "t" in self.file.abi_flags else ""
        scheme = sites.scheme_of(found.stdlib, implementation, self.version, thread, self.file.platlibdir, self.shared)
        own = sites.site_packages([prefix], scheme, virtual=virtual) if isolated else []
        base = (sites.legacy_base(found.stdlib, self.shared.view) if scheme.legacy else found.prefix) or ""
        shut = virtual and (self.site_cfg is None or not self.site_cfg.system_site)
        if shut or (scheme.legacy and not sites.legacy_sees_base(found.stdlib, self.shared.view)):
            return tuple(own), ()
        user = [sites.user_site(scheme, home, self.shared.host.environ)] if (home := self._home_of_user()) else []
        local = ["/usr/local"] if scheme.local else []
        everywhere = sites.site_packages([*local, prefix, base], scheme, virtual=virtual)
        return tuple(own), tuple(item for item in dict.fromkeys(user + everywhere) if item not in own)

    def _usual_site(self) -> str:
        thread = "t" if "t" in self.file.abi_flags else ""
        name = sites.directory_name(self.file.implementation or "cpython", self.version, thread)
        return f"{self.env.path.rstrip('/')}/lib/{name}/site-packages"

    def _home_of_user(self) -> str | None:
        """Return the home of whoever runs the environment: the scanning user; in an image, and for root, its owner."""
        host = self.shared.host
        if host.environ.get("PYTHONNOUSERSITE"):
            return None
        wanted = self.env.owner if not host.uid or host.sysroot else host.uid
        home = next((item.path for item in host.homes if item.uid == wanted), None)
        if home is None and wanted:
            home = home_of(wanted, self.shared)
        return home or host.environ.get("HOME")

    # home

    def _home_state(self, found: Found, home: str | None) -> str:
        state = home_state_of(home, self.shared) if self.env.cfg else "absent"
        if state != "used" or found.home_used or home is None:
            return state
        if self.copied and found.home is None:
            return "unread"
        if (self.copied or self.version >= (3, 11)) and not self._stdlib_above(home) and not self._holds_this(home):
            return "ignored" if found.stdlib is not None and self._leads_here() else "no-stdlib"
        return "ignored"

    def _leads_here(self) -> bool:
        """Whether a name in `home` is a link to the running file: Homebrew's and /usr/local's farms of links."""
        chain = home_chain(self.env, self.version, self.shared)
        return chain is not None and self.env.python is not None and chain.identity == self.env.python.identity

    def _holds_this(self, home: str) -> bool:
        """Whether the running file lies there by another spelling: above `/bin` on a merged /usr is no library."""
        real = self.env.python.real if self.env.python else None
        try:
            return real is not None and self.shared.view.realpath(home) == real.rpartition("/")[0]
        except (OSError, ValueError):
            return False

    def _stdlib_above(self, home: str) -> bool:
        kinds = self.shared.store("venvdoctor.inspection.getpath")
        path = Getpath(program=self._program(), view=self.shared.view, known=kinds)
        return path.stdlib_above(home)

    def _home_executable(self) -> str | None:
        chain = home_chain(self.env, self.version, self.shared)
        return chain.start if chain is not None else None


def _site_cfg(env: Environment) -> PyvenvCfg | None:
    """Return the file that site.py takes: beside the executable before the root's, and only regular files."""
    asked = (env.bin_dir, cut(env.bin_dir.rstrip("/")))
    found = [
        cfg
        for cfg in (env.cfg_also, env.cfg)
        if cfg is not None and cfg.problem != "not-a-file" and cut(cfg.path) in asked
    ]
    return next((cfg for cfg in found if cfg.beside_executable), found[0] if found else None)


def _holds(path: str, mark: bytes, shared: Shared) -> bool:
    """Whether a file holds a text; read in pieces that overlap."""
    size, step = 1 << 20, (1 << 20) - len(mark)
    try:
        with shared.view.open(path) as blob:
            return any(mark in blob.read_at(offset, size) for offset in range(0, min(blob.size, 256 << 20), step))
    except OSError:
        return False
