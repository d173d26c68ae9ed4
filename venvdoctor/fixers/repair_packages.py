"""Repair packages: exactly the damaged distributions are installed again at their versions, leftovers are moved away.

The site-packages that is there is kept as a whole; the repair works on a copy made of hard links.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from venvdoctor.builders import asks, installations, lacking, sources
from venvdoctor.fix import Attest, BringBack, Fixer, Plan, Refusal, SetAside, Verify
from venvdoctor.match import relative
from venvdoctor.model.repair import Choice, Salvage

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from venvdoctor.finding import Finding
    from venvdoctor.fix import Step
    from venvdoctor.model.distribution import Distribution
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.repair import Workshop

DAMAGED = frozenset(f"VD{number}" for number in (502, 503, 504, 510, 512, 513, 514, 516, 517, 518, 521))
LEFTOVERS = frozenset({"VD501"})
ANSWERS = DAMAGED | LEFTOVERS

fixer = Fixer(
    name="repair_packages", rank=35, summary="install the damaged packages again at their versions, move leftovers away"
)


@fixer.proposer
def propose(env: Environment, findings: Sequence[Finding], workshop: Workshop) -> Plan | Refusal | None:
    """Propose installing again what RECORD, metadata or the loader say is damaged."""
    answered = sorted({finding.code for finding in findings if finding.code in ANSWERS})
    works = env.python is not None and env.python.end == "file" and env.startup.starts is not False
    if (
        not answered
        or not works
        or env.interpreter is None
        or env.library is None
        or env.kind == "conda"
        or env.layout != "posix"
    ):
        return None
    damaged = _damaged(env, findings)
    leftovers = [relative(env, item.path) for item in env.library.leftovers if item.twin] if "VD501" in answered else []
    if not damaged and not leftovers:
        return None
    choice = Choice(path=env.python.start, interpreter=env.interpreter) if env.python else None
    if choice is None:
        return None
    refusal = lacking(env, damaged, workshop, choice)
    if refusal:
        return refusal
    origin = sources(damaged, workshop)
    labels = ", ".join(item.label for item in damaged)
    return Plan(
        root=env.real,
        identity=env.identity,
        fixer=fixer.name,
        summary=f"install {labels} again" if damaged else f"move {len(leftovers)} leftovers of pip away",
        steps=tuple(_steps(env, workshop, damaged, leftovers)),
        answers=tuple(answered),
        cached=origin.cached,
        downloads=origin.downloads,
        unavailable=origin.unavailable,
        space=(50 << 20) * (1 + len(damaged)),
        asks=asks(damaged, workshop, choice),
        asks_for=env.base.executable if env.base else choice.path,  # nothing of a sick environment runs to answer it
    )


def _damaged(env: Environment, findings: Sequence[Finding]) -> list[Salvage]:
    """Return the distributions that findings name, as what is to be installed."""
    keys = {finding.distribution for finding in findings if finding.code in DAMAGED and finding.distribution}
    library = env.library.distributions if env.library else ()
    solid = [dist for dist in library if dist.metadata != "hollow"]  # an empty leftover is no package
    found = [
        dist for dist in solid if not dist.from_base and not dist.editable and {dist.key, dist.name, dist.label} & keys
    ]
    return [_wanted(env, dist) for dist in found if _version(dist)]


def _wanted(env: Environment, dist: Distribution) -> Salvage:
    return Salvage(
        key=dist.key,
        name=dist.name,
        version=_version(dist),
        metadata=relative(env, dist.metadata_path),
        names=tuple(item.name for item in dist.imports) or dist.top_level,
        url=dist.direct_url or "",
    )


def _version(dist: Distribution) -> str:
    """Return the version of METADATA, or of the directory's name where there is none."""
    stem = posixpath.basename(dist.metadata_path).removesuffix(".dist-info").removesuffix(".egg-info")
    return dist.version or stem.partition("-")[2]


def _steps(
    env: Environment, workshop: Workshop, damaged: Sequence[Salvage], leftovers: Sequence[str]
) -> Iterator[Step]:
    if env.python is None or env.interpreter is None:
        return
    if damaged:
        folders = dict.fromkeys(posixpath.dirname(item.metadata) for item in damaged)
        for folder in [*folders, relative(env, env.bin_dir)]:
            yield SetAside(path=folder)
            yield BringBack(source=folder, path=folder)
        yield from (SetAside(path=item.metadata) for item in damaged)
        yield from installations(damaged, workshop, Choice(path=env.python.start, interpreter=env.interpreter))
        for item in damaged:
            yield Attest(
                source=item.metadata, site_dir=posixpath.dirname(item.metadata), files=("REQUESTED", "direct_url.json")
            )
    yield from (SetAside(path=path) for path in leftovers)
    yield Verify(
        python=relative(env, env.python.start),
        imports=tuple(sorted({name for item in damaged for name in item.names})),
        isolated=env.startup.isolated,
    )
