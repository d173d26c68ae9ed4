"""What is made from the code is fresh, manual pages render, and the index of error messages leads to rules that are there."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from importlib.metadata import version
from pathlib import Path

import pytest

from venvdoctor.diagnosis import catalogue

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
OLD_TYPER = tuple(map(int, version("typer").split(".")[:2])) < (0, 26)  # its help is worded otherwise


@pytest.fixture(autouse=True)
def _no_strangers() -> None:
    """The pictured machine lies below a root of its own, and the shared places there are its own too."""


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> dict[Path, str]:
    """Every file that docs/generate.py makes, in memory."""
    monkeypatch.syspath_prepend(str(DOCS))
    import generate

    files: dict[Path, str] = generate.everything()
    for name in ("generate", "commands", "images"):
        sys.modules.pop(name, None)
    return files


def test_what_is_made_is_fresh(made: dict[Path, str]) -> None:
    """Run `python docs/generate.py` where this fails."""
    stale = [
        str(path.relative_to(ROOT))
        for path, text in made.items()
        if not (OLD_TYPER and path.suffix != ".svg" and path.parent.name != "rules")
        and (not path.exists() or path.read_text(encoding="utf-8") != text)
    ]
    assert stale == []
    here = {*DOCS.glob("man/*.1"), *DOCS.glob("rules/*.md")}
    assert here <= set(made), "left over"


def test_pictures_are_well_formed_and_need_no_network() -> None:
    for path in DOCS.glob("images/*.svg"):
        text = path.read_text(encoding="utf-8")
        ET.fromstring(text)
        assert re.findall(r"https?://[^\"']+", text) == ["http://www.w3.org/2000/svg"]


@pytest.mark.skipif(shutil.which("man") is None, reason="there is no man")
def test_manual_pages_render_without_a_warning() -> None:
    for path in sorted(DOCS.glob("man/*.1")):
        command = ["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", str(path)]
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=True,
            env={"MANWIDTH": "80", "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
        )
        assert done.stderr == "", path.name
        plain = re.sub(r"\x1b\[[0-9;]*m|.\x08", "", done.stdout)
        assert "NAME" in plain
        assert path.stem in plain


def test_the_index_of_messages_leads_to_rules() -> None:
    text = (DOCS / "errors.md").read_text(encoding="utf-8")
    codes = {rule.code for rule in catalogue()}
    named = set(re.findall(r"VD\d{3}", text))
    assert named <= codes
    assert len(named) > 30
    for message in (
        "bad interpreter", "No module named pip", "cannot execute: required file not found", "SRE module mismatch",
        "error while loading shared libraries", "No module named 'encodings'", "did not find executable at", "Library not loaded",
    ):  # fmt: skip
        assert message in text
