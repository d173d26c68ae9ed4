"""Every fixture, materialised and scanned: what fires, what stays silent, and the golden reports in text and JSON.

`UPDATE_GOLDEN=1 pytest tests/test_fixtures.py` writes the golden files anew.
"""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import pytest

from tests.support.recipes import FOLDER, Recipe, recipes
from tests.support.scanning import codes, environment, scan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RECIPES = list(recipes())
TODAY = "2026-06-01"  # supported then: 3.10 to 3.14
SCANNER = {"duration_s": 0.0, "started_at": "2026-01-01T00:00:00Z", "host": "host"}


def report_of(recipe: Recipe, root: Path) -> dict[str, Any]:
    """Return the report of a materialised recipe, without what differs from run to run."""
    recipe.materialise(root)
    report = scan(*recipe.scan, sysroot=root, today=TODAY)
    report["scan"] = {**report["scan"], **SCANNER, "sysroot": "/sysroot"}
    report["tool"] = {"name": "venvdoctor", "version": "0"}
    return report


def all_codes(report: dict[str, Any]) -> set[str]:
    """Return every code of a report: environments, interpreters, and what lies outside."""
    places = [*report["environments"], *report["interpreters"], report]
    return {finding["code"] for place in places for finding in place["findings"]}


@pytest.fixture(autouse=True)
def _no_strangers() -> None:
    """These machines lie below a root of their own, and whatever stands in the shared places there is theirs."""


@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_fixture(recipe: Recipe, tmp_path: Path) -> None:
    report = report_of(recipe, tmp_path / "root")
    assert (recipe.rule in all_codes(report)) == recipe.fires, json.dumps(report["environments"], indent=1)
    assert {item["path"] for item in report["environments"]} == set(recipe.expect)
    for path, expected in recipe.expect.items():
        found = environment(report, path)
        shown = {"status": found["status"], "codes": codes(found, "error", "warning")}
        assert shown == {"status": expected["status"], "codes": expected["codes"]}, json.dumps(found, indent=1)
        assert set(expected.get("notes", ())) <= set(codes(found, "note")), json.dumps(found, indent=1)
    compare(recipe, "json", json.dumps(report, indent=1, ensure_ascii=False) + "\n")
    compare(recipe, "txt", "".join(text_of(report)))


def text_of(report: Any) -> Iterator[str]:
    """Render a report as text, as a log would get it."""
    from venvdoctor.format import Look
    from venvdoctor.registry import members

    formats = {item.name: item for item in members("venvdoctor.formats", "format")}
    render = formats["text"].render
    assert render
    return render(report, Look(width=80))


def compare(recipe: Recipe, suffix: str, text: str) -> None:
    """Compare with the golden file, or write it where that is asked for."""
    golden = FOLDER / "golden" / f"{recipe.path.parent.name}-{recipe.path.stem}.{suffix}"
    if os.environ.get("UPDATE_GOLDEN"):
        golden.parent.mkdir(exist_ok=True)
        golden.write_text(text, encoding="utf-8")
    assert golden.read_text(encoding="utf-8") == text


def test_no_golden_file_is_left_over() -> None:
    wanted = {f"{item.path.parent.name}-{item.path.stem}" for item in RECIPES}
    assert {path.stem for path in (FOLDER / "golden").iterdir()} == wanted
