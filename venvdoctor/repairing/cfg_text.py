"""Rewriting a `pyvenv.cfg` for another base interpreter: only the lines that name the base change.

Keys and their writers: CATALOGUE of the documentation, `docs/how-environments-break.md`.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from venvdoctor.model.cfg import PyvenvCfg
    from venvdoctor.model.interpreter import Interpreter


def rebased(cfg: PyvenvCfg | None, path: str, base: Interpreter, *, system_site: bool = False) -> bytes:
    """Return the file's content with everything that names the base interpreter naming this one.

    Args:
        cfg: what stands there; None writes the three keys that venv has always written.
        path: the stable path of the new base's executable (`/usr/bin/python3.11`).
        base: its facts.
        system_site: the value of `include-system-site-packages` where there is no file to take it from.
    """
    version = base.version.text if base.version else ""
    values = {
        "home": posixpath.dirname(path),
        "version": version,
        "version_info": _version_info(cfg, base),
        "executable": base.executable,
        "base-executable": path,
        "base-prefix": base.prefix or "",
        "base-exec-prefix": base.prefix or "",
        "python-version": base.version.series if base.version else "",
    }
    if cfg is None:
        flag = "true" if system_site else "false"
        return f"home = {values['home']}\ninclude-system-site-packages = {flag}\nversion = {version}\n".encode(
            "utf-8", "surrogateescape"
        )
    lines = [_rewritten(_decodable(line), values) for line in cfg.lines]
    if not any(_key(line) == "home" for line in cfg.lines):
        lines.insert(0, f"home = {values['home']}")
    return ("\n".join(lines) + "\n").encode("utf-8", "surrogateescape")


def _key(line: str) -> str:
    return line.lstrip("\ufeff").partition("=")[0].strip().lower()


def _decodable(line: str) -> str:
    """Return a line whose undecodable bytes are read as the old single-byte encodings wrote them."""
    try:
        line.encode("utf-8")
    except UnicodeEncodeError:
        return line.encode("utf-8", "surrogateescape").decode("latin-1")
    return line


def _rewritten(line: str, values: dict[str, str]) -> str:
    line = line.rstrip("\r\n").lstrip("\ufeff")
    key = _key(line)
    value = values.get(key, "")
    return f"{key} = {value}" if "=" in line and value else line


def _version_info(cfg: PyvenvCfg | None, base: Interpreter) -> str:
    """Return the version as whoever wrote the file notes it: uv `3.11.7` or `3.11`, virtualenv `3.11.7.final.0`.

    Where there is no such key, there is nothing to write.
    """
    old = cfg.get("version_info") if cfg else None
    if base.version is None or old is None:
        return ""
    dots = old.count(".")
    if dots >= 3:
        return f"{base.version.series}.{base.version.micro}.{base.version.level}.{base.version.serial}"
    return base.version.series if dots == 1 else base.version.text
