"""Conda environments with a real interpreter, damaged in every way of the catalogue, and their healthy twins."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.conda_tree import add_hello, make_conda, record
from tests.support.envs import run
from venvdoctor.diagnosis import catalogue, diagnose_environment
from venvdoctor.inspection.environment import examine
from venvdoctor.inspection.shared import Shared
from venvdoctor.model.environment import Candidate
from venvdoctor.model.host import Host
from venvdoctor.view import View

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real


@pytest.fixture
def env(tmp_path: Path) -> Path:
    return make_conda(tmp_path / "envs" / "a")


def said(path: Path, *needs: str) -> dict[str, str]:
    """Code → severity of everything that is said about scripts and conda."""
    shared = Shared(view=View(), host=Host(), needs=frozenset({"scripts", "files", *needs}))  # type: ignore[arg-type]
    facts = examine(Candidate(path=str(path)), shared)
    assert facts is not None
    assert facts.kind == "conda"
    rules = [rule for rule in catalogue() if rule.code.startswith(("VD4", "VD6"))]
    return {item.code: item.severity for item in diagnose_environment(facts, shared.host, rules)}


def command(path: Path) -> str:
    done = run([path / "bin" / "hello-cmd"])
    return done.out.strip() if done.ok else "fails"


def site(env: Path) -> Path:
    return next(env.glob("lib/python3.*/site-packages"))


def test_healthy(env: Path, tmp_path: Path) -> None:
    assert command(env) == str(env)
    assert said(env) == {}
    link = tmp_path / "link"
    link.symlink_to(env)
    assert said(link) == {}
    shutil.rmtree(env / "lib" / site(env).parent.name / "__pycache__", ignore_errors=True)
    assert said(env) == {}


def test_moved_and_copied(env: Path) -> None:
    copy = env.with_name("b")
    shutil.copytree(env, copy, symlinks=True)
    assert command(copy) == str(env)
    assert said(copy) == {"VD604": "error"}
    shutil.rmtree(env)
    assert command(copy) == "fails"
    assert said(copy) == {"VD604": "error"}


def test_moved_and_linked_back(env: Path) -> None:
    real = env.rename(env.with_name("real"))
    env.symlink_to(real)
    assert command(real) in (str(env), str(real))
    assert said(real) == {}


def test_history(env: Path) -> None:
    (env / "conda-meta" / "history").unlink()
    assert said(env) == {"VD601": "warning"}
    (env / "conda-meta" / "pixi").write_text("{}")
    assert said(env) == {}


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 100, b"{", b'{"name": "hello", "files": [', b"[]", b"\xff\xfe{}", b"{]}"]
)
def test_damaged_record(env: Path, content: bytes) -> None:
    (env / "conda-meta" / "hello-1.0-0.json").write_bytes(content)
    assert said(env) == {"VD602": "warning"}


def test_records_that_are_gone_or_doubled(env: Path) -> None:
    record_of = next(env.glob("conda-meta/hello-*.json"))
    content = json.loads(record_of.read_text())
    content["version"] = "0.9"
    other = record_of.with_name("hello-0.9-0.json")
    other.write_text(json.dumps(content))
    assert said(env) == {"VD602": "warning"}
    other.unlink()
    assert said(env) == {}
    record_of.unlink()
    assert command(env) == str(env)
    assert said(env) == {"VD602": "warning"}
    with (env / "conda-meta" / "history").open("a") as file:
        file.write("==> 2024-02-01 00:00:00 <==\n# cmd: conda remove hello\n-defaults/noarch::hello-1.0-0\n")
    assert said(env) == {}


def test_a_command_of_a_package_whose_files_are_gone_is_not_left_over(env: Path) -> None:
    shutil.rmtree(site(env) / "hello")
    assert command(env) == "fails"
    assert said(env) == {"VD603": "error"}


def test_missing_files(env: Path) -> None:
    info = site(env) / "hello-1.0.dist-info"
    (info / "INSTALLER").unlink()
    assert said(env) == {"VD603": "warning"}
    (site(env) / "hello" / "__init__.py").unlink()
    assert command(env) == "fails"
    assert said(env)["VD603"] == "error"


def test_pip_behind_condas_back(env: Path) -> None:
    old = site(env) / "hello-1.0.dist-info"
    new = old.rename(site(env) / "Hello-2.0.dist-info")
    assert said(env) == {"VD603": "note"}
    assert command(env) == str(env)
    shutil.rmtree(new)
    assert said(env) == {"VD603": "warning"}


def test_python_changed_in_place(env: Path, tmp_path: Path) -> None:
    """As an explicit install does it: another minor's files, the old site-packages left behind."""
    pipped = site(env) / "pipped-2.0.dist-info"
    pipped.mkdir()
    old = site(env).parent
    (env / "conda-meta" / next(n for n in os.listdir(env / "conda-meta") if n.startswith("python-"))).unlink()
    other = make_conda(tmp_path / "other", "3.12")
    for name in ("python", "python3", "python3.12"):
        (env / "bin" / name).unlink(missing_ok=True)
        shutil.copy2(other / "bin" / name, env / "bin" / name, follow_symlinks=False)
    shutil.copytree(other / "lib" / "python3.12", env / "lib" / "python3.12", symlinks=True)
    shutil.rmtree(env / "lib" / "python3.12" / "site-packages")
    (env / "lib" / "python3.12" / "site-packages").mkdir()
    (env / "bin" / "python3.11").unlink()
    (env / "bin" / "pydoc-like").unlink()
    record(env, "python", "3.12.1", ["bin/python3.12"])
    assert old.name == "python3.11"
    assert command(env) == "fails"
    found = said(env)
    assert found.get("VD605") == "error" or "VD202" in found or "VD201" in found
    add_hello(env, "3.12")
    pipped.rmdir()
    shutil.rmtree(old / "site-packages" / "hello-1.0.dist-info")
    assert "VD605" not in said(env)


