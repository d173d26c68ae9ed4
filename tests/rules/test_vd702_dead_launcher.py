"""VD702: commands on PATH that lead to nothing."""

from __future__ import annotations

import pytest

from tests.support.script_facts import findings, reference

RULE = "vd702_dead_launcher"


@pytest.mark.parametrize(
    ("env", "gone", "command"),
    [
        ("/h/.local/share/uv/tools/ruff", "", "uv tool install --force ruff"),
        ("/h/.local/share/uv/tools/ruff", "/bin/ruff", "uv tool upgrade --reinstall ruff"),
        ("/h/.local/pipx/venvs/black", "", "pipx install --force black"),
        ("/h/.local/pipx/venvs/black", "/bin/black", "pipx reinstall black"),
    ],
)
def test_the_managers_own_command_is_the_remedy(env: str, gone: str, command: str) -> None:
    (found,) = findings(RULE, reference("launcher", target=f"{env}/bin/x", environment=env, detail=env + gone))
    assert found.severity == "error"
    assert found.remedy.command == command


def test_an_environment_that_is_there_is_repaired() -> None:
    env = "/h/.local/share/uv/tools/ruff"
    (found,) = findings(
        RULE, reference("launcher", "interpreter-missing", environment=env, detail="/usr/bin/python3.9")
    )
    assert found.remedy.command == f"venvdoctor fix {env}"


def test_the_cause_is_the_interpreter_that_is_gone() -> None:
    (found,) = findings(RULE, reference("launcher", "interpreter-missing", detail="/usr/bin/python3.9"))
    assert found.cause is not None
    assert found.cause.id == "interpreter-gone:/usr/bin/python3.9"


def test_a_command_whose_packages_were_left_behind_shares_the_upgrade_as_its_cause() -> None:
    left = reference(
        "launcher",
        "module-stranded",
        target="/usr/bin/python3",
        environment="/home/ada/.local/lib/python3.9",
        detail="httpie",
        fallback="Python 3.11.2",
    )
    (found,) = findings(RULE, left)
    assert (
        "/usr/bin/python3 is Python 3.11.2 now, and httpie was left in /home/ada/.local/lib/python3.9" in found.message
    )
    assert found.cause is not None
    assert found.cause.id == "interpreter-replaced:/usr/bin/python3"


def test_a_shell_wrapper_is_a_warning() -> None:
    (found,) = findings(RULE, reference("launcher", certain=False))
    assert found.severity == "warning"


def test_silent() -> None:
    assert not findings(RULE, reference("launcher", "ok"))
    assert not findings(RULE, reference("launcher", "undecided"))
    assert not findings(RULE, reference("kernel"))
