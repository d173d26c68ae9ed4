"""Who made an interpreter, and which interpreters are installed: made-up machines with every manager's layout."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.machine import Machine
from venvdoctor.inspection.host import read_host
from venvdoctor.inspection.installations import find_installations
from venvdoctor.inspection.interpreter import read_interpreter
from venvdoctor.inspection.shared import Shared
from venvdoctor.model.host import Home, Host
from venvdoctor.view import rooted_view

if TYPE_CHECKING:
    from pathlib import Path

DPKG = """Package: python3.12-minimal
Status: install ok installed
Version: {version}

Package: zlib1g
Status: install ok installed
Version: 1:1.3.dfsg-3.1ubuntu2
"""


def machine(root: Path) -> Machine:
    made = Machine(root)
    made.basics()
    return made


def shared_for(root: Path, **environ: str) -> Shared:
    view = rooted_view(str(root))
    host = read_host(view, {}, str(root))
    named = Host(homes=(Home("/home/ada", 1000, "ada"),), environ=environ, machine="x86_64", libc="glibc", os=host.os)
    return Shared(view=view, host=named)


def provider(root: Path, path: str, **environ: str) -> str:
    return read_interpreter(path, shared_for(root, **environ)).provider


@pytest.mark.parametrize(
    ("prefix", "expected"),
    [
        ("/usr", "debian"),
        ("/usr/local", "source"),
        ("/home/ada/.pyenv/versions/3.11.7", "pyenv"),
        ("/home/ada/.local/share/uv/python/cpython-3.11.7-linux-x86_64-gnu", "uv"),
        ("/home/ada/.rye/py/cpython@3.11.7", "rye"),
        ("/home/ada/.asdf/installs/python/3.11.7", "asdf"),
        ("/home/ada/.local/share/mise/installs/python/3.11.7", "mise"),
        ("/home/ada/.local/share/hatch/pythons/3.11/python", "hatch"),
        ("/home/ada/.local/share/pdm/python/cpython@3.11.7", "pdm"),
        ("/home/ada/.local/share/pipx/py/3.11", "pipx"),
        ("/home/linuxbrew/.linuxbrew/Cellar/python@3.11/3.11.7", "homebrew"),
        ("/nix/store/0aha1q6n9dnn7ag-python3-3.11.7", "nix"),
        ("/gnu/store/4hsz3-python-3.11.7", "guix"),
        ("/opt/hostedtoolcache/Python/3.11.7/x64", "github-actions"),
        ("/opt/python/cp311-cp311", "manylinux"),
        ("/srv/versions/3.11.7", "source"),
    ],
)
def test_the_place_tells_who_made_it(tmp_path: Path, prefix: str, expected: str) -> None:
    machine(tmp_path).interpreter("3.11.7", prefix)
    assert provider(tmp_path, f"{prefix}/bin/python3.11") == expected


def test_conda_is_known_by_its_records_wherever_it_lies(tmp_path: Path) -> None:
    made = machine(tmp_path)
    for prefix in ("/home/ada/.pyenv/versions/miniforge3", "/srv/science"):
        made.interpreter("3.11.7", prefix)
        made.write(f"{prefix}/conda-meta/history", "")
        assert provider(tmp_path, f"{prefix}/bin/python3.11") == "conda"


def test_a_moved_pyenv_and_a_moved_uv_are_known_by_their_variables(tmp_path: Path) -> None:
    made = machine(tmp_path)
    made.interpreter("3.11.7", "/srv/pe/versions/3.11.7")
    made.interpreter("3.12.3", "/srv/pythons/twelve")
    assert provider(tmp_path, "/srv/pe/versions/3.11.7/bin/python3.11", PYENV_ROOT="/srv/pe") == "pyenv"
    assert provider(tmp_path, "/srv/pythons/twelve/bin/python3.12", UV_PYTHON_INSTALL_DIR="/srv/pythons/") == "uv"
    made.write("/srv/pe/libexec/pyenv", "#!/usr/bin/env bash\n", 0o755)
    assert provider(tmp_path, "/srv/pe/versions/3.11.7/bin/python3.11") == "pyenv"


@pytest.mark.parametrize(
    ("version", "archive", "expected"),
    [
        ("3.12.3-1+jammy1", True, "deadsnakes"),
        ("3.12.3-1ubuntu0.1", True, "ubuntu"),
        ("3.12.3-1+jammy1", False, "ubuntu"),
    ],
)
def test_deadsnakes_is_told_from_the_systems_own(tmp_path: Path, version: str, archive: bool, expected: str) -> None:
    made = machine(tmp_path)
    made.interpreter("3.12.3", "/usr")
    made.write("/etc/os-release", "ID=ubuntu\nVERSION_ID=22.04\n")
    made.write("/var/lib/dpkg/info/format", "1\n")
    made.write("/var/lib/dpkg/status", DPKG.format(version=version))
    if archive:
        made.write("/etc/apt/sources.list.d/deadsnakes-ubuntu-ppa-jammy.list", "deb …\n")
    assert provider(tmp_path, "/usr/bin/python3.12") == expected


def test_a_relocatable_build_is_named_so(tmp_path: Path) -> None:
    made = machine(tmp_path)
    made.interpreter("3.12.3", "/install")
    made.at("/install").rename(made.at("/srv/runtime"))
    assert provider(tmp_path, "/srv/runtime/bin/python3.12") == "python-build-standalone"


def test_every_installed_interpreter_is_listed_once_and_the_newest_first(tmp_path: Path) -> None:
    made = machine(tmp_path)
    made.interpreter("3.11.2", "/usr")
    made.interpreter("3.13.1", "/home/ada/.pyenv/versions/3.13.1", names=("python3", "python"))
    made.interpreter("3.12.8", "/srv/pythons/cpython-3.12.8-linux-x86_64-gnu")
    made.interpreter("3.10.9", "/home/ada/app/runtime")
    made.environment("/home/ada/env", "/usr/bin/python3.11", copies=True)
    made.write("/home/ada/.pyenv/shims/python3", "#!/usr/bin/env bash\n", 0o755)
    made.write("/usr/bin/python3-config", "#!/bin/sh\n", 0o755)
    path = "/home/ada/env/bin:/home/ada/.pyenv/shims:/home/ada/app/runtime/bin:relative"
    found = find_installations(shared_for(tmp_path, PATH=path, UV_PYTHON_INSTALL_DIR="/srv/pythons"))
    assert [(item.path, item.interpreter.version and item.interpreter.version.text) for item in found] == [
        ("/home/ada/.pyenv/versions/3.13.1/bin/python3.13", "3.13.1"),
        ("/srv/pythons/cpython-3.12.8-linux-x86_64-gnu/bin/python3.12", "3.12.8"),
        ("/usr/bin/python3.11", "3.11.2"),
        ("/home/ada/app/runtime/bin/python3.10", "3.10.9"),
    ]


def test_what_only_an_activated_environment_leads_to_has_its_own_name(tmp_path: Path) -> None:
    made = machine(tmp_path)
    made.interpreter("3.11.7", "/home/ada/build")
    made.environment("/home/ada/env", "/home/ada/build/bin/python3.11")
    found = find_installations(shared_for(tmp_path, PATH="/home/ada/env/bin"))
    assert [item.path for item in found] == ["/home/ada/build/bin/python3.11"]


def test_the_name_that_an_upgrade_keeps_is_preferred(tmp_path: Path) -> None:
    made = machine(tmp_path)
    made.interpreter("3.12.8", "/home/ada/.local/share/uv/python/cpython-3.12.8-linux-x86_64-gnu")
    made.link("/home/ada/.local/share/uv/python/cpython-3.12-linux-x86_64-gnu", "cpython-3.12.8-linux-x86_64-gnu")
    made.link("/home/ada/.local/bin/python3.12", "../share/uv/python/cpython-3.12.8-linux-x86_64-gnu/bin/python3.12")
    (found,) = find_installations(shared_for(tmp_path))
    assert found.path == "/home/ada/.local/share/uv/python/cpython-3.12-linux-x86_64-gnu/bin/python3.12"
    assert found.interpreter.executable.endswith("/cpython-3.12.8-linux-x86_64-gnu/bin/python3.12")


@pytest.mark.parametrize(
    ("moved", "name"), [(False, "/usr/local/bin/python3.12"), (True, "/srv/py/3.12.8/bin/python3.12")]
)
def test_a_name_is_taken_where_the_library_is_found_from_it(tmp_path: Path, moved: bool, name: str) -> None:
    made = machine(tmp_path)
    made.interpreter("3.12.8", "/install" if moved else "/srv/py/3.12.8")
    if moved:
        made.at("/srv/py").mkdir(parents=True)
        made.at("/install").rename(made.at("/srv/py/3.12.8"))
    made.link("/usr/local/bin/python3.12", "/srv/py/3.12.8/bin/python3.12")
    assert [item.path for item in find_installations(shared_for(tmp_path))] == [name]


def test_names_that_are_files_of_their_own_are_one_installation(tmp_path: Path) -> None:
    made = machine(tmp_path)
    made.interpreter("3.12.8", "/opt/py")
    for name in ("python", "python3"):
        made.at(f"/opt/py/bin/{name}").unlink(missing_ok=True)
        made.write(f"/opt/py/bin/{name}", made.at("/opt/py/bin/python3.12").read_bytes(), 0o755)
    assert [item.path for item in find_installations(shared_for(tmp_path))] == ["/opt/py/bin/python3.12"]
