"""Rebuild: the same path, another interpreter, every package at its version.

What does not depend on the interpreter is carried over from the old environment's own files; only the rest is
installed anew, from the local cache first. The old environment is kept for `undo`.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from venvdoctor.fix import Attest, BringBack, Fixer, KeepKeys, Plan, Refusal, Resemble, SetAside, Verify
from venvdoctor.repairing.builders import (
    as_before,
    asks,
    creation,
    installations,
    kept_keys,
    lacking,
    set_aside,
    sources,
    spare,
)
from venvdoctor.repairing.match import Wanted, allows, choose, is_outside, unlikeness, wanted
from venvdoctor.repairing.salvaging import Sorted, carried_over, lib_dir, sort_out, successor

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from venvdoctor.finding import Finding
    from venvdoctor.fix import Step
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.repair import Choice, Workshop

OWN_INTERPRETER = ("conda", "user-site", "global-site")
REPLACES = {"setuptools": ("distutils",)}  # what a seed brings besides its own names
DEAD = frozenset(f"VD{number}" for number in (*range(101, 118), 201, 204, 205, 301, 302, 303, 304, 307, 512, 516))

fixer = Fixer(
    name="rebuild",
    rank=50,
    summary="build it anew at the same path, packages carried over or installed at their versions",
)


@fixer.proposer
def propose(env: Environment, findings: Sequence[Finding], workshop: Workshop) -> Plan | Refusal | None:
    """Propose a rebuild where the interpreter that the packages were made for is gone for good."""
    answered = sorted({finding.code for finding in findings if finding.code in DEAD and finding.severity == "error"})
    if not answered or not workshop.surveyed or env.layout != "posix" or env.kind in OWN_INTERPRETER:
        return None
    want = wanted(env)
    if want is None:
        return Refusal(
            root=env.real, message=f"nothing in {env.path} says which Python it was made for", hint="rebuild it by hand"
        )
    choice = choose(workshop, want, env) or nearest(workshop, want, env)
    if choice is None or choice.interpreter.version is None:
        return Refusal(
            root=env.real,
            message=_blocked(env, workshop, want),
            hint="install a Python that fits, or name one with --python",
        )
    parts = spare(sort_out(workshop.salvage, choice), workshop)
    refusal = lacking(env, parts.fetched, workshop, choice)
    if refusal:
        return refusal
    version = choice.interpreter.version.text
    origin = sources(parts.fetched, workshop, choice)
    return Plan(
        root=env.real,
        identity=env.identity,
        fixer=fixer.name,
        summary=f"rebuild it with Python {version} ({choice.path}); the old one is kept for `venvdoctor undo`",
        steps=tuple(_steps(env, workshop, choice, parts)),
        answers=tuple(answered),
        carried=tuple(item.label for item in parts.carried),
        cached=origin.cached,
        downloads=origin.downloads,
        unavailable=origin.unavailable,
        notes=tuple(_notes(want, choice, parts, workshop)),
        space=workshop.size + (50 << 20),
        asks=asks(parts.fetched, workshop, choice),
        asks_for=choice.path,
    )


def nearest(workshop: Workshop, want: Wanted, env: Environment) -> Choice | None:
    """Return the interpreter of the nearest minor version that every package allows, newer ones before older ones."""
    offered = [workshop.chosen] if workshop.chosen else list(workshop.interpreters)
    good = [choice for choice in offered if _usable(choice, want, env, workshop)]
    return min(good, key=lambda choice: (_distance(choice, want), unlikeness(choice, env)), default=None)


def _steps(env: Environment, workshop: Workshop, choice: Choice, parts: Sorted) -> Iterator[Step]:
    site = posixpath.join("lib", lib_dir(choice), "site-packages")
    yield from (SetAside(path=path) for path in dict.fromkeys(set_aside(env, workshop, site.rpartition("/")[0])))
    yield creation(env, workshop, choice)
    yield from as_before(env, workshop)
    keys = kept_keys(env)
    if keys:
        yield KeepKeys(path="pyvenv.cfg", keys=keys)
    yield Resemble(source="pyvenv.cfg", path="pyvenv.cfg")
    yield from carried_over(env, parts.carried, site, choice)
    if parts.fetched:  # installers may replace what else is in `bin`: work on a copy, so that undo finds it as it was
        yield SetAside(path="bin")
        yield BringBack(source="bin", path="bin")
    yield from installations(parts.fetched, workshop, choice)
    for item in parts.fetched:
        yield Attest(source=item.metadata, site_dir=site, files=("REQUESTED", "direct_url.json"))
    for path, place in workshop.unrecorded:
        yield BringBack(source=path, path=posixpath.normpath(posixpath.join(site, place)))
    want = wanted(env)
    if want and any(lib.name == want.lib_dir for lib in env.lib_dirs):
        yield Resemble(source=f"lib/{want.lib_dir}", path=posixpath.dirname(site))
    whole = (*parts.carried, *parts.fetched)
    yield Verify(
        python="bin/python",
        version=choice.interpreter.version.series if choice.interpreter.version else None,
        imports=tuple(sorted({name for item in whole for name in item.names})),
        entry_points=tuple(sorted({point for item in whole for point in item.entry_points})),
        spared=tuple(sorted({name for item in parts.spared for name in (*item.names, *REPLACES.get(item.key, ()))})),
    )


def _usable(choice: Choice, want: Wanted, env: Environment, workshop: Workshop) -> bool:
    interpreter = choice.interpreter
    if (
        not is_outside(choice, env)
        or interpreter.version is None
        or interpreter.faults
        or interpreter.prefix is None
        or "d" in interpreter.abi_flags
    ):
        return False
    kind = interpreter.implementation == want.implementation and ("t" in interpreter.abi_flags) == want.free_threaded
    return (kind or choice is workshop.chosen) and all(
        allows(item.requires_python, interpreter.version) for item in workshop.salvage
    )


def _distance(choice: Choice, want: Wanted) -> tuple[bool, int]:
    version = choice.interpreter.version
    ahead = version.minor - want.series[1] if version else 99
    return ahead < 0, abs(ahead)


def _blocked(env: Environment, workshop: Workshop, want: Wanted) -> str:
    for choice in workshop.interpreters:
        version = choice.interpreter.version
        bars = [item.label for item in workshop.salvage if version and not allows(item.requires_python, version)]
        if version and bars:
            return f"{want.text} is gone, and {bars[0]} does not allow Python {version.text}"
    return f"{env.path} was made for {want.text}, and no interpreter that could take its place is installed"


def _notes(want: Wanted, choice: Choice, parts: Sorted, workshop: Workshop) -> Iterator[str]:
    version = choice.interpreter.version
    if version and (version.major, version.minor) != want.series:
        why = "as asked" if choice is workshop.chosen else f"{want.text} is not installed"
        yield f"Python {version.series} takes the place of {want.text}: {why}"
    for item in (*parts.carried, *parts.fetched):
        supply = workshop.supplies.get(item.key)
        if supply and supply.state == "none" and supply.newest:
            yield f"{item.label} has no build for this Python; {supply.newest} takes its place, as asked"
        if successor(item, choice):
            yield f"{item.label} cannot run under {choice.path}; {successor(item, choice)} takes its place"
        if item.altered:
            yield f"{item.label}: {len(item.altered)} files were changed since, {item.altered[0]} among them"
    for item in parts.spared:
        wanted_now = successor(item, choice) or item.label
        yield f"{item.label} is left out: {wanted_now} cannot be had, and nothing that is installed asks for it"
    if workshop.unrecorded:
        own = ", ".join(place for _, place in workshop.unrecorded[:5]) + (" …" if len(workshop.unrecorded) > 5 else "")
        yield f"what no package owns comes along: {own}"
