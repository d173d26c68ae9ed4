"""Writes `docs/rules/` from the rules: `python docs/generate.py`. A test fails while the folder is not fresh."""

from __future__ import annotations

import sys
from pathlib import Path

FOLDER = Path(__file__).parent / "rules"


def pages() -> dict[str, str]:
    """Return every page: file name → text."""
    from venvdoctor.diagnosis import catalogue  # noqa: PLC0415 - found after the path is set
    from venvdoctor.documentation import file_name, rule_index, rule_page  # noqa: PLC0415

    rules = catalogue()
    return {"README.md": rule_index(rules), **{file_name(rule): rule_page(rule) for rule in rules}}


def main() -> None:
    """Write the pages, and remove those of rules that are gone."""
    FOLDER.mkdir(exist_ok=True)
    wanted = pages()
    for path in FOLDER.glob("*.md"):
        if path.name not in wanted:
            path.unlink()
    for name, text in wanted.items():
        (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).parent.parent))
    main()
