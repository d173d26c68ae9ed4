"""Version directories outside environments: which are found, and whether an interpreter reads them, against real ones."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from tests.support.envs import run
from tests.support.places import host_of, write
from tests.support.pythons import Python, label, pythons
from venvdoctor.discovery import Outcome, Request, discover
from venvdoctor.inspection.environment import examine
from venvdoctor.inspection.shared import Shared
from venvdoctor.model.environment import Candidate
from venvdoctor.registry import members
from venvdoctor.view import View, rooted_view

if TYPE_CHECKING:
    from pathlib import Path

    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host


def install(site: Path, *names: str) -> None:
    for name in names:
        write(site / f"{name}-1.0.dist-info/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        write(site / f"{name}.py")


def sites(host: Host, view: View | None = None) -> list[Candidate]:
    source = next(item for item in members("venvdoctor.sources", "source") if item.name == "sites")
    return [item for item in source.find(view or View(), host, host.homes[0]) if isinstance(item, Candidate)]


def read(candidate: Candidate, host: Host, view: View | None = None) -> Environment:
    env = examine(candidate, Shared(view=view or View(), host=host))
    assert env is not None
    return env


def test_directories_with_packages_are_candidates(home: Path) -> None:
    install(home / ".local/lib/python3.4/site-packages", "six", "requests")
    install(home / ".local/lib/pypy3.9/site-packages", "six")
    install(home / "base/lib/python3.13t/site-packages", "six")
    (home / ".local/lib/python3.5/site-packages").mkdir(parents=True)
    (home / ".local/lib/python3").mkdir()
    write(home / ".local/lib/python3.6/site-packages/~ix-1.0.dist-info/METADATA")
    host = host_of(home, {"PYTHONUSERBASE": f"{home}/base"})
    mine = [item for item in sites(host) if item.kind == "user-site"]
    names = ["base/lib/python3.13t", ".local/lib/pypy3.9", ".local/lib/python3.4"]
    assert [os.path.relpath(item.path, home) for item in mine] == names


def test_an_installation_and_an_environment_keep_their_own(home: Path) -> None:
    install(home / ".local/lib/python3.4/site-packages", "six")
    write(home / ".local/lib/python3.4/os.py")
    install(home / ".local/lib/python3.5/site-packages", "six")
    write(home / ".local/pyvenv.cfg")
    assert [item for item in sites(host_of(home)) if item.kind == "user-site"] == []


def test_a_macs_user_sites_are_known(home: Path) -> None:
    install(home / "Library/Python/3.4/lib/python/site-packages", "six")
    host = host_of(home, platform="darwin")
    (candidate,) = (item for item in sites(host) if item.kind == "user-site")
    env = read(candidate, host)
    assert (env.recorded_version, env.lib_dirs[0].distributions, env.interpreter) == ("3.4", 1, None)


def test_a_search_of_the_home_by_name_finds_them(home: Path) -> None:
    install(home / ".local/lib/python3.4/site-packages", "six")
    outcome = Outcome()
    (candidate,) = discover(View(), host_of(home), Request(paths=(str(home),)), outcome)
    assert (candidate.path, candidate.kind) == (f"{home}/.local/lib/python3.4", "user-site")
    assert outcome.empty == []


@pytest.mark.real
@pytest.mark.parametrize("python", pythons(), ids=label)
def test_the_site_of_an_installed_interpreter_is_read_by_it(home: Path, python: Python) -> None:
    asked = run([python.path, "-c", "import site; print(site.getusersitepackages())"], HOME=str(home))
    place = asked.out.strip()
    install(home / os.path.relpath(place, home), "six")
    host = host_of(home, {"PATH": os.path.dirname(python.path)})
    (candidate,) = (item for item in sites(host) if item.kind == "user-site")
    env = read(candidate, host)
    assert run([python.path, "-c", "import six"], HOME=str(home)).ok
    assert env.interpreter is not None
    assert env.extra["packages"] == "six"
    assert env.startup.starts


def test_a_stranded_site_inside_an_image(tmp_path: Path) -> None:
    install(tmp_path / "usr/local/lib/python3.9/dist-packages", "six")
    (tmp_path / "usr/local/lib/python3.11/dist-packages").mkdir(parents=True)
    install(tmp_path / "home/u/.local/lib/python3.9/site-packages", "requests")
    view = rooted_view(str(tmp_path))
    host = host_of("/home/u")
    found = sites(host, view)
    assert [(item.path, item.kind) for item in found] == [
        ("/home/u/.local/lib/python3.9", "user-site"),
        ("/usr/local/lib/python3.9", "global-site"),
    ]
    assert [read(item, host, view).interpreter for item in found] == [None, None]


@pytest.mark.parametrize("path", ["/nonexistent/python3.9", "/etc", "/"])
def test_what_is_no_version_directory_has_no_facts(path: str) -> None:
    candidate = Candidate(path=path, kind="user-site")
    assert examine(candidate, Shared(view=View(), host=host_of("/nonexistent"))) is None
