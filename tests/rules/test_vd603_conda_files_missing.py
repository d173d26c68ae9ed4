"""VD603: files of conda packages that are missing."""

from __future__ import annotations

from tests.support.script_facts import findings, package, with_conda

RULE = "vd603_conda_files_missing"


def test_code_is_an_error_and_a_document_a_warning() -> None:
    (code,) = findings(RULE, with_conda(package(missing=("lib/x.py",), missing_count=3, missing_code=True)))
    assert code.severity == "error"
    assert "3 files" in code.message
    (text,) = findings(RULE, with_conda(package(missing=("share/man/x.1",), missing_count=1)))
    assert text.severity == "warning"


def test_what_pip_did_on_purpose_is_no_error() -> None:
    facts = {"missing": ("lib/x.py",), "missing_count": 1, "missing_code": True}
    (replaced,) = findings(RULE, with_conda(package(**facts, behind="replaced")))
    assert replaced.severity == "note"
    (removed,) = findings(RULE, with_conda(package(**facts, behind="removed")))
    assert removed.severity == "warning"


def test_silent_when_all_is_there() -> None:
    assert not findings(RULE, with_conda(package()))
