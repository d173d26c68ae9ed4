"""Copied interpreters: what they share with their installation is said once, of the installation."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.interpreter import Interpreter


def is_installed(interpreter: Interpreter) -> bool:
    """Whether the file lies in the installation that it runs with, and is no copy elsewhere."""
    prefix = (interpreter.prefix or "").rstrip("/")
    return interpreter.prefix is not None and interpreter.executable.startswith(prefix + "/")


def lone_copy(env: Environment) -> Interpreter | None:
    """Return the environment's copied interpreter where no installation with the same library speaks for it."""
    copy, base = env.interpreter, env.base
    if copy is None or copy.prefix is None or is_installed(copy):
        return None
    if base is not None and base.executable != copy.executable and is_installed(base) and base.stdlib == copy.stdlib:
        return None
    return copy
