"""Which packages of an environment its interpreter no longer sees, because they lie in another version's directory."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.rules._start import actual, entry, packages, program, repair, replaced, shown_chain

if TYPE_CHECKING:
    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment, LibDir
    from venvdoctor.rule import Rule


class Drift(NamedTuple):
    """The version directories of an environment, by whether its interpreter reads them.

    Attributes:
        name: the directory that the interpreter reads: `python3.13t`.
        seen: those directories; `unseen` the others that hold packages, `empty` the others that hold none.
    """

    name: str
    seen: tuple[LibDir, ...]
    unseen: tuple[LibDir, ...]
    empty: tuple[LibDir, ...]

    @property
    def visible(self) -> int:
        """How many distributions the interpreter sees in the environment itself."""
        return sum(item.distributions for item in self.seen)

    @property
    def lost(self) -> int:
        """How many it does not see."""
        return sum(item.distributions for item in self.unseen)

    @property
    def kind(self) -> str:
        """What differs: `implementation`, `threads` or `version`; empty where nothing is unseen."""
        first = next(iter((*self.unseen, *self.empty)), None)
        if first is None:
            return ""
        if _implementation(first.name) != _implementation(self.name):
            return "implementation"
        return "threads" if first.name.rstrip("t") == self.name.rstrip("t") else "version"


def drift_of(env: Environment) -> Drift | None:
    """Return how the directories stand; None where nothing starts, or the environment is no place of its own."""
    start = env.startup
    if not start.starts or not start.isolated or env.kind == "conda" or env.layout == "windows" or not start.site_dirs:
        return None
    names = {posixpath.basename(posixpath.dirname(item)) for item in start.site_dirs if _is_versioned(item)}
    if not names:
        return None
    others = [item for item in env.lib_dirs if item.name and item.name not in names]
    return Drift(
        name=min(names),
        seen=tuple(item for item in env.lib_dirs if item.name in names),
        unseen=tuple(item for item in others if item.distributions),
        empty=tuple(item for item in others if not item.distributions),
    )


def made_for_another(rule: Rule, env: Environment, kind: str) -> Finding | None:
    """Return the finding about packages none of which the interpreter sees, for what differs is `kind`."""
    drift = drift_of(env)
    if drift is None or drift.visible or drift.kind != kind or not drift.lost:
        return None
    old = series(drift.unseen[0].name)
    return rule.finding(
        message=f"{program(env)} is {actual(env)}; the {packages(drift.lost)} of the environment are for {old}",
        path=program(env),
        evidence={
            "actual": actual(env),
            "packages are in": [item.path for item in drift.unseen],
            "python looks in": list(env.startup.site_dirs),
            "chain": shown_chain(env.python),
        },
        remedy=repair(env, "rebuild", f"link it to {old}, or rebuild it for {actual(env)} with its packages"),
        impact="broken",
        cause=replaced(entry(env), actual(env)),
    )


def series(name: str) -> str:
    """Return what people call a version directory: `Python 3.11`, `PyPy 3.10`, `Python 3.13t`."""
    implementation = _implementation(name)
    number = name.removeprefix(implementation)
    return {"python": "Python", "pypy": "PyPy", "graalpy": "GraalPy"}.get(implementation, implementation) + " " + number


def _implementation(name: str) -> str:
    return name.rstrip("t").rstrip("0123456789.")


def _is_versioned(site_dir: str) -> bool:
    parent = posixpath.basename(posixpath.dirname(site_dir))
    return parent != "python3" and any(letter.isdigit() for letter in parent)
