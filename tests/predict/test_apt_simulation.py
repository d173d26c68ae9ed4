"""What apt prints is read as apt means it, and files are gone only where nobody else owns them."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.places import write
from venvdoctor.inspection.apt_simulation import files_lost, parse_simulation
from venvdoctor.model.interpreter import PythonVersion
from venvdoctor.view import rooted_view

if TYPE_CHECKING:
    from pathlib import Path

RUN = """NOTE: This is only a simulation!
Reading package lists...
The following packages will be REMOVED:
  libssl3 python3-distutils
Remv libssl3 [3.0.20-1~deb12u2] [libpython3.11-minimal:amd64 ]
Inst openssl-provider-legacy (3.5.7-1~deb13u2 Debian:13.7/stable [amd64]) [libpython3.11-minimal:amd64 ]
Inst python3.13-minimal (3.13.5-2+deb13u5 Debian:13.7/stable [amd64])
Inst libssl3t64 (3.5.7-1 Debian:13.7/stable [amd64])
Inst python3-yaml [6.0-3+b2] (6.0.2-1+b2 Debian:13.7/stable [amd64]) []
Purg oldie:i386 [1:2.0]
Inst python3-minimal [3.11.2-1+b1] (3.13.5-1 Debian:13.7/stable [amd64]) [python3:amd64 on python3-minimal:amd64]
Conf python3-minimal (3.13.5-1 Debian:13.7/stable [amd64])
2 upgraded, 3 newly installed, 2 to remove and 0 not upgraded.
"""


def test_a_simulated_run_is_read() -> None:
    found = parse_simulation(RUN)
    assert found is not None
    assert found.removed == ("libssl3", "oldie:i386")
    assert found.installed[0] == ("openssl-provider-legacy", "", "3.5.7-1~deb13u2")
    assert found.default_python == PythonVersion(3, 13, 5)
    assert found.interpreters == {"3.13": PythonVersion(3, 13, 5)}
    assert found.replaced == ("python3-yaml", "python3-minimal")


@pytest.mark.parametrize("text", ["", "hello\n", "Inst\n", "Installing x\n", "root:x:0:0::/root:/bin/sh\n"])
def test_what_is_not_apts_is_nothing(text: str) -> None:
    assert parse_simulation(text) is None


@pytest.mark.parametrize("text", [
    "0 upgraded, 0 newly installed, 0 to remove and 0 not upgraded.\n",
    "0 aktualisiert, 0 neu installiert, 0 zu entfernen und 0 nicht aktualisiert.\n",
])  # fmt: skip
def test_a_run_that_does_nothing_changes_nothing(text: str) -> None:
    found = parse_simulation(text)
    assert found is not None
    assert found.removed == found.installed == ()


@given(st.text())
@settings(max_examples=50, deadline=None)
def test_reading_is_total(text: str) -> None:
    parse_simulation(text)
    parse_simulation(f"Inst {text}\nRemv {text}")


@pytest.fixture
def disk(tmp_path: Path) -> Path:
    """A tree with packages in dpkg's database."""
    files = {
        "libssl3:amd64": ["/usr/lib/x/libssl.so.3", "/usr/share/doc/libssl3/copyright"],
        "python3.11-minimal": [
            "/usr/bin/python3.11",
            "/usr/lib/python3.11/os.py",
            "/usr/lib/python3.11/json/decoder.py",
        ],
        "other": ["/usr/share/shared", "/usr/bin/other"],
        "goes": ["/usr/share/shared", "/usr/bin/goes", "/usr/share/goes/kept/mine"],
        "twin:i386": ["/usr/lib/i386/twin.so.1"],
        "twin:amd64": ["/usr/lib/x/twin.so.1"],
    }
    for name, paths in files.items():
        folders = {str(parent) for path in paths for parent in PurePosixPath(path).parents}
        lines = ["/.", *sorted(folders - {"/"}), *paths]
        write(tmp_path / f"var/lib/dpkg/info/{name}.list", "\n".join(lines) + "\n")
        for path in paths:
            write(tmp_path / path[1:])
    write(tmp_path / "usr/lib/python3.11/__pycache__/os.cpython-311.pyc")
    write(tmp_path / "usr/share/goes/kept/a-users-own")
    return tmp_path


def lost(disk: Path, text: str) -> set[str]:
    found = parse_simulation(text)
    assert found is not None
    return set(files_lost(found, rooted_view(str(disk)), "x86_64"))


def test_a_directory_that_is_left_empty_goes_whole(disk: Path) -> None:
    assert lost(disk, "Remv python3.11-minimal [3.11.2]") == {"/usr/bin/python3.11", "/usr/lib/python3.11"}


def test_what_another_package_owns_stays_and_so_does_a_users_own(disk: Path) -> None:
    assert lost(disk, "Remv goes [1]") == {"/usr/bin/goes", "/usr/share/goes/kept/mine"}


def test_a_library_whose_package_changes_its_name_stays(disk: Path) -> None:
    gone = lost(disk, "Remv libssl3 [3.0]\nInst libssl3t64 (3.5 Debian [amd64])")
    assert "/usr/lib/x/libssl.so.3" not in gone
    assert "/usr/lib/x/libssl.so.3" in lost(disk, "Remv libssl3 [3.0]")


def test_architectures_are_told_apart(disk: Path) -> None:
    assert lost(disk, "Remv twin:i386 [1]") == {"/usr/lib/i386"}
    assert lost(disk, "Remv twin [1]") == {"/usr/lib/x/twin.so.1"}
    assert lost(disk, "Remv libssl3 [1]\nInst libssl3 (2 Debian [amd64])") == set()
