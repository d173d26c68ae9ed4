"""tell one environment in full: its chain hop by hop, packages, storage, findings"""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from venvdoctor import api
from venvdoctor.cli import _options as options
from venvdoctor.cli import _output as output
from venvdoctor.config import COLOURS, FAIL_ON


def command(
    env: Annotated[
        str, typer.Argument(metavar="ENV", help="an environment, its project, or a file in it", show_default=False)
    ],
    format_: Annotated[str, typer.Option("--format", metavar="text|json", help="format of the output")] = "text",
    select: options.Select = None,
    ignore: options.Ignore = None,
    extend_select: options.ExtendSelect = None,
    fail_on: options.FailOn = None,
    sysroot: options.Sysroot = None,
    deep: options.Deep = False,
    color: options.Color = None,
    verbose: options.Verbose = 0,
    config_file: options.ConfigFile = None,
    isolated: options.Isolated = False,
) -> int:
    """Tell one environment in full: its chain hop by hop, versions, manager, packages, storage, findings.

    It only looks. Exit codes are those of scan.
    """
    options.one_of("--format", format_, ("text", "json"))
    config = options.override(
        options.read_settings(config_file, isolated=isolated),
        select=options.codes(select),
        extend_select=options.codes(extend_select),
        ignore=dict.fromkeys(options.codes(ignore) or (), "on the command line") or None,
        fail_on=options.one_of("--fail-on", fail_on, FAIL_ON),
        deep=deep or None,
        color=options.one_of("--color", color, COLOURS),
    )
    path = options.absolute(env, sysroot)
    report, more = api.show(path, config, sysroot=sysroot)
    if format_ == "json":
        from json import dumps  # noqa: PLC0415

        output.emit([dumps({**report, "details": more}, indent=2) + "\n"])
    else:
        from venvdoctor.portrait import draw  # noqa: PLC0415
        from venvdoctor.typeset import Page  # noqa: PLC0415

        page = Page(output.look_for(sys.stdout, config.color, os.environ, verbosity=verbose))
        output.emit(line + "\n" for line in draw(report["environments"][0], more, page))
    return api.exit_code(report, config.fail_on)
