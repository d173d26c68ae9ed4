"""Real binaries of other systems, from wheels of the package index; tests skip where it cannot be reached."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import pytest


@cache
def wheel_members(requirement: str, platform: str, suffix: str) -> tuple[tuple[str, bytes], ...]:
    """Return (name, content) of the files of a wheel for a platform whose names end in a suffix."""
    folder = Path(mkdtemp(prefix="wheels-"))
    command = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "-q",
        "--disable-pip-version-check",
        "--no-deps",
        "-d",
        str(folder),
    ]
    only = ["--platform", platform, "--python-version", "3.11", "--only-binary=:all:", requirement]
    try:
        ran = subprocess.run([*command, *only], capture_output=True, text=True, check=False, timeout=120)
    except subprocess.TimeoutExpired:
        pytest.skip("the package index does not answer")
    wheels = list(folder.glob("*.whl"))
    if ran.returncode or not wheels:
        pytest.skip(f"no {requirement} wheel for {platform} can be downloaded here")
    with zipfile.ZipFile(wheels[0]) as archive:
        return tuple((name, archive.read(name)) for name in archive.namelist() if name.endswith(suffix))
