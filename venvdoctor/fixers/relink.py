"""Relink: an interpreter that takes the packages as they are is installed; links and `pyvenv.cfg` are repointed.

Nothing is installed, nothing downloaded; packages, scripts and activate files stay as they are.
"""

from __future__ import annotations

import hashlib
import posixpath
from typing import TYPE_CHECKING

from venvdoctor.fix import CopyIn, Fixer, Plan, Refusal, ReplaceFile, ReplaceLink
from venvdoctor.repairing.builders import proof
from venvdoctor.repairing.cfg_text import rebased
from venvdoctor.repairing.match import Wanted, choose, relative, wanted

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from venvdoctor.finding import Finding
    from venvdoctor.fix import Step
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.repair import Choice, Workshop

ANSWERS = frozenset(
    [f"VD{number}" for number in (101, 102, 103, 104, 105, 108, 109, 110, 111, 113, 114, 115, 116, 117, 201, 204, 205)]
)
OWN_INTERPRETER = ("conda", "user-site", "global-site")

fixer = Fixer(
    name="relink", rank=10, summary="point links and pyvenv.cfg to an installed interpreter of the same minor version"
)


@fixer.proposer
def propose(env: Environment, findings: Sequence[Finding], workshop: Workshop) -> Plan | Refusal | None:
    """Propose repointing where the packages' own Python is installed somewhere."""
    answered = sorted({finding.code for finding in findings if finding.code in ANSWERS and finding.severity != "note"})
    if not answered or env.layout != "posix" or env.kind in OWN_INTERPRETER:
        return None
    want = wanted(env)
    choice = choose(workshop, want, env) if want else None
    if want is None or choice is None:
        return None
    steps = tuple(_steps(env, want, choice, workshop))
    return Plan(
        root=env.real,
        identity=env.identity,
        fixer=fixer.name,
        summary=f"point it to {choice.path} ({_version(choice)}); packages stay as they are",
        steps=(*steps, proof(env, workshop, f"{want.series[0]}.{want.series[1]}")),
        answers=tuple(answered),
        guards=tuple(_guards(env, steps, workshop)),
        space=1 << 20,
    )


def _steps(env: Environment, want: Wanted, choice: Choice, workshop: Workshop) -> Iterator[Step]:
    """Yield one step for each interpreter name that does not end at the chosen one, then the configuration."""
    folder = relative(env, env.bin_dir) if env.bin_dir else "bin"
    copied = _copied(env)
    series = f"{want.series[0]}.{want.series[1]}"
    stem = "pypy" if want.implementation == "pypy" else "python"
    names = {posixpath.basename(chain.start) for chain in env.executables} | {"python", "python3", f"{stem}{series}"}
    first = _leaving_name(env) or "python"
    for name in sorted(names, key=lambda name: (name != first, name)):
        path = f"{folder}/{name}"
        if name != first:
            if not _leads_to(env, name, first):
                yield ReplaceLink(path=path, target=first)
        elif copied and choice.interpreter.libpython is None:
            yield CopyIn(path=path, source=choice.interpreter.executable)
        else:
            yield ReplaceLink(path=path, target=choice.path)
    content = rebased(env.cfg, choice.path, choice.interpreter)
    if content != workshop.texts.get("pyvenv.cfg"):
        yield ReplaceFile(path="pyvenv.cfg", content=content)


def _copied(env: Environment) -> bool:
    """Whether its interpreter is a file of its own rather than a link."""
    return env.python is not None and not env.python.is_link and env.python.end == "file"


def _leaving_name(env: Environment) -> str | None:
    """Return the name whose link leaves `bin` (venv: `python3` or `python3.11`; uv, virtualenv: `python`)."""
    for chain in env.executables:
        target = chain.hops[0].target
        if target is not None and "/" in target:
            return posixpath.basename(chain.start)
    return None


def _leads_to(env: Environment, name: str, first: str) -> bool:
    """Whether a name already is a link, by plain names of the same folder, to the one that leaves it."""
    targets = {posixpath.basename(chain.start): chain.hops[0].target for chain in env.executables}
    for _ in range(len(targets)):
        target = targets.get(name)
        if target is None or "/" in target:
            return False
        if target == first:
            return True
        name = target
    return False


def _guards(env: Environment, steps: Sequence[Step], workshop: Workshop) -> Iterator[tuple[str, str]]:
    """Yield what must still stand where something is replaced."""
    texts = {relative(env, chain.start): chain.hops[0].target for chain in env.executables}
    for step in steps:
        if isinstance(step, ReplaceLink) and texts.get(step.path) is not None:
            yield step.path, f"link:{texts[step.path]}"
        elif isinstance(step, ReplaceFile) and step.path in workshop.texts:
            yield step.path, "sha256:" + hashlib.sha256(workshop.texts[step.path]).hexdigest()


def _version(choice: Choice) -> str:
    version = choice.interpreter.version
    return f"Python {version.text}" if version else "Python"
