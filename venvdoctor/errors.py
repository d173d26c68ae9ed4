"""The one tree of errors a user can meet: a reference to look up, what happened, what to do next, and the exit code."""

from __future__ import annotations

EXIT_OK = 0
EXIT_FINDINGS = 1
EXIT_USAGE = 2
EXIT_INCOMPLETE = 3
EXIT_INTERRUPTED = 130


class VenvdoctorError(Exception):
    """Something the user can act on.

    Attributes:
        reference: stable kebab-case name of the situation, for searching.
        message: one sentence saying what happened.
        hint: one sentence saying what to do next, or the empty string.
        exit_code: what the process ends with when nothing catches it.
    """

    reference = "error"
    exit_code = EXIT_USAGE

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(VenvdoctorError):
    """A wrong option, PATH, code or combination of them."""

    reference = "usage"


class SettingsError(VenvdoctorError):
    """A settings file that cannot be read or that holds an unknown or ill-typed key."""

    reference = "settings"


class SilentError(VenvdoctorError):
    """What was asked for waits for file systems that do not answer."""

    reference = "silent"
    exit_code = EXIT_INCOMPLETE

    def __init__(self, places: tuple[str, ...]) -> None:
        super().__init__(f"{', '.join(places)}: its file system does not answer", hint="unmount it (`umount -l`)")


class FixError(VenvdoctorError):
    """A repair that was refused or that failed; the environment is as it was."""

    reference = "fix"
    exit_code = EXIT_FINDINGS
