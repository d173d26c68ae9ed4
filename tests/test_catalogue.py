"""Every rule of the catalogue: its name, its documentation, its twin test, its fixtures; nothing is listed by hand."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.recipes import recipes
from venvdoctor.diagnosis import catalogue

if TYPE_CHECKING:
    from venvdoctor.rule import Rule

ROOT = Path(__file__).parent.parent
RULES = sorted(catalogue(), key=lambda rule: rule.code)
HEADINGS = ["## What it checks", "## Why it matters", "## How to fix"]
EVERY = pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
# What no made-up Debian below a root of its own can show, and the test that shows it instead.
ELSEWHERE = {
    "VD118": "tests/rules/test_vd118_variable_overrides_interpreter.py",  # an image has no variables
    "VD519": "tests/rules/test_vd519_package_access.py",  # owners: only root can make files of two
    "VD607": "tests/rules/test_vd607_conda_shared_file_altered.py",  # only with --deep
    "VD902": "tests/test_diagnosis.py",
}


def test_codes_and_names_are_unique() -> None:
    assert len({rule.code for rule in RULES}) == len(RULES)
    assert len({rule.name for rule in RULES}) == len(RULES)


@EVERY
def test_the_file_is_named_after_code_and_name(rule: Rule) -> None:
    assert re.fullmatch(r"VD[1-79]\d\d", rule.code)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", rule.name)
    assert rule.module == f"venvdoctor.rules.{rule.code.lower()}_{rule.name.replace('-', '_')}"


@EVERY
def test_the_documentation_is_whole(rule: Rule) -> None:
    text = rule.documentation
    first = text.splitlines()[0]
    assert first.endswith(".")
    assert [line for line in text.splitlines() if line.startswith("## ")] == HEADINGS
    for section in re.split(r"^## .*$", text, flags=re.MULTILINE)[1:]:
        assert section.strip()
    assert not rule.summary.endswith(".")
    assert len(rule.summary) <= 120


@EVERY
def test_what_it_requires_exists(rule: Rule) -> None:
    known = {item.code for item in RULES}
    assert set(rule.requires) <= known - {rule.code}


@EVERY
def test_it_judges_something(rule: Rule) -> None:
    assert rule.on_environment or rule.on_interpreter or rule.on_dependent or rule.code == "VD902"


@EVERY
def test_it_has_a_twin_test(rule: Rule) -> None:
    if rule.code == "VD902":
        return
    stem = rule.module.rsplit(".", 1)[1]
    assert (ROOT / "tests" / "rules" / f"test_{stem}.py").exists()


@EVERY
def test_it_has_a_fixture_that_fires_and_one_that_must_not(rule: Rule) -> None:
    if rule.code in ELSEWHERE:
        assert (ROOT / ELSEWHERE[rule.code]).exists()
        return
    fires = {item.fires for item in recipes() if item.rule == rule.code}
    assert fires == {True, False}


def test_every_fixture_is_about_a_rule() -> None:
    assert {item.rule for item in recipes()} <= {rule.code for rule in RULES}


def test_the_pages_are_fresh() -> None:
    """Run `python docs/generate.py` where this fails."""
    wanted = generator().pages()
    assert {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs" / "rules").glob("*.md")} == wanted


def test_links_between_pages_lead_somewhere() -> None:
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]:
        for target in re.findall(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)", path.read_text(encoding="utf-8")):
            assert (path.parent / target).exists(), f"{path}: {target}"


def generator() -> Any:
    """Return the module that writes the pages."""
    spec = importlib.util.spec_from_file_location("docs_generate", ROOT / "docs" / "generate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
