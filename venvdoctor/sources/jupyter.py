"""Environments that Jupyter's kernels run in; the kernel names the interpreter, whoever manages the environment.

Source: jupyter_core/paths.py (`jupyter_path`), jupyter_client/kernelspec.py (`argv`).
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from venvdoctor.model.environment import Candidate, Unreadable
from venvdoctor.source import Source
from venvdoctor.sources._places import data_dirs, expand, matching, variable
from venvdoctor.sources._settings import read_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.model.host import Home, Host
    from venvdoctor.view import View

source = Source(
    name="jupyter", summary="environments that kernels below `$JUPYTER_DATA_DIR` and the usual places run in"
)


@source.finder
def find(view: View, host: Host, home: Home) -> Iterator[Candidate | Unreadable]:
    """Yield the directory above the `bin` of each kernel's interpreter."""
    places = [variable(host, home, "JUPYTER_DATA_DIR"), *(f"{data}/jupyter" for data in data_dirs(host, home))]
    places += [f"{home.path}/Library/Jupyter"] if host.platform == "darwin" else []
    for place in dict.fromkeys([*places, "/usr/local/share/jupyter", "/usr/share/jupyter"]):
        for kernel in matching(view, f"{place}/kernels", r".+") if place else ():
            program = _program(read_text(view, f"{kernel}/kernel.json"))
            path = expand(program, host, home) if program else None
            if path and posixpath.basename(posixpath.dirname(path)) in ("bin", "Scripts"):
                yield Candidate(path=posixpath.dirname(posixpath.dirname(path)))


def _program(text: str) -> str | None:
    """Return the first word of a kernel's command."""
    import json  # noqa: PLC0415 - only where there are kernels

    try:
        words = json.loads(text)["argv"]
        return words[0] if isinstance(words[0], str) else None
    except (ValueError, KeyError, TypeError, IndexError, RecursionError):
        return None
