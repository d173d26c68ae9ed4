"""A channel of conda packages made here, and rattler (the installer of pixi, from the index) to install from it.

What it leaves in a prefix is written by a real tool of conda's world: records, links, replaced prefixes, entry points.
Package format: conda-build's documentation, "Package specification"; the prefix of a package is a placeholder.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import sys
import tarfile
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import session
from tests.support.envs import must, run
from tests.support.pythons import relocatable_copy
from tests.support.real_packages import uv_may

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

PLACEHOLDER = "/opt/" + "placehold_" * 22
SCRIPT = """
import asyncio, json, os, sys
from rattler import Channel, MatchSpec, VirtualPackage, install, solve
from rattler.config import Config
from rattler.index import index_fs

async def main(channel, jobs):
    if not jobs:
        await index_fs(channel)
    system = VirtualPackage.detect()
    for job in jobs:
        wanted = [MatchSpec(spec)._match_spec for spec in job["specs"]]
        found = await solve(
            [Channel("file://" + channel)], job["specs"], platforms=["linux-64", "noarch"], virtual_packages=system
        )
        await install(
            found, target_prefix=job["prefix"], cache_dir=job["cache"], show_progress=False,
            config=Config.from_toml(job["config"]), requested_specs=wanted,
        )

asyncio.run(main(sys.argv[1], json.loads(sys.argv[2])))
print("done", flush=True)
os._exit(0)  # its threads are not always done when Python ends
"""
COPIES = "allow-hard-links = false\nallow-ref-links = false\nallow-symbolic-links = false\n"


def job(prefix: Path, *specs: str, cache: Path, config: str = "allow-ref-links = false\n") -> dict[str, Any]:
    """Return one environment to be made, or changed to hold these packages."""
    return {"prefix": str(prefix), "specs": specs, "cache": str(cache), "config": config}


def install(jobs: Sequence[dict[str, Any]]) -> None:
    """Let rattler make environments; skip where it cannot be had."""
    if sys.platform != "linux" or platform.machine() != "x86_64":
        pytest.skip("the channel is one for x86_64 Linux")
    _rattler(session.once("conda-channel", make_channel), jobs)


def _rattler(channel: Path, jobs: Sequence[dict[str, Any]]) -> None:
    tool = session.once("rattler", _fetch)
    must([tool / "bin" / "python", "-c", SCRIPT, channel, json.dumps(list(jobs))])


def _fetch(place: Path) -> None:
    uv_may("venv", "-q", "-p", sys.executable, place)
    uv_may("pip", "install", "-q", "-p", place, "py-rattler==0.28.*")


def make_channel(channel: Path) -> None:
    """Make the packages: two Pythons, a library, a noarch command, a compiled one's, data, and one of packages only."""
    for folder in ("linux-64", "noarch"):
        (channel / folder).mkdir(parents=True)
    for series in ("3.11", "3.12"):
        tree = channel / "work" / series
        version = relocatable_copy(series, tree, origin=True).text
        _slim(tree)
        pydoc = _put(tree, f"bin/pydoc{series}", f"#!{PLACEHOLDER}/bin/python{series}\nimport pydoc\npydoc.cli()\n")
        _pack(channel, tree, {"name": "python", "version": version, "depends": ["libhello >=1"]}, text=[pydoc])
    _pack_library(channel)
    tree = channel / "work" / "hello"
    info = "site-packages/hello-1.0.dist-info"
    _put(tree, "site-packages/hello/__init__.py", "import sys\ndef main():\n    print(sys.prefix)\n    return 0\n")
    _put(tree, "site-packages/hello/more.py", "")
    _put(tree, f"{info}/METADATA", "Metadata-Version: 2.1\nName: hello\nVersion: 1.0\n")
    files = ["hello/__init__.py", "hello/more.py", *(f"hello-1.0.dist-info/{n}" for n in ("METADATA", "RECORD"))]
    _put(tree, f"{info}/RECORD", "".join(f"{name},,\n" for name in files))
    _put(tree, f"{info}/INSTALLER", "conda")
    _put(tree, "python-scripts/hello-script", "#!/usr/bin/env python\nprint(1)\n")
    _put(tree, "etc/conda/activate.d/hello.sh", "export HELLO=1\n")
    _pack(channel, tree, _noarch("hello", "python", "python"), entry=["hello-cmd = hello:main"])
    tree = channel / "work" / "tool"
    tool = _put(tree, "bin/tool", f"#!{PLACEHOLDER}/bin/python3.11\nimport hello\nhello.main()\n")
    _put(tree, "lib/python3.11/site-packages/toolmod.py", "x = 1\n")
    _pack(channel, tree, {"name": "tool", "version": "2.0", "depends": ["python 3.11.*", "__unix"]}, text=[tool])
    _put(channel / "work" / "data", "share/data.txt", "x")
    _pack(channel, channel / "work" / "data", _noarch("data", "generic"))
    (channel / "work" / "all").mkdir()
    _pack(channel, channel / "work" / "all", _noarch("all", "generic", "hello", "data"))
    shutil.rmtree(channel / "work")
    _rattler(channel, [])


