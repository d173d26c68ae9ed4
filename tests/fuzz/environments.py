"""Whole environments, examined and judged, one file of which holds the input."""

from __future__ import annotations

import json

from tests.fuzz import texts as _readers_of_texts  # noqa: F401 - whose seeds these environments hold
from tests.fuzz.binaries import LIBRARY
from tests.fuzz.target import HOST, INFO, JSON_WORDS, SITE, TARGETS, rules, shared_over, target

PIPX = json.dumps(
    {"main_package": {"package": "demo", "package_or_url": "demo", "apps": ["demo"], "app_paths": [{"__Path__": "/h/env/bin/demo", "__type__": "Path"}]},
     "injected_packages": {"x": {"package": "x"}}, "python_version": "Python 3.11.2", "pipx_metadata_version": "0.5"}
)  # fmt: skip
UV = b'[tool]\nrequirements = [{ name = "demo" }]\nentrypoints = [{ name = "demo", install-path = "/h/.local/bin/demo" }]\npython = "3.11"\n'
CONDA = json.dumps({"name": "python", "version": "3.11.2", "build": "x", "files": ["bin/python"], "depends": ["x >=1"], "link": {"source": "/x", "type": 1},
                    "paths_data": {"paths": [{"_path": "bin/python", "path_type": "hardlink", "sha256": "x", "size_in_bytes": 1, "prefix_placeholder": "/x"}]}})  # fmt: skip
ENV: dict[str, bytes] = {
    "/h/env/pyvenv.cfg": TARGETS["cfg"].seeds[0],
    "/h/env/bin/python": LIBRARY,
    "/h/env/bin/activate": TARGETS["activate"].seeds[0],
    "/h/env/bin/demo": b"#!/h/env/bin/python\n",
    f"{SITE}/x.pth": TARGETS["pth"].seeds[0],
    f"{SITE}/demo/__init__.py": b"import os\nfrom .x import y\ntry:\n import z\nexcept ImportError:\n z = None\n",
    f"{SITE}/native.so": LIBRARY,
    f"{SITE}/__editable___demo_finder.py": b"MAPPING: dict[str, str] = {'demo': '/x'}\nNAMESPACES: dict = {}\n",
    f"{SITE}/e.egg-link": b"/x\n.\n",
    f"{INFO}/METADATA": TARGETS["metadata"].seeds[0],
    f"{INFO}/RECORD": TARGETS["record"].seeds[0],
    f"{INFO}/entry_points.txt": b"[console_scripts]\ndemo = demo:main\n",
    f"{INFO}/direct_url.json": TARGETS["direct_url"].seeds[0],
    f"{INFO}/top_level.txt": b"demo\n",
    "/usr/bin/python3": LIBRARY,
    "/usr/lib/python3.11/os.py": b"",
}


PARTS = (
    ("/h/env/pipx_metadata.json", PIPX.encode(), JSON_WORDS),
    ("/h/env/uv-receipt.toml", UV, b"[ ] = \" ' { } \n [tool] requirements entrypoints inf nan"),
    ("/h/env/conda-meta/python-3.11.2-x.json", CONDA.encode(), JSON_WORDS),
    ("/h/env/conda-meta/history", b"==> 2024-01-01 00:00:00 <==\n+defaults::python-3.11.2-x\n", b"==> + - :: \n"),
    (f"{INFO}/entry_points.txt", ENV[f"{INFO}/entry_points.txt"], b"[console_scripts] [gui_scripts] = : [ ] \n ,"),
    (f"{SITE}/__editable___demo_finder.py", ENV[f"{SITE}/__editable___demo_finder.py"], b"MAPPING NAMESPACES : = { } ( ) ' \" \\ \n f' **"),
    (f"{SITE}/demo/__init__.py", ENV[f"{SITE}/demo/__init__.py"], b"import from . try: except as ( ) \\ \n if else: ''' \"\"\" # __import__ def \t"),
    ("/h/env/pyvenv.cfg", ENV["/h/env/pyvenv.cfg"], b"home = \n version extends-environment /proc/ ../ //"),
    ("/h/env/bin/python", LIBRARY, b"\x7fELF #! \n \xff\xff\xff\xff"),
    (f"{INFO}/RECORD", ENV[f"{INFO}/RECORD"], b', " ../ / \n sha256= .so .py'),
    (f"{INFO}/METADATA", ENV[f"{INFO}/METADATA"], b"Name: Version: Requires-Dist: ; == extra \n ( ) @ [ ] '"),
    (f"{SITE}/native.so", LIBRARY, b"\x7fELF \xff\xff\xff\xff"),
    ("/h/env/bin/demo", ENV["/h/env/bin/demo"], b"#! \n python ''' exec \" PK\x05\x06"),
    (f"{SITE}/x.pth", ENV[f"{SITE}/x.pth"], b"import ; / .. \n \t"),
)  # fmt: skip  # a file, what stands in it, the words of its grammar
SEEDS = [bytes([number]) + seed for number, (_, seed, _) in enumerate(PARTS)]


@target(*SEEDS, words=b" ".join(words for _, _, words in PARTS))
def environment(data: bytes) -> None:
    """Examine and judge an environment of which the first byte says which file holds the rest."""
    from venvdoctor import diagnosis
    from venvdoctor.inspection.environment import examine
    from venvdoctor.model.environment import Candidate

    path = PARTS[data[0] % len(PARTS)][0] if data else PARTS[0][0]
    env = examine(Candidate(path="/h/env"), shared_over({**ENV, path: data[1:]}))
    findings = diagnosis.diagnose_environment(env, HOST, rules()) if env else []
    assert not [item for item in findings if item.code == "VD902"], findings
