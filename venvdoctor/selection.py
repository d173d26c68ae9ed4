"""Which rules are reported, which must run for that, and which facts they cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.errors import UsageError
from venvdoctor.model.fact import fact

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from venvdoctor.model.environment import Need
    from venvdoctor.rule import Rule


@fact
class Selected:
    """The outcome of a selection.

    Attributes:
        run: the rules that run, in the catalogue's order: the reported ones, those that they require, and
            those whose facts are read anyway, so that an environment's status stays true.
        reported: codes whose findings are shown.
        needs: the costly facts that the reported rules and those they require read.
    """

    run: tuple[Rule, ...]
    reported: frozenset[str]
    needs: frozenset[Need]


def choose(
    rules: Sequence[Rule], *, select: Iterable[str] = (), extend: Iterable[str] = (), ignore: Iterable[str] = ()
) -> Selected:
    """Return what to run and report; the longest matching prefix decides, and `ignore` wins a tie.

    Args:
        rules: the catalogue, each rule after those that it requires.
        select: codes or prefixes (`VD4`); empty: every rule.
        extend: codes or prefixes that are reported besides.
        ignore: codes or prefixes that are not reported.

    Raises:
        UsageError: a prefix that no rule has.
    """
    wanted, unwanted = [*(select or ("VD",)), *extend], list(ignore)
    check_prefixes([*wanted, *unwanted], rules)
    reported = frozenset(rule.code for rule in rules if _longest(rule.code, wanted) > _longest(rule.code, unwanted))
    due = _with_required(reported, {rule.code: rule for rule in rules})
    needs = frozenset(need for rule in rules if rule.code in due for need in rule.needs)
    run = tuple(rule for rule in rules if rule.code in due or rule.needs <= needs)
    return Selected(run=run, reported=reported, needs=needs)


def check_prefixes(prefixes: Iterable[str], rules: Sequence[Rule]) -> None:
    """Refuse a code or prefix that names no rule, and name the nearest one.

    Raises:
        UsageError: with the nearest code as its hint.
    """
    codes = [rule.code for rule in rules]
    for prefix in prefixes:
        if not prefix or not any(code.startswith(prefix) for code in codes):
            near = nearest(prefix.upper(), codes)
            raise UsageError(
                f"there is no rule {prefix!r}",
                hint=f"did you mean {near}?" if near else "`venvdoctor rules` lists them",
            )


def nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the known word that is most like a mistyped one."""
    from difflib import get_close_matches  # noqa: PLC0415 - only a mistake pays for it

    found = get_close_matches(word, list(known), n=1, cutoff=0.5)
    return found[0] if found else None


def _longest(code: str, prefixes: Iterable[str]) -> int:
    return max((len(prefix) for prefix in prefixes if code.startswith(prefix)), default=0)


def _with_required(codes: Iterable[str], by_code: Mapping[str, Rule]) -> set[str]:
    due: set[str] = set()
    left = list(codes)
    while left:
        code = left.pop()
        if code not in due and code in by_code:
            due.add(code)
            left.extend(by_code[code].requires)
    return due
