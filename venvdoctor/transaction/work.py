"""One transaction being carried out: what its steps share, and the variables that the programs they start may see."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.transaction.journal import KEEP

if TYPE_CHECKING:
    from collections.abc import Callable

    from venvdoctor.transaction.anchor import Anchor
    from venvdoctor.transaction.journal import Journal

BENT = frozenset(  # variables that change which Python runs or where a builder installs
    [
        "PYTHONHOME",
        "PYTHONPATH",
        "PYTHONSTARTUP",
        "PYTHONUSERBASE",
        "PYTHONSAFEPATH",
        "__PYVENV_LAUNCHER__",
        "VIRTUAL_ENV",
        "CONDA_PREFIX",
        "PIP_TARGET",
        "PIP_PREFIX",
        "PIP_ROOT",
        "PIP_DRY_RUN",
        "PIP_USER",
        "PIP_REQUIRE_VIRTUALENV",
        "PIP_PYTHON",
        "UV_PROJECT_ENVIRONMENT",
        "UV_PYTHON",
    ]
)


class Measured(NamedTuple):
    """What running the repaired environment showed.

    Attributes:
        version: series that answered.
        imports, scripts: how many names were imported and how many entry points loaded.
        failed: (name, reason) of what does not load, and did not before either as far as anybody knows.
    """

    version: str
    imports: int = 0
    scripts: int = 0
    failed: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        """How people say it."""
        parts = [f"starts as Python {self.version}"]
        parts += [f"{self.imports} import{'s work' if self.imports != 1 else ' works'}"] if self.imports else []
        parts += [f"{self.scripts} script{'s load' if self.scripts != 1 else ' loads'}"] if self.scripts else []
        return ", ".join(parts)


@dataclass(slots=True, kw_only=True)
class Work:
    """One transaction being carried out.

    Attributes:
        folder: where the old things are kept, relative to the root.
        lock_fd: held by every program that is started, so that the next run knows that it still works.
        tell: called with a line of progress.
        umask, group: what new files are not allowed, and whose they are, as the old site-packages shows it.
        worked: names that loaded before anything was changed.
        measured: what the last verification showed.
    """

    anchor: Anchor
    journal: Journal
    lock_fd: int
    tell: Callable[[str], None] = field(default=lambda _line: None)
    count: int = 0
    umask: int = 0o022
    group: int = -1
    worked: frozenset[str] = frozenset()
    measured: Measured | None = None

    @property
    def folder(self) -> str:
        """Where the old things are kept, relative to the root."""
        return f"{KEEP}/{self.journal.id}"

    def slot(self) -> str:
        """Return a fresh place for one old thing."""
        self.count += 1
        return f"{self.folder}/{self.count}"

    def path(self, relative: str) -> str:
        """Return the absolute path of something below the root, for programs and messages."""
        return os.path.join(self.anchor.path, relative)


def clean_environment(environ: os._Environ[str] | dict[str, str]) -> dict[str, str]:
    """Return the variables for a builder: none that would bend which Python runs or where it installs."""
    return {key: value for key, value in environ.items() if key not in BENT} | {"PYTHONDONTWRITEBYTECODE": "1"}