def _slim(tree: Path) -> None:
    """Leave out bytecode and what debuggers want: packing is slow."""
    for compiled in list(tree.rglob("__pycache__")):
        shutil.rmtree(compiled)
    for binary in list(tree.rglob("*.so*")) if shutil.which("strip") else []:
        if not binary.is_symlink() and run(["strip", "-g", "-o", f"{binary}.new", binary]).ok:
            os.replace(f"{binary}.new", binary)  # a file of its own: the other one is linked to where it comes from


def _pack_library(channel: Path) -> None:
    """A library with the prefix padded into it, its links, one that dangles on purpose, and an empty file."""
    tree = channel / "work" / "lib"
    library = _put(tree, "lib/libhello.so.1.0", f"\x7fELF{PLACEHOLDER}/lib/x\0tail")
    for name, target in (("1", "libhello.so.1.0"), ("", "libhello.so.1"), ("9", "libhello.so.8")):
        (tree / f"lib/libhello.so.{name}".rstrip(".")).symlink_to(target)
    config = _put(tree, "lib/pkgconfig/hello.pc", f"prefix={PLACEHOLDER}\n")
    _put(tree, "lib/empty", "")
    _pack(channel, tree, {"name": "libhello", "version": "1.0"}, text=[config], binary=[library])


def _noarch(name: str, kind: str, *depends: str) -> dict[str, Any]:
    return {"name": name, "version": "1.0", "noarch": kind, "subdir": "noarch", "depends": depends}


def _put(tree: Path, name: str, text: str) -> str:
    path = tree / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755 if path.parent.name in ("bin", "python-scripts") else 0o644)
    return name


def _pack(channel: Path, tree: Path, index: dict[str, Any], **more: Sequence[str]) -> None:
    """Write the package of a tree; keywords: `text` and `binary` files that name the prefix, `entry` points."""
    index = {"build": "0", "build_number": 0, "depends": [], "subdir": "linux-64", "timestamp": 1700000000000, **index}
    rows = []
    for path in sorted(item for item in tree.rglob("*") if item.is_symlink() or item.is_file()):
        name = str(path.relative_to(tree))
        data = path.read_bytes() if path.exists() else b""
        row: dict[str, Any] = {"_path": name, "path_type": "softlink" if path.is_symlink() else "hardlink"}
        row |= {"sha256": hashlib.sha256(data).hexdigest(), "size_in_bytes": len(data)}
        mode = next((key for key in ("text", "binary") if name in more.get(key, ())), None)
        rows.append(row | ({"prefix_placeholder": PLACEHOLDER, "file_mode": mode} if mode else {}))
    info = {
        "index.json": index,
        "paths.json": {"paths": rows, "paths_version": 1},
        "link.json": {"noarch": {"type": "python", "entry_points": [*more.get("entry", ())]}},
    }
    for name, content in info.items():
        if name != "link.json" or index.get("noarch") == "python":
            _put(tree, f"info/{name}", json.dumps({"package_metadata_version": 1, **content}))
    _put(tree, "info/files", "".join(f"{row['_path']}\n" for row in rows))
    place = channel / index["subdir"] / f"{index['name']}-{index['version']}-{index['build']}.tar.bz2"
    with tarfile.open(place, "w:bz2", compresslevel=1) as archive:
        for row in [*rows, *({"_path": f"info/{name}"} for name in os.listdir(tree / "info"))]:
            archive.add(tree / row["_path"], row["_path"])
