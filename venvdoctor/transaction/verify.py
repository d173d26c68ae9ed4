"""Proof by running: the repaired environment starts, is itself, imports what it must, and its scripts load.

This is the announced exception to never running what an environment holds: a repair is kept only when it works.
"""

from __future__ import annotations

import json
import os
import re
from typing import TYPE_CHECKING

from venvdoctor.errors import FixError
from venvdoctor.transaction.starting import start
from venvdoctor.transaction.work import Measured

if TYPE_CHECKING:
    from venvdoctor.fix import Verify
    from venvdoctor.transaction.work import Work

TIMEOUT = 120  # seconds for one import; a cold start of a large package on a slow disk takes a tenth of it
# a package that raises anything else at import (no display, no settings) did so before, too
BROKEN = ("ImportError", "ModuleNotFoundError", "SyntaxError", "IndentationError", "AttributeError", "NameError")
_MISSING = re.compile(r"^ModuleNotFoundError: No module named '(\w+)")
_WHO = "import sys; print('%d.%d' % sys.version_info[:2]); print(sys.prefix)"
# one line before each name and one after: a name that kills the process is the one without an answer
_TRY = """\
import importlib, json, sys
for word in json.load(sys.stdin):
    name, _, attribute = word.partition(":")
    print("?" + word, flush=True)
    try:
        thing = importlib.import_module(name)
        for part in filter(None, attribute.split(".")):
            thing = getattr(thing, part)
    except BaseException as error:
        print("-" + type(error).__name__ + ": " + str(error).replace("\\n", " ")[:200], flush=True)
    else:
        print("+", flush=True)
"""


def baseline(work: Work, step: Verify) -> frozenset[str]:
    """Return the names of a `Verify` that load before anything is changed: those must load afterwards."""
    words = [*step.imports, *step.entry_points]
    if not words:
        return frozenset()
    python = work.path(step.python)
    try:
        _identify(work, python)
    except FixError:
        return frozenset()
    work.tell("trying what works before")
    return frozenset(words) - try_names(work, python, words).keys()


def verify(work: Work, step: Verify) -> Measured:
    """Run the environment and compare with what the plan promised; return what was measured.

    Raises:
        FixError: it does not start, is another version, is not isolated, a name that loaded before or that asks for
            what was left out does not load now, or nothing of it loads.
    """
    work.tell("verifying by running it")
    python = work.path(step.python)
    version, prefix = _identify(work, python)
    if step.version is not None and version != step.version:
        raise FixError(
            f"{python} runs Python {version} and not {step.version}", hint="choose an interpreter with --python"
        )
    if step.isolated and os.path.realpath(prefix) != os.path.realpath(work.anchor.path):
        raise FixError(f"{python} runs with prefix {prefix} and not in its environment", hint="report this as a defect")
    words = list(dict.fromkeys([*step.imports, *step.entry_points]))
    failed = try_names(work, python, words)
    lacking = {word: match[1] for word, reason in failed.items() if (match := _MISSING.search(reason))}
    worse = [word for word in failed if word in work.worked or lacking.get(word) in step.spared]
    if worse or (len(failed) == len(words) > 1):
        first = (worse or list(failed))[0]
        others = f" (and {len(worse or failed) - 1} more)" if len(worse or failed) > 1 else ""
        raise FixError(
            f"after the repair {first} does not load{others}: {failed[first]}",
            hint="see `venvdoctor show` for what is missing",
        )
    scripts = sum(":" in word for word in words if word not in failed)
    return Measured(version, len(words) - len(failed) - scripts, scripts, tuple(failed.items()))


def try_names(work: Work, python: str, words: list[str]) -> dict[str, str]:
    """Import each `module` or `module:attribute` with `python`; return those that fail, each with its reason."""
    failed: dict[str, str] = {}
    left = list(words)
    while left:
        answers, ending = _attempt(work, python, left)
        for word, answer in answers:
            if answer != "+" and (not answer or answer[1:].startswith(BROKEN)):
                failed[word] = answer.removeprefix("-") or ending
        left = left[len(answers) :] if answers else []
    return failed


def _identify(work: Work, python: str) -> tuple[str, str]:
    code, output = _python(work, python, _WHO, "")
    lines = output.splitlines()
    if code != 0 or len(lines) < 2:
        raise FixError(
            f"{python} does not start: {output.strip()[-300:] or f'exit {code}'}", hint="see `venvdoctor show`"
        )
    return lines[-2], lines[-1]


def _attempt(work: Work, python: str, words: list[str]) -> tuple[list[tuple[str, str]], str]:
    """Return the answers of one process, in order; the last is empty when that name ended the process."""
    code, output = _python(work, python, _TRY, json.dumps(words))
    answers: list[tuple[str, str]] = []
    for line in output.splitlines():
        if line.startswith("?") and len(answers) < len(words) and line[1:] == words[len(answers)]:
            answers.append((line[1:], ""))
        elif line[:1] in ("+", "-") and answers and not answers[-1][1]:
            answers[-1] = (answers[-1][0], line)
    return answers, f"it ended the process (exit {code})"


def _python(work: Work, python: str, code: str, given: str) -> tuple[int, str]:
    try:
        return start(work, [python, "-B", "-c", code], given=given, timeout=TIMEOUT)
    except OSError as error:
        raise FixError(f"{python} does not start: {error.strerror}", hint="see `venvdoctor show`") from error
