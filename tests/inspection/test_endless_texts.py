"""Numbers and names longer than any program means: facts about them, never a crash."""

from __future__ import annotations

import sys
import sysconfig
from typing import TYPE_CHECKING

import pytest
from packaging.specifiers import SpecifierSet

from tests.support.envs import run
from venvdoctor.inquiry import show
from venvdoctor.inspection.python_source import DOTS_LIMIT
from venvdoctor.inspection.requirements import contains, python_satisfies
from venvdoctor.model.interpreter import PythonVersion
from venvdoctor.repairing.match import allows

if TYPE_CHECKING:
    from pathlib import Path

LONG = "9" * 5_000  # more digits than `int` takes (sys.set_int_max_str_digits)
SITE = f"lib/python{sysconfig.get_python_version()}/site-packages"


@pytest.mark.parametrize("text", [f">={LONG}", f"=={LONG}.*", f"~={LONG}.1", f"!={LONG}", f">=1{LONG}a1"])
def test_a_version_that_nobody_can_compare_forbids_nothing(text: str) -> None:
    assert python_satisfies(text, "3.11.7") is not True or text.startswith("!=")
    assert contains(SpecifierSet(">=1"), LONG) is not False
    assert isinstance(allows(text, PythonVersion(3, 11, 7)), bool)


@pytest.mark.parametrize("parts", [1, 2, 70, 3_000, 60_000])
def test_a_name_of_endless_parts_fails_by_its_first_or_is_left_alone(tmp_path: Path, parts: int) -> None:
    env = tmp_path / "env"
    assert run([sys.executable, "-m", "venv", "--without-pip", env]).ok
    site = env / SITE
    info = site / "demo-1.0.dist-info"
    info.mkdir()
    (site / "demo.py").write_text(f"import {'.'.join(['absent'] * parts)}\n")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n")
    (info / "RECORD").write_text("demo.py,,\ndemo-1.0.dist-info/METADATA,,\ndemo-1.0.dist-info/RECORD,,\n")
    if parts < DOTS_LIMIT:  # CPython itself takes a minute for more
        assert not run([env / "bin/python", "-c", "import demo"]).ok
    report, portrait = show(str(env))
    assert not report["errors"]
    (demo,) = portrait["packages"]
    assert [text.split("`")[1] for text in demo["problems"]] == (["import demo"] if parts < DOTS_LIMIT else [])
