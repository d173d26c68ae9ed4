"""Imports that only matter when others fail: what only type checkers read is none of them."""

from __future__ import annotations

import pytest

from venvdoctor.inspection.constant_text import Known
from venvdoctor.inspection.guarded_imports import Guarded
from venvdoctor.inspection.import_search import Search


def _modules(source: str) -> list[str]:
    data = source.encode()
    wanted = Guarded().of(data, Search().of(data).compounds, Known, every=True)
    return [item.module for item in wanted]


@pytest.mark.parametrize(
    "condition",
    ["TYPE_CHECKING", "typing.TYPE_CHECKING", "(TYPE_CHECKING)", "TYPE_CHECKING and X", "__name__ == '__main__'"],
)
def test_a_branch_that_no_import_runs_is_left_out_and_the_other_is_not(condition: str) -> None:
    assert _modules(f"x = 1\nif {condition}:\n    import a\n") == []
    assert _modules(f"x = 1\nif {condition}:\n    import a\nelse:\n    import b\n") == ["b"]


@pytest.mark.parametrize(
    "condition",
    ["not TYPE_CHECKING", "TYPE_CHECKING or X", "TYPE_CHECKING and X or Y", "TYPE_CHECKING == False", "X"],
)
def test_a_branch_that_an_import_may_run_is_followed(condition: str) -> None:
    assert _modules(f"x = 1\nif {condition}:\n    import a\n") == ["a"]


def test_what_a_module_is_prepared_to_do_without_counts_where_everything_does() -> None:
    assert _modules("try:\n    import a\nexcept ImportError:\n    a = None\n") == ["a"]
