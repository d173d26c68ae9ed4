"""Conda environments as conda links them: files, scripts with the prefix in their first line, and records in conda-meta.

conda itself is not needed: the layout is conda's (core/link.py, models/records.py), the interpreter is a real one.
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

from tests.support.pythons import relocatable_copy

if TYPE_CHECKING:
    from pathlib import Path

PLACEHOLDER = "/opt/" + "placehold_" * 20
ENTRY = (
    "#!{python}\n# -*- coding: utf-8 -*-\nimport re\nimport sys\n\nfrom hello import main\n\n"
    "if __name__ == '__main__':\n    sys.argv[0] = re.sub(r'(-script\\.pyw?|\\.exe)?$', '', sys.argv[0])\n"
    "    sys.exit(main())\n"
)
HELLO = "import sys\ndef main():\n    print(sys.prefix)\n    return 0\n"


def make_conda(prefix: Path, series: str = "3.11", *, history: bool = True) -> Path:
    """Make a conda environment with a Python and a noarch package that has one command."""
    python = relocatable_copy(series, prefix)
    link = prefix / "bin" / "python"
    if not os.path.lexists(link):
        link.symlink_to(f"python{python.series}")
    meta = prefix / "conda-meta"
    meta.mkdir()
    if history:
        (meta / "history").write_text(f"==> 2024-01-01 00:00:00 <==\n# cmd: conda create -p {prefix} python hello\n")
    tool = prefix / "bin" / "pydoc-like"
    tool.write_text(f"#!{prefix}/bin/python{python.series}\nprint(1)\n")
    tool.chmod(0o755)
    files = [
        f"bin/python{python.series}",
        f"lib/python{python.series}/os.py",
        f"lib/python{python.series}/json/__init__.py",
    ]
    record(prefix, "python", python.text, files, text=["bin/pydoc-like"], links=["bin/python"])
    add_hello(prefix, python.series)
    if history:
        with (meta / "history").open("a") as file:
            file.write(f"+defaults/linux-64::python-{python.text}-0\n+defaults/noarch::hello-1.0-0\n")
    return prefix


def add_hello(prefix: Path, series: str) -> None:
    """Link the noarch package: its files into the site-packages of one minor version, and its entry point."""
    site = prefix / "lib" / f"python{series}" / "site-packages"
    (site / "hello").mkdir(parents=True, exist_ok=True)
    (site / "hello" / "__init__.py").write_text(HELLO)
    info = site / "hello-1.0.dist-info"
    info.mkdir(exist_ok=True)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: hello\nVersion: 1.0\n")
    (info / "INSTALLER").write_text("conda\n")
    command = prefix / "bin" / "hello-cmd"
    command.write_text(ENTRY.format(python=f"{prefix}/bin/python{series}"))
    command.chmod(0o755)
    base = f"lib/python{series}/site-packages"
    files = [
        f"{base}/hello/__init__.py",
        f"{base}/hello-1.0.dist-info/METADATA",
        f"{base}/hello-1.0.dist-info/INSTALLER",
    ]
    compiled = f"{base}/hello/__pycache__/__init__.cpython-{series.replace('.', '')}.pyc"
    record(prefix, "hello", "1.0", files, noarch="python", entries=["bin/hello-cmd"], compiled=[compiled])


def record(prefix: Path, name: str, version: str, files: list[str], **more: Any) -> Path:
    """Write the record of one package; keywords: `text`, `links`, `entries`, `compiled` paths, `noarch`, `link_type`."""
    rows: list[dict[str, Any]] = [_row(prefix, item) for item in files]
    rows += [
        _row(prefix, item) | {"prefix_placeholder": PLACEHOLDER, "file_mode": "text"} for item in more.get("text", [])
    ]
    rows += [{"_path": item, "path_type": "softlink"} for item in more.get("links", [])]
    rows += [{"_path": item, "path_type": "unix_python_entry_point"} for item in more.get("entries", [])]
    rows += [{"_path": item, "path_type": "pyc_file"} for item in more.get("compiled", [])]
    data = {
        "name": name, "version": version, "build": "0", "build_number": 0, "channel": "x", "subdir": "linux-64",
        "files": [row["_path"] for row in rows], "paths_data": {"paths": rows, "paths_version": 1},
        "link": {"source": more.get("source", f"/pkgs/{name}-{version}-0"), "type": more.get("link_type", 1)},
    }  # fmt: skip
    if more.get("noarch"):
        data["noarch"] = more["noarch"]
    path = prefix / "conda-meta" / f"{name}-{version}-0.json"
    path.write_text(json.dumps(data, indent=2))
    return path


def _row(prefix: Path, relative: str) -> dict[str, Any]:
    digest = hashlib.sha256((prefix / relative).read_bytes()).hexdigest()
    return {"_path": relative, "path_type": "hardlink", "sha256": digest, "sha256_in_prefix": digest}
