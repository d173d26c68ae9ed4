"""What an environment stands on: other environments on the way to its interpreter, and the interpreter `home` names."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from venvdoctor.inspection.chain import walk
from venvdoctor.inspection.interpreter import read_interpreter

if TYPE_CHECKING:
    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.chain import Chain
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.interpreter import PythonVersion


def home_chain(
    env: Environment, version: PythonVersion | None, shared: Shared, *, same_series: bool = False
) -> Chain | None:
    """Return the chain from the interpreter in `home` (getpath's order of names), None when there is none.

    Args:
        env: the environment.
        version: of the file that runs.
        shared: the context of the scan.
        same_series: pass over interpreters of another version: an upgrade gives `python3` to the next one, and a copy
            goes on to live on the library of its own.
    """
    home = env.cfg.first("home") if env.cfg else None
    if not home or not home.startswith("/"):
        return None
    own = posixpath.basename(env.python.start) if env.python else "python"
    names = [own, "python3"]
    names += [f"python{version.series}"] if version else []
    names += ["python", "pypy3", "pypy"]
    for name in dict.fromkeys(names):
        chain = walk(shared.view, f"{home.rstrip('/')}/{name}")
        if chain.end == "file" and (not same_series or _may_be(env, chain, shared)):
            return chain
    return None


def _may_be(env: Environment, chain: Chain, shared: Shared) -> bool:
    """Whether an interpreter is of the version of the file that runs, as far as the files tell."""
    copy = env.interpreter
    if copy is None or copy.version is None or chain.real is None:
        return True
    found = read_interpreter(chain.real, shared)
    same = found.version is not None and found.version[:2] == copy.version[:2]
    return found.version is None or (same and ("t" in found.abi_flags) == ("t" in copy.abi_flags))


def bases(env: Environment, shared: Shared) -> tuple[str, ...]:
    """Return the environments that the chain or `home` passes through, the nearest first."""
    places = [hop.path for hop in env.python.hops[1:]] if env.python else []
    version = env.interpreter.version if env.interpreter else None
    if env.python is None or env.python.end != "file" or not env.python.is_link or _leads_elsewhere(env):
        chain = home_chain(env, version, shared)
        places += [hop.path for hop in chain.hops] if chain else []
    found: list[str] = []
    for place in places:
        root = posixpath.dirname(posixpath.dirname(place))
        if root not in found and not _is_own(root, env, shared) and _is_environment(root, shared):
            found.append(root)
    return tuple(found)


def _leads_elsewhere(env: Environment) -> bool:
    """Whether `home` is a directory that the chain does not pass through."""
    home = env.cfg.first("home") if env.cfg else None
    return bool(home and env.python and all(posixpath.dirname(hop.path) != home.rstrip("/") for hop in env.python.hops))


def _is_own(root: str, env: Environment, shared: Shared) -> bool:
    if root in (env.path, env.real):
        return True
    try:
        status = shared.view.stat(root)
    except (OSError, ValueError):
        return False
    return (status.st_dev, status.st_ino) == env.identity


def _is_environment(root: str, shared: Shared) -> bool:
    store = shared.store(__name__)
    if root not in store:
        view = shared.view
        store[root] = view.kind(root + "/pyvenv.cfg") == "file" or view.kind(root + "/conda-meta") == "dir"
    return bool(store[root])
