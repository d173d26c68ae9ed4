"""What a lock can say of packages that is not in the environment: files of an index, hashes of files on the disk.

Sources: `uv.lock`, `pylock.toml` (PEP 751) and `pdm.lock` with static URLs beside the environment, for the very version
that is installed; poetry's names no addresses. A wheel or archive that was installed from the disk is hashed there.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Any

from venvdoctor.freeze import Known, read_direct
from venvdoctor.inspection.metadata import normalize
from venvdoctor.inspection.receipts import load_toml
from venvdoctor.repairing.script_text import local_path

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.distribution import Distribution
    from venvdoctor.model.environment import Environment

LIMIT = 32 << 20  # bytes of a lock file
ARCHIVE_LIMIT = 1 << 30
NAMES = ("uv.lock", "pylock.toml", "pdm.lock")


def read_known(env: Environment, dists: Iterable[Distribution], shared: Shared) -> Known:
    """Return the files that lock files of the project name, and the hashes of local archives; total."""
    files: dict[tuple[str, str], dict[str, Any]] = {}
    projects = dict.fromkeys([env.project or "", posixpath.dirname(env.path.rstrip("/"))])
    for project in filter(None, projects):
        for name in NAMES:
            for key, version, found in _packages(f"{project}/{name}", shared):
                files.setdefault((key, version), found)
    digests = {url: digest for dist in dists for url, digest in _digest(dist, shared)}
    return Known(files=files, digests=digests)


def _packages(path: str, shared: Shared) -> Iterator[tuple[str, str, dict[str, Any]]]:
    try:
        data = load_toml(shared.view.read(path, LIMIT).decode("utf-8", "replace"))
    except (OSError, ValueError):
        return
    listed = data.get("package", data.get("packages"))
    for item in listed if isinstance(listed, list) else ():
        if (
            not isinstance(item, dict)
            or not isinstance(item.get("name"), str)
            or not isinstance(item.get("version"), str)
        ):
            continue
        wheels = [file for file in map(_file, _list(item.get("wheels")) + _list(item.get("files"))) if file]
        sdist = _file(item.get("sdist"))
        sdists = [file for file in wheels if not file["url"].endswith(".whl")]
        wheels = [file for file in wheels if file["url"].endswith(".whl")]
        found: dict[str, Any] = {"index": item["index"]} if isinstance(item.get("index"), str) else {}
        if sdist or sdists:
            found["sdist"] = sdist or sdists[0]
        if wheels:
            found["wheels"] = wheels
        if "sdist" in found or wheels:
            yield normalize(item["name"]), item["version"], found


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _file(item: object) -> dict[str, Any] | None:
    """Return url, size and hashes of one file; None without an address or a hash."""
    if not isinstance(item, dict) or not isinstance(item.get("url"), str):
        return None
    hashes = item.get("hashes")
    single = item.get("hash")
    if not isinstance(hashes, dict) and isinstance(single, str) and ":" in single:
        name, _, value = single.partition(":")
        hashes = {name: value}
    if not isinstance(hashes, dict) or not hashes or not all(isinstance(value, str) for value in hashes.values()):
        return None
    size = {"size": item["size"]} if isinstance(item.get("size"), int) else {}
    return {"url": item["url"], **size, "hashes": hashes}


def _digest(dist: Distribution, shared: Shared) -> Iterator[tuple[str, str]]:
    """Yield the hash of the file that a distribution was installed from, where it is still there."""
    direct = read_direct(dist.direct_url)
    if direct is None or direct.kind != "archive" or not local_path(direct.url).startswith("/"):
        return
    from hashlib import sha256  # noqa: PLC0415 - only for local archives

    digest = sha256()
    try:
        with shared.view.open(local_path(direct.url)) as blob:
            if blob.size > ARCHIVE_LIMIT:
                return
            for offset in range(0, blob.size, 1 << 20):
                digest.update(blob.read_at(offset, 1 << 20))
    except (OSError, ValueError):
        return
    yield direct.url, f"sha256={digest.hexdigest()}"
