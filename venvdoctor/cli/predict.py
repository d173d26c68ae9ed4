"""what would break, before it happens"""

from __future__ import annotations

import json
import os
import sys
from typing import Annotated, Any

import typer

from venvdoctor import api, forecast
from venvdoctor.cli import _options as options
from venvdoctor.cli._output import emit
from venvdoctor.errors import EXIT_FINDINGS, EXIT_INCOMPLETE, EXIT_OK, UsageError
from venvdoctor.escape import printable

Without = Annotated[
    list[str] | None, typer.Option("--without", metavar="PATH", help="as if PATH were gone; repeatable")
]
Pythons = Annotated[
    list[str] | None,
    typer.Option("--python", metavar="OLD=NEW", help="as if OLD had become NEW (paths, or 3.11=3.13)"),
]
OsRoot = Annotated[
    str | None, typer.Option("--os-root", metavar="DIR", help="as if the system were the unpacked image in DIR")
]
Apt = Annotated[bool, typer.Option("--apt", help="read `apt-get -s …` from standard input")]
From = Annotated[str | None, typer.Option("--from", metavar="FILE", help="read what `apt-get -s …` printed from FILE")]
TextOrJson = Annotated[str, typer.Option("--format", metavar="text|json", help="format of the prediction")]
OUTPUT_LIMIT = 64 << 20  # bytes that a simulated run may print
WORDS = {
    "lost": "is lost: nothing installed could take its interpreter's place",
    "rebuilds": "breaks, and can be rebuilt",
    "relinks": "breaks, and can be repaired in place",
    "unknown": "cannot be predicted",
    "survives": "survives",
}


def command(
    paths: options.Paths = None,
    without: Without = None,
    pythons: Pythons = None,
    os_root: OsRoot = None,
    apt: Apt = False,
    from_: From = None,
    sysroot: options.Sysroot = None,
    select: options.Select = None,
    ignore: options.Ignore = None,
    format_: TextOrJson = "text",
    config_file: options.ConfigFile = None,
    isolated: options.Isolated = False,
) -> int:
    """Say what a change would break, without changing anything: the diagnosis of the changed disk, minus today's.

    Exit codes: 0 everything survives, 1 something breaks, 2 wrong usage, 3 something cannot be predicted.
    """
    options.one_of("--format", format_, ("text", "json"))
    if not (without or pythons or os_root or apt or from_):
        raise UsageError("no change is named", hint="use --without, --python, --os-root, --apt or --from")
    config = options.override(
        options.read_settings(config_file, isolated=isolated),
        select=options.codes(select),
        ignore=dict.fromkeys(options.codes(ignore) or (), "on the command line") or None,
    )
    request = api.ScanRequest(paths=options.resolve_paths(paths, sysroot=sysroot) or config.paths, sysroot=sysroot)
    supposed = forecast.Supposition(
        without=tuple(options.absolute(path, sysroot) for path in without or ()),
        pythons=tuple(pythons or ()),
        os_root=os.path.abspath(os_root) if os_root else None,
        apt=_apt_words(apt, from_),
    )
    result = forecast.predict(request, config, supposed)
    if format_ == "json":
        emit([json.dumps(result, indent=2, ensure_ascii=True), "\n"])
    else:
        _print(result)
    return _verdict({entry["outcome"] for entry in result["environments"]})


def _verdict(outcomes: set[str]) -> int:
    if outcomes & {"lost", "rebuilds", "relinks"}:
        return EXIT_FINDINGS
    return EXIT_INCOMPLETE if "unknown" in outcomes else EXIT_OK


def _apt_words(piped: bool, file: str | None) -> str | None:
    if file is not None:
        try:
            with open(file, encoding="utf-8", errors="replace") as stream:
                return stream.read(OUTPUT_LIMIT)
        except OSError as error:
            raise UsageError(
                f"--from {file}: {error.strerror}", hint="save it with `apt-get -s full-upgrade > FILE`"
            ) from None
    return sys.stdin.read(OUTPUT_LIMIT) if piped else None


def _print(result: dict[str, Any]) -> None:
    entries = result["environments"]
    breaking = [entry for entry in entries if entry["outcome"] not in ("survives", "unknown")]
    emit(
        [
            f"{len(breaking)} of {len(entries)} environments would break.\n\n"
            if breaking
            else f"All {len(entries)} environments survive.\n"
        ]
    )
    summaries = {cause["id"]: cause["summary"] for cause in result["after"]["causes"]}
    for cause in sorted({cause for entry in breaking for cause in entry["causes"]}):
        count = sum(cause in entry["causes"] for entry in breaking)
        emit([f"  {printable(summaries.get(cause, cause))}: {count} environment{'s' if count > 1 else ''}\n"])
    for entry in entries:
        if entry["outcome"] == "survives":
            continue
        emit(
            [
                (
                    f"\n{printable(entry['path'])}\n  {WORDS[entry['outcome']]} "
                    f"({', '.join(sorted(set(entry['findings'])))})\n"
                )
            ]
        )
        if "repair" in entry:
            emit([f"  afterwards: venvdoctor fix {printable(entry['path'])}  — {printable(entry['repair'])}\n"])
            parts = [f"{count} {name}" for name, count in entry["packages"].items() if count]
            emit([f"  packages: {', '.join(parts)}\n"] if parts else [])
