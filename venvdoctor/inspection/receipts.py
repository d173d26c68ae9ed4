"""Reads what an environment's manager wrote down about it: enough to rebuild it faithfully."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.receipt import Receipt


def read_receipt(env: Environment, shared: Shared) -> Receipt | None:  # noqa: ARG001
    """Return the manager's own record of this environment, None where it keeps none."""
    return None
