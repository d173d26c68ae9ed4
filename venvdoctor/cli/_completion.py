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
        UsageError: a shell that is not known, or a home that nothing may be written to.
    """
    from typer import completion  # noqa: PLC0415 - only here

    option, _, value = arguments[0].partition("=")
    shell = value or (arguments[1] if len(arguments) > 1 else _current())
    if shell not in SHELLS:
        raise UsageError(f"there is no completion for {shell or 'this shell'!r}", hint=f"name one: {', '.join(SHELLS)}")
    script = completion.get_completion_script(  # type: ignore[attr-defined] # imported there since 0.2
        prog_name=program, complete_var=f"_{program.upper()}_COMPLETE", shell=shell
    )
    if option == "--show-completion":
        sys.stdout.write(script + "\n")
        return EXIT_OK
    from venvdoctor.escape import printable  # noqa: PLC0415

    try:
        path = _install(shell, program, script + "\n")
    except OSError as error:
        raise UsageError(f"{error.filename or shell}: {error.strerror}") from None
    sys.stdout.write(f"Completion for {shell} is installed in {printable(path)}; a new shell has it.\n")
    return EXIT_OK


def _install(shell: str, program: str, script: str) -> str:
    """Write the script where the shell looks for it, and one line to its start-up file; return the script's path.

    What a start-up file holds is never rewritten: a full disk would take it along.

    Raises:
        UsageError: root with another user's HOME.
        OSError: it cannot be written, or PowerShell cannot be asked where its profile is.
    """
    from shlex import quote  # noqa: PLC0415

    from venvdoctor import plainfile  # noqa: PLC0415

    home = os.path.expanduser("~")
    if hasattr(os, "geteuid") and os.geteuid() == 0 and os.stat(home).st_uid != 0:
        raise UsageError(f"root writes nothing to {home}: it belongs to another user", hint="run it as that user")
    if shell in ("powershell", "pwsh"):
        profile = _profile(shell)
        _append(profile, script)
        return profile
    places = {
        "bash": (f".bash_completions/{program}.sh", ".bashrc"),
        "zsh": (f".zfunc/_{program}", ".zshrc"),
        "fish": (f".config/fish/completions/{program}.fish", ""),
    }
    place, start = places[shell]
    path = os.path.join(home, place)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    plainfile.write(path, [script])
    if start:
        line = f"source {quote(path)}" if shell == "bash" else "fpath+=~/.zfunc; autoload -Uz compinit; compinit"
        _append(os.path.join(home, start), line + "\n")
    return path


def _profile(shell: str) -> str:
    """Return the path of PowerShell's profile, as it tells it."""
    import subprocess  # noqa: PLC0415 - for one shell only

    words = [shell, "-NoProfile", "-Command", "echo $profile"]
    done = subprocess.run(words, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)  # noqa: S603
    path = done.stdout.strip()
    if done.returncode or not os.path.isabs(path):
        raise UsageError(f"{shell} does not tell where its profile is", hint="see --show-completion")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    return path


def _append(path: str, text: str) -> None:
    """Add whole lines to a file, unless they are there."""
    with open(path, "a+b") as stream:
        stream.seek(0)
        content, added = stream.read(), text.encode()
        if b"\n" + added not in b"\n" + content:
            stream.write((b"" if content[-1:] in (b"", b"\n") else b"\n") + added)


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
