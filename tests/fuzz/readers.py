"""Readers that a whole environment reaches, each called alone: a million inputs in a minute instead of half an hour."""

from __future__ import annotations

import io
import zipfile
from functools import cache
from typing import Any

from tests.fuzz.environments import CONDA, PIPX, UV
from tests.fuzz.memory import MemoryView
from tests.fuzz.target import INFO, JSON_WORDS, SITE, part, shared_over, target, text_of
from venvdoctor.model.environment import Environment, LibDir

TOML_WORDS = b"[ ] = \" ' { } \n [tool] requirements entrypoints inf nan"


def _env(**more: Any) -> Environment:
    return Environment(
        path="/h/env", real="/h/env", identity=(1, 1), bin_dir="/h/env/bin", lib_dirs=(LibDir(name="python3.11", path=SITE),), **more
    )  # fmt: skip


@target(PIPX.encode(), words=JSON_WORDS)
def receipt_pipx(data: bytes) -> None:
    part("inspection.receipts").read_receipt(_env(manager="pipx"), shared_over({"/h/env/pipx_metadata.json": data}))


@target(UV, words=TOML_WORDS)
def receipt_uv(data: bytes) -> None:
    part("inspection.receipts").read_receipt(_env(manager="uv-tool"), shared_over({"/h/env/uv-receipt.toml": data}))


@target(b"/h/.local/share/pipx/shared/lib/python3.11/site-packages\n", words=b"/ .. \n \0 import")
def pipx_shared(data: bytes) -> None:
    files = {"/h/env/pipx_metadata.json": b"{}", f"{SITE}/pipx_shared.pth": data}
    part("inspection.receipts").read_receipt(_env(manager="pipx"), shared_over(files))


@target(CONDA.encode(), words=JSON_WORDS + b' "paths_data" "paths" "_path" "files" "link" "type" "noarch" "sha256"')
def conda_record(data: bytes) -> None:
    files = {
        "/h/env/conda-meta/python-3.11.2-x.json": data,
        "/h/env/bin/python": b"\x7fELF",
        "/h/env/bin/demo": b"#!/x/bin/python\n",
    }
    part("inspection.conda").read_conda(_env(kind="conda"), shared_over(files))


@target(
    b"==> 2024-01-01 00:00:00 <==\n# cmd: conda create\n+defaults::python-3.11.2-x\n+a-1-0\n==> 2024 <==\n-a-1-0\n+a/linux-64::b-2-py_0\n",
    b"==> 2012-01-01 00:00:00 <==\npython-2.7-0\nzlib-1.2-0\n",
    words=b"==> <== + - :: \n # / python-3.11.2-x \r",
)
def conda_history(data: bytes) -> None:
    part("inspection.conda_history").remembered("/h/env", shared_over({"/h/env/conda-meta/history": data}))


@target(
    b"#!/old/env/bin/python -s\n",
    b"#!/bin/sh\n'''exec' \"/old/env/bin/python\" \"$0\"\n",
    words=b"#! ''' exec / \" ' \n",
)
def conda_script(data: bytes) -> None:
    record = b'{"paths_data": {"paths": [{"_path": "bin/demo", "file_mode": "text", "prefix_placeholder": "/p"}]}}'
    files = {"/h/env/conda-meta/a-1-0.json": record, "/h/env/bin/demo": data}
    part("inspection.conda").read_conda(_env(kind="conda"), shared_over(files))


@target(
    b"[console_scripts]\ndemo = demo:main\n[gui_scripts]\nx=a.b:c [extra]\n",
    words=b"[console_scripts] [gui_scripts] = : [ ] \n , # ;",
)
def entry_points_txt(data: bytes) -> None:
    list(part("inspection.salvage")._entry_points(text_of(data)))


@target(b"demo\ndemo/x\n_demo\n", words=b"/ . \n \0 __init__ -")
def top_level(data: bytes) -> None:
    files = {f"{INFO}/METADATA": b"Name: demo\nVersion: 1\n", f"{INFO}/top_level.txt": data, f"{INFO}/RECORD": b""}
    listings = part("inspection.listings").Listings(MemoryView(files))
    list(part("inspection.metadata_dirs").read_directory(SITE, listings, from_base=False, full=True))


@target(
    b"MAPPING: dict[str, str] = {'demo': '/x'}\nNAMESPACES: dict = {'n': ['/y']}\n",
    b"from editables.redirector import RedirectingFinder as F\nF.install()\nF.map_module('a', '/x/a/__init__.py')\n",
    b"def install(*a): ...\ninstall('x', {'a', 'b'}, '/build', ['ninja'], False)\n",
    b"install({'a': '/s/a.py'}, {'a.b': 'x'}, '/root', False)\n",
    words=b"MAPPING NAMESPACES install F.map_module : = { } ( ) [ ] ' \" \\ \n f' ** , -",
)
def loader(data: bytes) -> None:
    part("inspection.editable").read_loader(data)


