"""The extension modules of one distribution: which of them its interpreter cannot load, and who would notice."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.inspection.extension_use import find_use
from venvdoctor.inspection.native import Verdict, judge_extension, split_extension
from venvdoctor.model.native import NativeModule

if TYPE_CHECKING:
    from collections.abc import Iterable

    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.interpreter import Interpreter

MAX_EXTENSIONS = 5000  # of one distribution; PyQt and friends have some hundred


class _Group(NamedTuple):
    """The files of one module name: `(suffix, path)` of each build."""

    name: str
    stem: str
    builds: tuple[tuple[str, str], ...]


def read_extensions(
    files: Iterable[str], site_dir: str, interpreter: Interpreter, shared: Shared
) -> tuple[NativeModule, ...]:
    """Return the extension modules of a distribution that do not load; total.

    Shared libraries and plugins, which export no `PyInit_` of their name, are nobody's import and never reported.

    Args:
        files: the files of the distribution as RECORD has them, relative to `site_dir` (others are ignored).
        site_dir: the directory of the path that they are below.
        interpreter: the one that answers today.
        shared: the context of the scan.
    """
    known = [name for name in files if not name.startswith(("/", "../"))]
    groups = _groups(known, site_dir)
    if not groups:
        return ()
    sources = {name for name in known if name.endswith(".py")}
    found: list[NativeModule] = []
    loadable = 0
    for group in groups:
        module = _judge(group, sources, site_dir, interpreter, shared)
        if module is not None:
            found.append(module)
        else:
            loadable += 1
    if not found:
        return ()
    return find_use(found, sources, site_dir, loadable, shared.view)


def _groups(files: list[str], site_dir: str) -> list[_Group]:
    """Return the modules that the extension files stand for, in the order of the list."""
    found: dict[str, list[tuple[str, str]]] = {}
    stems: dict[str, str] = {}
    for name in files:
        if not name.endswith((".so", ".pyd")):
            continue
        directory, base = posixpath.split(name)
        part = split_extension(base)
        if part is None or not all(piece.isidentifier() for piece in directory.split("/") if piece):
            continue
        package = directory.replace("/", ".")
        dotted = package if part.stem == "__init__" else f"{package}.{part.stem}" if package else part.stem
        found.setdefault(dotted, []).append((part.suffix, f"{site_dir}/{name}"))
        stems[dotted] = part.stem
        if len(found) >= MAX_EXTENSIONS:
            break
    return [_Group(name, stems[name], tuple(builds)) for name, builds in found.items() if name]


def _judge(
    group: _Group, sources: set[str], site_dir: str, interpreter: Interpreter, shared: Shared
) -> NativeModule | None:
    """Return why a module does not load, None when it does (or is no module at all)."""
    fitting = [path for suffix in interpreter.suffixes for tag, path in group.builds if tag == suffix]
    if not fitting:
        return _wrong_tag(group, sources, site_dir, interpreter, shared)
    verdict = judge_extension(fitting[0], interpreter.executable, shared, module=group.name.rpartition(".")[2])
    return _unloadable(group.name, fitting[0], verdict)


def _unloadable(name: str, path: str, verdict: Verdict) -> NativeModule | None:
    if verdict.initialises is False or any(fault.kind == "missing" for fault in verdict.faults):
        return None  # a library or a plugin; or a file that RECORD lists and the rules on RECORD miss
    if verdict.faults:
        return NativeModule(name=name, path=path, reason="unloadable", faults=verdict.faults)
    if verdict.undecided:
        return NativeModule(name=name, path=path, reason="undecided", detail=verdict.undecided[0])
    return None


def _wrong_tag(
    group: _Group, sources: set[str], site_dir: str, interpreter: Interpreter, shared: Shared
) -> NativeModule | None:
    """Return the module whose only builds are for other interpreters, None where a source file takes its place."""
    path = group.builds[0][1]
    relative = path[len(site_dir) + 1 :]
    source = posixpath.join(posixpath.dirname(relative), group.stem)
    plain = all(suffix in (".so", ".pyd") for suffix, _ in group.builds)
    if not interpreter.suffixes or plain or {f"{source}.py", f"{source}/__init__.py"} & sources:
        return None
    there = tuple(path for _, path in group.builds if shared.view.kind(path) == "file")
    if not there:
        return None
    names = tuple(posixpath.basename(path) for path in there)
    return NativeModule(name=group.name, path=there[0], reason="wrong-tag", builds=names)
