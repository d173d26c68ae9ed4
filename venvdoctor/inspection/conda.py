"""Reads `conda-meta`: what conda recorded of an environment, compared with what is there.

Sources: conda/core/prefix_data.py (records, history), conda/models/records.py and enums.py (paths_data, link types),
conda/core/link.py and portability.py (placeholders, entry points), `conda doctor` (missing files).
"""

from __future__ import annotations

import json
import posixpath
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from venvdoctor.inspection.conda_files import Files, compare
from venvdoctor.inspection.conda_history import remembered
from venvdoctor.model.conda import CondaFacts, CondaPackage
from venvdoctor.model.fact import replace

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set as AbstractSet

    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.environment import Environment

RECORD_LIMIT = 16 << 20  # bytes of one record; the largest real ones have a few, and JSON takes twenty times as much
SAMPLE = 40  # files whose prefix is read; they were all written at once
_LINKS = {1: "hardlink", 2: "softlink", 3: "copy", 4: "directory", "hardlink": "hardlink", "softlink": "softlink"}
_SHEBANG = re.compile(rb"^#!\s*(/[^\n]*?)/bin/(?:python|pypy|perl|R|ruby|sh|bash)[\w.]*(?:[ \t\r][^\n]*)?\n")
_EXEC = re.compile(rb"^#!/bin/sh\n'''exec' [\"']?(/[^\n\"']*?)/bin/python[\w.]*[\"']? ")
_NAME = re.compile(r"[\w.-]+")
_LIB = re.compile(r"lib/(python\d+\.\d+t?)/")


def read_conda(env: Environment, shared: Shared) -> CondaFacts | None:
    """Return the facts of `conda-meta`, None where there is none."""
    meta = f"{env.path.rstrip('/')}/conda-meta"
    try:
        names = shared.view.listdir(meta)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        return CondaFacts(history=True, unread=getattr(error, "strerror", None) or str(error))
    files = Files(env, shared)
    votes: Counter[str] = Counter()
    records = [name for name in names if name.endswith(".json") and not name.startswith(".")]
    packages = [_package(f"{meta}/{name}", name, files, votes) for name in records]
    python = next((item for item in packages if item.name == "python" and not item.problem), None)
    prefix = votes.most_common(1)[0][0] if votes else None
    counts = Counter(item.name.lower() for item in packages)
    forgotten = remembered(env.path.rstrip("/"), shared) - counts.keys() if "history" in names else frozenset()
    return CondaFacts(
        forgotten=tuple(sorted(forgotten)),
        unmet=tuple(_unmet(packages, counts.keys() | forgotten, files, _series(python.version) if python else "")),
        history="history" in names,
        foreign=any(name.startswith("pixi") for name in names),
        recorded_prefix=prefix,
        recorded_prefix_exists=bool(prefix) and shared.view.kind(f"{prefix}/conda-meta") == "dir",
        python_record=python.version if python else None,
        packages=tuple(_twin(_stranded(item, python), counts) for item in packages),
        stranded=tuple(_left_behind(env, shared, python)) if python else (),
    )


def _package(path: str, file_name: str, files: Files, votes: Counter[str]) -> CondaPackage:
    name, version, build = _from_name(file_name)
    package = CondaPackage(name=name, version=version, build=build, record_path=path)
    record, problem = _record(path, files.shared)
    if problem:
        return replace(package, problem=problem)
    link = record.get("link")
    link = link if isinstance(link, dict) else {}
    kind = link.get("type")
    package = replace(
        package,
        name=_text(record.get("name")) or name,
        version=_text(record.get("version")) or version,
        build=_text(record.get("build")) or build,
        link_type=_LINKS.get(kind, "hardlink") if isinstance(kind, (int, str)) else "hardlink",
        source=_text(link.get("source")),
        noarch=record.get("noarch") in ("python", "generic", True),
        depends=_names(record.get("depends")),
    )
    paths = _paths(record)
    package = compare(package, paths, files)
    return replace(package, wrong_prefix=tuple(_wrong_prefix(paths, files, votes)), stranded=_lib_of(package, paths))


def _names(specs: object) -> tuple[str, ...]:
    """Return the names in match specifications (`channel::name >=1.0 build`), those of virtual packages left out."""
    listed = (
        [item.rpartition("::")[2].strip() for item in specs if isinstance(item, str)] if isinstance(specs, list) else []
    )
    found = (_NAME.match(item) for item in listed)
    return tuple(match.group().lower() for match in found if match and not match.group().startswith("__"))


