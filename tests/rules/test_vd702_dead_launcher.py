"""VD702: commands on PATH that lead to nothing."""

from __future__ import annotations

from tests.support.script_facts import findings, reference

RULE = "vd702_dead_launcher"


def test_the_managers_own_command_is_the_remedy() -> None:
    for env, word in (("/h/.local/share/uv/tools/ruff", "uv tool"), ("/h/.local/pipx/venvs/black", "pipx reinstall")):
        (found,) = findings(RULE, reference("launcher", target=f"{env}/bin/x", environment=env))
        assert found.severity == "error"
        assert word in found.remedy.command


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
