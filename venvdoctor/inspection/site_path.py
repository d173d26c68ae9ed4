"""The directories that site.py puts on sys.path, in its order, `.pth` files included; nothing of them is executed.

Source: Lib/site.py, `addsitedir`, `addpackage` and `makepath` of 3.6 to 3.14.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.inspection.pth_lines import Effect, interpret
from venvdoctor.model.distribution import PthFile
from venvdoctor.model.fact import field, record

if TYPE_CHECKING:
    from venvdoctor.inspection.listings import Listings
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.interpreter import PythonVersion

# From these patch releases on, `.pth` files whose name begins with a dot are skipped (gh-113659).
_DOT_HIDDEN = {8: 19, 9: 19, 10: 14, 11: 9, 12: 3}
NESTING = 20  # `site.addsitedir` lines that lead from one directory to the next


class PathEntry(NamedTuple):
    """One entry of sys.path; `from_base`: it is the base interpreter's, the user's or another environment's."""

    path: str
    from_base: bool = False


@record
class SitePath:
    """What site.py leaves behind.

    Attributes:
        entries: sys.path without the standard library, in order.
        pth: every `.pth` file met, in order.
        effects: what import lines would do, in order, with the directory of their `.pth` file.
        unknown: some import line may do anything: what is not found may still be importable.
    """

    entries: list[PathEntry] = field(default_factory=list)
    pth: list[PthFile] = field(default_factory=list)
    effects: list[tuple[str, Effect]] = field(default_factory=list)
    unknown: bool = False


@record
class _Walk:
    """The state of one emulation."""

    listings: Listings
    version: tuple[int, int, int]
    known: set[str]
    result: SitePath
    seen: set[str] = field(default_factory=set)
    depth: int = 0
    inside: tuple[str, ...] = ()

    def is_foreign(self, path: str) -> bool:
        """Whether a directory that a line names is an installation's own, Debian's `dist-packages` for one.

        Another environment's counts as a part of this one, as pipx's shared pip does.
        """
        if not path.endswith(("/site-packages", "/dist-packages")) or path.startswith(self.inside):
            return False
        prefix = posixpath.dirname(posixpath.dirname(posixpath.dirname(path)))
        return self.listings.presence(f"{prefix}/pyvenv.cfg") == "missing"


def build_path(env: Environment, listings: Listings) -> SitePath:
    """Return sys.path as the environment's own interpreter would build it; total."""
    interpreter = env.interpreter
    version = _comparable(interpreter.version if interpreter else None)
    stdlib = [path for path in (env.startup.stdlib, interpreter.dynload if interpreter else None) if path]
    walk = _Walk(
        listings=listings,
        version=version,
        known=set(stdlib),
        result=SitePath(),
        inside=(f"{env.path}/", f"{env.real}/"),
    )
    for path in env.startup.site_dirs:
        _add_site_dir(walk, path, from_base=False)
    for path in env.startup.global_site_dirs:
        _add_site_dir(walk, path, from_base=True)
    return walk.result


def _comparable(version: PythonVersion | None) -> tuple[int, int, int]:
    """Return a version to compare with: an unknown patch counts as the newest."""
    if version is None:
        return (3, 99, 0)
    return (version.major, version.minor, 99 if version.micro is None else version.micro)


def _add_site_dir(walk: _Walk, path: str, *, from_base: bool) -> None:
    """Do what `addsitedir` does, for a directory that `addsitepackages` found to exist."""
    path = posixpath.normpath(path)
    if path in walk.seen or walk.listings.kind(path) != "dir":
        return
    walk.seen.add(path)
    if path not in walk.known:
        walk.known.add(path)
        walk.result.entries.append(PathEntry(path, from_base))
    listing = walk.listings.get(path)
    for name in sorted(name for name in listing.order if name.endswith(".pth")):
        if not (name.startswith(".") and _hides_dots(walk.version)):
            _add_package(walk, path, name, from_base=from_base)


def _hides_dots(version: tuple[int, int, int]) -> bool:
    return version >= (3, 13, 0) or version[2] >= _DOT_HIDDEN.get(version[1], 1000)


