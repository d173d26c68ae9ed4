"""The machine that is looked at, read from its own files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.model.host import Host

if TYPE_CHECKING:
    from collections.abc import Mapping

    from venvdoctor.view import View


def read_host(view: View, environ: Mapping[str, str], sysroot: str | None = None, *, all_homes: bool = False) -> Host:
    """Return the facts of the machine that the view shows; total.

    Args:
        view: the door to the disk; for a sysroot the rooted view.
        environ: variables of this process; they are not used for a sysroot.
        sysroot: directory of the image, None for the machine that runs.
        all_homes: every user's home, rather than the caller's own.
    """
    return Host(environ={} if sysroot else dict(environ), sysroot=sysroot)
