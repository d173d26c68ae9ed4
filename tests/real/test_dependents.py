"""What outside names an environment: real launchers, kernels, hooks and jobs are started after each damage."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.real.test_scripts import wheel
from tests.support.envs import make_venv, must, run, uv
from tests.support.pythons import python, relocatable_copy
from venvdoctor.diagnosis import catalogue, diagnose_dependent
from venvdoctor.inspection.dependents import find_dependents
from venvdoctor.inspection.shared import Shared
from venvdoctor.model.host import Home, Host
from venvdoctor.outside import is_sick
from venvdoctor.view import View

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from venvdoctor.finding import Finding
    from venvdoctor.model.dependent import Dependent

pytestmark = pytest.mark.real
PATH = "/usr/bin:/bin"


def seen(home: Path, *environments: Path, **environ: str) -> list[Dependent]:
    """Every reference below one home."""
    host = Host(homes=(Home(str(home), os.getuid(), "u"),), environ={"PATH": PATH, **environ})
    found = find_dependents(Shared(view=View(), host=host), [str(path) for path in environments])
    return [item for item in found if item.path.startswith(str(home.parent))]


def judged(items: list[Dependent]) -> list[Finding]:
    rules = [rule for rule in catalogue() if rule.on_dependent]
    return [finding for item in items for finding in diagnose_dependent(item, Host(), rules)]


def remove_env(env: Path, base: Path) -> None:  # noqa: ARG001 - damages share one signature
    shutil.rmtree(env)


def rename_env(env: Path, base: Path) -> None:  # noqa: ARG001
    env.rename(env.with_name(env.name + ".old"))


def remove_base(env: Path, base: Path) -> None:  # noqa: ARG001
    shutil.rmtree(base)


def nothing(env: Path, base: Path) -> None:
    """The healthy twin."""


DAMAGES = [nothing, remove_env, rename_env, remove_base]


@pytest.mark.parametrize("damage", DAMAGES)
def test_launchers_of_uv(tmp_path: Path, damage: Callable[[Path, Path], None]) -> None:
    base = relocatable_copy("3.11", tmp_path / "base")
    home = tmp_path / "home"
    tools, commands = home / ".local/share/uv/tools", home / ".local/bin"
    uv(
        "tool", "install", "-q", "--offline", "-p", base.path, wheel(),
        UV_TOOL_DIR=str(tools), UV_TOOL_BIN_DIR=str(commands),
    )  # fmt: skip
    damage(tools / "whoami-env", tmp_path / "base")
    items = [item for item in seen(home) if item.kind == "launcher"]
    assert len(items) == 3
    for item in items:
        assert is_sick(item) == (not run([item.path], PATH=PATH).ok), item
        assert item.environment == str(tools / "whoami-env")
    assert {finding.code for finding in judged(items)} == (set() if damage is nothing else {"VD702"})


@pytest.mark.parametrize("copy", [False, True], ids=["links", "copies"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_kernels_units_jobs_and_hooks(tmp_path: Path, damage: Callable[[Path, Path], None], copy: bool) -> None:
    base = relocatable_copy("3.11", tmp_path / "base")
    home = tmp_path / "home"
    project = home / "project"
    project.mkdir(parents=True)
    env = make_venv(base.path, project / ".venv", *(["--copies"] if copy else []))
    target = f"{env}/bin/python"
    write(home / ".local/share/jupyter/kernels/k/kernel.json", json.dumps({"argv": [target, "-c", "pass"]}))
    write(home / ".config/systemd/user/s.service", f"[Service]\nExecStart=@{target} python -c pass\n")
    write(home / ".config/autostart/a.desktop", f"[Desktop Entry]\nName=A\nExec={target} -c pass\n")
    write(project / ".vscode/settings.json", '{"python.defaultInterpreterPath": "${workspaceFolder}/.venv/bin/python"}')
    write(project / ".git/hooks/pre-commit", f"#!/bin/sh\nINSTALL_PYTHON={target}\nexec $INSTALL_PYTHON -c pass\n")
    (project / ".git/hooks/pre-commit").chmod(0o755)
    write(home / ".bashrc", f"export PATH={env}/bin:$PATH\n")
    damage(env, tmp_path / "base")
    items = [item for item in seen(home, env) if item.kind != "path"]
    assert {item.kind for item in items} == {"kernel", "systemd", "desktop", "vscode", "git-hook", "shell"}
    if copy and damage is remove_base:
        return  # a copy without its library: the file starts, and the environment's own findings say the rest
    works = run([target, "-c", "pass"]).ok
    assert all(is_sick(item) != works for item in items), items
    assert all(item.environment == str(env) for item in items)
    severities = {finding.code: finding.severity for finding in judged(items) if finding.severity == "error"}
    assert bool(severities) != works


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_a_real_hook_of_pre_commit(tmp_path: Path) -> None:
    """The hook as pre-commit writes it, run by git."""
    if shutil.which("git", path=PATH) is None:
        pytest.skip("git is not installed")
    home = tmp_path / "home"
    project = home / "project"
    project.mkdir(parents=True)
    must(["git", "init", "-q", project])
    env = make_venv(python().path, project / "env")
    hook = (
        "#!/usr/bin/env bash\n# start templated\n"
        f"INSTALL_PYTHON={env}/bin/python3\nARGS=()\n# end templated\n"
        'if [ -x "$INSTALL_PYTHON" ]; then exec "$INSTALL_PYTHON" -c pass\n'
        "elif command -v pre-commit > /dev/null; then exec pre-commit\nelse exit 1\nfi\n"
    )
    write(project / ".git/hooks/pre-commit", hook)
    (project / ".git/hooks/pre-commit").chmod(0o755)

    def commits() -> bool:
        settings = {"GIT_CONFIG_GLOBAL": "/dev/null", "PATH": PATH, "HOME": str(home)}
        who = ["-c", "user.name=n", "-c", "user.email=e@e"]
        return run(["git", *who, "commit", "-q", "--allow-empty", "-m", "x"], cwd=project, **settings).ok

    assert commits()
    assert not judged(seen(home, env))
    shutil.rmtree(env / "bin")
    assert not commits()
    assert {item.code for item in judged(seen(home, env))} == {"VD703"}


def test_an_environment_that_is_gone_and_first_on_path(tmp_path: Path) -> None:
    home = tmp_path / "home"
    env = make_venv(python().path, home / "proj" / ".venv")
    path = f"{env}/bin:{PATH}"
    assert not judged(seen(home, PATH=path))
    shutil.rmtree(env)
    items = [item for item in seen(home, PATH=path) if item.kind == "path"]
    (finding,) = judged(items)
    assert finding.code == "VD708"
    answer = shutil.which("python", path=PATH) or ""
    assert items[0].fallback == answer
    assert (f"{answer} answers instead" in finding.message) == bool(answer)


def test_odd_and_healthy_references_are_silent(tmp_path: Path) -> None:
    """What concerns no Python, what a shell guards, what is disabled, and what nobody can tell."""
    home = tmp_path / "home"
    write(home / ".local/bin/script", "#!/bin/bash\necho\n")
    (home / ".local/bin/broken").symlink_to("/no/such/app.AppImage")
    write(
        home / ".bashrc",
        "if [ -d ~/old/.venv/bin ]; then\n PATH=~/old/.venv/bin:$PATH\nfi\n[ -f ~/v/venv/bin/activate ] && . ~/v/venv/bin/activate\n# PATH=~/gone/venv/bin\n",
    )
    write(
        home / ".config/systemd/user/other.service",
        "[Service]\nExecStart=/opt/app/bin/server\nExecStop=/bin/kill $MAINPID\n",
    )
    write(home / ".config/systemd/user/i@.service", "[Service]\nExecStart=/srv/%i/.venv/bin/python x\n")
    write(
        home / ".config/systemd/user/chroot.service", "[Service]\nRootDirectory=/srv/r\nExecStart=/x/.venv/bin/python\n"
    )
    (home / ".config/systemd/user/masked.service").symlink_to("/dev/null")
    write(home / ".config/autostart/h.desktop", "[Desktop Entry]\nHidden=true\nExec=/x/.venv/bin/python\n")
    write(
        home / ".local/share/jupyter/kernels/a/kernel.json",
        json.dumps({"argv": ["python", "-m", "ipykernel_launcher"]}),
    )
    write(home / ".local/share/jupyter/kernels/r/kernel.json", json.dumps({"argv": ["/no/such/R", "--slave"]}))
    write(home / ".local/share/jupyter/kernels/junk/kernel.json", '{"argv": [1, {}], ')
    write(home / ".config/Code/User/settings.json", "{ // nothing\n}")
    os.mkfifo(home / ".zshrc")
    assert not judged(seen(home))
