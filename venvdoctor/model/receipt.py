"""What an environment's manager wrote down about it: pipx_metadata.json, uv-receipt.toml."""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.model.fact import fact, field

if TYPE_CHECKING:
    from collections.abc import Mapping


@fact
class Receipt:
    """A manager's own record.

    Attributes:
        main_package: the project that the environment exists for; `requirements` as the manager was asked for it.
        injected: what was put beside it (`pipx inject`, `uv tool install --with`).
        python: the interpreter (a path or a request) that it was made with; `python_exists` None: unknown.
        launchers: files outside that the manager made for it; `launchers_missing` those not there.
        problem: `missing`, `garbled`, `unreadable` or "".
        shared_missing: (`.pth` file, directory of pipx's shared libraries) where that directory is gone.
        extends: the environment that an overlay of uv adds to; `extends_exists` None: nobody can tell.
        values: what else a faithful rebuild needs: `suffix`, `pip_args`, `venv_args`, `pinned` …
    """

    manager: str
    path: str
    main_package: str = ""
    requirements: tuple[str, ...] = ()
    injected: tuple[str, ...] = ()
    python: str | None = None
    python_exists: bool | None = None
    launchers: tuple[str, ...] = ()
    launchers_missing: tuple[str, ...] = ()
    shared_missing: tuple[tuple[str, str], ...] = ()
    extends: str | None = None
    extends_exists: bool | None = None
    problem: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
