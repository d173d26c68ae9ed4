"""Print the JSON Schema of the report, of a prediction, or of the settings."""

from __future__ import annotations

from typing import Annotated

import typer

from venvdoctor import schemas
from venvdoctor.cli import _options as options
from venvdoctor.cli import _output as output
from venvdoctor.cli._completion import among


def command(
    name: Annotated[
        str,
        typer.Argument(
            metavar="[report|prediction|settings]",
            autocompletion=among(*schemas.FILES),
            help="whose schema",
            show_default=False,
        ),
    ] = "report",
) -> int:
    """Print the JSON Schema (draft 2020-12) of the report, of `predict --format json`, or of the settings."""
    options.one_of("NAME", name, tuple(schemas.FILES))
    output.emit([schemas.read(schemas.FILES[name])])
    return 0
