"""What makes imports doubtful: damage, packages for newer or much older Pythons, requirements that are not there."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from venvdoctor.inspection.old_syntax import may_be_old
from venvdoctor.inspection.requirements import python_satisfies

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from venvdoctor.inspection.import_evidence import Evidence
    from venvdoctor.inspection.metadata_dirs import Found
    from venvdoctor.model.distribution import ImportName, RecordFaults
    from venvdoctor.model.environment import Environment

_OTHER_NAMES = {"cffi": "_cffi_backend"}  # what compiled code imports of a project, where it is not its own name
_PROJECT = re.compile(r"[\w.-]+")  # the name at the beginning of a requirement


def with_suspicion(
    evidence: Evidence,
    own: Sequence[Found],
    names: Mapping[str, Sequence[str]],
    natives: Mapping[str, Sequence[ImportName]],
    env: Environment,
) -> Evidence:
    """Add of which names something is damaged, made for other Pythons, or not there although it is required."""
    damaged: set[str] = set()
    newer: dict[str, str] = {}
    absent: set[str] = set()
    elder: set[str] = set()
    for item in own:
        dist, faults = item.dist, item.dist.faults
        group = names[dist.metadata_path]
        if natives.get(dist.metadata_path) or (faults and _touches_modules(faults)):
            damaged.update(name.partition(".")[0] for name in group)
        if dist.requires_python_ok is False and _is_for_newer(dist.requires_python or "", env):
            newer.update(dict.fromkeys(group, f"it requires Python {dist.requires_python}"))
        if may_be_old(dist.requires_python):
            elder.update(name.partition(".")[0] for name in group)
        gone = [need.name.lower().replace("-", "_") for need in dist.unsatisfied if need.installed is None]
        absent.update(_OTHER_NAMES.get(name, name) for name in gone)
    found = evidence._replace(damaged=frozenset(damaged), newer=newer, absent=frozenset(absent))
    found = found._replace(elder=frozenset(elder))
    return found._replace(needed=_needed(own, names)) if found.suspicious else found


def _touches_modules(faults: RecordFaults) -> bool:
    """Whether some module is damaged or gone, be there another form of it or not."""
    extension = any(path.endswith((".so", ".pyd")) for path in faults.missing)
    return bool(extension or faults.modules or faults.truncated or faults.dangling)


def _needed(own: Sequence[Found], names: Mapping[str, Sequence[str]]) -> dict[str, frozenset[str]]:
    """Return, by top-level name, those of the distributions that its own one requires, be they there or not."""
    tops = {item.dist.key: {name.partition(".")[0] for name in names[item.dist.metadata_path]} for item in own}
    found: dict[str, frozenset[str]] = {}
    for item in own:
        keys = [
            match[0].lower().replace("_", "-").replace(".", "-")
            for match in map(_PROJECT.match, item.dist.requires)
            if match
        ]
        guesses = {_OTHER_NAMES.get(key, key.replace("-", "_")) for key in keys}
        needed = guesses.union(*(tops.get(key, ()) for key in keys))
        found.update({top: found.get(top, frozenset()) | needed for top in tops[item.dist.key]})
    return found


def _is_for_newer(required: str, env: Environment) -> bool:
    """Whether a later version would do: then it is this one that is too old."""
    version = env.interpreter.version if env.interpreter else None
    later = range(version.minor + 1, version.minor + 12) if version else ()
    return any(python_satisfies(required, f"{version.major}.{minor}") for minor in later if version)
