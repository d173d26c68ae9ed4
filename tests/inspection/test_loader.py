"""The emulation of the dynamic loader: its rules one by one on made-up machines, then against the real loader."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.inspection.test_ld_cache import X86_64, new
from tests.support.binaries import LIBC, PYTHON, machine, real
from tests.support.elf_writer import AARCH64, LOADER, Elf
from tests.support.privileges import bound_by_modes
from venvdoctor.inspection.interpreter import read_interpreter
from venvdoctor.inspection.loader import Loaded, Process, load_library, open_process, read_file

if TYPE_CHECKING:
    from venvdoctor.inspection.shared import Shared

EXT = "/env/pkg/ext.so"
A = Elf(soname="liba.so")


def process(shared: Shared, path: str = PYTHON) -> Process:
    found = open_process(path, shared)
    assert isinstance(found, Process)
    return found


def load(shared: Shared, path: str = EXT) -> Loaded:
    file = read_file(path, shared)
    assert file.elf is not None
    return load_library(process(shared), path, file.elf, shared)


def faults(loaded: Loaded | Process) -> list[tuple[str, str]]:
    return [(fault.kind, fault.subject) for fault in loaded.faults]


def paths(loaded: Loaded) -> list[str]:
    return [module.path for module in loaded.modules[1:]]


def test_what_the_interpreter_has_loaded_satisfies_by_name(tmp_path: Path) -> None:
    shared = machine(tmp_path, {EXT: Elf(needed=["libc.so.6", "ld-linux-x86-64.so.2"])})
    assert load(shared).modules[1:] == ()
    assert faults(load(shared)) == []


@pytest.mark.parametrize(
    ("place", "facts"),
    [
        ("/env/pkg/../libs/liba.so", {"runpath": "$ORIGIN/../libs"}),
        ("/env/pkg/libs/liba.so", {"rpath": "/nowhere:${ORIGIN}/libs/"}),
        ("/usr/lib/x86_64-linux-gnu/liba.so", {}),
        ("/usr/lib/liba.so", {}),
        ("/usr/lib/x86_64-linux-gnu/x/liba.so", {"runpath": "/usr/$LIB/x"}),
        ("/opt/x86_64/liba.so", {"runpath": "/opt/$PLATFORM"}),
        ("/usr/lib/glibc-hwcaps/x86-64-v3/liba.so", {}),
    ],
)
def test_where_libraries_are_found(tmp_path: Path, place: str, facts: dict[str, str]) -> None:
    written = os.path.normpath(place)
    shared = machine(tmp_path, {EXT: Elf(needed=["liba.so"], **facts), written: A})
    assert paths(load(shared)) == [place]
    assert faults(load(shared)) == []


def test_the_cache_is_asked_and_configuration_is_not(tmp_path: Path) -> None:
    files = {EXT: Elf(needed=["liba.so"]), "/opt/lib/liba.so": A, "/etc/ld.so.conf": b"/opt/lib\n"}
    assert faults(load(machine(tmp_path / "1", files))) == [("library-missing", "liba.so")]
    cached = {**files, "/etc/ld.so.cache": new(("liba.so", "/opt/lib/liba.so", X86_64, 0))}
    assert paths(load(machine(tmp_path / "2", cached))) == ["/opt/lib/liba.so"]
    stale = {EXT: files[EXT], "/usr/lib/liba.so": A, "/etc/ld.so.cache": cached["/etc/ld.so.cache"]}
    assert paths(load(machine(tmp_path / "3", stale))) == ["/usr/lib/liba.so"]


def test_rpath_is_inherited_and_runpath_is_not(tmp_path: Path) -> None:
    libs = {"/libs/liba.so": Elf(soname="liba.so", needed=["libb.so"]), "/libs/libb.so": Elf(soname="libb.so")}
    rpath = machine(tmp_path / "1", {EXT: Elf(needed=["liba.so"], rpath="/libs"), **libs})
    assert paths(load(rpath)) == ["/libs/liba.so", "/libs/libb.so"]
    runpath = machine(tmp_path / "2", {EXT: Elf(needed=["liba.so"], runpath="/libs"), **libs})
    assert faults(load(runpath)) == [("library-missing", "libb.so")]
    both = machine(tmp_path / "3", {EXT: Elf(needed=["liba.so"], rpath="/libs", runpath="/x"), **libs})
    assert faults(load(both)) == [("library-missing", "liba.so")]


def test_the_interpreters_own_rpath_serves_extension_modules(tmp_path: Path) -> None:
    python = Elf(interp=LOADER, needed=["libc.so.6"], rpath="$ORIGIN/../lib")
    files = {PYTHON: python, EXT: Elf(needed=["liba.so"]), "/usr/lib/liba.so": A}
    assert paths(load(machine(tmp_path / "1", files))) == ["/usr/bin/../lib/liba.so"]
    own = {**files, EXT: Elf(needed=["liba.so"], runpath="/x")}
    assert paths(load(machine(tmp_path / "2", own))) == ["/usr/lib/liba.so"]


def test_library_path_comes_from_the_environment_that_is_looked_at(tmp_path: Path) -> None:
    files = {EXT: Elf(needed=["liba.so"]), "/session/liba.so": A}
    assert paths(load(machine(tmp_path, files, LD_LIBRARY_PATH="/x;/session"))) == ["/session/liba.so"]


def test_a_file_for_another_machine_is_passed_over_and_junk_is_not(tmp_path: Path) -> None:
    ext = Elf(needed=["liba.so"], runpath="/one:/two")
    foreign = Elf(soname="liba.so", machine=AARCH64)
    passed = machine(tmp_path / "1", {EXT: ext, "/one/liba.so": foreign, "/two/liba.so": A})
    assert paths(load(passed)) == ["/two/liba.so"]
    junk = machine(tmp_path / "2", {EXT: ext, "/one/liba.so": b"INPUT(liba.a)\n", "/two/liba.so": A})
    assert faults(load(junk)) == [("not-binary", "liba.so")]
    own = machine(tmp_path / "3", {EXT: Elf(machine=AARCH64)})
    assert faults(load(own)) == [("wrong-machine", "aarch64")]


def test_a_name_with_a_slash_is_not_searched(tmp_path: Path) -> None:
    ext = Elf(needed=["$ORIGIN/../lib/liba.so"])
    assert paths(load(machine(tmp_path / "1", {EXT: ext, "/env/lib/liba.so": A}))) == ["/env/pkg/../lib/liba.so"]
    gone = machine(tmp_path / "2", {EXT: ext, "/usr/lib/liba.so": A})
    assert faults(load(gone)) == [("library-missing", "/env/pkg/../lib/liba.so")]


def test_symbol_versions_by_membership(tmp_path: Path) -> None:
    wanted = {"libc.so.6": ["GLIBC_2.2.5", "GLIBC_2.10"]}
    shared = machine(tmp_path / "1", {EXT: Elf(needed=["libc.so.6"], verneed=wanted)})
    assert faults(load(shared)) == [("symbol-version", "GLIBC_2.10")]
    plain = machine(tmp_path / "2", {LIBC: Elf(soname="libc.so.6"), EXT: Elf(needed=["libc.so.6"], verneed=wanted)})
    assert faults(load(plain)) == []  # a library without versions serves every wish


def test_circles_twins_and_swarms_end(tmp_path: Path) -> None:
    circle = {
        EXT: Elf(needed=["liba.so"], rpath="/libs"),
        "/libs/liba.so": Elf(soname="liba.so", needed=["libb.so"]),
        "/libs/libb.so": Elf(soname="libb.so", needed=["liba.so", "libb.so"]),
    }
    assert len(paths(load(machine(tmp_path / "1", circle)))) == 2
    swarm = {EXT: Elf(needed=[f"lib{number}.so" for number in range(30_000)])}
    assert read_file(EXT, machine(tmp_path / "2", swarm)).state == "bad"
    hydra = {f"/libs/lib{n}.so": Elf(needed=[f"lib{n}x{m}.so" for m in range(3000)]) for n in range(9)}
    hydra[EXT] = Elf(needed=[f"lib{n}.so" for n in range(9)], rpath="/libs")
    assert load(machine(tmp_path / "3", hydra)).undecided


def test_a_directory_that_may_not_be_read_is_a_doubt(tmp_path: Path) -> None:
    wanting = {"needed": ["liba.so"], "runpath": "/closed"}
    library = machine(tmp_path / "1", {EXT: Elf(**wanting), "/closed/liba.so": A})
    program = machine(tmp_path / "2", {PYTHON: Elf(interp=LOADER, **wanting), LOADER: Elf(), "/closed/liba.so": A})
    for number in ("1", "2"):
        (tmp_path / number / "closed").chmod(0)
    with bound_by_modes():
        found, interpreter = load(library), read_interpreter(PYTHON, program)
    for number in ("1", "2"):
        (tmp_path / number / "closed").chmod(0o755)
    assert (found.faults, bool(found.undecided)) == ((), True)
    assert (interpreter.faults, bool(interpreter.doubts)) == ((), True)


def test_the_program_itself(tmp_path: Path) -> None:
    gone = machine(tmp_path / "1", {PYTHON: Elf(interp=LOADER, needed=["libpython3.11.so.1.0"])})
    assert faults(process(gone)) == [("library-missing", "libpython3.11.so.1.0")]
    musl = machine(tmp_path / "2", {PYTHON: Elf(interp="/lib/ld-musl-x86_64.so.1")})
    assert faults(process(musl)) == [("loader-missing", "/lib/ld-musl-x86_64.so.1")]
    android = machine(tmp_path / "3", {PYTHON: Elf(interp="/system/bin/linker64"), "/system/bin/linker64": Elf()})
    assert process(android).undecided
    static = machine(tmp_path / "4", {PYTHON: Elf()})
    assert process(static).kind is None


MUSL = "/lib/ld-musl-x86_64.so.1"


def musl(root: Path, files: dict[str, Elf | bytes]) -> Shared:
    python = Elf(interp=MUSL, needed=["libc.musl-x86_64.so.1"], rpath="/pylib")
    return machine(root, {MUSL: Elf(soname="libc.musl-x86_64.so.1"), PYTHON: python, **files})


def test_musl_inherits_both_paths_and_reads_its_own_configuration(tmp_path: Path) -> None:
    libs = {"/libs/liba.so": Elf(soname="liba.so", needed=["libb.so"]), "/libs/libb.so": Elf(soname="libb.so")}
    inherited = musl(tmp_path / "1", {EXT: Elf(needed=["liba.so"], runpath="$ORIGIN/../../libs"), **libs})
    assert [os.path.basename(path) for path in paths(load(inherited))] == ["liba.so", "libb.so"]
    for place in ("/lib", "/usr/local/lib", "/usr/lib", "/pylib"):
        shared = musl(tmp_path / place.replace("/", "_"), {EXT: Elf(needed=["liba.so"]), f"{place}/liba.so": A})
        assert paths(load(shared)) == [f"{place}/liba.so"]
    config = {"/etc/ld-musl-x86_64.path": b"/one\n/two:/three", EXT: Elf(needed=["liba.so"]), "/three/liba.so": A}
    assert paths(load(musl(tmp_path / "2", config))) == ["/three/liba.so"]
    config["/lib/liba.so"] = A
    del config["/three/liba.so"]
    assert faults(load(musl(tmp_path / "3", config))) == [("library-missing", "liba.so")]


def test_a_library_of_the_other_c_library(tmp_path: Path) -> None:
    on_glibc = machine(tmp_path / "1", {EXT: Elf(needed=["libc.musl-x86_64.so.1"])})
    assert faults(load(on_glibc)) == [("wrong-libc", "libc.musl-x86_64.so.1")]
    on_musl = musl(tmp_path / "2", {EXT: Elf(needed=["libc.so.6", "ld-linux-x86-64.so.2"])})
    assert faults(load(on_musl)) == [("wrong-libc", "ld-linux-x86-64.so.2")]  # libc.so.6 is musl itself there


@pytest.mark.skipif(not Path(LOADER).exists(), reason="needs glibc's loader of x86-64")
@pytest.mark.parametrize(
    ("facts", "below"),
    [
        ({"runpath": "$ORIGIN/libs"}, "runpath"),
        ({"rpath": "$ORIGIN/libs"}, "rpath"),
        ({"rpath": "$ORIGIN/libs", "runpath": "$ORIGIN/none"}, "both"),
        ({"runpath": "$ORIGIN/none:${ORIGIN}/libs"}, "second"),
        ({}, "nothing"),
    ],
)
def test_agrees_with_the_real_loader(tmp_path: Path, facts: dict[str, str], below: str) -> None:
    place = tmp_path / below
    (place / "libs").mkdir(parents=True)
    (place / "program").write_bytes(Elf(interp=LOADER, needed=["libaa.so", "libc.so.6"], **facts).build())
    (place / "libs" / "libaa.so").write_bytes(Elf(soname="libaa.so", needed=["libbb.so"]).build())
    (place / "libs" / "libbb.so").write_bytes(Elf(soname="libbb.so").build())
    (place / "program").chmod(0o755)
    told = _list(str(place / "program"))
    found = process(real(), str((place / "program").resolve()))
    for name in ("libaa.so", "libbb.so"):
        module = found.names.get(name)
        assert told.get(name, "not found") == (module.path if module else "not found")


@pytest.mark.skipif(not Path(LOADER).exists(), reason="needs glibc's loader of x86-64")
def test_agrees_with_the_real_loader_about_programs_of_this_machine() -> None:
    shared, seen = real(), 0
    for path in sorted({str(item.resolve()) for item in Path("/usr/bin").iterdir() if item.is_file()})[::12]:
        found = open_process(path, shared)
        if not isinstance(found, Process) or found.kind is None or found.kind.path != LOADER:
            continue
        seen += 1
        for name, place in _list(path).items():
            if place == "not found":
                assert ("library-missing", name) in faults(found), (path, name)
            elif not name.startswith("/"):
                assert found.names[name].path == place, (path, name)
    if not seen:
        pytest.skip("no dynamic programs in /usr/bin")


def _list(path: str) -> dict[str, str]:
    """Return what the real loader resolves: name → path or `not found`."""
    environ = {"LD_TRACE_LOADED_OBJECTS": "1"}  # the loader lists and exits before the program runs
    ran = subprocess.run([path], capture_output=True, text=True, env=environ, check=False)
    pairs = [line.strip().partition(" => ") for line in ran.stdout.splitlines() if "=>" in line]
    return {name: place.partition(" (")[0] for name, _, place in pairs}


def test_this_interpreter_starts() -> None:
    if sys.platform != "linux":
        pytest.skip("needs ELF")
    found = open_process(os.path.realpath(sys.executable), real())
    assert isinstance(found, Process)
    assert (found.faults, found.undecided) == ((), ())
