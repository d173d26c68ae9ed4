"""From a user's words (`--without`, `--python`, `--os-root`, `--apt`) to the change that they mean on this disk."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from venvdoctor.errors import UsageError
from venvdoctor.inspection.apt_simulation import files_lost, files_of, parse_simulation
from venvdoctor.inspection.interpreter import read_interpreter
from venvdoctor.model.fact import fact
from venvdoctor.model.interpreter import PythonVersion
from venvdoctor.predicting.hypothesis import (
    Hypothesis,
    present,
    redirect,
    suppose_beside,
    suppose_gone,
    suppose_replaced,
    suppose_upgraded,
)
from venvdoctor.view import View, rooted_view

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from venvdoctor.api import Session
    from venvdoctor.inspection.apt_simulation import Simulation
    from venvdoctor.model.interpreter import Interpreter
    from venvdoctor.report import Report

_VERSION = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?\Z")
SYSTEM_PYTHON = "/usr/bin/python3"
WALK_LIMIT = 200_000  # names that are looked at below one directory


@fact
class Supposition:
    """What the user supposes.

    Attributes:
        without: paths that would be gone.
        pythons: OLD=NEW, paths or versions.
        os_root: directory that the system's directories would come from.
        apt: what a simulated apt run printed.
    """

    without: tuple[str, ...] = ()
    pythons: tuple[str, ...] = ()
    os_root: str | None = None
    apt: str | None = None


def suppose(session: Session, today: Report, supposed: Supposition) -> Hypothesis:
    """Put the change together from the user's words: what is larger first, so that the rest may speak of it.

    Args:
        session: the context of today's scan.
        today: its report.
        supposed: the user's words.

    Raises:
        UsageError: a path that is not there, a version that is nowhere installed, an image without a system in it.
    """
    hypothesis = Hypothesis()
    if supposed.os_root is not None:
        _suppose_root(hypothesis, supposed.os_root)
    if supposed.apt is not None:
        _suppose_apt(hypothesis, session, supposed.apt)
    for word in supposed.pythons:
        _suppose_python(hypothesis, session, today, word)
    suppose_gone(hypothesis, session.view, supposed.without)
    return hypothesis


def _suppose_root(hypothesis: Hypothesis, root: str) -> None:
    image = rooted_view(root)
    if image.kind("/usr") != "dir":
        raise UsageError(f"--os-root {root}: there is no /usr in it", hint="name the root of an unpacked system image")
    hypothesis.root(View().realpath(root))
    hypothesis.words["os_root"] = root


def _suppose_python(hypothesis: Hypothesis, session: Session, today: Report, word: str) -> None:
    old, equals, new = word.partition("=")
    if not equals or not old or not new:
        raise UsageError(f"--python {word} is not OLD=NEW", hint="for example 3.11=3.13, or two paths of interpreters")
    hypothesis.words.setdefault("python", []).append(word)
    series, fresh = _VERSION.match(old), _version(new)
    if not series and fresh is None:
        suppose_replaced(hypothesis, session.view, old, new)
        return
    for base in _named(session, today, old) if series else [_at(session, old, word)]:
        if fresh is None:
            suppose_replaced(hypothesis, session.view, base.executable, new)
            continue
        suppose_upgraded(hypothesis, session.view, base, fresh)
        if base.prefix == "/usr" and base.version and base.version[:2] != fresh[:2]:
            _suppose_rebuilt(hypothesis, session, base, fresh, _natives(session, base))


def _version(text: str) -> PythonVersion | None:
    match = _VERSION.match(text)
    return PythonVersion(int(match[1]), int(match[2]), int(match[3]) if match[3] else None) if match else None


def _named(session: Session, today: Report, version: str) -> list[Interpreter]:
    """Return the interpreters of a version: those that environments hang on, else those that are installed.

    Raises:
        UsageError: there is none.
    """
    from venvdoctor.inspection.installations import find_installations  # noqa: PLC0415 - only where none is met

    bases = [read_interpreter(item["path"], session.shared) for item in today["interpreters"]]
    found = [base for base in bases if _is(base, version)]
    if not found:
        found = [item.interpreter for item in find_installations(session.shared) if _is(item.interpreter, version)]
    if not found:
        raise UsageError(
            f"there is no Python {version} here that could change", hint="`venvdoctor interpreters` lists them"
        )
    return found


def _is(interpreter: Interpreter, version: str) -> bool:
    known = interpreter.version
    return known is not None and version in (known.series, known.text)


def _at(session: Session, path: str, word: str) -> Interpreter:
    """Return the interpreter that a path leads to.

    Raises:
        UsageError: there is none.
    """
    try:
        found = read_interpreter(session.view.realpath(path), session.shared)
    except (OSError, ValueError):
        found = None
    if found is None or found.version is None:
        raise UsageError(f"--python {word}: {path} is no Python", hint="name an interpreter, or a version (3.11)")
    return found


def _suppose_apt(hypothesis: Hypothesis, session: Session, text: str) -> None:
    simulation = parse_simulation(text)
    if simulation is None:
        raise UsageError("this is not what a simulated apt run prints", hint="pipe `apt-get -s full-upgrade` into it")
    hypothesis.words["apt"] = {
        "removes": list(simulation.removed),
        "replaces": [list(item) for item in simulation.installed],
    }
    system = _system_python(session)
    if system is not None:
        _suppose_interpreters(hypothesis, session, simulation, system)
    lost = files_lost(simulation, session.view, session.host.machine)
    hypothesis.without(_canonical(session.view, lost))


def _suppose_interpreters(
    hypothesis: Hypothesis, session: Session, simulation: Simulation, system: Interpreter
) -> None:
    """Suppose the interpreters that a run brings or replaces, and what `/usr/bin/python3` becomes."""
    made = {}
    for series, version in simulation.interpreters.items():
        if system.version and series == system.version.series:
            suppose_upgraded(hypothesis, session.view, system, version)
        elif session.view.kind(f"/usr/bin/python{series}") == "file":
            present = read_interpreter(session.view.realpath(f"/usr/bin/python{series}"), session.shared)
            suppose_upgraded(hypothesis, session.view, present, version)
            made[version[:2]] = present.executable
        else:
            made[version[:2]] = suppose_beside(hypothesis, session.view, system, version)
    default = simulation.default_python
    if default is None or system.version is None or default[:2] == system.version[:2]:
        return
    target = made.get(default[:2]) or suppose_beside(hypothesis, session.view, system, default)
    redirect(hypothesis, session.view, system, target)
    owned = files_of(simulation.replaced, session.view, session.host.machine)
    _suppose_rebuilt(hypothesis, session, system, default, owned)


def _suppose_rebuilt(
    hypothesis: Hypothesis, session: Session, base: Interpreter, version: PythonVersion, paths: Iterable[str]
) -> None:
    """Suppose that the distribution's own packages were built again: their extension modules have the new tag."""
    if base.version is None or not base.soabi:
        return
    old, new = (f".cpython-{series.replace('.', '')}-" for series in (base.version.series, version.series))
    gone = []
    for path in _canonical(session.view, [path for path in paths if old in path]):
        gone.append(path)
        hypothesis.copy(path.replace(old, new), path)
    hypothesis.without(gone)


def _natives(session: Session, base: Interpreter) -> Iterator[str]:
    """Yield the files below the site directories that an interpreter shares with its successor."""
    series = base.version.series if base.version else ""
    left = [place for place in base.site_packages if series not in place and not place.startswith("/usr/local")]
    count = 0
    while left and count < WALK_LIMIT:
        folder = left.pop()
        try:
            entries = session.view.scandir(folder)
        except OSError:
            continue
        for entry in entries:
            count += 1
            if entry.is_dir(follow_symlinks=False):
                left.append(f"{folder}/{entry.name}")
            elif ".cpython-" in entry.name:
                yield f"{folder}/{entry.name}"


def _canonical(view: View, paths: Iterable[str]) -> list[str]:
    return [name for path in paths if (name := present(view, path))]


def _system_python(session: Session) -> Interpreter | None:
    try:
        found = read_interpreter(session.view.realpath(SYSTEM_PYTHON), session.shared)
    except (OSError, ValueError):
        return None
    return found if found.version else None
