"""Documentation made from the code: a page per rule and the catalogue's index, in Markdown. Pure: text in, text out."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from venvdoctor.rule import Rule

NOTICE = "<!-- made by docs/generate.py from the rule's docstring; edit that -->"
MEANING = {
    "error": "**error**: fails today",
    "warning": "**warning**: wrong on disk, though everything runs today",
    "note": "**note**: knowledge",
}


def rule_page(rule: Rule) -> str:
    """Return a rule's page."""
    lines = [NOTICE, f"# {rule.code} {rule.name}", "", f"{MEANING[rule.severity]} · since {rule.since}"]
    if rule.requires:
        lines[-1] += f" · silent where {', '.join(rule.requires)} has fired"
    return "\n".join([*lines, "", rule.documentation, ""])


def rule_index(rules: Iterable[Rule]) -> str:
    """Return the catalogue as a table."""
    head = [
        "<!-- made by docs/generate.py; edit the rules -->",
        "# Rules",
        "",
        "| code | name | severity | what is wrong |",
        "|---|---|---|---|",
    ]
    rows = [
        f"| [{rule.code}]({file_name(rule)}) | {rule.name} | {rule.severity} | {_cell(rule.summary)} |"
        for rule in sorted(rules, key=lambda rule: rule.code)
    ]
    return "\n".join([*head, *rows, ""])


def file_name(rule: Rule) -> str:
    """Return the name of a rule's page."""
    return f"{rule.code.lower()}-{rule.name}.md"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
