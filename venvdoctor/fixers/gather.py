"""Gather: packages that stayed behind in the directory of another Python come to the one that the interpreter reads.

What serves the interpreter as it is, is carried over from its own files; the rest is installed at its version.
The old directory is moved aside as a whole.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from venvdoctor.fix import Attest, BringBack, Fixer, Plan, Refusal, SetAside, Verify
from venvdoctor.model.distribution import SEEDS
from venvdoctor.model.repair import Choice
from venvdoctor.repairing.builders import asks, installations, lacking, on_copies, site_of, sources
from venvdoctor.repairing.match import is_outside, relative
from venvdoctor.repairing.salvaging import carried_over, sort_out

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from venvdoctor.finding import Finding
    from venvdoctor.fix import Step
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.repair import Salvage, Workshop
    from venvdoctor.repairing.salvaging import Sorted

fixer = Fixer(name="gather", rank=20, summary="install what stayed behind in the directory of another Python version")


@fixer.proposer
def propose(env: Environment, findings: Sequence[Finding], workshop: Workshop) -> Plan | Refusal | None:
    """Propose installing into the directory that is read what only another version's directory holds."""
    site = site_of(env)
    if not any(finding.code == "VD202" for finding in findings) or not workshop.surveyed or site is None:
        return None
    if env.python is None or env.interpreter is None or env.library is None:
        return None
    seen = {item.key for item in env.library.distributions if not item.from_base} | SEEDS
    lost = [item for item in workshop.salvage if item.key not in seen and not item.metadata.startswith(site + "/")]
    choice = Choice(path=_outer(env), interpreter=env.interpreter)
    parts = sort_out(lost, choice)
    refusal = lacking(env, parts.fetched, workshop, choice)
    if refusal or not lost:
        return refusal
    origin = sources(parts.fetched, workshop, choice)
    names = ", ".join(item.label for item in lost[:5]) + (" …" if len(lost) > 5 else "")
    return Plan(
        root=env.real,
        identity=env.identity,
        fixer=fixer.name,
        summary=f"install what stayed behind ({names}) and move the old directory aside",
        steps=tuple(_steps(env, workshop, site, parts, choice)),
        answers=("VD202",),
        carried=tuple(item.label for item in parts.carried),
        cached=origin.cached,
        downloads=origin.downloads,
        unavailable=origin.unavailable,
        space=workshop.size + (50 << 20),
        asks=asks(parts.fetched, workshop, choice),
        asks_for=choice.path,
    )


def _outer(env: Environment) -> str:
    """Return a name of the interpreter outside of the environment, for asking what there is for it."""
    if env.base is not None and is_outside(Choice(path=env.base.executable, interpreter=env.base), env):
        return env.base.executable
    return env.python.start if env.python else ""


def _steps(env: Environment, workshop: Workshop, site: str, parts: Sorted, choice: Choice) -> Iterator[Step]:
    """Work on copies of site-packages and `bin`, so that undo finds both as they were."""
    yield from on_copies(env, [site], ())
    everything: list[Salvage] = [*parts.carried, *parts.fetched]
    yield from (SetAside(path=path) for path in _stale(everything))
    yield from carried_over(env, parts.carried, site, choice)
    yield from installations(parts.fetched, workshop, choice)
    for item in parts.fetched:
        yield Attest(source=item.metadata, site_dir=site, files=("REQUESTED", "direct_url.json"))
    for path, place in workshop.unrecorded:
        if not path.startswith(site + "/"):
            yield BringBack(source=path, path=posixpath.normpath(posixpath.join(site, place)))
    others = [relative(env, posixpath.dirname(lib.path)) for lib in env.lib_dirs]
    yield from (SetAside(path=path) for path in others if not site.startswith(path + "/"))
    yield Verify(
        python=relative(env, env.python.start) if env.python else "bin/python",
        imports=tuple(sorted({name for item in everything for name in item.names})),
        entry_points=tuple(sorted({point for item in everything for point in item.entry_points})),
    )


def _stale(items: Sequence[Salvage]) -> Iterator[str]:
    """Yield what the old installs left outside site-packages: it is written anew."""
    for item in items:
        folder = posixpath.dirname(item.metadata)
        outside = [posixpath.normpath(posixpath.join(folder, row)) for row in item.files if row.startswith("../")]
        yield from dict.fromkeys([*(path for path in outside if path[:2] != ".."), *(f"bin/{x}" for x in item.scripts)])
