"""Declared dependencies against what is installed, for the interpreter that really runs.

What applies and what satisfies is decided as `pip check` does (pip/_internal/operations/check.py and
pip/_internal/metadata/importlib/_dists.py, `iter_dependencies`): markers with `extra` empty, versions with pre-releases
allowed. Beyond it, an extra that another installed distribution requests (`uvicorn[standard]`) counts as declared.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from venvdoctor.inspection.metadata import normalize
from venvdoctor.model.distribution import Requirement

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.environment import Environment

_EXTRA_ONLY = re.compile(r"""\bextra\s*==\s*['"]([^'"]*)['"][\s)]*\Z""")
_EXTRA = re.compile(r"""\bextra\s*[!=]=\s*['"]([^'"]*)['"]|['"]([^'"]*)['"]\s*[!=]=\s*extra\b""")
_QUOTED, _WORD = re.compile(r"""'[^']*'|"[^"]*\""""), re.compile(r"\bextra\b")
MOST = 25_000  # texts that are parsed, of one environment or kept for the next one
MOST_ODD = 100  # markers of one distribution that ask for its extras in another way than by `==`
_HOST_MARKERS = ("platform_release", "platform_version")  # of the running kernel: nothing on the disk says


class Declared(NamedTuple):
    """What one distribution declares, by its normalised name."""

    key: str
    version: str | None
    requires: tuple[str, ...]
    from_base: bool


class Verdict(NamedTuple):
    """What is wrong with one distribution's declarations."""

    unsatisfied: tuple[Requirement, ...] = ()
    odd: tuple[str, ...] = ()


class _Parsed(NamedTuple):
    """One requirement text, parsed once per scan; `value` None when it is no PEP 508 text."""

    value: Any
    key: str = ""
    extras: frozenset[str] = frozenset()


class _Sorted(NamedTuple):
    """Requirements with markers on extras: by the extras that they are compared with, and those of any other kind."""

    named: dict[str, list[str]]
    others: list[str]


def _sorted(requires: Iterable[str]) -> _Sorted:
    found = _Sorted({}, [])
    for text in requires:
        marker = text.partition(";")[2]
        count = len(_WORD.findall(_QUOTED.sub("", marker)))
        names = [normalize(one or other) for one, other in _EXTRA.findall(marker)] if count else []
        if count > len(names) and len(found.others) < MOST_ODD:
            found.others.append(text)
        for name in dict.fromkeys(names) if count == len(names) else ():
            found.named.setdefault(name, []).append(text)
    return found


def marker_environment(env: Environment, shared: Shared) -> dict[str, str] | None:
    """Return the PEP 508 marker values of the environment's interpreter, None when its version is not known."""
    interpreter = env.interpreter
    version = interpreter.version if interpreter else None
    if interpreter is None or version is None:
        return None
    platform = "windows" if env.layout == "windows" else shared.host.platform
    system, sys_platform = {"windows": ("Windows", "win32"), "darwin": ("Darwin", "darwin")}.get(
        platform, ("Linux", "linux")
    )
    pypy = interpreter.implementation == "pypy"
    full = version.text if version.micro is not None else f"{version.series}.0"
    return {
        "implementation_name": interpreter.implementation or "cpython",
        "implementation_version": full,
        "os_name": "nt" if platform == "windows" else "posix",
        "platform_machine": interpreter.machine or shared.host.machine or "",
        "platform_python_implementation": "PyPy" if pypy else "CPython",
        "platform_release": "",
        "platform_system": system,
        "platform_version": "",
        "python_full_version": full,
        "python_version": version.series,
        "sys_platform": sys_platform,
    }


