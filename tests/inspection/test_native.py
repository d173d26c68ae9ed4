"""Whether extension modules load: made-up ones by every fault, real ones against dlopen in a child process."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from tests.support import pythons
from tests.support.binaries import PYTHON, machine, mutated, real, samples
from tests.support.elf_writer import AARCH64, Elf
from venvdoctor.inspection.extension_names import foreign_builds, split_extension
from venvdoctor.inspection.native import Verdict, init_function, judge_extension, load_faults, module_stem
from venvdoctor.model.interpreter import Interpreter

EXT = "/env/lib/python3.11/site-packages/pkg/fast.so"
INIT = {"PyInit_fast": b""}

CHILD = """
import json, os, sys, _ctypes
answers = []
for path in json.load(sys.stdin):
    out, into = os.pipe()
    child = os.fork()
    if not child:
        try:
            _ctypes.dlopen(path, os.RTLD_NOW)
            os.write(into, b"ok")
        except OSError as error:
            os.write(into, str(error).encode()[:400])
        os._exit(0)
    os.close(into)
    answers.append(os.read(out, 500).decode() or "died")
    os.close(out)
    os.waitpid(child, 0)
print(json.dumps(answers))
"""


def judge(root: Path, elf: Elf | bytes, **more: Elf | bytes) -> Verdict:
    files = {f"/env/lib/python3.11/site-packages/{name}.so": item for name, item in more.items()}
    return judge_extension(EXT, PYTHON, machine(root, {EXT: elf, **files}))


def kinds(verdict: Verdict) -> list[tuple[str, str]]:
    return [(fault.kind, fault.subject) for fault in verdict.faults]


def test_a_module_that_loads(tmp_path: Path) -> None:
    found = judge(tmp_path, Elf(needed=["libc.so.6"], exports=INIT, undefined=["PyObject_New", "puts"]))
    assert found == Verdict((), initialises=True)


def test_a_library_beside_modules_initialises_nothing(tmp_path: Path) -> None:
    assert judge(tmp_path, Elf(exports={"fast_run": b""})).initialises is False


@pytest.mark.parametrize("text", [b"INPUT(libtbb.so.2)\n", b"/* GNU ld script\n*/\nGROUP ( libc.so.6 )\n"])
def test_a_linkers_script_is_no_module(tmp_path: Path, text: bytes) -> None:
    found = judge(tmp_path, text)
    assert (found.faults, found.initialises) == ((), False)


@pytest.mark.parametrize(
    ("content", "kind", "subject"),
    [
        (Elf(exports=INIT, machine=AARCH64), "wrong-machine", "aarch64"),
        (Elf(exports=INIT, needed=["libgone.so.1"]), "library-missing", "libgone.so.1"),
        (Elf(exports=INIT, needed=["libcuda.so.1"]), "driver-missing", "libcuda.so.1"),
        (Elf(exports=INIT, needed=["libc.musl-x86_64.so.1"]), "wrong-libc", "libc.musl-x86_64.so.1"),
        (
            Elf(exports=INIT, needed=["libc.so.6"], verneed={"libc.so.6": ["GLIBC_2.99"]}),
            "symbol-version",
            "GLIBC_2.99",
        ),
        (b"", "empty", ""),
        (b"not a library\n", "text", ""),
        (bytes.fromhex("cffaedfe0c000001") + bytes(80), "foreign-format", "Mach-O"),
        (b"MZ" + bytes(80), "foreign-format", "PE"),
        (Elf(exports=INIT).build()[:-40], "truncated", ""),
        (Elf(exports=INIT).build()[:40], "truncated", ""),
    ],
)
def test_each_fault(tmp_path: Path, content: Elf | bytes, kind: str, subject: str) -> None:
    assert kinds(judge(tmp_path, content)) == [(kind, subject)]


def test_a_library_that_the_environment_holds_elsewhere_is_no_fault(tmp_path: Path) -> None:
    found = judge(tmp_path, Elf(exports=INIT, needed=["libtorch.so"]), **{"torch/lib/libtorch": Elf()})
    assert (found.faults, [name for name, _ in found.elsewhere]) == ((), ["libtorch.so"])


def test_a_build_for_glibc_may_or_may_not_load_into_musl(tmp_path: Path) -> None:
    loader = "/lib/ld-musl-x86_64.so.1"
    files = {
        loader: Elf(soname="libc.musl-x86_64.so.1", exports={"puts": b""}),
        PYTHON: Elf(interp=loader, needed=["libc.musl-x86_64.so.1"]),
        EXT: Elf(exports=INIT, needed=["libc.so.6"], verneed={"libc.so.6": ["GLIBC_2.4"]}, undefined=["puts"]),
        EXT.replace("fast", "lost"): Elf(
            exports={"PyInit_lost": b""},
            needed=["libc.so.6"],
            verneed={"libc.so.6": ["GLIBC_2.4"]},
            undefined=["__gets_chk"],
        ),
    }
    shared = machine(tmp_path, files)
    assert judge_extension(EXT, PYTHON, shared).faults == ()
    assert kinds(judge_extension(EXT.replace("fast", "lost"), PYTHON, shared)) == [("wrong-libc", "__gets_chk")]


def test_a_library_of_the_environment_may_lack_functions_too(tmp_path: Path) -> None:
    library = Elf(soname="libhelp.so", undefined=["PyGone_New"])
    found = judge(tmp_path, Elf(exports=INIT, needed=["libhelp.so"], rpath="$ORIGIN"), **{"pkg/libhelp": library})
    assert kinds(found) == [("undefined-symbol", "PyGone_New")]


def test_an_interpreter_that_cannot_start_decides_nothing(tmp_path: Path) -> None:
    shared = machine(tmp_path, {EXT: Elf(exports=INIT, needed=["libgone.so"]), PYTHON: b"#!/bin/sh\n"})
    found = judge_extension(EXT, PYTHON, shared)
    assert (found.faults, bool(found.undecided)) == ((), True)


def test_names() -> None:
    assert split_extension("_ssl.cpython-311-x86_64-linux-gnu.so") == ("_ssl", ".cpython-311-x86_64-linux-gnu.so")
    assert split_extension("_x.cp311-win_amd64.pyd") == ("_x", ".cp311-win_amd64.pyd")
    assert split_extension("_x.pypy39-pp73-x86_64-linux-gnu.so") == ("_x", ".pypy39-pp73-x86_64-linux-gnu.so")
    assert split_extension("_x.abi3.so") == ("_x", ".abi3.so")
    assert split_extension("libz.so") == ("libz", ".so")
    assert split_extension("libz.so.1") is None
    assert split_extension("libz-1.2.so") is None
    assert module_stem("/x/pkg/__init__.abi3.so") == "pkg"
    assert init_function("fast") == "PyInit_fast"
    assert init_function("ålpha") == "PyInitU_lpha_poa"


def test_builds_for_others() -> None:
    old, new = "f.cpython-39-x86_64-linux-gnu.so", "f.cpython-311-x86_64-linux-gnu.so"
    mine = (".cpython-311-x86_64-linux-gnu.so", ".abi3.so", ".so")
    assert foreign_builds([old, "other.py"], "f", mine) == (old,)
    assert foreign_builds([old, new], "f", mine) == ()
    assert foreign_builds([old, "f.py"], "f", mine) == ()
    assert foreign_builds([old], "f", ()) == ()
    assert foreign_builds(["f.abi3.so"], "f", (".cpython-313t-x86_64-linux-gnu.so", ".so")) == ("f.abi3.so",)


@settings(
    max_examples=80, deadline=3000, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(data=mutated(samples()))
def test_garbage_gives_a_verdict(tmp_path: Path, data: bytes) -> None:
    place = tmp_path / "x.so"
    place.write_bytes(data)
    judge_extension(str(place), os.path.realpath(sys.executable), real())


def _answers(python: str, files: list[str]) -> list[str]:
    ran = subprocess.run([python, "-c", CHILD], input=json.dumps(files), capture_output=True, text=True, check=True)
    answers: list[str] = json.loads(ran.stdout)
    return answers


def _compare(python: str, files: list[str]) -> None:
    shared, executable = real(), os.path.realpath(python)
    for path, answer in zip(files, _answers(python, files), strict=True):
        verdict = judge_extension(path, executable, shared)
        assert verdict.undecided == ()
        assert (answer == "ok") == (not verdict.faults), f"{path}: {answer} but {verdict.faults}"


@pytest.mark.real
@pythons.every("3.8")
def test_the_standard_librarys_modules_agree_with_dlopen(interpreter: pythons.Python) -> None:
    ran = subprocess.run(
        [interpreter.path, "-c", "import _ctypes, sysconfig; print(sysconfig.get_path('platstdlib'))"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if ran.returncode or sys.platform != "linux":
        pytest.skip("an interpreter without ctypes cannot say")
    files = sorted(str(path) for path in Path(ran.stdout.strip(), "lib-dynload").glob("*.so"))
    if not files:
        pytest.skip("every module is built in")
    _compare(str(interpreter.path), files)


@pytest.mark.real
@pytest.mark.skipif(shutil.which("patchelf") is None or sys.platform != "linux", reason="needs patchelf")
def test_damaged_copies_agree_with_dlopen(tmp_path: Path) -> None:
    files = sorted(Path(os.__file__).parent.glob("lib-dynload/*.so"))
    source = next(
        (path for path in files if b"PyModuleDef_Init\0" in (data := path.read_bytes()) and b"GLIBC_2.2.5\0" in data),
        None,
    )
    if source is None:
        pytest.skip("no extension module to damage")
    damages = {
        "whole": [],
        "needed": ["--add-needed", "libvenvdoctor-gone.so.7"],
        "slash": ["--add-needed", "/nowhere/libm.so.6"],
        "renamed": ["--replace-needed", "libc.so.6", "libgone.so.6"],
        "found": ["--add-needed", "libextra.so", "--set-rpath", "$ORIGIN/below"],
    }
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "libextra.so").write_bytes(Elf(soname="libextra.so").build())
    for name, options in damages.items():
        shutil.copy(source, tmp_path / f"{name}.so")
        subprocess.run(["patchelf", *options, str(tmp_path / f"{name}.so")], check=True) if options else None
    data = source.read_bytes()
    (tmp_path / "symbol.so").write_bytes(data.replace(b"PyModuleDef_Init\0", b"PyModuleDef_Ixxx\0"))
    (tmp_path / "version.so").write_bytes(data.replace(b"GLIBC_2.2.5\0", b"GLIBC_2.9.9\0"))
    (tmp_path / "empty.so").write_bytes(b"")
    (tmp_path / "text.so").write_bytes(b"nothing\n" * 100)
    (tmp_path / "short.so").write_bytes(data[:40])
    _compare(sys.executable, sorted(str(path) for path in tmp_path.glob("*.so")))


def test_load_faults_takes_interpreter_facts(tmp_path: Path) -> None:
    shared = machine(tmp_path, {EXT: Elf(exports=INIT, needed=["libgone.so.1"])})
    (found,) = load_faults(EXT, Interpreter(executable=PYTHON), shared)
    assert (found.kind, found.path, found.subject) == ("library-missing", EXT, "libgone.so.1")
