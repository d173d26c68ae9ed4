"""Clear leftovers: what an interrupted pip left is put back where it is whole, and records of nothing are moved aside.

Nothing is installed and nothing downloaded. What goes can be told from what stays: a half-removed package has all its
files under other names; of two records of one project the other one's files are all there.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from venvdoctor.fix import BringBack, Fixer, Plan, SetAside
from venvdoctor.model.repair import Choice
from venvdoctor.repairing.builders import proof
from venvdoctor.repairing.match import relative
from venvdoctor.repairing.salvaging import carried_over

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from venvdoctor.finding import Finding
    from venvdoctor.fix import Step
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.repair import Salvage, Workshop

ANSWERS = frozenset({"VD501", "VD502", "VD505"})

fixer = Fixer(
    name="clear_leftovers",
    rank=33,
    summary="put half-removed packages back, move records of nothing and leftovers away",
)


@fixer.proposer
def propose(env: Environment, findings: Sequence[Finding], workshop: Workshop) -> Plan | None:
    """Propose putting back what is whole, and moving away what is recorded and not there."""
    answered = {finding.code for finding in findings if finding.code in ANSWERS}
    if not answered or not workshop.surveyed or env.library is None or env.python is None or env.interpreter is None:
        return None
    if env.layout != "posix" or env.kind == "conda" or env.startup.starts is False:
        return None
    steps, said = [], []
    if "VD501" in answered:
        steps += list(_restored(env, workshop))
        steps += [SetAside(path=path) for path in _remains(env, workshop)]
        said += [f"put {item.item.label} back" for item in workshop.lost if item.whole]
        said += ["move away what pip left"] if _remains(env, workshop) else []
    if "VD502" in answered:
        empty = [relative(env, dist.metadata_path) for dist in env.library.distributions if dist.metadata == "hollow"]
        steps += [SetAside(path=path) for path in empty if not path.startswith("../")]
        said += [f"move {posixpath.basename(path)} away, which is empty" for path in empty]
    if "VD505" in answered:
        steps += [SetAside(path=path) for item in _shadows(workshop) for path in _own_files(item, workshop)]
        said += [
            f"move the record of {item.label} away, whose files are not those that are there"
            for item in _shadows(workshop)
        ]
    if not steps:
        return None
    return Plan(
        root=env.real,
        identity=env.identity,
        fixer=fixer.name,
        summary="; ".join(said),
        steps=(*steps, proof(env, workshop)),
        answers=tuple(sorted(answered)),
        space=workshop.size if any(item.whole for item in workshop.lost) else 1 << 20,
    )


def _restored(env: Environment, workshop: Workshop) -> Iterator[Step]:
    """Give the pieces their names back, and install from them: commands, which pip removes first, are made anew."""
    choice = (
        Choice(path=env.python.start if env.python else "", interpreter=env.interpreter) if env.interpreter else None
    )
    for lost in workshop.lost:
        if not lost.whole or choice is None:
            continue
        for source, path in lost.remains:
            yield SetAside(path=source)
            yield BringBack(source=source, path=path)
            yield SetAside(path=path)
        yield from (SetAside(path=f"bin/{name}") for name in lost.item.scripts)
        yield from carried_over(env, [lost.item], posixpath.dirname(lost.item.metadata), choice)


def _remains(env: Environment, workshop: Workshop) -> list[str]:
    """Return the leftovers whose package is there; what is lost and not whole stays until it is installed again."""
    pieces = {source for lost in workshop.lost for source, _ in lost.remains}
    twins = [relative(env, item.path) for item in env.library.leftovers if item.twin] if env.library else []
    return [path for path in twins if path not in pieces]


def _shadows(workshop: Workshop) -> list[Salvage]:
    """Return the records of projects that are surely not what is there: another record of the project verifies."""
    best = {item.key: item for item in workshop.salvage}
    return [item for item in workshop.twins if best[item.key].files and not best[item.key].missing]


def _own_files(item: Salvage, workshop: Workshop) -> Iterator[str]:
    """Yield the record, and the files that it alone accounts for and that are as it has them."""
    folder = posixpath.dirname(item.metadata)
    kept = {row for other in workshop.salvage for row in other.files} | set(item.missing) | set(item.altered)
    yield item.metadata
    for row in item.files:
        path = posixpath.normpath(posixpath.join(folder, row))
        if row not in kept and not path.startswith((item.metadata + "/", "../")):
            yield path
