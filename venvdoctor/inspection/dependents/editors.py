"""Editors' settings: the interpreter that VS Code and the JetBrains IDEs were told to use.

Sources: the Python extension's settings reference; `options/jdk.table.xml` as PyCharm writes it.
"""

from __future__ import annotations

import json
import posixpath
import re
from typing import TYPE_CHECKING, Any

from venvdoctor.inspection.dependents.grammar import strip_jsonc
from venvdoctor.inspection.dependents.place import WORKSPACE, Spot, dependent
from venvdoctor.inspection.launch import is_python

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.inspection.dependents.place import Places
    from venvdoctor.model.dependent import Dependent

KEYS = ("python.defaultInterpreterPath", "python.pythonPath")
USER_SETTINGS = tuple(
    f"{parent}/{product}/User/settings.json"
    for parent in (".config", "Library/Application Support")
    for product in ("Code", "Code - Insiders", "VSCodium", "Cursor", "Windsurf")
)
_HOME_PATH = re.compile(r'<homePath value="([^"]*)"')
_NAME = re.compile(r'<name value="([^"]*)"')


def read(places: Places) -> Iterator[Dependent]:
    """Yield the interpreters that editors were told to use."""
    for project in places.projects:
        home = next((path for path in places.homes if f"{project}/".startswith(f"{path.rstrip('/')}/")), "")
        if places.marked(project, ".vscode"):
            yield from _code(places, f"{project}/.vscode/settings.json", home, project)
        for name in sorted(places.marks(project) or ()):
            if name.endswith(WORKSPACE):
                yield from _code(places, f"{project}/{name}", home, project)
    for home, path in places.below_homes(*USER_SETTINGS):
        yield from _code(places, path, home, "")
    for home, parent in places.below_homes(".config/JetBrains", "Library/Application Support/JetBrains"):
        for product in places.names(parent):
            yield from _jetbrains(places, home, f"{parent}/{product}/options/jdk.table.xml")


def _code(places: Places, path: str, home: str, workspace: str) -> Iterator[Dependent]:
    text = places.text(path)
    if not text or "python." not in text:
        return
    try:
        data: Any = json.loads(strip_jsonc(text))
    except (ValueError, RecursionError):
        return
    if isinstance(data, dict) and isinstance(data.get("settings"), dict):
        data = data["settings"]  # a .code-workspace file
    for key in KEYS if isinstance(data, dict) else ():
        value = data.get(key)
        target = _expanded(value, home, workspace) if isinstance(value, str) else ""
        if target:
            yield from _found(places, Spot("vscode", path, key, _line(text, key)), target)


def _expanded(value: str, home: str, workspace: str) -> str:
    """Return the absolute path that a setting means, `""` where that depends on more than this file."""
    value = value.replace("${workspaceFolder}", workspace or "${").replace("${workspaceRoot}", workspace or "${")
    value = value.replace("${userHome}", home or "${").replace("${env:HOME}", home or "${")
    if value.startswith("~/") and home:
        value = posixpath.join(home, value[2:])
    if workspace and value.startswith((".", "venv/", "env/")) and "/" in value:
        value = posixpath.join(workspace, value)
    return value if value.startswith("/") and "${" not in value else ""


def _line(text: str, key: str) -> int:
    at = text.find(f'"{key}"')
    return text.count("\n", 0, at) + 1 if at >= 0 else 0


def _jetbrains(places: Places, home: str, path: str) -> Iterator[Dependent]:
    text = places.text(path, 8 << 20) or ""
    line = 1
    for number, part in enumerate(text.split("<jdk ")):
        start, line = line, line + part.count("\n")
        block = part.partition("</jdk>")[0] if number else ""
        where, name = _HOME_PATH.search(block), _NAME.search(block)
        if where is None or 'value="Python SDK"' not in block:
            continue
        target = where.group(1).replace("$USER_HOME$", home)
        label = name.group(1) if name else "Python SDK"
        yield from _found(places, Spot("idea", path, label, start), target)


def _found(places: Places, spot: Spot, target: str) -> Iterator[Dependent]:
    kind = places.shared.view.kind(target)
    if kind == "dir" or (kind == "missing" and not is_python(target)):  # the directory of an environment, or its `bin`
        inside = posixpath.basename(target) == "bin" or places.exists(f"{target}/python")
        inner = "python" if inside else "bin/python"
        target = f"{target.rstrip('/')}/{inner}"
    found = dependent(places, spot, target, certain=False) if target.startswith("/") else None
    if found is not None:
        yield found
