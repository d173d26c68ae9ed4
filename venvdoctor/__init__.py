"""venvdoctor finds every Python environment and says which are broken, by which cause, and how to get them back."""

from __future__ import annotations

TYPE_CHECKING = False  # importing typing costs more than everything else here
if TYPE_CHECKING:
    from typing import Any

    from venvdoctor.api import ScanRequest, Session, examine, exit_code, open_session, scan, stream
    from venvdoctor.config import Config

__version__ = "0.1.0"
__all__ = ["Config", "ScanRequest", "Session", "__version__", "examine", "exit_code", "open_session", "scan", "stream"]

_HOMES = {"Config": "venvdoctor.config"}


def __getattr__(name: str) -> Any:
    """Import the public API on first use, so that `venvdoctor --version` stays as fast as Python."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module  # noqa: PLC0415

    return getattr(import_module(_HOMES.get(name, "venvdoctor.api")), name)


def __dir__() -> list[str]:
    return __all__
