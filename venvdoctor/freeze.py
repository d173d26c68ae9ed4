"""The environment's packages as requirements or as pylock.toml, read statically; the same text that `pip freeze` gives.

Sources: pip/_internal/operations/freeze.py (form of the lines), PEP 610 (direct_url.json), PEP 751 (pylock.toml).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from venvdoctor.escape import printable
from venvdoctor.model.fact import replace
from venvdoctor.repairing.script_text import local_path

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


class Known(NamedTuple):
    """What is known of packages beside the environment.

    Attributes:
        files: (key, version) → `wheels`, `sdist`, `index` of a lock (PEP 751).
        digests: URL of a local archive → `sha256=…` of what lies there.
    """

    files: Mapping[tuple[str, str], Mapping[str, Any]]
    digests: Mapping[str, str]


def frozen(library: Library, *, with_base: bool = False) -> list[Distribution]:
    """Return the distributions to freeze: the first of each name, by name; those without a usable version are left out.

    What a stopped upgrade stranded is frozen when the interpreter sees nothing at all: that is what was installed.
    """
    seen: dict[str, Distribution] = {}
    own = [dist for dist in library.distributions if with_base or not dist.from_base] or list(library.stranded)
    linked = {dist.key: dist for dist in own if dist.kind == "egg-link" and dist.editable}
    versions = {dist.key: dist.version for dist in own if dist.version}
    for dist in sorted(own, key=lambda item: item.metadata != "ok"):
        if dist.key in linked:
            seen.setdefault(dist.key, _as_editable(linked[dist.key], versions.get(dist.key)))
        elif dist.version and dist.metadata != "hollow" and dist.kind != "egg-link":
            seen.setdefault(dist.key, dist)
    return sorted(seen.values(), key=lambda dist: dist.name.lower())


def _as_editable(link: Distribution, version: str | None) -> Distribution:
    """Return a legacy `setup.py develop` install as what direct_url.json would say of it."""
    from json import dumps  # noqa: PLC0415 - rare
    from urllib.parse import quote  # noqa: PLC0415

    url = "file://" + quote((link.editable or "").encode("utf-8", "surrogateescape"))
    return replace(
        link, version=link.version or version, direct_url=dumps({"url": url, "dir_info": {"editable": True}})
    )


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
    if dist.metadata != "ok":
        yield f"# Its metadata is {dist.metadata}: name and version are those of its directory"
    if direct is None:
        yield f"{dist.name}=={dist.version}"
        return
    below = f"subdirectory={direct.subdirectory}" if direct.subdirectory else ""
    if direct.kind == "editable":
        label = f"{dist.name}=={dist.version}" if dist.version else dist.name
        yield f"# Editable install with no version control ({label})"
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
    dists: Iterable[Distribution], requires_python: str | None, created_by: str, known: Known | None = None
) -> tuple[dict[str, Any], list[str]]:
    """Return a lock file (PEP 751) as data, and the requirements that it cannot hold.

    A lock names each file with its hash. An environment records neither for a wheel that came from an index: such
    packages are listed under `tool.venvdoctor.unlocked`, unless a lock beside it knows that version, and never locked
    with an invented hash.
    """
    known = known or Known({}, {})
    packages: list[dict[str, Any]] = []
    unlocked: list[str] = []
    every = list(dists)
    for dist in every:
        source = _source(dist, known)
        if source is None:
            unlocked += [line for line in map(_one_line, _lines(dist)) if not line.startswith("#")]
        else:
            version = {} if "directory" in source or not dist.version else {"version": dist.version}
            packages.append({"name": dist.key, **version, **source})
    data: dict[str, Any] = {"lock-version": "1.0", "created-by": created_by}
    if requires_python:
        data["requires-python"] = requires_python
    data["packages"] = sorted(packages, key=lambda item: str(item["name"]))
    data["tool"] = {"venvdoctor": {**_origin(every), **({"unlocked": unlocked, "index": INDEX} if unlocked else {})}}
    return data, unlocked


def _origin(dists: Iterable[Distribution]) -> dict[str, Any]:
    """Return what a lock has no place for: which packages somebody asked for, and which tool installed which."""
    requested: list[str] = []
    installers: dict[str, list[str]] = {}
    for dist in dists:
        requested += [dist.key] if dist.requested else []
        if dist.installer:
            installers.setdefault(dist.installer, []).append(dist.key)
    return {
        "requested": sorted(requested),
        "installers": {name: sorted(installers[name]) for name in sorted(installers)},
    }


def _source(dist: Distribution, known: Known) -> dict[str, Any] | None:
    direct = read_direct(dist.direct_url)
    if direct is None:
        return dict(known.files.get((dist.key, dist.version or ""), {})) or None
    below = {"subdirectory": direct.subdirectory} if direct.subdirectory else {}
    if direct.kind == "vcs" and isinstance(direct.details.get("commit_id"), str):
        vcs = {"type": str(direct.details.get("vcs")), "url": direct.url, "commit-id": direct.details["commit_id"]}
        return {"vcs": {**vcs, **below}}
    path = local_path(direct.url)
    if direct.kind in ("directory", "editable"):
        return {"directory": {"path": path, "editable": direct.kind == "editable", **below}}
    place = {"path": path} if path.startswith("/") else {"url": direct.url}
    name, _, value = (_hash_of(direct) or known.digests.get(direct.url, "")).partition("=")
    return {"archive": {**place, "hashes": {name: value}, **below}} if value else None


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
    if isinstance(item, int):
        return str(item)
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
