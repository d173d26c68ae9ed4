"""Rewrite paths: a moved, renamed or copied environment gets scripts, activate files and configuration that name it.

Nothing is reinstalled; RECORD gets the new hashes of what was rewritten.
"""

from __future__ import annotations

import base64
import hashlib
import posixpath
from typing import TYPE_CHECKING

from venvdoctor.fix import ChangeMode, Fixer, Plan, Refusal, ReplaceFile
from venvdoctor.repairing.builders import proof
from venvdoctor.repairing.match import relative
from venvdoctor.repairing.script_text import in_url, record_with, with_interpreter, with_root

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from venvdoctor.finding import Finding
    from venvdoctor.fix import Step
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.repair import Workshop
    from venvdoctor.model.script import Script

ANSWERS = frozenset({"VD401", "VD402", "VD403", "VD404", "VD406", "VD507"})
GONE = frozenset({"missing", "dangling", "loop"})
REWRITABLE = GONE | {"crlf", "space", "too-long", "interpreter-empty", "relative", "no-first-line", "options", ""}

fixer = Fixer(name="rewrite_paths", rank=30, summary="rewrite the old place in scripts, activate files and pyvenv.cfg")


@fixer.proposer
def propose(env: Environment, findings: Sequence[Finding], workshop: Workshop) -> Plan | Refusal | None:
    """Propose rewriting where files of the environment name another place or an interpreter that is not its own."""
    answered = sorted({finding.code for finding in findings if finding.code in ANSWERS})
    usable = env.python is not None and env.python.end == "file" and env.startup.starts is not False
    if not answered or env.scripts is None or not usable or env.layout != "posix" or env.kind == "conda":
        return None
    try:
        texts = dict(_texts(env, workshop))
    except ValueError as error:  # a name that would become an order in a script is not written into one
        return Refusal(root=env.real, message=str(error), hint="give the directory a plainer name")
    modes = [script.path for script in env.scripts.scripts if script.problem == "not-executable" and script.generated]
    if not texts and not modes:
        return None
    texts.update(_records(texts, workshop))
    steps: list[Step] = [ReplaceFile(path=path, content=content) for path, content in sorted(texts.items())]
    steps += [ChangeMode(path=relative(env, path), mode=0o755) for path in modes]
    steps.append(proof(env, workshop))
    return Plan(
        root=env.real,
        identity=env.identity,
        fixer=fixer.name,
        summary=f"rewrite {len(texts)} files so that they name {env.path}",
        steps=tuple(steps),
        answers=tuple(answered),
        guards=tuple((path, "sha256:" + hashlib.sha256(workshop.texts[path]).hexdigest()) for path in sorted(texts)),
        space=sum(map(len, texts.values())) + (1 << 20),
    )


def _texts(env: Environment, workshop: Workshop) -> Iterator[tuple[str, bytes]]:
    """Yield each file of `bin`, and the configuration, whose content is to change."""
    facts = env.scripts
    if facts is None:
        return
    scripts = {relative(env, script.path): script for script in facts.scripts}
    olds = _former_places(env)
    for path, content in workshop.texts.items():
        name, script = posixpath.basename(path), scripts.get(path)
        if name == "RECORD":
            continue
        fresh = _script(env, script, content) if script else content
        if path == "pyvenv.cfg" or (script is None and posixpath.dirname(path) == relative(env, env.bin_dir)):
            fresh = _placed(env, fresh, olds, name)
        elif script is None:
            fresh = _sourced(fresh, workshop)
        if fresh != content:
            yield path, fresh


def _placed(env: Environment, content: bytes, olds: Sequence[str], name: str) -> bytes:
    """Return an activate file, or the configuration, that names the present place."""
    fresh = content
    try:
        for old in olds:
            fresh = with_root(fresh, old, env.path, shell="" if name == "pyvenv.cfg" else name)
    except ValueError:
        if not name.endswith((".nu", ".bat")):  # shells that cannot say every name do without
            raise
        return content
    return fresh


def _sourced(content: bytes, workshop: Workshop) -> bytes:
    """Return what an editable install wrote (`.pth`, finder, direct_url.json) for the place where its source is now."""
    for old, new in workshop.sources:
        if not set(new) & set("'\\\n"):  # they stand in Python's and JSON's strings
            content = with_root(content, old, new)
            content = with_root(content, "file://" + in_url(old), "file://" + in_url(new))
    return content


def _script(env: Environment, script: Script, content: bytes) -> bytes:
    """Return a script that starts the environment's own interpreter, where it should and does not."""
    former = env.scripts.former if env.scripts else None
    old = former.path.rstrip("/") + "/" if former else None
    moved = bool(old and script.interpreter.startswith(old))
    installed = script.generated or script.distribution is not None
    astray = script.problem in REWRITABLE if not script.own else script.problem in GONE
    sick = installed and script.python and not script.outside and astray
    if script.kind not in ("shebang", "trampoline") or script.relative or not (moved or sick or _cut(script)):
        return content
    return with_interpreter(content, _own_interpreter(env, posixpath.basename(script.interpreter)))


def _cut(script: Script) -> bool:
    """Whether the kernel cuts or misreads the first line of an installer's script, though it names the right file."""
    return script.generated and script.python and script.problem in ("crlf", "space", "too-long", "options")


def _own_interpreter(env: Environment, name: str) -> str:
    """Return the environment's interpreter of this name, or the plain one where it has none such."""
    names = {posixpath.basename(chain.start) for chain in env.executables}
    return posixpath.join(env.bin_dir, name if name in names else "python")


def _former_places(env: Environment) -> list[str]:
    """Return the places that activate files and the configuration may name, the longest first."""
    facts = env.scripts
    if facts is None:
        return []
    places = {facts.former.path} if facts.former else set()
    places |= {item.names for item in facts.activates if item.names and not item.same and not item.relocatable}
    return sorted((place for place in places if place.startswith("/") and place != "/"), key=len, reverse=True)


def _records(texts: Mapping[str, bytes], workshop: Workshop) -> Iterator[tuple[str, bytes]]:
    """Yield each RECORD that holds a row of a rewritten file."""
    for path, record in workshop.texts.items():
        if not path.endswith(".dist-info/RECORD"):
            continue
        site = posixpath.dirname(posixpath.dirname(path))
        fresh = record
        for name, content in texts.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
            fresh = record_with(fresh, posixpath.relpath(name, site), f"sha256={digest}", len(content))
        if fresh != record:
            yield path, fresh
