"""Things outside that name an environment or an interpreter: launchers, kernels, units, hooks, editor settings."""

from __future__ import annotations

from typing import Literal

from venvdoctor.model.fact import fact

DependentKind = Literal[
    "launcher", "kernel", "git-hook", "pre-commit-cache", "tox", "project", "version-file", "systemd", "cron",
    "launchd", "desktop", "supervisor", "vscode", "idea", "shell", "direnv", "path", "search-path", "receipt",
    "conda-registry", "conda-init",
]  # fmt: skip
TargetState = Literal[
    "ok",
    "missing",
    "dangling",
    "not-executable",
    "interpreter-missing",
    "module-missing",
    "module-stranded",
    "unreadable",
    "undecided",
]


@fact
class Dependent:
    """One reference from outside.

    Attributes:
        kind: what kind of place names it.
        path, line: where it stands; `line` 1-based, 0 where there are no lines.
        name: how people call it (the kernel's display name, the command's name, the unit's name).
        target: the path that it names; `state` what running it would meet; `detail` which hop is missing.
        environment: directory of the environment that the target lies in, when it lies in one (existing or not).
        certain: running it fails when the target does; False: a shell decides, or failure is tolerated.
        fallback: what answers instead of the target when it is gone, or in place of the version that it was made for
            (`module-stranded`: the packages are left in `environment`); `""` for nothing known.
    """

    kind: DependentKind
    path: str
    name: str
    target: str
    state: TargetState
    line: int = 0
    detail: str = ""
    environment: str | None = None
    certain: bool = True
    fallback: str = ""
