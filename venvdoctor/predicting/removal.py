"""Whether an interpreter may be removed: what hangs on it, and whose it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.typeset import number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from venvdoctor.report import InterpreterData

SYSTEM = frozenset(
    {
        "debian",
        "ubuntu",
        "deadsnakes",
        "fedora",
        "rpm",
        "redhat",
        "suse",
        "arch",
        "alpine",
        "gentoo",
        "void",
        "apple",
        "xcode",
        "nix",
        "guix",
        "system",
    }
)


def advice(interpreter: InterpreterData, environments: Sequence[str], *, everywhere: bool, gone: bool = False) -> str:
    """Return one clause on removing an interpreter.

    Args:
        interpreter: its entry in the report.
        environments: directories of the environments that hang on it.
        everywhere: whether every place where an environment could be was looked at.
        gone: whether there is nothing at its path any more.
    """
    if gone:
        return "it is gone: `venvdoctor fix` gives its environments another" if environments else "it is gone"
    if environments:
        what = f"{number(len(environments), 'environment')} would break"
        return f"not safe to remove: {what}"
    if interpreter["provider"] in SYSTEM:
        return "it belongs to the operating system: leave its removal to the package manager"
    if not everywhere:
        return "no environment that was found hangs on it (--system looks everywhere)"
    return "no environment hangs on it: safe to remove, unless a script outside environments names it"
