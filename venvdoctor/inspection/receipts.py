"""Reads what an environment's manager wrote down about it: enough to rebuild it faithfully.

Sources: pipx/pipx_metadata_file.py (versions 0.1 to 0.12), uv crates/uv-tool/src/tool.rs (uv-receipt.toml) and
crates/uv-virtualenv (`extends-environment`).
"""

from __future__ import annotations

import json
import posixpath
import sys
from typing import TYPE_CHECKING, Any

from venvdoctor.model.fact import replace
from venvdoctor.model.receipt import Receipt

if TYPE_CHECKING:
    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.environment import Environment

LIMIT = 4 << 20


def read_receipt(env: Environment, shared: Shared) -> Receipt | None:
    """Return the manager's own record of this environment, None where it keeps none."""
    for name, reader in (("pipx_metadata.json", _pipx), ("uv-receipt.toml", _uv)):
        path = f"{env.path.rstrip('/')}/{name}"
        if shared.view.kind(path) == "missing":
            continue
        try:
            text = shared.view.read(path, LIMIT).decode("utf-8", "replace")
        except (OSError, ValueError) as error:
            return Receipt(manager=_MANAGERS[name], path=path, problem="unreadable", values={"error": str(error)})
        found = reader(path, text, shared)
        return replace(found, shared_missing=_shared_missing(env, shared)) if found.manager == "pipx" else found
    return _overlay(env, shared) or _absent(env)


_MANAGERS = {"pipx_metadata.json": "pipx", "uv-receipt.toml": "uv-tool"}


def _overlay(env: Environment, shared: Shared) -> Receipt | None:
    """`uv run --with` writes which environment it adds to into pyvenv.cfg."""
    parent = env.cfg.get("extends-environment") if env.cfg else None
    if env.cfg is None or not parent:
        return None
    kind = shared.view.kind(parent) if parent.startswith("/") else "error"
    exists = True if kind == "dir" else False if kind in ("missing", "loop", "file") else None
    return Receipt(manager="uv", path=env.cfg.path, extends=parent, extends_exists=exists)


def _shared_missing(env: Environment, shared: Shared) -> tuple[tuple[str, str], ...]:
    """Return the directories of `pipx_shared.pth` that are gone."""
    found: list[tuple[str, str]] = []
    for lib in env.lib_dirs:
        path = f"{lib.path}/pipx_shared.pth"
        try:
            lines = shared.view.read(path, 1 << 14).decode("utf-8", "surrogateescape").splitlines()
        except (OSError, ValueError):
            continue
        found += [(path, line) for line in lines if line.startswith("/") and shared.view.kind(line) == "missing"]
    return tuple(found)


def _absent(env: Environment) -> Receipt | None:
    """A tool environment without its record: the manager cannot upgrade or reinstall it."""
    home = posixpath.basename(posixpath.dirname(env.path.rstrip("/")))
    kept = {"pipx": "venvs", "uv-tool": "tools"}  # pipx's shared libraries and the caches of both keep none
    if env.manager is not None and kept.get(env.manager) == home and env.startup.starts is not None:
        name = "pipx_metadata.json" if env.manager == "pipx" else "uv-receipt.toml"
        return Receipt(manager=env.manager, path=f"{env.path}/{name}", problem="missing")
    return None


def _pipx(path: str, text: str, shared: Shared) -> Receipt:
    try:
        data: Any = json.loads(text)
    except (ValueError, RecursionError):
        data = None
    if not isinstance(data, dict):
        return Receipt(manager="pipx", path=path, problem="garbled")
    main = _mapping(data.get("main_package"))
    injected = _mapping(data.get("injected_packages"))
    python = _path(data.get("source_interpreter"))
    values = {
        "suffix": _text(main.get("suffix")),
        "pip_args": " ".join(_texts(main.get("pip_args"))),
        "venv_args": " ".join(_texts(data.get("venv_args"))),
        "python_version": _text(data.get("python_version")),
        "package_version": _text(main.get("package_version")),
        "backend": _text(data.get("backend")),
        "pinned": "true" if main.get("pinned") is True else "",
        "include_dependencies": "true" if main.get("include_dependencies") is True else "",
    }
    return Receipt(
        manager="pipx",
        path=path,
        main_package=_text(main.get("package")),
        requirements=tuple(_texts([main.get("package_or_url")])),
        injected=tuple(_text(_mapping(item).get("package_or_url")) or str(name) for name, item in injected.items()),
        python=python,
        python_exists=_exists(python, shared),
        problem="" if main else "garbled",
        values={key: value for key, value in values.items() if value},
    )


def _uv(path: str, text: str, shared: Shared) -> Receipt:
    tool = _mapping(load_toml(text).get("tool"))
    if not tool:
        return Receipt(manager="uv-tool", path=path, problem="garbled")
    listed = tool.get("requirements")
    requirements = [_requirement(item) for item in listed] if isinstance(listed, list) else []
    entries = tool.get("entrypoints")
    launchers = tuple(
        posixpath.normpath(_text(_mapping(item).get("install-path")))
        for item in (entries if isinstance(entries, list) else [])
    )
    python = _text(tool.get("python")) or None
    return Receipt(
        manager="uv-tool",
        path=path,
        main_package=posixpath.basename(posixpath.dirname(path)),
        requirements=tuple(requirements),
        injected=tuple(requirements[1:]),
        python=python,
        python_exists=_exists(python, shared),
        launchers=launchers,
        launchers_missing=tuple(item for item in launchers if _lost(item, shared)),
    )


def _requirement(item: object) -> str:
    """Return the text of one requirement table of uv: name, extras, specifier, or where it comes from."""
    if isinstance(item, str):
        return item
    table = _mapping(item)
    extras = ",".join(_texts(table.get("extras")))
    text = _text(table.get("name")) + (f"[{extras}]" if extras else "")
    place = next((_text(table[key]) for key in ("url", "path", "directory", "editable") if _text(table.get(key))), "")
    git = _text(table.get("git"))
    source = place or (git if git.startswith("git+") or not git else f"git+{git}")
    text += f" @ {source}" if source else _text(table.get("specifier"))
    return text + (f"; {_text(table['marker'])}" if _text(table.get("marker")) else "")


def _lost(path: str, shared: Shared) -> bool:
    """Return whether a launcher is not there at all (a dead link is there, and told as such)."""
    try:
        shared.view.lstat(path)
    except FileNotFoundError:
        return True
    except (OSError, ValueError):
        return False
    return False


def _exists(path: str | None, shared: Shared) -> bool | None:
    """Return whether the recorded interpreter is there; None for a version request or when nobody can tell."""
    if not path or not path.startswith("/"):
        return None
    kind = shared.view.kind(path)
    return True if kind == "file" else False if kind in ("missing", "loop") else None


def load_toml(text: str) -> dict[str, Any]:
    """Return a TOML document, empty when it is none."""
    if sys.version_info >= (3, 11):
        import tomllib  # noqa: PLC0415 - only where there is a receipt
    else:
        import tomli as tomllib  # noqa: PLC0415
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError):
        return {}


def _mapping(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _path(value: object) -> str | None:
    """Return pipx's `{"__type__": "Path", "__Path__": "…"}`, or a plain text."""
    return _text(_mapping(value).get("__Path__")) or _text(value) or None
