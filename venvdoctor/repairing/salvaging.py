"""Which installed distributions serve another interpreter as they are, and the steps that carry them over. Pure."""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.fix import Transplant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from venvdoctor.model.distribution import Distribution
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.repair import Choice, Salvage


_NUMBER = re.compile(r"[0-9]{1,9}")  # `isdigit` takes more than `int` does


# the oldest pip and setuptools that run under 3.12, which removed what older ones use; 82 has no pkg_resources
_SUCCESSORS = {"pip": (23, "pip>=23.2"), "setuptools": (67, "setuptools>=67,<82")}


class Sorted(NamedTuple):
    """The distributions by where the new environment gets them from; `spared`: it does without."""

    carried: list[Salvage]
    fetched: list[Salvage]
    spared: list[Salvage]


def sort_out(salvage: Sequence[Salvage], choice: Choice) -> Sorted:
    """Sort distributions into those whose own files serve the interpreter and those to be installed anew."""
    parts = Sorted([], [], [])
    for item in salvage:
        whole = item.files and not item.missing
        same = posixpath.basename(posixpath.dirname(posixpath.dirname(item.metadata))) == lib_dir(choice)
        serves = whole and (same or (not item.native and any(_serves(tag, choice) for tag in item.tags)))
        (parts.carried if serves and not successor(item, choice) else parts.fetched).append(item)
    return parts


def carried_over(env: Environment, items: Sequence[Salvage], site: str, choice: Choice) -> Iterator[Transplant]:
    """Yield the steps that install distributions from their own files into `site`, relative to the root."""
    for item in items:
        yield Transplant(
            metadata=item.metadata,
            files=item.files,
            site_dir=site,
            headers=f"include/site/{lib_dir(choice)}/{item.name}",
            interpreter=posixpath.join(env.path, "bin/python"),
            relocatable=bool(env.cfg and (env.cfg.get("relocatable") or "").strip() == "true"),
            label=item.label,
        )


def lib_dir(choice: Choice) -> str:
    """Return the name of the directory below `lib` that an interpreter reads: `python3.13t`, `pypy3.10`."""
    version, flags = choice.interpreter.version, choice.interpreter.abi_flags
    stem = "pypy" if choice.interpreter.implementation == "pypy" else "python"
    return f"{stem}{version.series if version else '3'}{'t' if 't' in flags else ''}"


def successor(item: Salvage, choice: Choice) -> str:
    """Return what takes the place of a pip or setuptools that cannot run under the interpreter; "" for what can."""
    version, head = choice.interpreter.version, item.version.partition(".")[0]
    floor, requirement = _SUCCESSORS.get(item.key, (0, ""))
    outlived = version is not None and version >= (3, 12) and _NUMBER.fullmatch(head) and int(head) < floor
    return requirement if outlived else ""


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
        python.startswith("cp3") and _NUMBER.fullmatch(python[3:]) and int(python[3:]) <= version.minor
        for python in pythons.split(".")
    )


def demanded(dists: Sequence[Distribution], markers: Mapping[str, str]) -> dict[str, str]:
    """Return what is declared and not there: normalised name → one requirement that all who declare it agree to."""
    from packaging.requirements import InvalidRequirement, Requirement  # noqa: PLC0415 - only a repair combines them
    from packaging.utils import canonicalize_name  # noqa: PLC0415

    missing = {str(canonicalize_name(item.name)): item for dist in dists for item in dist.unsatisfied}
    found: dict[str, Requirement] = {}
    for key, item in missing.items():
        found[key] = Requirement(item.text)
        found[key].marker = None
    for dist in dists:
        for text in dist.requires:
            try:
                other = Requirement(text)
            except InvalidRequirement:
                continue
            one = found.get(str(canonicalize_name(other.name)))
            if one is not None and (other.marker is None or other.marker.evaluate({**markers, "extra": ""})):
                one.specifier &= other.specifier
                one.extras |= other.extras
                one.url = one.url or other.url
    return {key: str(found[key]) for key in sorted(found)}
