"""Repair packages: exactly the damaged distributions are installed again, at their versions.

The site-packages that is there is kept as a whole; the repair works on a copy made of hard links.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from venvdoctor.fix import Attest, Fixer, Plan, Refusal, SetAside, Verify
from venvdoctor.freeze import requirement_url
from venvdoctor.model.repair import Choice, Salvage
from venvdoctor.repairing.builders import asks, installations, lacking, on_copies, recorded_rows, sources
from venvdoctor.repairing.match import relative

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from venvdoctor.finding import Finding
    from venvdoctor.fix import Step
    from venvdoctor.model.distribution import Distribution
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.repair import Workshop

DAMAGED = frozenset(f"VD{number}" for number in (502, 503, 504, 505, 510, 512, 513, 514, 515, 516, 517, 518, 521))
ANSWERS = DAMAGED | {"VD501"}

fixer = Fixer(name="repair_packages", rank=35, summary="install the damaged packages again, at their versions")


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
    if {"VD501", "VD505"} & set(answered) and not workshop.surveyed:  # what the leftovers were, only the packages tell
        return None
    lost = [item for item in workshop.lost if not item.whole] if "VD501" in answered else []
    damaged = [*_damaged(env, findings, workshop), *(item.item for item in lost)]
    if not damaged:
        return None
    choice = Choice(path=env.python.start, interpreter=env.interpreter) if env.python else None
    if choice is None:
        return None
    refusal = lacking(env, damaged, workshop, choice)
    if refusal:
        return refusal
    origin = sources(damaged, workshop, choice)
    return Plan(
        root=env.real,
        identity=env.identity,
        fixer=fixer.name,
        summary=f"install {', '.join(item.label for item in damaged)} again",
        steps=tuple(_steps(env, workshop, damaged, [piece for item in lost for piece, _ in item.remains])),
        answers=tuple(answered),
        cached=origin.cached,
        downloads=origin.downloads,
        unavailable=origin.unavailable,
        space=(50 << 20) * (1 + len(damaged)),
        asks=asks(damaged, workshop, choice),
        asks_for=env.base.executable if env.base else choice.path,  # nothing of a sick environment runs to answer it
    )


def _damaged(env: Environment, findings: Sequence[Finding], workshop: Workshop) -> list[Salvage]:
    """Return the distributions that findings name, as what is to be installed; of several records the first one's."""
    keys = {finding.distribution for finding in findings if finding.code in DAMAGED and finding.distribution}
    library = env.library.distributions if env.library else ()
    solid = [dist for dist in library if dist.metadata != "hollow"]  # an empty leftover is no package
    own = [dist for dist in solid if not dist.from_base and dist.metadata_path.startswith(env.path + "/")]
    found = [dist for dist in own if not dist.editable and {dist.key, dist.name, dist.label} & keys]
    once = {dist.key: dist for dist in reversed(found) if _version(dist)}
    return [_wanted(env, dist, workshop) for dist in reversed(once.values())]


def _wanted(env: Environment, dist: Distribution, workshop: Workshop) -> Salvage:
    return Salvage(
        key=dist.key,
        name=dist.name,
        version=_version(dist),
        metadata=relative(env, dist.metadata_path),
        names=tuple(item.name for item in dist.imports) or dist.top_level,
        url=requirement_url(dist.direct_url),
        files=tuple(recorded_rows(relative(env, dist.metadata_path), workshop)),
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
    dists = env.library.distributions if env.library else ()
    folders = dict.fromkeys(posixpath.dirname(item.metadata) for item in damaged)
    yield from on_copies(env, folders, [row for item in damaged for row in item.files])
    yield from (SetAside(path=path) for path in leftovers)
    for item in damaged:
        records = [relative(env, dist.metadata_path) for dist in dists if dist.key == item.key and not dist.from_base]
        yield from (SetAside(path=path) for path in records if not path.startswith("../"))
    yield from installations(damaged, workshop, Choice(path=env.python.start, interpreter=env.interpreter))
    for item in damaged:
        yield Attest(
            source=item.metadata, site_dir=posixpath.dirname(item.metadata), files=("REQUESTED", "direct_url.json")
        )
    yield Verify(
        python=relative(env, env.python.start),
        imports=tuple(sorted({name for item in damaged for name in item.names})),
        isolated=env.startup.isolated,
    )