@target(
    b"import os\nfrom .x import (a,\n b as c)\ntry:\n    import z\nexcept ImportError:\n    raise\ndef f():\n    from y import w\n",
    b"from . import core\nwith suppress(ImportError):\n    import numpy as np, os.path\nx: int = 3\n__getattr__ = x\n",
    words=b"import from . * as try: except raise ( ) , \\ \n \t ; def class with suppress lambda '''",
)
def imports(data: bytes) -> None:
    sources, statements = part("inspection.source_imports"), part("inspection.import_statements")
    part("inspection.import_search").quick(data)
    sources.certain(data)
    sources.bindings(data, "demo")
    sources.may_bind(data, ("x",))
    sources.may_bind(data, [f"x{number}" for number in range(60)])
    for item in statements.statements_of(data):
        item.targets("a.b")
    statements.ways_of(data, "a.b")
    part("inspection.record_faults")._is_cut(data)


@target(
    b"#!/h/env/bin/python\nimport re\nimport sys\nfrom demo.cli import main\nif __name__ == '__main__':\n    sys.exit(main())\n",
    words=b"#! import from sys.exit( main() \n __name__ re.sub . PK\x05\x06",
)
def script_body(data: bytes) -> None:
    part("inspection.scripts").entry_module(data)


@target(b"home = /usr/bin\nversion = 3\n", b"#home = /x\nhome\t=\t/usr/bin \r\n", words=b"home = \n \r \t # \0")
def home_of_old_pythons(data: bytes) -> None:
    reader = part("inspection.getpath")
    reader.classic_home(data)
    reader.modern_home(reader.modern_lines(data))


@target(b"../elsewhere/.venv\n", b"/h/env", words=b"/ .. \n \0 ~ . ")
def venv_file(data: bytes) -> None:
    view = MemoryView({"/h/p/.venv": data, "/h/env/pyvenv.cfg": b"home = /x\n"})
    part("inspection.directory").venv_file_target(view, "/h/p/.venv")
    part("sources._places").line_of(view, "/h/p/.venv")


@target(b"PK\x03\x04", words=b"PK\x01\x02 PK\x05\x06 PK\x06\x06 PK\x06\x07 \xff\xff\xff\xff \0\0 \x0e\0 \x0c\0 \x08\0")
def archive(data: bytes) -> None:
    listings = part("inspection.listings").Listings(MemoryView({"/x.egg": data}))
    reader = part("inspection.archives")
    for name in [*sorted(reader.archive_names("/x.egg", listings) or ())[:3], "a/__init__.py"]:
        reader.archive_member("/x.egg", name, listings)


@target(
    b"import os\n_RAW_MAGIC_NUMBER = 3495\nMAGIC_NUMBER = (3495).to_bytes(2, 'little') + b'\\r\\n'\nMAGIC = 20220615\n",
    words=b"MAGIC_NUMBER = ( ) MAGIC \n \r 3495 20220615",
)
def bootstrap(data: bytes) -> None:
    stdlib = part("inspection.stdlib")
    shared = shared_over({"/x": data})
    stdlib._number("/x", stdlib._PYC_LINE, shared)
    stdlib._number("/x", stdlib._SRE_LINE, shared)


@target(
    b'[[package]]\nname = "demo"\nversion = "1"\nsdist = { url = "https://x/d.tar.gz", hash = "sha256:aa", size = 1 }\nwheels = [{ url = "u.whl", hash = "a:b" }]\n',
    b'[[packages]]\nname = "demo"\nversion = "1"\nindex = "https://x"\nwheels = [{ url = "u.whl", size = 3, hashes = { sha256 = "aa" } }]\n',
    words=TOML_WORDS + b" [[package]] [[packages]] name version wheels files sdist url hash hashes size index",
)
def lock_file(data: bytes) -> None:
    part("inspection.lock_files").read_known(_env(project="/h/p"), (), shared_over({"/h/p/uv.lock": data}))


@cache
def _wheel() -> bytes:
    place = io.BytesIO()
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("demo-1.0.dist-info/WHEEL", "Wheel-Version: 1.0\nTag: py2-none-any\nTag: py3-none-any\n")
    return place.getvalue()


@target(
    _wheel(), words=b"PK\x01\x02 PK\x05\x06 Tag: py3-none-any .py2 -none \xff\xff\xff\xff \0\0 \x0e\0 \x0c\0 \x08\0"
)
def cached_wheel(data: bytes) -> None:
    from tests.fuzz.outputs import put

    part("inspection.pip_cache")._name_of(put("demo.whl", data))
