r"""What can be said on another system of an environment made on Windows: its `python.exe` only redirects to `home`.

Source: PC/venvlauncher.c: beside the executable, then above it, is pyvenv.cfg; `home\python.exe` is started.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.model.environment import Startup
from venvdoctor.model.fact import replace

if TYPE_CHECKING:
    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.environment import Environment


def emulate_windows(env: Environment, shared: Shared) -> Environment:  # noqa: ARG001 - the shape of every emulation
    """Return the environment with what its own files decide; the rest is undecided on this system."""
    site = (f"{env.path.rstrip('/')}/Lib/site-packages",)
    home = env.cfg.first("home") if env.cfg else None
    starts, reason = _verdict(env, home)
    isolated = env.cfg is not None
    startup = Startup(
        starts=starts,
        reason=reason,
        isolated=isolated,
        prefix=env.path if isolated else None,
        home=home,
        home_state="denied" if home else "absent",
        site_dirs=site if isolated else (),
    )
    return replace(env, startup=startup)


def _verdict(env: Environment, home: str | None) -> tuple[bool | None, str]:
    if env.python is None:
        return False, "no-interpreter"
    if env.python.end in ("missing", "loop", "not-a-file"):
        return False, {"missing": "dangling"}.get(env.python.end, env.python.end)
    if env.interpreter is not None and env.interpreter.faults:
        return False, env.interpreter.faults[0].kind
    if env.kind == "conda":
        return None, "windows"
    if env.cfg is None:
        return None, "windows"
    if not home:
        return False, "no-home"
    return None, "windows"
