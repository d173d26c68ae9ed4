"""Which rules run, which are reported, and which facts that costs."""

from __future__ import annotations

import pytest

from venvdoctor.errors import UsageError
from venvdoctor.rule import Rule
from venvdoctor.selection import choose


def rule(code: str, *, requires: tuple[str, ...] = (), needs: frozenset[str] = frozenset()) -> Rule:
    return Rule(code=code, name=code.lower(), summary="x", severity="error", since="0", requires=requires, needs=needs)  # type: ignore[arg-type]


RULES = (
    rule("VD101"),
    rule("VD110", requires=("VD101",)),
    rule("VD401", needs=frozenset({"scripts"})),
    rule("VD504", requires=("VD110",), needs=frozenset({"files"})),
    rule("VD505", needs=frozenset({"files", "native"})),
)


def test_everything_by_default() -> None:
    got = choose(RULES)
    assert got.reported == {item.code for item in RULES}
    assert got.needs == {"scripts", "files", "native"}


def test_what_is_required_runs_unreported_and_what_is_paid_for_runs_too() -> None:
    got = choose(RULES, select=["VD504"])
    assert got.reported == {"VD504"}
    assert got.needs == {"files"}
    assert [item.code for item in got.run] == ["VD101", "VD110", "VD504"]


def test_the_longer_prefix_decides_and_ignore_wins_a_tie() -> None:
    assert choose(RULES, select=["VD1"], ignore=["VD110"]).reported == {"VD101"}
    assert choose(RULES, select=["VD110"], ignore=["VD1"]).reported == {"VD110"}
    assert choose(RULES, select=["VD1"], ignore=["VD1"]).reported == frozenset()
    assert choose(RULES, select=["VD4"], extend=["VD505"]).reported == {"VD401", "VD505"}
    assert "VD401" not in choose(RULES, ignore=["VD4"]).reported


@pytest.mark.parametrize("words", [{"select": ["VD9"]}, {"ignore": ["E501"]}, {"extend": [""]}])
def test_an_unknown_code_is_an_error(words: dict[str, list[str]]) -> None:
    with pytest.raises(UsageError, match="there is no rule"):
        choose(RULES, **words)


def test_the_nearest_code_is_named() -> None:
    with pytest.raises(UsageError) as caught:
        choose(RULES, select=["VD50A"])
    assert "VD50" in caught.value.hint
