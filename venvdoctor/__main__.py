"""The program: answers `--version` at once, gives the rest to the command line, and never ends in a traceback."""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from venvdoctor.caching.replay import Answer


def main(argv: Sequence[str] | None = None) -> int:
    """Run the program and return its exit code (CONTRACT: 0, 1, 2, 3, 130)."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    _open_streams()
    if argv is None:
        _leave_directory()
        _speak_utf8()
    return _flushed(_run(arguments, whole=argv is None))


def _run(arguments: list[str], *, whole: bool) -> int:
    """Carry out a line; `whole`: it is what this process was started for."""
    if arguments[:1] in (["--version"], ["-V"]):
        from venvdoctor import __version__  # noqa: PLC0415

        sys.stdout.write(f"venvdoctor {__version__}\n")
        return 0
    try:
        if arguments[:1] == ["scan"]:
            from venvdoctor.caching.replay import replayed  # noqa: PLC0415

            known = replayed(arguments, os.environ)
            if known is not None:
                code = _printed(known)
                if whole:
                    os._exit(code)  # all is written; taking the interpreter down takes as long as the answer did
                return code
        if whole:
            import gc  # noqa: PLC0415

            gc.set_threshold(100_000, 50, 100)  # facts have no cycles: looking for some takes a tenth of a scan
        from venvdoctor.cli._main import run  # noqa: PLC0415

        return run(arguments)
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001 - the last line of defence
        return _crashed(error)


def _flushed(code: int) -> int:
    """Write what is still to be written, and return the exit code: Python's own would be 120, with a traceback."""
    try:
        sys.stdout.flush()
    except OSError as error:
        from venvdoctor.cli._guard import failed, silence  # noqa: PLC0415

        if isinstance(error, BrokenPipeError):
            silence()
        else:
            code = failed(error)
    try:
        sys.stderr.flush()
    except OSError:  # nobody listens
        os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    return code


def _printed(known: Answer) -> int:
    """Print what an earlier run printed and return the exit code."""
    try:
        sys.stdout.write(known.text)
        sys.stdout.flush()
    except OSError as error:
        from venvdoctor.cli._guard import failed, silence  # noqa: PLC0415

        if not isinstance(error, BrokenPipeError):
            return failed(error)
        silence()
        return known.gone
    return known.code


def _open_streams() -> None:
    """Give every standard stream somewhere to go: with one closed, the next file opened would take its place."""
    for number in (0, 1, 2):
        if not _is_open(number):
            os.open(os.devnull, os.O_RDWR)
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - open until the end


def _leave_directory() -> None:
    """Take off the import path what depends on where we stand: it may be what is to be looked at.

    `python -m` puts the working directory there, and so does an empty entry of PYTHONPATH (`$PYTHONPATH:/x`).
    What lies below the directory that the program comes from is as good as the program: a clone's own libraries.
    """
    library = os.path.dirname(os.__file__)
    home = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    own, below = (home, library, os.path.join(library, "lib-dynload")), os.path.join(home, "")
    given = os.environ.get("PYTHONPATH", "")
    places = given.split(os.pathsep) if given and not sys.flags.ignore_environment else []
    try:
        here = [os.path.abspath(place) for place in ("", *places) if not os.path.isabs(place)]
    except OSError:  # the working directory is gone: nothing is imported from it
        here = []
    first = len(places) + 1
    sys.path[:first] = [
        path for path in sys.path[:first] if path in own or path.startswith(below) or (path and path not in here)
    ]


def _speak_utf8() -> None:
    """Begin anew in UTF-8 mode where the locale has another encoding (PEP 540).

    Names on the disk are compared with the content of files, which is UTF-8 whatever the locale says: decoded in two
    ways, the same path would look moved. What is printed stays in the locale's encoding.
    """
    if sys.getfilesystemencoding().lower() == "utf-8" or sys.flags.utf8_mode or not sys.executable:
        return
    os.environ.setdefault("PYTHONIOENCODING", sys.stdout.encoding or "ascii")
    os.execv(sys.executable, [sys.orig_argv[0], "-X", "utf8", *sys.orig_argv[1:]])  # noqa: S606 - this very program


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True


def _crashed(error: Exception) -> int:
    """Say what happened in one line; the traceback is for whoever asks with VENVDOCTOR_DEBUG."""
    if os.environ.get("VENVDOCTOR_DEBUG"):
        raise error
    if isinstance(error, MemoryError):
        sys.stderr.write("venvdoctor: there is not enough memory\n")
        return 3
    sys.stderr.write(f"venvdoctor: internal error: {type(error).__name__}: {ascii(str(error))[1:-1]}\n")
    sys.stderr.write("hint: set VENVDOCTOR_DEBUG=1 to see where, and report it\n")
    return 3


if __name__ == "__main__":
    sys.exit(main())
