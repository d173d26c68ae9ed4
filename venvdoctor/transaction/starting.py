"""Programs that a repair starts: in a group of their own, which ends as a whole when the repair does."""

from __future__ import annotations

import os
import signal
import subprocess
from typing import TYPE_CHECKING

from venvdoctor.transaction.trust import require_program
from venvdoctor.transaction.work import clean_environment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from venvdoctor.transaction.work import Work

    Variables = Mapping[str, str]

TIMED_OUT = 124  # what timeout(1) ends with


def start(
    work: Work, words: Sequence[str], *, given: str = "", environ: Variables | None = None, timeout: float | None = None
) -> tuple[int, str]:
    """Start a program in the transaction's folder, holding its lock; return its exit code and all that it printed.

    Args:
        work: the transaction.
        words: the program's path and its arguments, never for a shell.
        given: what it reads.
        environ: variables beside those that bend nothing.
        timeout: seconds; then it and all that it started are ended.

    Raises:
        FixError: somebody else may have put the program there.
        OSError: it cannot be started.
    """
    require_program(words[0], work.anchor.path)
    with subprocess.Popen(  # noqa: S603 - words, never a shell
        words,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**clean_environment(os.environ), **(environ or {})},
        cwd=work.path(work.folder),
        pass_fds=(work.lock_fd,),
        start_new_session=True,
    ) as process:
        try:
            output = process.communicate(given.encode(), timeout)[0]
        except subprocess.TimeoutExpired as error:
            _end(process)
            return TIMED_OUT, (error.stdout or b"").decode("utf-8", "replace")
        except BaseException:
            _end(process)
            raise
    return process.returncode, output.decode("utf-8", "replace")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a program and what it started: a pip that lives on would write into what is being put back."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except OSError:  # it has ended by itself
        process.kill()
