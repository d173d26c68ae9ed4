"""What an editable install's own loader would find, read from its source without running it.

Writers: setuptools (`__editable___X_finder.py`: `MAPPING`, `NAMESPACES`), hatchling and pdm-backend through
`editables` (`_editable_impl_X.py`, `__editables_X.py`: `F.map_module(name, path)`), meson-python
(`_X_editable_loader.py`: `install(name, {names}, build path, …)`), scikit-build-core (`_X_editable.py`:
`install({name: source}, {name: installed}, …)`).
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING, Any, NamedTuple

from venvdoctor.inspection.python_source import parse

if TYPE_CHECKING:
    from collections.abc import Mapping

SOURCE_LIMIT = 4 << 20


class Editable(NamedTuple):
    """What a loader maps.

    Attributes:
        kind: `setuptools`, `editables`, `meson`, `scikit-build-core`; `none`: no loader;
            `unknown`: it may find anything.
        mapping: module name → place (a package's directory or a module's file).
        namespaces: namespace package → its directories.
        names: top-level names it answers for without a place that can be read.
        root: the build directory it needs.
    """

    kind: str
    mapping: Mapping[str, str]
    namespaces: Mapping[str, tuple[str, ...]]
    names: tuple[str, ...] = ()
    root: str = ""


_UNKNOWN = Editable("unknown", {}, {})


def read_loader(source: bytes) -> Editable:
    """Return what a loader's source maps; total: anything else is `unknown`."""
    if len(source) > SOURCE_LIMIT or b"\0" in source:
        return _UNKNOWN
    tree = parse(source)
    if tree is None:
        return _UNKNOWN
    constants = _constants(tree)
    if isinstance(constants.get("MAPPING"), dict):
        return Editable("setuptools", _texts(constants["MAPPING"]), _lists(constants.get("NAMESPACES")))
    within = [node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == "init"]
    calls = [call for call in map(_call, [*tree.body, *(line for node in within for line in node.body)]) if call]
    mapped = {str(args[0]): str(args[1]) for name, args in calls if name.endswith(".map_module") and len(args) > 1}
    if mapped:
        return Editable("editables", {name: _package_dir(place) for name, place in mapped.items()}, {})
    for name, args in calls:
        if name in ("install", "MesonpyMetaFinder") and len(args) >= 2:
            return _installed(args)
    changes = (b"meta_path", b"path_hooks", b"sys.path", b"sys.modules", b"exec", b"install(")
    return _UNKNOWN if any(word in source for word in changes) else Editable("none", {}, {})


def _installed(args: list[Any]) -> Editable:
    """Read the arguments of meson-python's or scikit-build-core's `install`."""
    first, second = args[0], args[1]
    if isinstance(first, dict):
        installed = _texts(second) if isinstance(second, dict) else {}
        root = next((value for value in args[2:] if isinstance(value, str)), "")
        names = tuple({name.partition(".")[0] for name in installed})
        return Editable(
            "scikit-build-core", {key: _package_dir(place) for key, place in _texts(first).items()}, {}, names, root
        )
    if isinstance(second, (set, list, tuple)):
        root = args[2] if len(args) > 2 and isinstance(args[2], str) else ""
        return Editable("meson", {}, {}, tuple(name for name in second if isinstance(name, str)), root)
    return _UNKNOWN


def _package_dir(place: str) -> str:
    """Return a package's directory for its `__init__.py`, any other file as it is."""
    head, _, name = place.rpartition("/")
    return head if name == "__init__.py" else place


def _constants(tree: ast.Module) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for node in tree.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None:
            found[node.target.id] = _literal(node.value)
        elif isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
            found[node.targets[0].id] = _literal(node.value)
    return found


def _literal(node: ast.expr) -> Any:
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return None


def _call(node: ast.stmt) -> tuple[str, list[Any]] | None:
    if not (isinstance(node, (ast.Expr, ast.Assign)) and isinstance(node.value, ast.Call)):
        return None
    call = node.value
    function = call.func
    if isinstance(function, ast.Attribute):
        name = f".{function.attr}"
    elif isinstance(function, ast.Name):
        name = function.id
    else:
        return None
    return name, [_literal(argument) for argument in call.args] + [_literal(word.value) for word in call.keywords]


def _texts(value: dict[Any, Any]) -> dict[str, str]:
    return {key: place for key, place in value.items() if isinstance(key, str) and isinstance(place, str)}


def _lists(value: Any) -> dict[str, tuple[str, ...]]:
    if not isinstance(value, dict):
        return {}
    return {
        key: tuple(place for place in places if isinstance(place, str))
        for key, places in value.items()
        if isinstance(key, str) and isinstance(places, (list, tuple))
    }
