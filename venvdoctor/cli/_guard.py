"""What every command has around it: errors become one sentence and an exit code, a closed pipe is no error."""

from __future__ import annotations

import errno
import functools
import os
import sys
from typing import TYPE_CHECKING, Any

from venvdoctor.errors import EXIT_INCOMPLETE, EXIT_INTERRUPTED, EXIT_OK, VenvdoctorError
from venvdoctor.escape import printable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)


def guarded(command: Callable[..., Any]) -> Callable[..., Any]:
    """Return the command for typer: it exits with the code that `ended` returns."""

    @functools.wraps(command)
    def run(*args: Any, **options: Any) -> None:
        sys.exit(ended(command, *args, **options))

    return run


def ended(command: Callable[..., Any], /, *args: Any, **options: Any) -> int:
    """Run a command and return one of the contract's exit codes: it never ends with a traceback of ours."""
    try:
        code = command(*args, **options)
        sys.stdout.flush()
    except VenvdoctorError as error:
        complain(error.message, error.hint)
        code = error.exit_code
    except BrokenPipeError:
        code = 0
        silence()
    except KeyboardInterrupt:
        code = EXIT_INTERRUPTED
    except OSError as error:
        code = failed(error)
    return code or 0


def failed(error: OSError) -> int:
    """Say what the system refused, and return the exit code."""
    if os.environ.get("VENVDOCTOR_DEBUG"):
        raise error
    place = f"{error.filename}: " if error.filename else "the output: " if error.errno in FULL else ""
    complain(f"{place}{error.strerror or error}")
    silence()
    return EXIT_INCOMPLETE


def complain(message: str, hint: str = "") -> None:
    """Say on standard error what is wrong and what to do next."""
    lines = [f"venvdoctor: {printable(message)}"]
    if hint:
        lines.append(f"hint: {printable(hint)}")
    text = "\n".join(lines) + "\n"
    try:
        encoding = sys.stderr.encoding or "ascii"
        sys.stderr.write(text.encode(encoding, "backslashreplace").decode(encoding))
    except (OSError, ValueError):  # nobody listens
        pass


def left_out(errors: Iterable[tuple[str, str]]) -> int:
    """Say what could not be examined; return the exit code of an incomplete look, 0 where nothing was left out."""
    told = dict.fromkeys(f"{path}: {reason}" for path, reason in errors)
    for line in told:
        complain(line)
    return EXIT_INCOMPLETE if told else EXIT_OK


def silence() -> None:
    """Let nothing more be written to a standard output whose reader has gone (docs.python.org, library/signal)."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
