"""Facts of a Mach-O interpreter, as far as a reader on another system can tell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.model.interpreter import Fault, Interpreter

if TYPE_CHECKING:
    from venvdoctor.inspection.shared import Shared


def read_macho_interpreter(path: str, shared: Shared) -> Interpreter:
    """Return the facts of a Mach-O executable; total."""
    if shared.host.platform != "darwin":
        fault = Fault("wrong-machine", path, "darwin", f"a program for macOS, on {shared.host.platform}")
        return Interpreter(executable=path, faults=(fault,))
    return Interpreter(executable=path, undecided=("a Mach-O program: its version is not read",))
