"""Reads what stands outside the environments and names one: launchers, kernels, units, hooks, editor settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.dependent import Dependent


def find_dependents(shared: Shared, environments: Iterable[str] = ()) -> list[Dependent]:  # noqa: ARG001
    """Return every reference from outside, in a stable order.

    Args:
        shared: the context of the scan; its host names the homes.
        environments: directories of the environments that were found; project files beside them are read too.
    """
    return []
