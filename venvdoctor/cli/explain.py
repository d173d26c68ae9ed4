"""Tell one rule in full."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from venvdoctor.cli import _options as options
from venvdoctor.cli import _output as output
from venvdoctor.cli._completion import rule_code
from venvdoctor.cli._parameters import Parameter
from venvdoctor.config import COLOURS
from venvdoctor.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.rule import Rule
    from venvdoctor.typeset import Page


CODE = Parameter(
    str,
    default=...,
    metavar="CODE",
    complete=rule_code,
    show_default=False,
    text="a rule's code or name: VD101, interpreter-dangling",
)
FORMAT = Parameter(str, "--format", metavar="text|json|markdown", default="text", text="format of the output")


@options.takes("color", code=CODE, format_=FORMAT)
def command(*, code: str, format_: str, color: str | None) -> int:
    """Tell one rule in full: what it checks, why it matters, how to fix."""
    options.one_of("--format", format_, ("text", "json", "markdown"))
    rule = _find(code)
    if format_ == "json":
        from json import dumps  # noqa: PLC0415

        from venvdoctor.cli.rules import as_data  # noqa: PLC0415

        output.emit([dumps(as_data(rule), indent=2) + "\n"])
    elif format_ == "markdown":
        from venvdoctor.documentation import rule_page  # noqa: PLC0415

        output.emit([rule_page(rule)])
    else:
        from venvdoctor.typeset import Page  # noqa: PLC0415

        colour = options.one_of("--color", color, COLOURS) or "auto"
        page = Page(output.look_for(sys.stdout, colour, os.environ))
        output.emit(line + "\n" for line in _telling(rule, page))
    return 0


def _find(word: str) -> Rule:
    from venvdoctor.diagnosis import catalogue  # noqa: PLC0415
    from venvdoctor.selection import nearest  # noqa: PLC0415

    rules = catalogue()
    for rule in rules:
        if word.upper() == rule.code or word.lower() == rule.name:
            return rule
    near = nearest(word.upper(), [rule.code for rule in rules]) or nearest(word.lower(), [rule.name for rule in rules])
    raise UsageError(
        f"there is no rule {word!r}", hint=f"did you mean {near}?" if near else "`venvdoctor rules` lists them"
    )


def _telling(rule: Rule, page: Page) -> Iterator[str]:
    """Yield the rule's documentation, wrapped; code and lists keep their lines."""
    yield f"{page.heading(rule.code)} {rule.name} ({page.level(rule.severity)}, since {rule.since})"
    yield ""
    fenced = False
    paragraph: list[str] = []
    for line in [*rule.documentation.splitlines(), ""]:
        fenced ^= line.startswith("```")
        if line.strip() and not fenced and not line.startswith(("#", "-", "*", " ", "|", "`" * 3, "1")):
            paragraph.append(line.strip())
            continue
        if paragraph:
            yield from page.wrap(" ".join(paragraph), indent=0)
            paragraph = []
        if line.startswith("#"):
            yield page.heading(line.lstrip("# "))
        elif line.startswith(("- ", "* ")) and not fenced:
            yield from page.item("- ", 2, line[2:].strip())
        elif not line.startswith("```"):
            yield line
