"""Rebuild: the same path, another interpreter, every package at its version.

What does not depend on the interpreter is carried over from the old environment's own files; only the rest is
installed anew, from the local cache first. The old environment is kept for `undo`.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.builders import creation, installations, set_aside, too_old_a_seed
from venvdoctor.fix import Attest, BringBack, Fixer, Plan, Refusal, SetAside, Transplant, Verify
from venvdoctor.match import Wanted, allows, choose, fits, wanted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from venvdoctor.finding import Finding
    from venvdoctor.fix import Step
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.repair import Choice, Salvage, Workshop

OWN_INTERPRETER = ("conda", "user-site", "global-site")
DEAD = frozenset(f"VD{number}" for number in (*range(101, 118), 201, 204, 205, 301, 302, 303, 304, 307, 512, 516))

fixer = Fixer(
    name="rebuild",
    rank=50,
    summary="build it anew at the same path, packages carried over or installed at their versions",
)


class Sorted(NamedTuple):
    """The distributions by where the new environment gets them from."""

    carried: list[Salvage]
    fetched: list[Salvage]


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
    parts = sort_out(workshop.salvage, want, choice)
    if parts.fetched and workshop.offline and "uv" not in workshop.tools:
        names = ", ".join(item.label for item in parts.fetched)
        return Refusal(
            root=env.real,
            message=f"{env.path} needs packages that only the network has: {names}",
            hint="run it without --offline",
        )
    version = choice.interpreter.version.text
    return Plan(
        root=env.real,
        identity=env.identity,
        fixer=fixer.name,
        summary=f"rebuild it with Python {version} ({choice.path}); the old one is kept for `venvdoctor undo`",
        steps=tuple(_steps(env, workshop, choice, parts)),
        answers=tuple(answered),
        carried=tuple(item.label for item in parts.carried),
        downloads=tuple(item.label for item in parts.fetched),
        notes=tuple(_notes(want, choice, parts, workshop)),
        space=workshop.size + (50 << 20),
    )


def nearest(workshop: Workshop, want: Wanted, env: Environment) -> Choice | None:
    """Return the interpreter of the nearest minor version that every package allows, newer ones before older ones."""
    offered = [workshop.chosen] if workshop.chosen else list(workshop.interpreters)
    good = [choice for choice in offered if _usable(choice, want, env, workshop)]
    return min(good, key=lambda choice: _distance(choice, want), default=None)


def sort_out(salvage: Sequence[Salvage], want: Wanted, choice: Choice) -> Sorted:
    """Sort distributions into those whose own files serve the new interpreter and those to be installed anew."""
    same = fits(choice.interpreter, want)
    parts = Sorted([], [])
    for item in salvage:
        whole = item.files and not item.missing
        serves = whole and (same or (not item.native and any(_serves(tag, choice) for tag in item.tags)))
        (parts.carried if serves and not too_old_a_seed(item, choice) else parts.fetched).append(item)
    return parts


def _serves(tag: str, choice: Choice) -> bool:
    """Whether a wheel of this tag works under the interpreter, on the same platform (platform compatibility tags)."""
    version = choice.interpreter.version
    pythons, _, rest = tag.partition("-")
    abi = rest.partition("-")[0]
    if version is None:
        return False
    if abi == "none":
        return any(python in ("py3", f"py{version.major}{version.minor}") for python in pythons.split("."))
    stable = (
        abi == "abi3" and choice.interpreter.implementation == "cpython" and "t" not in choice.interpreter.abi_flags
    )
    return stable and any(
        python.startswith("cp3") and python[3:].isdigit() and int(python[3:]) <= version.minor
        for python in pythons.split(".")
    )


def _steps(env: Environment, workshop: Workshop, choice: Choice, parts: Sorted) -> Iterator[Step]:
    site = posixpath.join("lib", _lib_dir(choice), "site-packages")
    yield from (SetAside(path=path) for path in set_aside(env, workshop, site.rpartition("/")[0]))
    yield creation(env, workshop, choice)
    headers = f"include/site/{_lib_dir(choice)}"
    for item in parts.carried:
        yield Transplant(
            metadata=item.metadata,
            files=item.files,
            site_dir=site,
            headers=f"{headers}/{item.name}",
            interpreter=posixpath.join(env.path, "bin/python"),
            label=item.label,
        )
    yield from installations(parts.fetched, workshop, choice)
    for item in parts.fetched:
        yield Attest(source=item.metadata, site_dir=site, files=("REQUESTED", "direct_url.json"))
    for path in workshop.unrecorded:
        yield BringBack(source=path, path=posixpath.join(site, posixpath.basename(path)))
    yield Verify(
        python="bin/python",
        version=choice.interpreter.version.series if choice.interpreter.version else None,
        imports=tuple(sorted({name for item in (*parts.carried, *parts.fetched) for name in item.names})),
        entry_points=tuple(sorted({point for item in (*parts.carried, *parts.fetched) for point in item.entry_points})),
    )


def _lib_dir(choice: Choice) -> str:
    version, flags = choice.interpreter.version, choice.interpreter.abi_flags
    stem = "pypy" if choice.interpreter.implementation == "pypy" else "python"
    return f"{stem}{version.series if version else '3'}{'t' if 't' in flags else ''}"


def _usable(choice: Choice, want: Wanted, env: Environment, workshop: Workshop) -> bool:
    interpreter = choice.interpreter
    inside = choice.path.startswith((env.real + "/", env.path + "/"))
    if (
        inside
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
        yield f"{want.text} is not installed; Python {version.series} takes its place"
    for item in (*parts.carried, *parts.fetched):
        if too_old_a_seed(item, choice):
            yield f"{item.label} is too old for {choice.path}; a newer one takes its place"
        if item.altered:
            yield f"{item.label}: {len(item.altered)} files were changed since, {item.altered[0]} among them"
    if workshop.unrecorded:
        own = ", ".join(posixpath.basename(path) for path in workshop.unrecorded[:5])
        yield f"{len(workshop.unrecorded)} names that no package owns come along: {own}"
