"""Facts of one interpreter file and of what surrounds it, without running it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.model.interpreter import Interpreter

if TYPE_CHECKING:
    from venvdoctor.inspection.shared import Shared


def read_interpreter(path: str, shared: Shared) -> Interpreter:
    """Return the facts of an executable; total: any file whatsoever, or none, gives facts.

    Args:
        path: canonical path of the executable within the view (every link followed).
        shared: the context of the scan; the answer is kept in `shared.interpreters`.
    """
    known = shared.interpreters.get(path)
    if known is None:
        known = shared.interpreters[path] = Interpreter(executable=path, undecided=("interpreters are not read yet",))
    return known
