"""Where pip looks for packages, as its settings say: uv, which does not read them, is told of it.

An environment that pip filled from a company's index cannot be filled again from another one; and a private name asked
of the public index may be somebody else's package there.
Sources: pip/_internal/configuration.py (which files, in which order), docs.astral.sh/uv/reference/environment.
"""

from __future__ import annotations

import configparser
import os
import re
from typing import TYPE_CHECKING

from venvdoctor.plainfile import read

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LIMIT = 1 << 16  # bytes of a settings file
KEYS = {  # pip's key → uv's variable, and what separates several values in it
    "index-url": ("UV_INDEX_URL", " "),
    "extra-index-url": ("UV_EXTRA_INDEX_URL", " "),
    "find-links": ("UV_FIND_LINKS", ","),
    "no-index": ("UV_NO_INDEX", " "),
    "trusted-host": ("UV_INSECURE_HOST", " "),
}
_OWN = re.compile(rb"(?m)^[ \t]*(\[\[[ \t]*index|(index|index-url|extra-index-url|find-links|no-index)[ \t]*=)")


def variables(root: str, environ: Mapping[str, str], *, of_uv: bool) -> dict[str, str]:
    """Return the variables under which pip and uv look for packages where pip does in an environment.

    Args:
        root: the environment; its own `pip.conf` counts.
        environ: the user's variables, which win.
        of_uv: uv made the environment: then its own settings hold for it.
    """
    found: dict[str, str] = {}
    for path in _files(root, environ):
        found.update(_settings(path))
    given = {f"PIP_{key.upper().replace('-', '_')}": value for key, value in found.items()}
    given = {name: environ.get(name, value) for name, value in given.items()}
    if of_uv or _uv_has_its_own(environ):
        return given
    for key, (name, separator) in KEYS.items():
        value = environ.get(f"PIP_{key.upper().replace('-', '_')}", found.get(key, ""))
        if value:
            given[name] = separator.join(value.split())
    if "UV_EXTRA_INDEX_URL" in given:
        given["UV_INDEX_STRATEGY"] = "unsafe-best-match"  # as pip has it: any index may have the version
    return given


def _files(root: str, environ: Mapping[str, str]) -> Iterator[str]:
    """Yield pip's settings files, those that win last."""
    chosen = environ.get("PIP_CONFIG_FILE", "")
    if chosen == os.devnull:
        return
    home = environ.get("HOME") or os.path.expanduser("~")
    yield from (f"{folder}/pip/pip.conf" for folder in environ.get("XDG_CONFIG_DIRS", "/etc/xdg").split(":")[::-1])
    yield "/etc/pip.conf"
    if not (chosen and os.path.exists(chosen)):
        yield f"{home}/.pip/pip.conf"
        yield f"{environ.get('XDG_CONFIG_HOME') or f'{home}/.config'}/pip/pip.conf"
    yield f"{root}/pip.conf"
    yield from [chosen] if chosen else []


def _settings(path: str) -> dict[str, str]:
    """Return what a file says of where packages are, `[install]` over `[global]`; nothing of one that is garbled."""
    parser = configparser.RawConfigParser()
    try:
        parser.read_string(read(path, LIMIT).decode())
    except (OSError, ValueError, configparser.Error):
        return {}
    items = [item for name in ("global", "install") if parser.has_section(name) for item in parser.items(name)]
    plain = {key.removeprefix("--").replace("_", "-"): value for key, value in items}
    return {key: value for key, value in plain.items() if key in KEYS}


def _uv_has_its_own(environ: Mapping[str, str]) -> bool:
    """Whether the user told uv where packages are."""
    if any(environ.get(name) for name in ("UV_INDEX", "UV_DEFAULT_INDEX", *(name for name, _ in KEYS.values()))):
        return True
    folder = environ.get("XDG_CONFIG_HOME") or os.path.join(environ.get("HOME", ""), ".config")
    return any(map(_names_an_index, (environ.get("UV_CONFIG_FILE", ""), f"{folder}/uv/uv.toml", "/etc/uv/uv.toml")))


def _names_an_index(path: str) -> bool:
    try:
        return bool(path and _OWN.search(read(path, LIMIT)))
    except OSError:
        return False
