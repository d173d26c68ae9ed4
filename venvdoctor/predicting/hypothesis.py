"""A change being put together: what would be gone, linked elsewhere, upgraded; interpreters that are not there yet."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, Any

from venvdoctor.errors import UsageError
from venvdoctor.model.fact import field, record, replace
from venvdoctor.predicting.changed_view import Change, canonical_name, changed_view

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from venvdoctor.model.interpreter import Interpreter, PythonVersion
    from venvdoctor.view import View


@record
class Hypothesis:
    """A change being put together, and the facts of interpreters that do not exist yet.

    Attributes:
        made: canonical path of an interpreter that exists in the changed view only → its facts.
        words: the change as the user said it, for the report.
    """

    change: Change = field(default_factory=Change)
    made: dict[str, Interpreter] = field(default_factory=dict)
    words: dict[str, Any] = field(default_factory=dict)

    def without(self, paths: Iterable[str]) -> None:
        """Suppose that these canonical paths are gone."""
        self.change = replace(self.change, gone=(*self.change.gone, *paths))

    def link(self, path: str, target: str) -> None:
        """Suppose that a path is a link to another."""
        self.change = replace(self.change, links=(*self.change.links, (path, target)))

    def copy(self, path: str, source: str) -> None:
        """Suppose that a path is what another one is today."""
        self.change = replace(self.change, copies=(*self.change.copies, (path, source)))

    def root(self, directory: str) -> None:
        """Suppose that the system's directories are those below a directory of the disk."""
        self.change = replace(self.change, os_root=directory)

    def view(self, below: View) -> View:
        """Return the disk after the change."""
        return changed_view(self.change, below)


def suppose_gone(hypothesis: Hypothesis, view: View, paths: Sequence[str]) -> None:
    """Add `--without PATH`; a path is there today, or in what was supposed so far.

    Raises:
        UsageError: a path that is in neither: nothing would change.
    """
    later = hypothesis.view(view) if hypothesis.change else view
    for path in paths:
        names = {name for disk in (view, later) if (name := present(disk, path))}
        if not names:
            raise UsageError(
                f"--without {path}: there is no such file or directory", hint="name something that is there"
            )
        if "/" in names:
            raise UsageError("--without / leaves nothing to predict", hint="name the directory that will go")
        hypothesis.without(sorted(names))
    if paths:
        hypothesis.words["without"] = list(paths)


def present(view: View, path: str) -> str | None:
    """Return the canonical name of something that is there, None when nothing is."""
    try:
        name = canonical_name(view, path)
        view.lstat(name)
    except (OSError, ValueError):
        return None
    return name


def suppose_replaced(hypothesis: Hypothesis, view: View, old: str, new: str) -> None:
    """Add `--python OLD=NEW` with two paths: OLD is now a link to NEW.

    Raises:
        UsageError: one of them is not there.
    """
    later = hypothesis.view(view) if hypothesis.change else view
    for path, disk in ((old, view), (new, later)):
        if disk.kind(path) != "file":
            raise UsageError(
                f"--python {old}={new}: {path} is no file", hint="name two interpreters, or two versions (3.11=3.13)"
            )
    name = canonical_name(view, old)
    if name == canonical_name(view, new):
        raise UsageError(f"--python {old}={new}: both are the same", hint="name another interpreter")
    hypothesis.link(name, new)


def suppose_upgraded(hypothesis: Hypothesis, view: View, base: Interpreter, version: PythonVersion) -> None:
    """Suppose that a base interpreter was upgraded in place to another version.

    For another minor version, its unversioned names lead to the new one, its versioned names and its standard library
    are gone, and the new one stands beside them under its own versioned names.
    """
    if base.version is None:
        return
    if base.version[:2] == version[:2]:
        hypothesis.made[base.executable] = replace(base, version=version)
        return
    fresh = suppose_beside(hypothesis, view, base, version)
    redirect(hypothesis, view, base, fresh)
    gone = [path for path in names_of(view, base.executable) if base.version.series in posixpath.basename(path)]
    gone += [canonical_name(view, path) for path in (base.stdlib, base.libpython) if path]
    hypothesis.without(path for path in (*gone, base.executable) if path != fresh)


def suppose_beside(hypothesis: Hypothesis, view: View, base: Interpreter, version: PythonVersion) -> str:
    """Suppose that an interpreter of another minor version is installed beside one like it; return its path.

    One that is there already stays what it is.
    """
    old = base.version.series if base.version else ""
    folder, name = posixpath.split(base.executable)
    fresh = posixpath.join(folder, name.replace(old, version.series)) if old in name else base.executable
    if fresh != base.executable:
        if view.kind(fresh) == "file":
            return view.realpath(fresh)
        hypothesis.copy(fresh, base.executable)
    aged = like(base, fresh, version)
    for new, today in ((aged.stdlib, base.stdlib), (aged.libpython, base.libpython)):
        if new and today and new != today:
            hypothesis.copy(canonical_name(view, new), canonical_name(view, today))
    hypothesis.made[fresh] = aged
    return fresh


def redirect(hypothesis: Hypothesis, view: View, base: Interpreter, target: str) -> None:
    """Suppose that the unversioned names of an interpreter (`python3`) lead to another."""
    series = base.version.series if base.version else ""
    folder, name = posixpath.split(target)
    for path in names_of(view, base.executable):
        if series not in posixpath.basename(path) and path != target:
            hypothesis.link(path, name if posixpath.dirname(path) == folder else target)


def names_of(view: View, executable: str) -> list[str]:
    """Return the links beside an interpreter that lead to it."""
    folder = posixpath.dirname(executable)
    found = []
    for entry in view.scandir(folder):
        path = posixpath.join(folder, entry.name)
        try:
            if entry.is_symlink() and view.realpath(path) == executable:
                found.append(path)
        except OSError:  # a link into nothing
            continue
    return sorted(found)


def like(base: Interpreter, path: str, version: PythonVersion) -> Interpreter:
    """Return the facts of an interpreter like this one, of another minor version."""
    old = base.version.series if base.version else ""
    tag = re.compile(rf"(cpython-|cp|pypy){re.escape(old.replace('.', ''))}(?!\d)")
    place = re.compile(rf"(/(?:lib)?(?:python|pypy)){re.escape(old)}(?![.\d])")

    def tagged(text: str) -> str:
        return tag.sub(rf"\g<1>{version.series.replace('.', '')}", text)

    def moved(text: str | None) -> str | None:
        return place.sub(rf"\g<1>{version.series}", text) if text else text

    return replace(
        base,
        executable=path,
        version=version,
        version_source=moved(base.version_source) or path,
        soabi=tagged(base.soabi) if base.soabi else None,
        suffixes=tuple(map(tagged, base.suffixes)),
        stdlib=moved(base.stdlib),
        dynload=moved(base.dynload),
        libpython=moved(base.libpython),
        stdlib_series=None,
        site_packages=tuple(moved(folder) or "" for folder in base.site_packages),
        modules=(),
    )
