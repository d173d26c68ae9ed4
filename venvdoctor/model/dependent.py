"""Things outside that name an environment or an interpreter: launchers, kernels, units, hooks, editor settings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TargetState = Literal["ok", "missing", "dangling", "not-executable", "interpreter-missing", "undecided"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependent:
    """One reference from outside.

    Attributes:
        kind: `launcher`, `kernel`, `git-hook`, `systemd`, `cron`, `vscode`, `idea`, `python-version`, `shell`, `desktop` …
        path, line: where it stands; `line` 1-based, 0 where there are no lines.
        name: how people call it (the kernel's display name, the command's name).
        target: the path that it names; `state` what running it would meet; `detail` which hop is missing.
        environment: directory of the environment that the target lies in, when it lies in one (existing or not).
    """

    kind: str
    path: str
    name: str
    target: str
    state: TargetState
    line: int = 0
    detail: str = ""
    environment: str | None = None
