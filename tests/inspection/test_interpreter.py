"""Files that are no interpreter, or only half of one: facts come out of every one of them."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.elf_writer import LOADER
from tests.support.machine import Machine, python_elf
from tests.support.pythons import found
from venvdoctor.inspection.host import read_host
from venvdoctor.inspection.interpreter import read_interpreter
from venvdoctor.inspection.program_text import Constants
from venvdoctor.inspection.shared import Shared
from venvdoctor.view import View, rooted_view

QUIET = settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def shared_for(root: Path | None = None) -> Shared:
    view = rooted_view(str(root)) if root else View()
    return Shared(view=view, host=read_host(view, {}, str(root) if root else None), needs=frozenset({"native"}))


def read(path: Path) -> object:
    return read_interpreter(str(path), shared_for())


@pytest.mark.parametrize(
    ("content", "kind"),
    [(b"", "empty"), (b"../python3.11", "text"), (b"\x00\x01\x02", "not-binary"), (b"\x7fELF", "truncated")],
)
def test_what_no_kernel_starts(tmp_path: Path, content: bytes, kind: str) -> None:
    (tmp_path / "python").write_bytes(content)
    facts = read(tmp_path / "python")
    assert [fault.kind for fault in facts.faults] == [kind]
    assert facts.version is None
    assert facts.implementation is None


def test_a_script_may_start_anything(tmp_path: Path) -> None:
    (tmp_path / "python").write_text('#!/usr/bin/env bash\nexec "/opt/python3.11" "$@"\n')
    facts = read(tmp_path / "python")
    assert facts.faults == ()
    assert facts.version is None
    assert "/usr/bin/env bash" in facts.undecided[0]


def test_what_is_not_there_or_no_file_is_undecided(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "fifo")
    for path in (tmp_path / "gone", tmp_path, tmp_path / "fifo"):
        facts = read(path)
        assert facts.undecided
        assert facts.faults == ()


def test_a_program_that_is_no_python() -> None:
    if sys.platform != "linux":
        pytest.skip("reads an ELF program of the system")
    facts = read(Path(os.path.realpath("/bin/sh")))
    assert facts.implementation is None
    assert facts.undecided == ("it is a program, but none that is known to be a Python",)


def machine_with(root: Path, version: str = "3.11.7", prefix: str = "/opt/py", **binary: object) -> Machine:
    machine = Machine(root)
    machine.basics()
    machine.interpreter(version, prefix, **binary)  # type: ignore[arg-type]
    return machine


@pytest.mark.parametrize(("version", "level"), [("3.9.2", "final"), ("3.11.7", "final"), ("3.14.0rc2", "candidate")])
@pytest.mark.parametrize("shared", [False, True])
def test_a_made_up_interpreter(tmp_path: Path, version: str, level: str, shared: bool) -> None:
    machine_with(tmp_path, version, shared=shared)
    series = ".".join(version.split(".")[:2])
    facts = read_interpreter(f"/opt/py/bin/python{series}", shared_for(tmp_path))
    assert facts.version is not None
    assert (facts.version.text, facts.version.level) == (version, level)
    assert (facts.prefix, facts.compiled_prefix, facts.stdlib) == ("/opt/py", "/opt/py", f"/opt/py/lib/python{series}")
    assert (facts.faults, facts.undecided, facts.modules) == ((), (), ())
    assert facts.libpython == (f"/opt/py/lib/libpython{series}.so.1.0" if shared else None)
    assert facts.soabi == f"cpython-{series.replace('.', '')}-x86_64-linux-gnu"


def test_fedora_keeps_the_library_in_lib64(tmp_path: Path) -> None:
    machine = machine_with(tmp_path, prefix="/usr")
    (tmp_path / "usr/lib/python3.11").rename(tmp_path / "usr/lib64/python3.11")
    machine.at("/usr/lib/python3.11/site-packages").mkdir(parents=True)
    facts = read_interpreter("/usr/bin/python3.11", shared_for(tmp_path))
    assert (facts.platlibdir, facts.stdlib, facts.prefix) == ("lib64", "/usr/lib64/python3.11", "/usr")


def test_a_linked_lib64_is_lib(tmp_path: Path) -> None:
    machine = machine_with(tmp_path)
    machine.link("/opt/py/lib64", "lib")
    assert read_interpreter("/opt/py/bin/python3.11", shared_for(tmp_path)).platlibdir == "lib"


def test_a_version_text_that_only_ends_another_string(tmp_path: Path) -> None:
    machine = machine_with(tmp_path, "3.9.18", "/opt/3.9.18")
    elf = python_elf("3.9.18", "/opt/3.9.18")
    elf.interp, elf.rodata = LOADER, b"3.2.0\0" + elf.rodata.split(b"\0", 1)[1]
    machine.write("/opt/3.9.18/bin/python3.9", elf.build(), 0o755)
    facts = read_interpreter("/opt/3.9.18/bin/python3.9", shared_for(tmp_path))
    assert facts.version is not None
    assert facts.version.text == "3.9.18"


@pytest.fixture(scope="module")
def real() -> bytes:
    smallest = min((Path(item.executable) for item in found()), key=lambda path: path.stat().st_size)
    return smallest.read_bytes()


@QUIET
@given(data=st.data())
def test_a_changed_interpreter_gives_facts(tmp_path: Path, real: bytes, data: st.DataObject) -> None:
    changed = bytearray(real[: data.draw(st.integers(0, len(real)))])
    for _ in range(data.draw(st.integers(0, 12))):
        if changed:
            head = data.draw(st.booleans())
            at = data.draw(st.integers(0, min(len(changed), 1024 if head else len(changed)) - 1))
            changed[at] = data.draw(st.integers(0, 255))
    path = tmp_path / "python"
    path.write_bytes(changed)
    facts = read(path)
    assert facts.executable == str(path)


@QUIET
@given(
    content=st.binary(max_size=400),
    magic=st.sampled_from([b"", b"\x7fELF\x02\x01\x01", b"MZ", b"\xcf\xfa\xed\xfe", b"#!"]),
)
def test_rubbish_gives_facts(tmp_path: Path, content: bytes, magic: bytes) -> None:
    path = tmp_path / "python"
    path.write_bytes(magic + content)
    assert read(path).version is None


@pytest.mark.parametrize("flood", [b".so\0", b"3.1.1\0", b"\0/ab/cd", b".cpython-311-x.so\0", b"\0/a:", b"x"])
def test_a_flood_of_texts_takes_bounded_time(flood: bytes) -> None:
    constants = Constants([flood * ((1 << 20) // len(flood))] * 32)
    started = time.process_time()
    constants.suffixes(), constants.versions(), constants.paths(), constants.hold("/usr", alone=True)
    assert time.process_time() - started < 5


def test_a_sparse_giant_is_not_read_through(tmp_path: Path) -> None:
    machine = machine_with(tmp_path)
    place = machine.at("/opt/py/bin/python3.11")
    data = bytearray(place.read_bytes())
    with place.open("wb") as file:
        file.write(data)
        file.truncate(1 << 40)
    started = time.process_time()
    read_interpreter("/opt/py/bin/python3.11", shared_for(tmp_path))
    assert time.process_time() - started < 5
