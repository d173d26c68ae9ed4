"""Jupyter kernelspecs: `kernel.json` in the data directories of users, the system, and the environments themselves.

Source: jupyter_core.paths (jupyter_path), jupyter_client.kernelspec; jupyter_client replaces a bare `python` in
`argv[0]` with the interpreter that runs the server, so only absolute paths name an environment.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from venvdoctor.inspection.dependents.place import Spot, dependent
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
    yield from (f"{path}/share/jupyter" for path in places.environments)


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
        yield _with_module(places, found, argv)
        return
    for word in (part for text in argv[1:] for part in _INSIDE.findall(text)):
        inner = dependent(places, spot, word, certain=False) if is_python(word) else None
        if inner is not None:
            yield inner


def _with_module(places: Places, found: Dependent, argv: list[str]) -> Dependent:
    """Say so when the environment plainly does not hold the module that the kernel starts."""
    module = next((argv[at + 1] for at, word in enumerate(argv[:-1]) if word == "-m"), "")
    if found.state != "ok" or found.environment is None or not module or not is_python(found.target):
        return found
    if _holds(places, found.environment, module.split(".")[0]):
        return found
    return replace(found, state="module-missing", detail=module)


def _holds(places: Places, environment: str, module: str) -> bool:
    """Return False only when the module is in no site-packages and nothing brings modules from elsewhere."""
    from venvdoctor.inspection.owners import reaches  # noqa: PLC0415 - only for kernels

    cfg = places.text(f"{environment}/pyvenv.cfg") or ""
    if not re.search(r"^\s*include-system-site-packages\s*=\s*false\s*$", cfg, re.IGNORECASE | re.MULTILINE):
        return True
    read = False
    for lib in ("lib", "lib64"):
        for version in places.names(f"{environment}/{lib}"):
            names = places.names(f"{environment}/{lib}/{version}/site-packages")
            read = read or bool(names)
            if any(name == module or name.startswith(f"{module}.") or reaches(name) for name in names):
                return True
    return not read
