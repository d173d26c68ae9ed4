"""Completion: the script for a shell, printed or installed, and the words that options and arguments take."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from venvdoctor.errors import EXIT_OK, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SHELLS = ("bash", "zsh", "fish", "powershell", "pwsh")
OPTIONS = ("--install-completion", "--show-completion")


def among(*words: str) -> Callable[[str], list[str]]:
    """Return what completes one of a few words."""

    def complete(incomplete: str) -> list[str]:
        return [word for word in words if word.startswith(incomplete)]

    return complete


def rule_code(incomplete: str) -> list[str]:
    """Complete a rule's code, or its name."""
    from venvdoctor.registry import member_names  # noqa: PLC0415 - no rule is imported for its name

    stems = [name.partition("_") for name in member_names("venvdoctor.rules")]
    words = [stem[0].upper() for stem in stems] + [stem[2].replace("_", "-") for stem in stems]
    return [word for word in words if word.startswith((incomplete, incomplete.upper()))]


def run(arguments: Sequence[str], program: str) -> int:
    """Show or install the completion of one shell, the current one if none is named.

    Raises:
        UsageError: a shell that is not known.
    """
    from typer import completion  # noqa: PLC0415 - only here

    option, _, value = arguments[0].partition("=")
    shell = value or (arguments[1] if len(arguments) > 1 else _current())
    if shell not in SHELLS:
        raise UsageError(f"there is no completion for {shell or 'this shell'!r}", hint=f"name one: {', '.join(SHELLS)}")
    variable = f"_{program.upper()}_COMPLETE"
    if option == "--show-completion":
        script = completion.get_completion_script  # type: ignore[attr-defined] # imported there since 0.2
        sys.stdout.write(script(prog_name=program, complete_var=variable, shell=shell) + "\n")
        return EXIT_OK
    _, path = completion.install(shell=shell, prog_name=program, complete_var=variable)  # type: ignore[attr-defined]
    sys.stdout.write(f"Completion for {shell} is installed in {path}; a new shell has it.\n")
    return EXIT_OK


def _current() -> str:
    """Return the name of the shell that started this process; of the login shell, when that cannot be told."""
    try:
        from shellingham import ShellDetectionFailure, detect_shell  # type: ignore[import-untyped] # noqa: PLC0415

        try:
            return str(detect_shell()[0])
        except ShellDetectionFailure:
            pass
    except ImportError:
        pass
    return os.path.basename(os.environ.get("SHELL", ""))
