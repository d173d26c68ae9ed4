"""Tell one environment in full, its chain hop by hop."""

from __future__ import annotations

import os
import sys
from typing import Any

from venvdoctor.cli import _options as options
from venvdoctor.cli import _output as output


@options.takes(
    *("select", "ignore", "extend_select", "fail_on", "sysroot", "deep", "color", "verbose", "config_file", "isolated"),
    env=options.PLACE,
    format_=options.TEXT_OR_JSON,
)
def command(**given: Any) -> int:
    """Tell one environment in full: its chain hop by hop, versions, manager, packages, storage, findings.

    It only looks. Exit codes are those of scan.
    """
    from venvdoctor import api, inquiry  # noqa: PLC0415 - the help does without

    options.one_of("--format", given["format_"], ("text", "json"))
    config = options.configure(given)
    path = options.absolute(given["env"], given["sysroot"])
    report, more = inquiry.show(path, config, sysroot=given["sysroot"])
    if given["format_"] == "json":
        from venvdoctor.escape import json_text  # noqa: PLC0415

        output.emit([json_text({**report, "details": more}, indent=2) + "\n"])
    else:
        from venvdoctor.portrait import draw  # noqa: PLC0415
        from venvdoctor.typeset import Page  # noqa: PLC0415

        page = Page(output.look_for(sys.stdout, config.color, os.environ, verbosity=given["verbose"]))
        output.emit(line + "\n" for line in draw(report["environments"][0], more, page))
    return api.exit_code(report, config.fail_on)
