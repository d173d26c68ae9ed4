"""The host as its own files show it: a made-up image, and the machine that runs the tests."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from tests.support.elf_writer import AARCH64, Elf
from tests.support.machine import Machine
from venvdoctor.inspection.host import home_of, read_host
from venvdoctor.inspection.shared import Shared
from venvdoctor.model.host import Home, Host
from venvdoctor.view import View, rooted_view

if TYPE_CHECKING:
    from pathlib import Path


def host_of(root: Path, **environ: str) -> Host:
    return read_host(rooted_view(str(root)), environ, str(root))


def test_an_image_is_described_by_its_own_files(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.basics()
    machine.write("/etc/hostname", "buildbox\n")
    host = host_of(tmp_path, HOME="/home/somebody", PATH="/x")
    assert (host.platform, host.machine, host.libc, host.name) == ("linux", "x86_64", "glibc", "buildbox")
    assert host.os["id"] == "debian"
    assert host.os["version"] == "12"
    assert host.environ == {}
    assert host.uid is None
    assert {home.path for home in host.homes} == {"/root", "/home/ada", "/home/grace"}
    assert Home("/home/ada", 1000, "ada") in host.homes


def test_homes_outside_passwd_and_linked_homes_are_found_once(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.write(
        "/etc/passwd", "ada:x:1000:1000::/home/ada:/bin/sh\nbin:x:2:2::/usr/bin:/bin/sh\nrubbish\nx:y:z\n:::\n"
    )
    for home in ("/home/ada", "/home/directory.service", "/usr/bin"):
        machine.at(home).mkdir(parents=True)
    machine.link("/home/alias", "ada")
    assert [home.path for home in host_of(tmp_path).homes] == ["/home/ada", "/home/directory.service"]


@pytest.mark.parametrize(
    ("interp", "needed", "libc"),
    [
        ("/lib/ld-musl-aarch64.so.1", ["libc.musl-aarch64.so.1"], "musl"),
        ("/lib/ld-linux-aarch64.so.1", ["libc.so.6"], "glibc"),
        ("/nix/store/xyz-glibc-2.40/lib/ld-linux-aarch64.so.1", ["libc.so.6"], "glibc"),
    ],
)
def test_the_systems_own_programs_tell_machine_and_libc(
    tmp_path: Path, interp: str, needed: list[str], libc: str
) -> None:
    machine = Machine(tmp_path)
    machine.write("/bin/sh", Elf(interp=interp, needed=needed, machine=AARCH64).build(), 0o755)
    host = host_of(tmp_path)
    assert (host.machine, host.libc) == ("aarch64", libc)


def test_handlers_of_an_image_name_the_machines_it_runs(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.basics()
    machine.write("/usr/lib/binfmt.d/qemu-aarch64-static.conf", ":qemu-aarch64:M::…\n")
    machine.write("/usr/lib/binfmt.d/python3.11.conf", "")
    assert host_of(tmp_path).foreign_machines == {"i386", "x32", "aarch64"}


def test_an_empty_directory_is_a_host_about_which_nothing_is_known(tmp_path: Path) -> None:
    host = host_of(tmp_path)
    assert (host.machine, host.libc, dict(host.os), host.homes, host.foreign_machines) == (
        None,
        None,
        {},
        (),
        frozenset(),
    )


def test_broken_files_are_no_obstacle(tmp_path: Path) -> None:
    machine = Machine(tmp_path)
    machine.write("/etc/os-release", b"\xff\xfe\x00ID=\"deb\x1bian\n=x\nID='arch'\n")
    machine.write("/etc/passwd", b"\xff:x:1:1::/\xff:\n" * 3)
    machine.write("/bin/sh", b"\x7fELF")
    os.mkfifo(machine.at("/etc/hostname"))
    host = host_of(tmp_path)
    assert host.os["id"] == "arch"
    assert host.name == ""


def test_the_running_machine(tmp_path: Path) -> None:
    if sys.platform != "linux":
        pytest.skip("compares with uname of Linux")
    host = read_host(View(), {"HOME": str(tmp_path)})
    assert host.machine == os.uname().machine
    assert host.homes == (Home(str(tmp_path), os.getuid(), host.homes[0].user),)
    assert host.uid == os.getuid()
    assert len(host.today) == 10
    assert read_host(View(), {}).homes != ()


def test_a_kernel_of_another_word_size_runs_its_own_programs_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    machine = Machine(tmp_path)
    machine.write("/bin/sh", Elf(interp="/lib/ld-linux-aarch64.so.1", needed=["libc.so.6"], machine=AARCH64).build())
    monkeypatch.setattr("venvdoctor.inspection.host._uname_machine", lambda: "s390x")
    host = read_host(rooted_view(str(tmp_path)), {"HOME": "/root"})
    assert host.machine == "aarch64"
    assert "s390x" in host.foreign_machines


def test_the_home_of_an_account_that_is_not_the_scanning_one(tmp_path: Path) -> None:
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc" / "passwd").write_text(
        "root:x:0:0::/root:/bin/sh\nada:x:1000:1000::/home/ada:/bin/sh\nbad:x:y::\n"
    )
    shared = Shared(view=rooted_view(str(tmp_path)), host=Host(uid=0))
    assert (home_of(1000, shared), home_of(1001, shared)) == ("/home/ada", None)
