"""List the catalogue of rules."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from venvdoctor.cli import _options as options
from venvdoctor.cli import _output as output
from venvdoctor.cli._parameters import Parameter
from venvdoctor.config import COLOURS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from venvdoctor.rule import Rule
    from venvdoctor.typeset import Page

FAMILIES = {
    "1": "The interpreter and its base",
    "2": "Drift: made for one Python, another answers",
    "3": "Configuration",
    "4": "Moved, copied, scripts",
    "5": "Packages and native code",
    "6": "conda",
    "7": "What depends on an environment",
    "9": "What could not be examined",
}


CODES = Parameter(list, metavar="[CODE]…", text="only these (prefixes allowed)")


@options.takes("color", codes=CODES, format_=options.TEXT_OR_JSON)
def command(*, codes: list[str] | None, format_: str, color: str | None) -> int:
    """List the catalogue of rules; `venvdoctor explain CODE` tells one in full."""
    from venvdoctor.diagnosis import catalogue  # noqa: PLC0415
    from venvdoctor.selection import check_prefixes  # noqa: PLC0415
    from venvdoctor.typeset import Page  # noqa: PLC0415

    options.one_of("--format", format_, ("text", "json"))
    every = sorted(catalogue(), key=lambda rule: rule.code)
    wanted = options.codes(codes) or ("VD",)
    check_prefixes(wanted, every)
    shown = [rule for rule in every if rule.code.startswith(wanted)]
    if format_ == "json":
        from json import dumps  # noqa: PLC0415

        output.emit([dumps([as_data(rule) for rule in shown], indent=2) + "\n"])
        return 0
    colour = options.one_of("--color", color, COLOURS) or "auto"
    page = Page(output.look_for(sys.stdout, colour, os.environ))
    output.emit(line + "\n" for line in _listing(shown, page))
    return 0


def as_data(rule: Rule) -> dict[str, Any]:
    """Return what a program may want to know of a rule."""
    return {
        "code": rule.code,
        "name": rule.name,
        "summary": rule.summary,
        "severity": rule.severity,
        "since": rule.since,
        "requires": list(rule.requires),
        "documentation": rule.documentation,
    }


def _listing(rules: Sequence[Rule], page: Page) -> Iterator[str]:
    family = ""
    for rule in rules:
        if rule.code[2] != family:
            if family:
                yield ""
            family = rule.code[2]
            yield page.heading(f"VD{family}xx  {FAMILIES.get(family, '')}".rstrip())
        lead = f"  {rule.code}  {page.level(rule.severity, 8)}"
        yield from page.item(lead, 17, rule.summary)
