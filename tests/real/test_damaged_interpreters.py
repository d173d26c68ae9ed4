"""Private copies of real interpreters, damaged as upgrades damage them; running them says what is true."""

from __future__ import annotations

import os
import shutil
import struct
from pathlib import Path

import pytest

from tests.real.test_interpreter_facts import read
from tests.support.envs import make_venv, run
from tests.support.pythons import Python, copyable, found, relocatable_copy, system_copy

pytestmark = pytest.mark.real
SERIES = [series for series in copyable("3.8") if series in ("3.9", "3.11", "3.12", "3.13")] or copyable("3.8")[:1]


@pytest.fixture(params=SERIES)
def base(request: pytest.FixtureRequest, tmp_path: Path) -> Python:
    return relocatable_copy(request.param, tmp_path / "base")


def starts(path: str | Path, code: str = "pass") -> bool:
    return run([str(path), "-I", "-c", code]).ok


def replace(path: Path, old: bytes, new: bytes) -> None:
    """Change bytes in a file of its own (the copy's files are hard links)."""
    data, mode = path.read_bytes(), path.stat().st_mode
    assert old in data
    path.unlink()
    path.write_bytes(data.replace(old, new.ljust(len(old), b"\0")))
    path.chmod(mode)


def kinds(path: str | Path) -> list[str]:
    return sorted({fault.kind for fault in read(str(path)).faults})


def test_a_copy_that_is_whole_has_no_faults(base: Python) -> None:
    facts = read(base.path, "native")
    assert facts.version is not None
    assert facts.version.text == base.text
    assert (facts.faults, facts.modules, facts.stdlib_faults, facts.expected_libpython) == ((), (), (), None)
    assert facts.compiled_prefix is None or not os.path.exists(facts.compiled_prefix)
    assert facts.prefix == str(Path(base.path).parent.parent)


def test_its_libpython_is_gone(base: Python) -> None:
    for item in (Path(base.path).parent.parent / "lib").glob("libpython*"):
        item.unlink()
    facts = read(base.path)
    if starts(base.path):  # the system has one of the same name
        assert facts.faults == ()
        assert facts.expected_libpython is not None
        assert facts.version_source == facts.libpython
        said = run([base.path, "-I", "-c", "import sys; print('%d.%d.%d' % sys.version_info[:3])"]).out.strip()
        assert facts.version is not None
        assert facts.version.text == said
    else:
        assert [fault.kind for fault in facts.faults] == ["library-missing"]
        assert facts.version is not None
        assert facts.version.series == base.series
        assert facts.version.micro is None


def test_its_loader_is_gone(base: Python) -> None:
    executable = Path(base.path)
    replace(executable, b"/lib64/ld-linux-x86-64.so.2", b"/lib/ld-musl-x86_64.so.1")
    assert not starts(executable)
    assert kinds(executable) == ["loader-missing"]


def test_it_is_of_another_machine(base: Python) -> None:
    executable = Path(base.path)
    data = bytearray(executable.read_bytes())
    struct.pack_into("<H", data, 18, 183)
    executable.unlink()
    executable.write_bytes(data)
    executable.chmod(0o755)
    assert not starts(executable)
    assert kinds(executable) == ["wrong-machine"]


@pytest.mark.parametrize("keep", [0, 3, 60, 5000])
def test_it_is_cut_short(base: Python, keep: int) -> None:
    executable = Path(base.path)
    data = executable.read_bytes()[:keep]
    executable.unlink()
    executable.write_bytes(data)
    executable.chmod(0o755)
    assert set(kinds(executable)) <= {"truncated", "empty", "not-binary", "text"}
    assert kinds(executable) != []


