"""What other readers know of an environment's files, for whoever follows its imports."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Mapping

    from venvdoctor.model.interpreter import Fault


class Evidence(NamedTuple):
    """Facts about files, by absolute path, and about names.

    Attributes:
        lost: recorded module files that are not there: path without suffix (a package: its directory) → (reason, path).
        sizes: recorded sizes of module files.
        native: faults of an extension module for this interpreter.
        readable: whether the environment's owner may read a file, by its status.
        own: whether a path belongs to the environment (the base's modules are not followed).
        damaged: top-level names of which some module is damaged.
        newer: names of distributions that are for newer Pythons only → what they require.
        absent: names that projects probably have which are required and not installed.
        replaced: sources that took the place of a recorded extension module that is gone: path without suffix → it.
        elder: top-level names of projects that may be for Python 2.
        needed: top-level name → those of the distributions that its own one requires, for whatever extra.
    """

    lost: Mapping[str, tuple[str, str]]
    sizes: Mapping[str, int]
    native: Callable[[str], tuple[Fault, ...]]
    readable: Callable[[os.stat_result], bool]
    own: Callable[[str], bool]
    damaged: frozenset[str] = frozenset()
    newer: Mapping[str, str] = {}
    absent: frozenset[str] = frozenset()
    needed: Mapping[str, frozenset[str]] = {}
    elder: frozenset[str] = frozenset()
    replaced: Mapping[str, str] = {}

    @property
    def suspicious(self) -> bool:
        """Whether something is known that may make imports fail."""
        return bool(self.damaged or self.newer or self.absent)
