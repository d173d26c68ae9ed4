"""Writes what is made from the code: `python docs/generate.py`. A test fails while something is not fresh.

`docs/rules/` from the rules, the table of `docs/settings.md` from its schema, `docs/commands.md` and `docs/man/` from
the commands, `docs/images/` by running them.
"""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).parent
FOLDER = HERE / "rules"


def pages() -> dict[str, str]:
    """Return every page about rules: file name → text."""
    from venvdoctor.diagnosis import catalogue  # noqa: PLC0415 - found after the path is set
    from venvdoctor.documentation import file_name, rule_index, rule_page  # noqa: PLC0415

    rules = catalogue()
    return {"README.md": rule_index(rules), **{file_name(rule): rule_page(rule) for rule in rules}}


SETTINGS = HERE / "settings.md"


def settings() -> str:
    """Return the page about settings with the table that the published schema tells."""
    from json import loads  # noqa: PLC0415

    from venvdoctor import schemas  # noqa: PLC0415

    keys = loads(schemas.read(schemas.FILES["settings"]))["properties"]
    rows = [f"| `{key}` | {item['title']} | {item['description']} |" for key, item in keys.items()]
    before, _, rest = SETTINGS.read_text(encoding="utf-8").partition("| key | value | meaning |\n")
    after = rest.partition("\n\n")[2]
    return "\n".join([before + "| key | value | meaning |", "|---|---|---|", *rows, "", after])


def everything() -> dict[Path, str]:
    """Return every file that is made: its place → its text."""
    import commands  # noqa: PLC0415 - beside this file
    import images  # noqa: PLC0415

    from venvdoctor import __version__  # noqa: PLC0415

    found = commands.commands()
    made = {FOLDER / name: text for name, text in pages().items()}
    made[SETTINGS] = settings()
    made[HERE / "commands.md"] = commands.markdown(found)
    made |= {HERE / "man" / name: text for name, text in commands.manuals(found, __version__).items()}
    made |= {HERE / "images" / name: text for name, text in images.images().items()}
    return made


def main() -> None:
    """Write the files, and remove those of rules and commands that are gone."""
    wanted = everything()
    for path in (*FOLDER.glob("*.md"), *(HERE / "man").glob("*.1")):
        if path not in wanted:
            path.unlink()
    for path, text in wanted.items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.path[:0] = [str(HERE.parent), str(HERE)]
    main()
