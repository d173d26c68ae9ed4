"""The page on security names the test of each promise and of each attack: they are there, and every attack is told."""

from __future__ import annotations

import re
from pathlib import Path

from tests.fuzz.targets import TARGETS
from tests.hostile.attacks import ATTACKS

ROOT = Path(__file__).parent.parent
PAGE = (ROOT.parent / "docs" / "security.md").read_text(encoding="utf-8")
WORDS = re.findall(r"`([^`\n]+)`", PAGE)
SOURCES = {str(path): path.read_text(encoding="utf-8") for path in ROOT.rglob("*.py")}


def test_every_test_that_the_page_names_is_there() -> None:
    named = [word for word in WORDS if re.fullmatch(r"[\w/]*test_\w+(\.py)?(::test_\w+)?", word)]
    assert len(named) > 40
    for word in named:
        file, _, function = word.partition("::") if ".py" in word else ("", "", word)
        texts = [
            text for path, text in SOURCES.items() if path.endswith(f"/{file.removeprefix('tests/')}" if file else "")
        ]
        assert texts, word
        assert not function or any(f"def {function}(" in text for text in texts), word


def test_every_attack_that_the_page_names_is_there() -> None:
    section = PAGE.partition("## The attacks, one by one")[2].partition("\n## ")[0]
    known = {attack.name for attack in ATTACKS} | set(TARGETS)
    names = [word for word in re.findall(r"`([^`\n]+)`", section) if re.fullmatch(r"[a-z][a-z0-9 _-]+", word)]
    unknown = [word for word in names if word not in known | {"home", "lib", "bin"} and not word.startswith("test_")]
    assert unknown == []


def test_there_are_forty_attacks_and_more() -> None:
    kinds = {attack.name for attack in ATTACKS if " as " not in attack.name and not attack.name.startswith("home is")}
    assert len(kinds) >= 40
    assert len(ATTACKS) > 150


def test_every_reader_has_its_line_in_the_record_of_the_long_run() -> None:
    section = PAGE.partition("## Fuzzing")[2].partition("\n## ")[0]
    assert set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE)) == set(TARGETS)
