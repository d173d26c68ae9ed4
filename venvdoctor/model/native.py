"""Extension modules of installed packages that their interpreter cannot load, and who would notice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from venvdoctor.model.interpreter import Fault

Use = Literal["required", "conditional", "optional", "unknown"]
NativeReason = Literal["wrong-tag", "unloadable", "undecided"]


@dataclass(frozen=True, slots=True, kw_only=True)
class NativeModule:
    """One extension module that does not load.

    Attributes:
        name: dotted name, as it would be imported.
        path: the file (the first one where several builds stand side by side).
        reason: `wrong-tag` (only builds for other interpreters are there), `unloadable` (see `faults`), `undecided`.
        builds: for `wrong-tag`, the names of those files.
        use: `required`: a module that users import fails with it; `conditional`: one imports it under an `if`;
            `optional`: every import of it is prepared to do without; `unknown`: no source file imports it plainly.
        importers: the modules that fail with it, the nearest first (at most ten).
        loadable: how many extension modules of the same distribution do load.
        detail: why nobody can tell, for `undecided`.
    """

    name: str
    path: str
    reason: NativeReason
    faults: tuple[Fault, ...] = ()
    builds: tuple[str, ...] = ()
    use: Use = "unknown"
    importers: tuple[str, ...] = ()
    loadable: int = 0
    detail: str = ""
