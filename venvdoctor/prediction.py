"""Before the upgrade: the diagnosis of a changed disk, minus today's. No second engine, and no rule knows of it."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from venvdoctor.changed_view import Change, canonical_name, changed_view
from venvdoctor.errors import UsageError
from venvdoctor.model.interpreter import PythonVersion

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from venvdoctor.fix import Plan, Refusal
    from venvdoctor.model.interpreter import Interpreter
    from venvdoctor.report import EnvironmentData, FindingData
    from venvdoctor.view import View

Outcome = Literal["survives", "relinks", "rebuilds", "lost", "unknown"]


@dataclass(slots=True, kw_only=True)
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
        """Suppose that a path is what another one is."""
        self.change = replace(self.change, copies=(*self.change.copies, (path, source)))


def suppose_gone(hypothesis: Hypothesis, view: View, paths: Sequence[str]) -> None:
    """Add `--without PATH`.

    Raises:
        UsageError: a path that is not there today: nothing would change.
    """
    for path in paths:
        try:
            name = canonical_name(view, path)
            view.lstat(name)
        except OSError as error:
            raise UsageError(f"--without {path}: {error.strerror}", hint="name something that is there") from None
        hypothesis.without([name])
    hypothesis.words["without"] = list(paths)


def suppose_replaced(hypothesis: Hypothesis, view: View, old: str, new: str) -> None:
    """Add `--python OLD=NEW` with two paths: OLD is now a link to NEW.

    Raises:
        UsageError: one of them is not there today.
    """
    for path in (old, new):
        if view.kind(path) != "file":
            raise UsageError(
                f"--python {old}={new}: {path} is no file", hint="name two interpreters, or two versions (3.11=3.13)"
            )
    hypothesis.link(canonical_name(view, old), new)


def suppose_upgraded(hypothesis: Hypothesis, view: View, base: Interpreter, series: tuple[int, int]) -> None:
    """Suppose that a base interpreter was upgraded in place to another minor version.

    Its unversioned names lead to the new one, its versioned names and its standard library are gone, and the new
    one stands beside them under its own versioned names.
    """
    if base.version is None:
        return
    folder, name = posixpath.split(base.executable)
    text = f"{series[0]}.{series[1]}"
    fresh = posixpath.join(folder, _renamed(name, base.version.series, text))
    for entry in view.scandir(folder):
        path = posixpath.join(folder, entry.name)
        if entry.is_symlink() and _leads_to(view, path, base.executable):
            if base.version.series in entry.name:
                hypothesis.without([path])
            else:
                hypothesis.link(path, fresh)
    hypothesis.without([base.executable])
    hypothesis.copy(fresh, base.executable)
    moved = {}
    if base.stdlib:
        stdlib = canonical_name(view, base.stdlib)
        moved[base.stdlib] = posixpath.join(
            posixpath.dirname(stdlib), _renamed(posixpath.basename(stdlib), base.version.series, text)
        )
        hypothesis.without([stdlib])
        hypothesis.copy(moved[base.stdlib], stdlib)
    hypothesis.made[fresh] = _aged(base, fresh, series, moved)


def outcome(
    before: EnvironmentData | None, after: EnvironmentData | None, proposal: Plan | Refusal | None
) -> tuple[Outcome, list[FindingData]]:
    """Return what becomes of one environment, and the findings that the change brings.

    Args:
        before: its entry in today's report, None when it is not there today.
        after: its entry in the report of the changed view, None when it is gone itself.
        proposal: what would repair it there.
    """
    from venvdoctor.fix import Plan  # noqa: PLC0415

    if after is None:
        return "lost", []
    fresh = new_findings(before, after)
    if after["status"] == "unknown":
        return "unknown", fresh
    if not any(item["severity"] == "error" for item in fresh):
        return "survives", fresh
    if not isinstance(proposal, Plan):
        return "lost", fresh
    return ("rebuilds" if proposal.fixer in ("rebuild", "repair_packages") else "relinks"), fresh


def new_findings(before: EnvironmentData | None, after: EnvironmentData) -> list[FindingData]:
    """Return the findings that are there after and were not before, compared by rule, place and distribution."""
    known = {(item["code"], item["path"], item["distribution"]) for item in (before["findings"] if before else ())}
    return [item for item in after["findings"] if (item["code"], item["path"], item["distribution"]) not in known]


def view_of(hypothesis: Hypothesis, below: View) -> View:
    """Return the view after the change."""
    return changed_view(hypothesis.change, below)


def _leads_to(view: View, path: str, executable: str) -> bool:
    try:
        return view.realpath(path) == executable
    except OSError:
        return False


def _renamed(name: str, old: str, new: str) -> str:
    return name.replace(old, new) if old in name else f"{name}{new}"


def _aged(base: Interpreter, path: str, series: tuple[int, int], moved: dict[str, str]) -> Interpreter:
    """Return the facts of an interpreter like this one, of another minor version."""
    old, text = base.version.series if base.version else "", f"{series[0]}.{series[1]}"

    def renamed(value: str | None) -> str | None:
        if value is None:
            return None
        flat_old, flat_new = old.replace(".", ""), text.replace(".", "")
        return value.replace(old, text).replace(f"cpython-{flat_old}", f"cpython-{flat_new}")

    return replace(
        base,
        executable=path,
        version=PythonVersion(series[0], series[1]),
        version_source="supposed",
        soabi=renamed(base.soabi),
        suffixes=tuple(renamed(suffix) or "" for suffix in base.suffixes),
        stdlib=moved.get(base.stdlib or "", renamed(base.stdlib)),
        dynload=renamed(base.dynload),
        site_packages=tuple(renamed(folder) or "" for folder in base.site_packages),
        modules=(),
    )
