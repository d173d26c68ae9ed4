"""Who made an interpreter."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.interpreter import Interpreter


def provider_of(found: Interpreter, shared: Shared) -> str:
    """Return the provider's name, `unknown` where nothing tells."""
    return "unknown"
