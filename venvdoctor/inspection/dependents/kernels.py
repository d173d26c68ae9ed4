"""Jupyter kernelspecs: `kernel.json` in the data directories of users, the system, and the environments themselves.

Source: jupyter_core.paths (jupyter_path), jupyter_client.kernelspec; jupyter_client replaces a bare `python` in
`argv[0]` with the interpreter that runs the server, so only absolute paths name an environment.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from venvdoctor.inspection.dependents.place import Spot, dependent, with_module
from venvdoctor.inspection.launch import is_python

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.inspection.dependents.place import Places
    from venvdoctor.model.dependent import Dependent

SYSTEM = ("/usr/local/share/jupyter", "/usr/share/jupyter")
_INSIDE = re.compile(r"(/[^\s'\";&|()$`]+)")


def read(places: Places) -> Iterator[Dependent]:
    """Yield every kernel that starts a Python by path."""
    for data in dict.fromkeys(_data_directories(places)):
        for name in places.names(f"{data}/kernels"):
            path = f"{data}/kernels/{name}/kernel.json"
            text = places.text(path)
            if text is not None:
                yield from _kernel(places, path, name, text)


def _data_directories(places: Places) -> Iterator[str]:
    for _, path in places.below_homes(".local/share/jupyter", "Library/Jupyter", ".ipython"):
        yield path
    for value in (*places.variable("JUPYTER_PATH").split(":"), places.variable("JUPYTER_DATA_DIR")):
        if value.startswith("/"):
            yield value
    if places.variable("XDG_DATA_HOME").startswith("/"):
        yield f"{places.variable('XDG_DATA_HOME')}/jupyter"
    yield from SYSTEM
    yield from (f"{path}/share/jupyter" for path in places.environments if places.marked(path, "share"))


def _kernel(places: Places, path: str, name: str, text: str) -> Iterator[Dependent]:
    try:
        spec: Any = json.loads(text)
    except (ValueError, RecursionError):
        return
    argv = spec.get("argv") if isinstance(spec, dict) else None
    if not isinstance(argv, list) or not argv or not all(isinstance(word, str) for word in argv):
        return
    label = spec.get("display_name")
    shown = label if isinstance(label, str) and label else name
    spot = Spot("kernel", path, shown)
    found = dependent(places, spot, argv[0]) if argv[0].startswith("/") else None
    if found is not None:
        module = next((argv[at + 1] for at, word in enumerate(argv[:-1]) if word == "-m"), "")
        yield with_module(places, found, module.split(".")[0])
        return
    for word in (part for text in argv[1:] for part in _INSIDE.findall(text)):
        inner = dependent(places, spot, word, certain=False) if is_python(word) else None
        if inner is not None:
            yield inner
