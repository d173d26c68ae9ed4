"""What an environment's manager wrote down about it: pipx_metadata.json, uv-receipt.toml, poetry's envs.toml …"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """A manager's own record; `problem` when it cannot be read (`missing`, `garbled`)."""

    manager: str
    path: str
    main_package: str = ""
    requirements: tuple[str, ...] = ()
    injected: tuple[str, ...] = ()
    python: str | None = None
    launchers: tuple[str, ...] = ()  # files outside the environment that the manager made for it
    problem: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