def _add_package(walk: _Walk, site_dir: str, name: str, *, from_base: bool) -> None:
    """Do what `addpackage` does: one `.pth` file."""
    path = f"{site_dir}/{name}"
    before = len(walk.result.entries)
    data = _read(walk, path, from_base=from_base)
    if data is None:
        return
    text, problem, detail = _decode(data, walk.version)
    dead: list[str] = []
    imports: list[str] = []
    unknown: list[str] = []
    for line in _lines(text, walk.version):
        if line.startswith("#") or not line.strip():
            continue
        if line.startswith(("import ", "import\t")):
            effect = interpret(line)
            imports += effect.modules
            unknown += [line.strip()[:200]] if effect.kind == "unknown" else []
            if effect.kind == "exit":
                problem, detail = "exits", line.strip()[:200]
                break
            _apply(walk, site_dir, effect, before, from_base=from_base)
            continue
        if not _add_line(walk, site_dir, line.rstrip(), from_base=from_base):
            dead.append(posixpath.normpath(posixpath.join(site_dir, line.rstrip())))
    added = tuple(entry.path for entry in walk.result.entries[before:])
    walk.result.pth.append(
        PthFile(
            path=path,
            added=added,
            dead=tuple(dead),
            imports=tuple(imports),
            unknown=tuple(unknown),
            problem=problem,
            detail=detail,
            from_base=from_base,
        )
    )


def _read(walk: _Walk, path: str, *, from_base: bool) -> bytes | None:
    """Return a `.pth` file; site.py ignores what it cannot read and what is not there, and only the former is told."""
    try:
        return walk.listings.view.read(path)
    except (OSError, ValueError) as error:
        if walk.listings.kind(path) != "missing":
            detail = str(getattr(error, "strerror", "") or error)
            walk.result.pth.append(PthFile(path=path, problem="unreadable", detail=detail, from_base=from_base))
        return None


def _add_line(walk: _Walk, site_dir: str, line: str, *, from_base: bool) -> bool:
    """Add the directory (or archive) of a path line; False when there is no such thing."""
    place = posixpath.normpath(posixpath.join(site_dir, line))
    if "\0" in place:
        return False
    if place in walk.known:
        return True
    if walk.listings.kind(place) not in ("dir", "file", "other"):
        return False
    walk.known.add(place)
    walk.result.entries.append(PathEntry(place, from_base or walk.is_foreign(place)))
    return True


def _apply(walk: _Walk, site_dir: str, effect: Effect, before: int, *, from_base: bool) -> None:
    """Carry out what an import line is known to do to sys.path; keep the rest for the importer."""
    entries = walk.result.entries
    if effect.kind == "unknown":
        walk.result.unknown = True
    elif effect.kind == "addsitedir":
        for place in effect.paths:
            if walk.depth < NESTING:
                walk.depth += 1
                _add_site_dir(walk, place, from_base=from_base or walk.is_foreign(posixpath.normpath(place)))
                walk.depth -= 1
    elif effect.kind == "path":
        for place in effect.paths:
            _add_line(walk, site_dir, place, from_base=from_base)
    elif effect.kind == "egg-insert":  # setuptools' easy-install.pth moves what it added to the front
        moved = entries[before:]
        del entries[before:]
        entries[0:0] = moved
    else:
        walk.result.effects.append((site_dir, effect))


def _decode(data: bytes, version: tuple[int, int, int]) -> tuple[str, str, str]:
    """Return the text, the problem and its detail: bytes that are no UTF-8 end the interpreter's start.

    Before 3.13 the locale's encoding reads the file (UTF-8 on every system that matters here), from 3.13 on UTF-8 with
    or without a byte order mark, then the locale's encoding.
    """
    encoding = "utf-8-sig" if version >= (3, 13, 0) else "utf-8"
    try:
        return data.decode(encoding), "", ""
    except UnicodeDecodeError as error:
        detail = f"byte 0x{data[error.start]:02x} at offset {error.start}"
        return data[: error.start].decode(encoding, "replace"), "not-utf8", detail


def _lines(text: str, version: tuple[int, int, int]) -> list[str]:
    """Split as site.py does: universal newlines, and from 3.13 on every line boundary that `str.splitlines` knows."""
    if version >= (3, 13, 0):
        return text.splitlines()
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
