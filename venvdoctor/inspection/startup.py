"""What getpath and site would compute for an environment's interpreter, without starting it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from venvdoctor.model.environment import Startup

if TYPE_CHECKING:
    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.environment import Environment


def emulate(env: Environment, shared: Shared) -> Environment:  # noqa: ARG001
    """Return the environment with its base interpreter, its stack and its start-up."""
    version = env.interpreter.version if env.interpreter else None
    sites: tuple[str, ...] = ()
    if env.layout == "windows":
        sites = (f"{env.path}/Lib/site-packages",)
    elif version and env.interpreter:
        name = "pypy" if env.interpreter.implementation == "pypy" else "python"
        thread = "t" if "t" in env.interpreter.abi_flags and version >= (3, 13) else ""
        sites = (f"{env.path}/lib/{name}{version.series}{thread}/site-packages",)
    starts = True if env.interpreter and not env.interpreter.faults else None if env.python is None else False
    return replace(env, base=env.interpreter, startup=Startup(starts=starts, prefix=env.path, site_dirs=sites))
