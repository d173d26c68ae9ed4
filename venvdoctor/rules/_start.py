"""What the rules about an interpreter's start share: the way out, the causes, a few words."""

from __future__ import annotations

from shlex import quote
from typing import TYPE_CHECKING

from venvdoctor.finding import Cause, Remedy

if TYPE_CHECKING:
    from venvdoctor.finding import Evidence, RemedyKind
    from venvdoctor.model.chain import Chain
    from venvdoctor.model.environment import Environment


def repair(env: Environment, kind: RemedyKind, summary: str) -> Remedy:
    """Return the step that venvdoctor itself can carry out; in an environment with conda's Python it is conda's."""
    if env.conda and env.conda.python_record:
        spec = quote(f"python={env.conda.python_record}")
        return Remedy(
            kind="repair-packages",
            summary="let conda install its Python again",
            command=f"conda install -p {quote(env.path)} --force-reinstall {spec}",
        )
    return Remedy(kind=kind, summary=summary, command=f"venvdoctor fix {quote(env.path)}")


def look(summary: str, command: str = "") -> Remedy:
    """Return the step that only a person can take."""
    return Remedy(kind="look", summary=summary, command=command)


def gone(path: str) -> Cause:
    """Return the cause of everything that hung on a path that is no longer there."""
    return Cause(id=f"interpreter-gone:{path}", summary=f"{path} is gone")


def stdlib_gone(executable: str) -> Cause:
    """Return the cause of everything that hung on a standard library whose interpreter is still there."""
    return Cause(id=f"stdlib-gone:{executable}", summary=f"the standard library of {executable} is gone")


def replaced(path: str, now: str) -> Cause:
    """Return the cause of everything that was made for what a path led to before."""
    return Cause(id=f"interpreter-replaced:{path}", summary=f"{path} is now {now}")


def shown_chain(chain: Chain | None) -> list[str]:
    """Return the hops as text, one each."""
    hops = chain.hops if chain else ()
    return [f"{hop.path} -> {hop.target}" if hop.target is not None else hop.path for hop in hops]


def entry(env: Environment) -> str:
    """Return the path that the chain enters first below the last environment: what people know the base by."""
    inside = tuple(place.rstrip("/") + "/" for place in (env.path, env.real, *env.stack))
    hops = env.python.hops if env.python else ()
    outside = [hop.path for hop in hops if not hop.path.startswith(inside)]
    return outside[0] if outside else env.startup.home_executable or env.bin_dir


def program(env: Environment) -> str:
    """Return the path of the interpreter as users run it."""
    return env.python.start if env.python else f"{env.bin_dir}/python" if env.bin_dir else env.path


def cfg_path(env: Environment) -> str:
    """Return the path of the pyvenv.cfg that counts."""
    return env.cfg.path if env.cfg else f"{env.path.rstrip('/')}/pyvenv.cfg"


def actual(env: Environment) -> str:
    """Return the Python that answers now: `Python 3.13.5`, `PyPy 3.9`."""
    file = env.interpreter
    if file is None or file.version is None:
        return "unknown"
    name = {"pypy": "PyPy", "graalpy": "GraalPy"}.get(file.implementation or "", "Python")
    thread = "t" if "t" in file.abi_flags else ""
    return f"{name} {file.version.text}{thread}"


def home_evidence(env: Environment) -> dict[str, Evidence]:
    """Return what pyvenv.cfg says of its base, and what is there."""
    start = env.startup
    return {"home": start.home, "state of home": start.home_state, "standard library": start.stdlib}


def packages(count: int) -> str:
    """Return `1 package`, `7 packages`."""
    return "1 package" if count == 1 else f"{count} packages"
