"""Forget: an environment that its owner makes anew by itself is moved aside, and the owner's next run makes it.

tox and pre-commit keep environments as caches: what is in them is written down elsewhere. So does nox, but where it is
to reuse one (`nox -r`) it takes any directory of that name for it, an empty one too: its environments are rebuilt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.fix import Fixer, Plan, SetAside

if TYPE_CHECKING:
    from collections.abc import Sequence

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.repair import Workshop

OWNERS = {"tox": "tox", "pre-commit": "pre-commit"}

fixer = Fixer(name="forget", rank=40, summary="move a tox or pre-commit environment aside; its owner makes it anew")


@fixer.proposer
def propose(env: Environment, findings: Sequence[Finding], workshop: Workshop) -> Plan | None:
    """Propose moving the content aside where the owner recreates it."""
    owner = OWNERS.get(env.manager or "")
    broken = sorted(
        {finding.code for finding in findings if finding.severity == "error" and finding.impact == "broken"}
    )
    names = [name for name in workshop.names if name != ".venvdoctor"]
    if owner is None or not broken or not names:
        return None
    return Plan(
        root=env.real,
        identity=env.identity,
        fixer=fixer.name,
        summary=f"move it aside; the next run of {owner} makes it anew",
        steps=tuple(SetAside(path=name) for name in names),
        answers=tuple(broken),
        space=1 << 20,
    )
