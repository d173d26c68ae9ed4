"""The machine that is looked at: whose homes, which variables, which system. For `--sysroot` it is the image's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.model.fact import fact, field

if TYPE_CHECKING:
    from collections.abc import Mapping


class Home(NamedTuple):
    """A user's home directory and the user's id."""

    path: str
    uid: int
    user: str = ""


@fact
class Host:
    """Where sources look and what rules compare with.

    Attributes:
        homes: the homes that are searched (one for a user's own scan, all of `/etc/passwd` for `--system` and
            `--sysroot`).
        environ: environment variables of the scanning process; empty for a sysroot (they say nothing of the image).
        platform: `linux`, `darwin` or `windows`.
        machine: `x86_64`, `aarch64` …: what the system's own programs are built for, None when unknown.
        foreign_machines: machines that binfmt_misc or the like also run.
        libc: `glibc`, `musl` or None.
        os: `/etc/os-release` (`id`, `version`, `name`).
        today: ISO date, for end-of-life tables.
    """

    homes: tuple[Home, ...] = ()
    environ: Mapping[str, str] = field(default_factory=dict)
    platform: str = "linux"
    machine: str | None = None
    foreign_machines: frozenset[str] = frozenset()
    libc: str | None = None
    os: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    uid: int | None = None
    sysroot: str | None = None
    today: str = "1970-01-01"
