"""Configuration: `pyvenv.cfg` is written anew for the interpreter that the links already lead to."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from venvdoctor.fix import Fixer, Plan, ReplaceFile, SetAside
from venvdoctor.repairing.builders import proof
from venvdoctor.repairing.cfg_text import rebased
from venvdoctor.repairing.match import fits, relative, wanted

if TYPE_CHECKING:
    from collections.abc import Sequence

    from venvdoctor.finding import Finding
    from venvdoctor.fix import Step
    from venvdoctor.model.cfg import PyvenvCfg
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.interpreter import Interpreter
    from venvdoctor.model.repair import Workshop

ANSWERS = frozenset({"VD107", "VD108", "VD301", "VD302", "VD303", "VD304", "VD307"})

fixer = Fixer(name="configuration", rank=5, summary="write pyvenv.cfg anew for the interpreter that the links lead to")


@fixer.proposer
def propose(env: Environment, findings: Sequence[Finding], workshop: Workshop) -> Plan | None:
    """Propose a new configuration where the interpreter is the right one and only the file is wrong."""
    answered = sorted({finding.code for finding in findings if finding.code in ANSWERS})
    want = wanted(env)
    base = _named(env, workshop)
    if not answered or env.layout != "posix" or env.kind == "conda" or base is None:
        return None
    path, interpreter = base
    if want is not None and not fits(interpreter, want):
        return None
    content = rebased(_readable(env), path, interpreter)
    steps: list[Step] = [ReplaceFile(path="pyvenv.cfg", content=content, mode=workshop.modes.get("pyvenv.cfg", 0o644))]
    beside = env.cfg if env.cfg and env.cfg.beside_executable else env.cfg_also
    if beside is not None and beside.beside_executable:
        steps.append(SetAside(path=relative(env, beside.path)))
    series = interpreter.version.series if interpreter.version else None
    old = workshop.texts.get("pyvenv.cfg")
    return Plan(
        root=env.real,
        identity=env.identity,
        fixer=fixer.name,
        summary=f"write pyvenv.cfg for {path}; nothing else changes",
        steps=(*steps, proof(env, workshop, series)),
        answers=tuple(answered),
        guards=(("pyvenv.cfg", "sha256:" + hashlib.sha256(old).hexdigest()),) if old is not None else (),
        space=1 << 20,
    )


def _named(env: Environment, workshop: Workshop) -> tuple[str, Interpreter] | None:
    """Return the base interpreter and the name that leads to it: the link's own text, else the most lasting name."""
    if env.python is None or env.python.end != "file" or env.interpreter is None or env.interpreter.faults:
        return None
    for hop in env.python.hops:
        if hop.target and hop.target.startswith("/") and not hop.target.startswith((env.path + "/", env.real + "/")):
            return hop.target, env.interpreter
    base = env.base or env.interpreter
    for choice in workshop.interpreters:
        same = choice.interpreter.executable == base.executable
        twin = not env.python.is_link and choice.interpreter.version == env.interpreter.version
        if (same or twin) and not choice.path.startswith(env.path + "/"):
            return choice.path, choice.interpreter
    return None


def _readable(env: Environment) -> PyvenvCfg | None:
    """Return the old file where its lines can be kept; a file that is no text gives way to the three plain keys."""
    cfg = env.cfg
    if cfg is None or cfg.problem in ("not-a-file", "unreadable", "too-large"):
        return None
    return cfg if any(key in ("home", "version", "version_info") for key, _ in cfg.entries) else None
