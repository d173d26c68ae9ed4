"""The environment's packages as requirements or as pylock.toml, read statically; the same text that `pip freeze` gives.

Sources: pip/_internal/operations/freeze.py (form of the lines), PEP 610 (direct_url.json), PEP 751 (pylock.toml).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from venvdoctor.escape import printable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from venvdoctor.model.distribution import Distribution, Library

INDEX = "https://pypi.org/simple"
_LOOSE = re.compile(r"[^#@]*==")  # a name and a version; both as the specifications spell them, or it is something else
_PINNED = re.compile(r"[A-Za-z0-9][\w.-]*==[\w.!+*-]+\Z")
_BARE = re.compile(r"[A-Za-z0-9_-]+\Z")  # a TOML key that needs no quotes


class Direct(NamedTuple):
    """A direct_url.json that is one: `kind` is `vcs`, `directory`, `editable` or `archive`."""

    kind: str
    url: str
    details: Mapping[str, Any]
    subdirectory: str


def frozen(library: Library, *, with_base: bool = False) -> list[Distribution]:
    """Return the distributions to freeze: the first of each name, by name; those without a usable version are left out.

    What a stopped upgrade stranded is frozen when the interpreter sees nothing at all: that is what was installed.
    """
    seen: dict[str, Distribution] = {}
    own = [dist for dist in library.distributions if with_base or not dist.from_base]
    for dist in own or library.stranded:
        if dist.version and dist.metadata == "ok" and dist.kind != "egg-link":
            seen.setdefault(dist.key, dist)
    return sorted(seen.values(), key=lambda dist: dist.name.lower())


def requirements_text(dists: Iterable[Distribution]) -> str:
    """Return what `pip freeze --all` prints."""
    return "".join(f"{_one_line(line)}\n" for dist in dists for line in _lines(dist))


def _one_line(line: str) -> str:
    """Return a line that pip reads as the one requirement that it is; what would be more, or hides, as a comment.

    A name, a version or a URL of the disk could otherwise bring an option (`--index-url`) with it.
    """
    plain = all(char.isprintable() or "\udc80" <= char <= "\udcff" for char in line)
    option = line.startswith("-") and not line.startswith("-e /")
    pinned = _PINNED.match(line) or not _LOOSE.match(line)
    return line if plain and not option and pinned else f"# left out, it is no requirement: {printable(line)}"


def _lines(dist: Distribution) -> Iterator[str]:
    direct = read_direct(dist.direct_url)
    if direct is None:
        yield f"{dist.name}=={dist.version}"
        return
    below = f"subdirectory={direct.subdirectory}" if direct.subdirectory else ""
    if direct.kind == "editable":
        yield f"# Editable install with no version control ({dist.name}=={dist.version})"
        yield f"-e {local_path(direct.url)}"
        return
    if direct.kind == "vcs":
        place = f"{direct.details.get('vcs')}+{direct.url}@{direct.details.get('commit_id')}"
    else:
        place = direct.url
    hashed = _hash_of(direct) if direct.kind == "archive" else ""
    fragment = "&".join(part for part in (hashed, below) if part)
    yield f"{dist.name} @ {place}{'#' if fragment else ''}{fragment}"


def read_direct(text: str | None) -> Direct | None:
    """Return what direct_url.json says, None when there is none or it is none; total."""
    import json  # noqa: PLC0415 - few distributions have one

    try:
        value = json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None
    url = value.get("url") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(url, str):
        return None
    subdirectory = value.get("subdirectory")
    below = subdirectory if isinstance(subdirectory, str) else ""
    for key, kind in (("vcs_info", "vcs"), ("archive_info", "archive"), ("dir_info", "directory")):
        details = value.get(key)
        if isinstance(details, dict):
            editable = kind == "directory" and details.get("editable") is True
            return Direct("editable" if editable else kind, url, details, below)
    return None


def local_path(url: str) -> str:
    """Return the path of a file URL, any other URL as it is."""
    from urllib.parse import unquote  # noqa: PLC0415

    path = url.removeprefix("file://")
    return unquote(path, errors="surrogateescape") if path != url and path.startswith("/") else url


def requirement_url(text: str | None) -> str:
    """Return what stands behind the `@` of a requirement for the same source, "" where there is no direct_url.json."""
    direct = read_direct(text)
    if direct is None:
        return ""
    vcs, commit = direct.details.get("vcs"), direct.details.get("commit_id")
    place = f"{vcs}+{direct.url}@{commit}" if direct.kind == "vcs" else direct.url
    return f"{place}#subdirectory={direct.subdirectory}" if direct.subdirectory else place


def _hash_of(direct: Direct) -> str:
    """Return `sha256=…` as pip writes it: from `hash`, which is `name=value`, else from `hashes`."""
    legacy = direct.details.get("hash")
    if isinstance(legacy, str) and legacy:
        return legacy
    hashes = direct.details.get("hashes")
    if isinstance(hashes, dict) and hashes:
        name, value = next(iter(hashes.items()))
        return f"{name}={value}"
    return ""


def lock(
    dists: Iterable[Distribution], requires_python: str | None, created_by: str
) -> tuple[dict[str, Any], list[str]]:
    """Return a lock file (PEP 751) as data, and the requirements that it cannot hold.

    A lock names each file with its hash. Nothing on the disk records the hash of a wheel that came from an index, so
    such packages are listed under `tool.venvdoctor.unlocked` instead of being locked with an invented one.
    """
    packages: list[dict[str, Any]] = []
    unlocked: list[str] = []
    for dist in dists:
        source = _source(dist)
        if source is None:
            unlocked.append(f"{dist.name}=={dist.version}")
        else:
            packages.append(
                {"name": dist.key, **({} if "directory" in source else {"version": dist.version}), **source}
            )
    data: dict[str, Any] = {"lock-version": "1.0", "created-by": created_by}
    if requires_python:
        data["requires-python"] = requires_python
    data["packages"] = sorted(packages, key=lambda item: str(item["name"]))
    if unlocked:
        data["tool"] = {"venvdoctor": {"unlocked": unlocked, "index": INDEX}}
    return data, unlocked


def _source(dist: Distribution) -> dict[str, Any] | None:
    direct = read_direct(dist.direct_url)
    if direct is None:
        return None
    below = {"subdirectory": direct.subdirectory} if direct.subdirectory else {}
    if direct.kind == "vcs" and isinstance(direct.details.get("commit_id"), str):
        vcs = {"type": str(direct.details.get("vcs")), "url": direct.url, "commit-id": direct.details["commit_id"]}
        return {"vcs": {**vcs, **below}}
    if direct.kind in ("directory", "editable"):
        return {"directory": {"path": local_path(direct.url), "editable": direct.kind == "editable", **below}}
    name, _, value = _hash_of(direct).partition("=")
    return {"archive": {"url": direct.url, "hashes": {name: value}, **below}} if value else None


def toml_text(data: Mapping[str, Any]) -> str:
    """Return lock data as TOML: scalars, then tables, then the array of packages."""
    lines = [f"{key} = {_value(item)}" for key, item in data.items() if key not in ("packages", "tool")]
    if not data.get("packages"):
        lines.append("packages = []")
    for package in data.get("packages", ()):
        lines += ["", "[[packages]]", *(f"{key} = {_value(item)}" for key, item in package.items())]
    for name, table in data.get("tool", {}).items():
        lines += ["", f"[tool.{name}]", *(f"{key} = {_value(item)}" for key, item in table.items())]
    return "\n".join(lines) + "\n"


def _value(item: Any) -> str:
    if isinstance(item, bool):
        return "true" if item else "false"
    if isinstance(item, dict):
        return (
            "{ "
            + ", ".join(f"{key if _BARE.match(key) else _value(key)} = {_value(value)}" for key, value in item.items())
            + " }"
        )
    if isinstance(item, list):
        return "[" + "".join(f"\n    {_value(value)}," for value in item) + ("\n]" if item else "]")
    import json  # noqa: PLC0415 - a JSON string is a TOML basic string, but for DEL

    text = str(item).encode("utf-8", "replace").decode()
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(char if char.isprintable() else _escape(ord(char)) for char in quoted)


def _escape(code: int) -> str:
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