@pytest.mark.parametrize("gone", ["json", "shutil.py", "lib-dynload", "logging"])
def test_parts_of_its_library_are_gone(base: Python, gone: str) -> None:
    library = Path(base.path).parent.parent / "lib" / f"python{base.series}"
    target = library / gone
    if target.is_dir():
        shutil.rmtree(target)
    else:
        target.unlink()
    for cached in library.glob(f"__pycache__/{target.stem}.*"):
        cached.unlink()
    facts = read(base.path, "native")
    name = "math" if gone == "lib-dynload" else target.stem
    assert starts(base.path, f"import {name}") == (not facts.stdlib_faults)
    assert any(name in item for item in facts.stdlib_faults)


def test_a_library_that_ssl_needs_is_gone(base: Python) -> None:
    module = next((Path(base.path).parent.parent / "lib").glob("python*/lib-dynload/_ssl.*.so"), None)
    if module is None:
        pytest.skip("built without ssl")
    replace(module, b"libssl.so.3" if b"libssl.so.3" in module.read_bytes() else b"libssl.so.1.1", b"libssl.so.9")
    assert not starts(base.path, "import ssl")
    facts = read(base.path, "native")
    assert [(item.name, item.faults[0].kind, item.faults[0].subject) for item in facts.modules] == [
        ("_ssl", "library-missing", "libssl.so.9")
    ]


def test_an_extension_module_is_cut_short(base: Python) -> None:
    module = next((Path(base.path).parent.parent / "lib").glob("python*/lib-dynload/zlib.*.so"), None)
    if module is None:
        pytest.skip("built without zlib")
    data = module.read_bytes()[:9000]
    module.unlink()
    module.write_bytes(data)
    assert not starts(base.path, "import zlib")
    assert [item.name for item in read(base.path, "native").modules] == ["zlib"]


def test_its_library_is_of_another_series(tmp_path: Path) -> None:
    if not {"3.11", "3.13"} <= set(copyable()):
        pytest.skip("needs CPython 3.11 and 3.13")
    base, other = relocatable_copy("3.11", tmp_path / "base"), relocatable_copy("3.13", tmp_path / "other")
    library = Path(base.path).parent.parent / "lib"
    shutil.rmtree(library / "python3.11")
    shutil.copytree(Path(other.path).parent.parent / "lib" / "python3.13", library / "python3.11")
    assert not starts(base.path, "import re")
    facts = read(base.path, "native")
    assert facts.stdlib_series == "3.13"
    assert facts.version is not None
    assert facts.version.series == "3.11"


def test_a_program_of_one_patch_release_with_the_library_of_another(tmp_path: Path) -> None:
    """Debian's 3.11.2 lacks `_PyModule_Add`, which extension modules of 3.11.5 and later use (gh-108525)."""
    releases = {item.text: item for item in found() if item.series == "3.11" and not item.debug}
    if len(releases) < 2 or "3.11" not in copyable():
        pytest.skip("needs two patch releases of 3.11, one of them private")
    base, system = relocatable_copy("3.11", tmp_path / "base"), system_copy(tmp_path / "system")
    if system.series != "3.11" or system.text == base.text:
        pytest.skip("the system's Python is not another 3.11")
    env = make_venv(base, tmp_path / "env", "--copies")
    for name in ("python", "python3", "python3.11"):
        (env / "bin" / name).unlink(missing_ok=True)
        shutil.copy2(system.path, env / "bin" / name)
    python = env / "bin" / "python"
    facts = read(str(python), "native")
    assert facts.version is not None
    assert facts.version.text == system.text
    assert facts.stdlib == f"{tmp_path}/base/lib/python3.11"
    failing = [
        item.name for item in facts.modules if all(fault.subject.startswith(("Py", "_Py")) for fault in item.faults)
    ]
    modules = {path.name.split(".")[0] for path in Path(facts.stdlib, "lib-dynload").glob("*.so")}
    wanted = sorted(name for name in modules if not name.startswith(("_test", "_xx", "xx", "_ctypes_test")))
    truth = [name for name in wanted if not starts(python, f"import {name}")]
    assert failing == truth
