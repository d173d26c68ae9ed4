"""What the distributions of an environment are made of, as material for rebuilding it: tags, files, hashes, provenance.

Every file is read (its hash tells whether it is what was installed), so this is done for a repair only.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any

from venvdoctor.freeze import read_direct, requirement_url
from venvdoctor.inspection.metadata import normalize, read_metadata
from venvdoctor.inspection.record import digests_differ, read_record
from venvdoctor.model.fact import replace
from venvdoctor.model.repair import Lost, Salvage

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from venvdoctor.inspection.record import Row
    from venvdoctor.model.environment import Environment, LibDir
    from venvdoctor.view import View

_NATIVE = re.compile(r"\.(cpython-\d+|pypy\d+)[^/]*\.so\Z")
_ALWAYS = re.compile(r"\s*([\w.-]+)(?!.*;.*\bextra\b)")  # what a requirement names that no extra brings
_TEXT_LIMIT = 1 << 20  # bytes
_SEEDED = ("_virtualenv.pth", "_virtualenv.py", "distutils-precedence.pth", "__pycache__")
_BYTECODE = (".pyc", "/__pycache__")  # virtualenv records the caches it takes away as directories
_PIP_HEADS = "-~.=%0123456789"
_MADE = ("site-packages", "__pycache__", "no-global-site-packages.txt", "orig-prefix.txt")


def read_salvage(env: Environment, lib: LibDir, view: View) -> tuple[tuple[Salvage, ...], tuple[tuple[str, str], ...]]:
    """Return what one site-packages holds: its distributions, and what in it none of them accounts for.

    Args:
        env: the environment; paths in the answer are relative to it.
        lib: the version directory whose packages are wanted.
        view: the door to the disk.
    """
    try:
        names = view.listdir(lib.path)
    except OSError:
        return (), ()
    site = posixpath.relpath(lib.path, env.path)
    found = [
        _distribution(env, lib.path, name, view) for name in names if name.endswith(".dist-info") and name[0] != "~"
    ]
    salvage = tuple(item for item in found if item is not None)
    own = [*_unrecorded(lib.path, names, salvage, view), *_beside(lib.path, view)]
    return salvage, tuple((posixpath.normpath(f"{site}/{place}"), place) for place in own)


def read_lost(env: Environment, lib: LibDir, view: View) -> Iterator[Lost]:
    """Yield what pip renamed to remove it, and neither removed nor put back, where nothing else took the name.

    pip replaces leading characters (pip/_internal/utils/temp_dir.py, `AdjacentTempDirectory`): `~owsay`, `~-wsay`.
    """
    try:
        names = view.listdir(lib.path)
    except OSError:
        return
    site = posixpath.relpath(lib.path, env.path)
    remains = [name for name in names if name.startswith("~")]
    for info in remains:
        record = read_record(f"{lib.path}/{info}/RECORD", view) if info.endswith(".dist-info") else None
        item = _distribution(env, lib.path, info, view) if record and record.state == "ok" else None
        tops = {row.partition("/")[0] for row in item.files if not row.startswith("../")} if item else set()
        own = next((top for top in tops if top.endswith(".dist-info") and _was(info, top)), None)
        if item is None or own is None or own in names:
            continue
        moved = {top: name for top in tops for name in remains if top not in names and _was(name, top)}
        commands = {f"bin/{name}" for name in item.scripts}
        missing = [row for row in item.files if not _is_left(lib.path, row, moved, view)]
        missing = [row for row in missing if posixpath.normpath(posixpath.join(site, row)) not in commands]
        places = tuple(sorted((f"{site}/{name}", f"{site}/{top}") for top, name in moved.items()))
        yield Lost(item=replace(item, metadata=f"{site}/{own}", missing=()), remains=places, whole=not missing)


def _was(name: str, old: str) -> bool:
    """Whether pip may have made this name of that one: the head replaced, the tail kept."""
    heads = (size for size in range(1, len(old)) if name[size:] == old[size:])
    return len(name) == len(old) and any(not name[1:size].strip(_PIP_HEADS) for size in heads)


def _is_left(site: str, row: str, moved: Mapping[str, str], view: View) -> bool:
    top, slash, rest = row.partition("/")
    return view.kind(posixpath.normpath(f"{site}/{moved.get(top, top)}{slash}{rest}")) == "file"


def _unrecorded(site: str, names: Iterable[str], salvage: Iterable[Salvage], view: View) -> Iterator[str]:
    """Yield what no RECORD names, as few places as tell it: a folder of which no file is recorded counts as one."""
    rows = {row for item in salvage for row in item.files}
    folders = {"/".join(row.split("/")[:depth]) for row in rows for depth in range(1, row.count("/") + 1)}
    whole = {posixpath.basename(item.metadata) for item in salvage}
    vague = {name for item in salvage if not item.files for name in (item.name, item.key.replace("-", "_"))}
    left = [name for name in names if name not in whole | vague and not name.startswith("~") and name not in _SEEDED]
    left = [name for name in left if not name.endswith((".dist-info", ".virtualenv"))]
    while left:
        place = left.pop()
        if place in folders:
            try:
                inner = view.listdir(f"{site}/{place}")
            except OSError:
                continue
            left += [f"{place}/{name}" for name in inner if name != "__pycache__"]
        elif place not in rows and not place.endswith(".pyc"):
            yield place


def _beside(site: str, view: View) -> list[str]:
    """Return what a user put beside site-packages; old virtualenvs have their standard library there."""
    try:
        names = view.listdir(posixpath.dirname(site))
    except OSError:
        return []
    return [] if "os.py" in names else [f"../{name}" for name in names if name not in _MADE]


def remembered(record: Mapping[str, Any], salvage: Sequence[Salvage], exists: Callable[[str], bool]) -> list[Salvage]:
    """Return what a snapshot knows and the disk does not tell any more.

    Where there are packages, what the snapshot has besides them was uninstalled since, unless its metadata is still
    there and cannot be read; where there are none at all, all of it was lost.

    Args:
        record: of one environment, as `snapshot.record_of` makes it.
        salvage: what the disk tells.
        exists: whether a path, relative to the environment, is there.
    """
    known = {item.key for item in salvage}
    found = []
    for item in record.get("distributions") or ():
        texts = {key: str(item.get(key) or "") for key in ("key", "name", "version", "metadata", "direct_url")}
        if not (texts["key"] and texts["name"] and texts["version"]) or texts["key"] in known:
            continue
        if not salvage or exists(texts["metadata"]):
            found.append(
                Salvage(
                    key=texts["key"],
                    name=texts["name"],
                    version=texts["version"],
                    metadata=texts["metadata"],
                    requires_python=str(item.get("requires_python") or ""),
                    names=tuple(map(str, item.get("names") or ())),
                    requested=bool(item.get("requested")),
                    url=texts["direct_url"],
                    editable=bool(item.get("editable")),
                )
            )
    return found


def _distribution(env: Environment, site: str, name: str, view: View) -> Salvage | None:
    info = posixpath.join(site, name)
    metadata = read_metadata(f"{info}/METADATA", view)
    if metadata.name is None or metadata.version is None:
        project, _, version = name.removesuffix(".dist-info").partition("-")
        path = posixpath.relpath(info, env.path)
        if not (project and version) or view.kind(info) != "dir" or not view.listdir(info):
            return None
        return Salvage(key=normalize(project), name=project, version=version, metadata=path)
    record = read_record(f"{info}/RECORD", view)
    rows = [row for row in record.rows if not row.path.endswith(_BYTECODE)]
    direct = _text(f"{info}/direct_url.json", view)
    origin = read_direct(direct)
    points = list(_entry_points(_text(f"{info}/entry_points.txt", view)))
    return Salvage(
        key=normalize(metadata.name),
        name=metadata.name,
        version=metadata.version,
        metadata=posixpath.relpath(info, env.path),
        tags=tuple(_tags(_text(f"{info}/WHEEL", view))),
        files=tuple(row.path for row in rows),
        missing=tuple(row.path for row in rows if view.kind(_place(site, row)) != "file"),
        altered=tuple(row.path for row in rows if _is_altered(site, row, view)),
        native=tuple(row.path for row in rows if _NATIVE.search(row.path)),
        entry_points=tuple(point for _, point in points),
        scripts=tuple(name for name, _ in points),
        names=tuple(_top_level(rows, _text(f"{info}/top_level.txt", view))),
        requires_python=metadata.requires_python or "",
        requires=tuple(normalize(found[0]) for text in metadata.requires if (found := _ALWAYS.match(text))),
        requested=view.kind(f"{info}/REQUESTED") == "file",
        url=requirement_url(direct),
        editable=bool(origin and origin.kind == "editable"),
    )


def _place(site: str, row: Row) -> str:
    return posixpath.normpath(posixpath.join(site, row.path))


def _is_altered(site: str, row: Row, view: View) -> bool:
    """Whether a module or data file differs; scripts in `bin` are made anew anyway."""
    return (
        not row.path.startswith("../")
        and bool(row.digest)
        and bool(digests_differ(_place(site, row), row.digest, view))
    )


def _text(path: str, view: View) -> str:
    try:
        return view.read(path, _TEXT_LIMIT).decode("utf-8", "surrogateescape")
    except (OSError, ValueError):
        return ""


def _tags(wheel: str) -> Iterator[str]:
    for line in wheel.splitlines():
        key, _, value = line.partition(":")
        if key.strip().lower() == "tag":
            yield value.strip()


def _entry_points(text: str) -> Iterator[tuple[str, str]]:
    """Yield name and `module:attribute` of each script that needs no extra (entry points specification)."""
    section = ""
    for raw in text.splitlines():
        line = raw.strip()
        if line.startswith("["):
            section = line.strip("[]")
        elif section in ("console_scripts", "gui_scripts") and "=" in line and "[" not in line and line[0] not in "#;":
            name, _, point = line.partition("=")
            yield name.strip(), point.replace(" ", "")


def _top_level(rows: Iterable[Row], declared: str) -> list[str]:
    """Return the names that a user imports: those declared, else the modules and packages that RECORD shows."""
    found = {line.strip() for line in declared.splitlines() if line.strip().isidentifier()}
    if not found:
        for row in rows:
            head, _, rest = row.path.partition("/")
            name = head if rest == "__init__.py" else head[:-3] if not rest and head.endswith(".py") else ""
            if name.isidentifier():
                found.add(name)
    shown = {row.path.partition("/")[0] for row in rows}
    return sorted(name for name in found if name in shown or f"{name}.py" in shown)