def test_soft_links(env: Path, tmp_path: Path) -> None:
    cache = tmp_path / "pkgs" / "hello-1.0-0"
    cache.mkdir(parents=True)
    module = site(env) / "hello" / "__init__.py"
    module.rename(cache / "__init__.py")
    module.symlink_to(cache / "__init__.py")
    relative = str(module.relative_to(env))
    record(env, "hello", "1.0", [relative], noarch="python", link_type=2, source=str(cache))
    assert command(env) == str(env)
    assert said(env) == {}
    shutil.rmtree(cache.parent)
    assert command(env) == "fails"
    assert said(env)["VD606"] == "error"


def test_edit_of_a_shared_file(env: Path, tmp_path: Path) -> None:
    module = site(env) / "hello" / "__init__.py"
    os.link(module, tmp_path / "in-the-cache")
    assert said(env, "hashes") == {}
    with module.open("a") as file:
        file.write("# edited\n")
    assert said(env) == {}
    assert said(env, "hashes") == {"VD607": "warning"}


def test_an_environment_without_python(tmp_path: Path) -> None:
    """R, compilers: conda environments need no Python."""
    (tmp_path / "r" / "conda-meta").mkdir(parents=True)
    (tmp_path / "r" / "bin").mkdir()
    (tmp_path / "r" / "conda-meta" / "history").write_text("")
    (tmp_path / "r" / "bin" / "R").write_text("#!/bin/sh\n")
    record(tmp_path / "r", "r-base", "4.3", ["bin/R"])
    assert said(tmp_path / "r") == {}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["name", "version", "files", "paths_data", "paths", "_path", "link", "type", "noarch"]),
            inner,
        )
    ),
    max_leaves=10,
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value=VALUES, cut=st.integers(0, 200))
def test_any_record(tmp_path: Path, value: object, cut: int) -> None:
    meta = tmp_path / "e" / "conda-meta"
    meta.mkdir(parents=True, exist_ok=True)
    (meta / "history").touch()
    (meta / "x-1-0.json").write_text(json.dumps(value)[: cut or None])
    said(tmp_path / "e", "hashes")
