"""Environments that packages of the system bring: dh-virtualenv's `/opt/venvs` and `/usr/share/python`.

Source: dh-virtualenv's documentation (`$DH_VIRTUALENV_INSTALL_ROOT`, `/opt/venvs`, earlier `/usr/share/python`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.source import Source
from venvdoctor.sources._places import children, variable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.model.environment import Candidate, Unreadable
    from venvdoctor.model.host import Home, Host
    from venvdoctor.view import View

source = Source(name="system", summary="`/opt/venvs`, `/usr/share/python`, `$DH_VIRTUALENV_INSTALL_ROOT`")


@source.finder
def find(view: View, host: Host, home: Home) -> Iterator[Candidate | Unreadable]:
    """Yield what stands in those directories."""
    for folder in (variable(host, home, "DH_VIRTUALENV_INSTALL_ROOT"), "/opt/venvs", "/usr/share/python"):
        if folder:
            yield from children(view, folder, None)
