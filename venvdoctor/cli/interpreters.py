"""List each base interpreter, and what hangs on it."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from venvdoctor.cli import _options as options
from venvdoctor.cli import _output as output
from venvdoctor.cli._progress import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from venvdoctor.typeset import Page

SHOWN = 5  # environments of one interpreter that are listed before `-v` is needed
SHARED = ("paths", "exclude", "one_file_system", "sysroot", "system", "color", "quiet", "verbose", "stdin0")


@options.takes(*SHARED, "config_file", "isolated", format_=options.TEXT_OR_JSON)
def command(**given: Any) -> int:
    """List each base interpreter: who made it, which environments hang on it, whether it is safe to remove.

    PATHs are those of scan; with PATHs, only the environments below them are counted.
    """
    from venvdoctor import inquiry  # noqa: PLC0415 - the help does without

    options.one_of("--format", given["format_"], ("text", "json"))
    config = options.configure(given)
    request = options.request(given, config)
    verbosity = given["verbose"] - given["quiet"]
    with Progress(wanted=verbosity >= 0) as progress:
        report, found = inquiry.interpreters(request, config, progress=progress)
    if given["format_"] == "json":
        from venvdoctor.escape import json_text  # noqa: PLC0415

        head = {key: value for key, value in report.items() if key in ("schema_version", "tool", "scan", "errors")}
        output.emit([json_text({**head, "interpreters": found}, indent=2) + "\n"])
    else:
        from venvdoctor.typeset import Page  # noqa: PLC0415

        page = Page(output.look_for(sys.stdout, config.color, os.environ, verbosity=verbosity))
        output.emit(line + "\n" for line in _listing(found, page))
    return 0 if report["scan"]["complete"] else 3


def _listing(found: Sequence[dict[str, Any]], page: Page) -> Iterator[str]:
    from venvdoctor.typeset import number  # noqa: PLC0415

    gone = [item for item in found if item["gone"]]
    head = f"{number(len(found), 'interpreter')}" + (f", {len(gone)} of them gone" if gone else "") + "."
    yield page.heading(head if found else "No interpreter was found.")
    for item in found:
        yield ""
        yield from _interpreter(item, page)


def _interpreter(item: dict[str, Any], page: Page) -> Iterator[str]:
    from venvdoctor.typeset import number, safe  # noqa: PLC0415

    status = "broken" if item["gone"] or any(one["severity"] == "error" for one in item["findings"]) else "healthy"
    yield f"{page.mark(status)} {page.paint(safe(item['path']), 'bold')}"
    words = [
        f"{item['implementation'] or 'Python'} {item['version']}"
        if item["version"]
        else "gone"
        if item["gone"]
        else "version not known"
    ]
    words += [item["provider"]] if item["provider"] != "unknown" else []
    words.append(number(len(item["environments"]), "environment"))
    yield "    " + page.paint(page.plain(safe(" · ".join(words))), "dim")
    most = len(item["environments"]) if page.look.verbosity > 0 else SHOWN
    for path in item["environments"][:most]:
        yield "    " + safe(path)
    if len(item["environments"]) > most:
        yield page.plain(f"    … and {len(item['environments']) - most} more (-v lists them)")
    for finding in item["findings"]:
        yield from page.item(
            f"    {page.level(finding['severity'], 8)}{finding['code']}  ", 19, safe(finding["message"])
        )
    yield from page.item(page.plain("    → "), 6, safe(item["removal"]))