class Checker:
    """Judges requirements against one set of installed distributions; parsed texts are kept for the whole scan."""

    def __init__(self, installed: Iterable[Declared], markers: dict[str, str], shared: Shared) -> None:
        self._found: dict[str, Declared] = {}
        for item in installed:
            self._found.setdefault(item.key, item)  # the first one on the path is the one that is used
        self._markers = markers
        store = shared.store(__name__)
        self._texts: dict[str, _Parsed] = store.setdefault("texts", {})
        self._contains: dict[tuple[str, str], bool | None] = store.setdefault("contains", {})
        place = tuple(markers.values())
        self._applies: dict[tuple[str, str], bool | None] = store.setdefault(("applies", place), {})
        if len(self._texts) > MOST:
            self._texts.clear()
            self._contains.clear()
            self._applies.clear()
        self._requested: dict[str, dict[str, str]] = {}  # key → extra → who requests it
        self._sorted: dict[str, _Sorted] = {}

    def check(self) -> Mapping[str, Verdict]:
        """Return what is wrong, by key, for every distribution that is not the base's."""
        wrong: dict[str, list[Requirement]] = {}
        odd: dict[str, list[str]] = {}
        waiting: list[tuple[Declared, str]] = [(item, "") for item in self._found.values() if not item.from_base]
        while waiting:
            item, extra = waiting.pop()
            for text in self._concerned(item, extra):
                parsed = self._wanted(text, extra)
                if parsed is None:
                    continue
                if parsed.value is None:
                    odd.setdefault(item.key, []).append(text)
                    continue
                waiting += [
                    (self._found[parsed.key], name)
                    for name in parsed.extras
                    if self._request(parsed.key, name, item.key) and not self._found[parsed.key].from_base
                ]
                problem = self._problem(parsed, item, extra)
                if problem:
                    wrong.setdefault(item.key, []).append(problem)
        return {
            key: Verdict(tuple(sorted(set(wrong.get(key, ())), key=str)), tuple(dict.fromkeys(odd.get(key, ()))))
            for key in {*wrong, *odd}
        }

    def _concerned(self, item: Declared, extra: str) -> Iterable[str]:
        """Return the requirements that an extra can change anything of: ten thousand of each must not be multiplied."""
        if not extra:
            return item.requires
        if item.key not in self._sorted:
            self._sorted[item.key] = _sorted(item.requires)
        known = self._sorted[item.key]
        return (*known.named.get(normalize(extra), ()), *known.others)

    def _request(self, key: str, extra: str, by: str) -> bool:
        """Note that an extra of an installed distribution is wanted; True the first time."""
        known = self._requested.setdefault(key, {})
        if key not in self._found or extra in known:
            return False
        known[extra] = by
        return True

    def _wanted(self, text: str, extra: str) -> _Parsed | None:
        """Return the parsed requirement when it applies here with this extra (but not without), else None."""
        only = _EXTRA_ONLY.search(text) if ";" in text else None
        if only and " or " not in text and normalize(only[1]) != normalize(extra):
            return None
        if extra and not only and "extra" not in text:
            return None
        parsed = self._texts.get(text)
        if parsed is None:
            if len(self._texts) > 2 * MOST:
                return None
            parsed = self._texts[text] = _parse(text)
        if parsed.value is None:
            return parsed if not extra else None
        if parsed.value.marker is None:
            return parsed if not extra else None
        applies = self._evaluate(text, parsed, extra)
        if extra and applies and self._evaluate(text, parsed, ""):
            return None  # already counted without the extra
        return parsed if applies else None

    def _evaluate(self, text: str, parsed: _Parsed, extra: str) -> bool:
        known = self._applies.get((text, extra), ...)
        if known is ...:
            known = self._applies[text, extra] = self._marker(text, parsed, extra)
        return bool(known)

    def _marker(self, text: str, parsed: _Parsed, extra: str) -> bool | None:
        from packaging.markers import UndefinedComparison, UndefinedEnvironmentName  # noqa: PLC0415
        from packaging.specifiers import InvalidSpecifier  # noqa: PLC0415
        from packaging.version import InvalidVersion  # noqa: PLC0415

        if any(name in text for name in _HOST_MARKERS):
            return None
        try:
            return bool(parsed.value.marker.evaluate({**self._markers, "extra": extra}))
        except (UndefinedComparison, UndefinedEnvironmentName, InvalidSpecifier, InvalidVersion, ValueError, KeyError):
            return None

    def _problem(self, parsed: _Parsed, item: Declared, extra: str) -> Requirement | None:
        found = self._found.get(parsed.key)
        if item.from_base:
            return None
        by = self._requested.get(item.key, {}).get(extra, "") if extra else ""
        if found is None:
            return Requirement(
                text=str(parsed.value),
                name=parsed.value.name,
                installed=None,
                satisfied=False,
                extra=extra,
                wanted_by=by,
            )
        if found.version is None or self._allows(parsed.value.specifier, found.version) is not False:
            return None
        return Requirement(
            text=str(parsed.value),
            name=parsed.value.name,
            installed=found.version,
            satisfied=False,
            extra=extra,
            wanted_by=by,
            from_base=found.from_base,
        )

    def _allows(self, specifier: Any, version: str) -> bool | None:
        """Whether a version satisfies; None: the version is none that anybody can compare."""
        key = (str(specifier), version)
        if not key[0]:
            return True
        known = self._contains.get(key, ...)
        if known is ...:
            known = self._contains[key] = contains(specifier, version)
        return known


def contains(specifier: Any, version: str) -> bool | None:
    """Whether a specifier set holds a version, pre-releases allowed; None for a version that is none (PEP 440).

    A number of more than 4 300 digits is a `ValueError` of `int`, on either side and only when compared.
    """
    from packaging.version import Version  # noqa: PLC0415

    try:
        return bool(specifier.contains(Version(version), prereleases=True))
    except ValueError:  # InvalidVersion is one
        return None


@lru_cache(1024)
def python_satisfies(text: str, version: str) -> bool | None:
    """Whether `Requires-Python` holds for a version; None when the text is no specifier (pip ignores such)."""
    from packaging.specifiers import SpecifierSet  # noqa: PLC0415

    try:
        return contains(SpecifierSet(text), version)
    except ValueError:  # InvalidSpecifier is one
        return None


def _parse(text: str) -> _Parsed:
    from packaging import requirements  # noqa: PLC0415

    try:
        value = requirements.Requirement(text)
    except (ValueError, RecursionError):  # InvalidRequirement is a ValueError
        return _Parsed(None)
    return _Parsed(value, normalize(value.name), frozenset(value.extras))
