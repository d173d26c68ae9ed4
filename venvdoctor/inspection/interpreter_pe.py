"""Facts of a Windows interpreter, as far as a reader on another system can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.model.interpreter import Interpreter

if TYPE_CHECKING:
    from venvdoctor.inspection.shared import Shared


def read_pe_interpreter(path: str, shared: Shared) -> Interpreter:  # noqa: ARG001
    """Return the facts of a Windows executable; total."""
    return Interpreter(executable=path, undecided=("a Windows program: its version is not read",))
