"""VD607: shared files that were edited."""

from __future__ import annotations

from tests.support.script_facts import findings, package, with_conda

RULE = "vd607_conda_shared_file_altered"


def test_a_warning() -> None:
    (found,) = findings(RULE, with_conda(package(altered=("lib/x.py",))))
    assert found.severity == "warning"


def test_silent_otherwise() -> None:
    assert not findings(RULE, with_conda(package()))
