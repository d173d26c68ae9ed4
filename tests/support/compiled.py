"""Real extension modules from a few lines of C, where a compiler and the interpreter's headers are."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support.envs import must

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from tests.support.pythons import Python

MODULE = """
#define PY_SSIZE_T_CLEAN
{limited}
#include <Python.h>
{before}
static struct PyModuleDef definition = {{PyModuleDef_HEAD_INIT, "{name}", NULL, -1, NULL}};
PyMODINIT_FUNC PyInit_{name}(void) {{ {body} return PyModule_Create(&definition); }}
"""


class Compiler:
    """Compiles for one interpreter; skips the test where that cannot be had."""

    def __init__(self, interpreter: Python, folder: Path) -> None:
        self.folder = folder
        command = shutil.which("gcc") or shutil.which("cc")
        asked = must(
            [
                interpreter.path,
                "-c",
                "import sysconfig as s; print(s.get_path('include')); print(s.get_config_var('EXT_SUFFIX'))",
            ]
        )
        self.include, self.suffix = asked.out.split()
        if command is None:
            pytest.skip("no C compiler here")
        folder.mkdir(parents=True, exist_ok=True)
        self._command = command
        if not self._compile("#include <Python.h>\n", folder / "probe.o", ["-c"]):
            pytest.skip(f"{interpreter.path} has no headers")

    def library(self, target: Path, function: str) -> None:
        """Make a shared library with one function; its soname is its file name."""
        target.parent.mkdir(parents=True, exist_ok=True)
        done = self._compile(
            f"int {function}(void) {{ return 1; }}\n", target, ["-shared", f"-Wl,-soname,{target.name}"]
        )
        assert done, target

    def extension(
        self, target: Path, *, calls: str = "", libraries: Sequence[Path] = (), rpath: str = "", abi3: bool = False
    ) -> None:
        """Make an extension module; `calls` names a function of a library that it is linked with."""
        target.parent.mkdir(parents=True, exist_ok=True)
        source = MODULE.format(
            name=target.name.partition(".")[0],
            limited="#define Py_LIMITED_API 0x03060000" if abi3 else "",
            before=f"extern int {calls}(void);" if calls else "",
            body=f"{calls}();" if calls else "",
        )
        options = ["-shared", *map(str, libraries), *([f"-Wl,-rpath,{rpath}"] if rpath else [])]
        assert self._compile(source, target, options), target

    def _compile(self, source: str, target: Path, options: Sequence[str]) -> bool:
        file = self.folder / "source.c"
        file.write_text(source)
        command = [self._command, "-O0", "-fPIC", f"-I{self.include}", str(file), "-o", str(target), *options]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