def _unmet(
    packages: Iterable[CondaPackage], known: AbstractSet[str], files: Files, series: str
) -> Iterable[tuple[str, str]]:
    """Yield each needed package that no record names, with the first that needs it; what pip put there counts."""
    seen = set(known)
    for package in packages:
        for name in package.depends:
            if name not in seen:
                seen.add(name)
                if not files.by_pip(name, f"lib/{series}/site-packages"):
                    yield name, f"{package.name} {package.version}"


def _twin(package: CondaPackage, counts: Counter[str]) -> CondaPackage:
    """Say so when an interrupted change left two records of one package; conda reads whichever it lists last."""
    return replace(package, problem="twin") if counts[package.name.lower()] > 1 and not package.problem else package


def _record(path: str, shared: Shared) -> tuple[dict[str, Any], str]:
    """Return the record, or what is wrong with it."""
    try:
        raw = shared.view.read(path, RECORD_LIMIT)
    except (OSError, ValueError):
        return {}, "unreadable"
    if not raw.strip(b"\0 \t\r\n"):
        return {}, "empty"
    try:
        record = json.loads(raw)
    except (ValueError, RecursionError):
        return {}, "not-json" if raw.rstrip().endswith(b"}") else "truncated"
    return (record, "") if isinstance(record, dict) else ({}, "not-json")


def _from_name(file_name: str) -> tuple[str, str, str]:
    """`name-version-build.json`; a name may hold hyphens, the other two never do."""
    parts = file_name[: -len(".json")].rsplit("-", 2)
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 else (file_name[: -len(".json")], "", "")


def _paths(record: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the rows of `paths_data`, or of `files` in the records of old versions."""
    data = record.get("paths_data")
    rows = data.get("paths") if isinstance(data, dict) else None
    if isinstance(rows, list) and rows:
        return [row for row in rows if isinstance(row, dict) and isinstance(row.get("_path"), str)]
    listed = record.get("files")
    return [{"_path": name} for name in listed if isinstance(name, str)] if isinstance(listed, list) else []


def _wrong_prefix(paths: Iterable[dict[str, Any]], files: Files, votes: Counter[str]) -> Iterable[str]:
    """Yield the scripts that name an interpreter below another prefix, and count which one."""
    for row in paths:
        if not row["_path"].startswith("bin/") or files.sampled >= SAMPLE:
            continue
        if row.get("file_mode") != "text" and row.get("path_type") != "unix_python_entry_point":
            continue
        head = files.head(row["_path"])
        match = _SHEBANG.match(head) or _EXEC.match(head)
        files.sampled += bool(head)
        prefix = match.group(1).decode("utf-8", "surrogateescape") if match else ""
        if prefix and files.is_foreign(prefix):
            votes[posixpath.normpath(prefix)] += 1
            yield row["_path"]


def _lib_of(package: CondaPackage, paths: Iterable[dict[str, Any]]) -> str:
    """Return the `pythonX.Y` that a noarch package was linked into."""
    if not package.noarch:
        return ""
    found = (_LIB.match(row["_path"]) for row in paths)
    return next((match.group(1) for match in found if match), "")


def _stranded(package: CondaPackage, python: CondaPackage | None) -> CondaPackage:
    """Keep `stranded` only where the package lies in the directory of another minor version."""
    here = _series(python.version) if python else ""
    return replace(package, stranded="") if package.stranded.rstrip("t") == here or not here else package


def _series(version: str) -> str:
    return "python" + ".".join(version.split(".")[:2])


def _left_behind(env: Environment, shared: Shared, python: CondaPackage) -> Iterable[tuple[str, tuple[str, ...]]]:
    """Yield the other minors' directories with the distributions that only they hold."""
    held = {lib.name: _distributions(lib.path, shared) for lib in env.lib_dirs}
    here = _series(python.version)
    current: set[str] = set()
    for name, found in held.items():
        current |= found if name.rstrip("t") == here else set()
    for name, found in sorted(held.items()):
        if name.startswith("python") and name.rstrip("t") != here and found - current:
            yield name, tuple(sorted(found - current))


def _distributions(path: str, shared: Shared) -> set[str]:
    try:
        names = shared.view.listdir(path)
    except (OSError, ValueError):
        return set()
    ends = (".dist-info", ".egg-info")
    return {re.sub(r"[-_.]+", "-", name.split("-", 1)[0]).lower() for name in names if name.endswith(ends)}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
