"""Builds `venvdoctor.pyz`: the program and its dependencies in one file that any CPython from 3.10 on runs.

    python integrations/pyz/build.py [--output FILE] [--bytecode PYTHON]…

In the file: `__main__.py` (start.py), `lib/` with the sources, and for each Python that was found a folder
`code-cpython-3XY/` with the same modules compiled, for compiling at each start takes a second. A Python whose folder is
missing runs from `lib/`. Two builds of the same sources with the same Pythons are the same, byte by byte.
"""

from __future__ import annotations

import argparse
import glob
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
SHEBANG = b"#!/usr/bin/env python3\n"
MOMENT = (1980, 1, 1, 0, 0, 0)  # what a ZIP calls the beginning of time: no build differs by its date
# What is never reached from here, and whose entries cost time at every start: typer draws with rich only where it is
# asked to, and does without where there is none; the .exe files are installer's launchers for Windows.
LEFT_OUT = ("bin", "rich", "rich-*.dist-info", "pygments*", "markdown_it*", "mdurl*", "installer/_scripts/*.exe")
PLACES = ("~/.pyenv/versions/3.*/bin/python3", "/usr/local/bin/python3.*", "/usr/bin/python3.*")
ASK = """
import sys
version, made = sys.version_info, sys.implementation
print(made.name, version[0], version[1], version[3], made.cache_tag)
"""
COMPILE = """
import compileall, py_compile, sys
mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
ok = compileall.compile_dir(sys.argv[1], quiet=1, legacy=True, ddir="venvdoctor.pyz", invalidation_mode=mode)
print(sys.implementation.cache_tag)
sys.exit(not ok)
"""


def main() -> int:
    """Build the file that the arguments describe."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--output", "-o", type=Path, default=Path("venvdoctor.pyz"), metavar="FILE")
    parser.add_argument("--bytecode", action="append", metavar="PYTHON", help="default: every CPython that is found")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        stage = Path(scratch)
        collect(stage / "lib")
        tags = [add_bytecode(stage, python) for python in given.bytecode or pythons()]
        (stage / "__main__.py").write_bytes((HERE / "start.py").read_bytes())
        pack(stage, given.output)
    print(f"{given.output}: {given.output.stat().st_size >> 10} KiB, compiled for {', '.join(sorted(set(tags)))}")
    return 0


def collect(lib: Path) -> None:
    """Put the program and its dependencies into a folder, as sources."""
    shutil.copytree(ROOT / "venvdoctor", lib / "venvdoctor", ignore=shutil.ignore_patterns("__pycache__"))
    # Whatever Python builds: pure wheels only, and what only the oldest Python needs as well.
    pure = ["--only-binary=:all:", "--platform=any", "--implementation=py", "--abi=none", "--python-version=3.10"]
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-compile", "--disable-pip-version-check"]
    subprocess.run([*command, *pure, "--target", str(lib), *requirements()], check=True)
    for path in (path for pattern in LEFT_OUT for path in lib.glob(pattern)):
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    foreign = [path for path in lib.rglob("*") if path.suffix in (".so", ".pyd", ".dylib")]
    if foreign:
        raise SystemExit(f"{foreign[0].relative_to(lib)} is compiled: no single file can hold it")


def requirements() -> list[str]:
    """Return the project's dependencies without the conditions under which they apply."""
    try:
        import tomllib  # noqa: PLC0415 - a name that Python 3.10 lacks
    except ImportError:
        from pip._vendor import tomli as tomllib  # type: ignore[no-redef] # noqa: PLC0415
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return [text.partition(";")[0].strip() for text in project["dependencies"]]


def pythons() -> list[str]:
    """Return one CPython of each version from 3.10 on: the one that builds first, then those at the usual places."""
    found: dict[str, str] = {}
    for path in (sys.executable, *(path for place in PLACES for path in sorted(glob.glob(os.path.expanduser(place))))):
        if "config" in path or not os.access(path, os.X_OK):
            continue
        try:
            done = subprocess.run([path, "-I", "-c", ASK], capture_output=True, text=True, timeout=60, check=False)
        except (OSError, subprocess.TimeoutExpired):
            continue
        words = done.stdout.split()
        if (
            len(words) == 5
            and words[0] == "cpython"
            and (int(words[1]), int(words[2])) >= (3, 10)
            and words[3] == "final"
        ):
            found.setdefault(words[4], path)
    return list(found.values())


def add_bytecode(stage: Path, python: str) -> str:
    """Compile every module for one Python, beside the files that packages read; return the tag of its folder."""
    folder = Path(tempfile.mkdtemp(dir=stage))
    shutil.copytree(stage / "lib", folder, dirs_exist_ok=True, ignore=shutil.ignore_patterns("*.dist-info"))
    done = subprocess.run([python, "-I", "-c", COMPILE, str(folder)], stdout=subprocess.PIPE, text=True, check=True)
    for source in folder.rglob("*.py"):
        source.unlink()
    tag = done.stdout.split()[-1]
    folder.rename(stage / f"code-{tag}")
    return tag


def pack(stage: Path, output: Path) -> None:
    """Write the archive beside its place, and put it there whole."""
    partial = output.with_name(f"{output.name}.{os.getpid()}.tmp")
    with partial.open("wb") as stream:
        stream.write(SHEBANG)
        with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
            for path in sorted(path for path in stage.rglob("*") if path.is_file()):
                entry = zipfile.ZipInfo(path.relative_to(stage).as_posix(), MOMENT)
                entry.external_attr = 0o644 << 16
                entry.compress_type = zipfile.ZIP_DEFLATED
                archive.writestr(entry, path.read_bytes())
    partial.chmod(0o755)
    partial.replace(output)


if __name__ == "__main__":
    sys.exit(main())
