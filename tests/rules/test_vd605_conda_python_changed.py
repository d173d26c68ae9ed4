"""VD605: packages that stayed behind in a conda environment."""

from __future__ import annotations

from tests.support.script_facts import findings, package, with_conda

RULE = "vd605_conda_python_changed"


def test_pip_and_noarch_packages_of_one_directory_together() -> None:
    (found,) = findings(
        RULE,
        with_conda(package(stranded="python3.11"), stranded=(("python3.11", ("pipped",)),), python_record="3.12.1"),
    )
    assert found.evidence["packages"] == ["hello", "pipped"]
    assert found.severity == "error"


def test_silent_without_python_and_without_leftovers() -> None:
    assert not findings(RULE, with_conda(package()))
    assert not findings(RULE, with_conda(package(), python_record=None, stranded=(("python3.11", ("a",)),)))
