"""Print the JSON Schema of the report, of a prediction, or of the settings."""

from __future__ import annotations

from venvdoctor import schemas
from venvdoctor.cli import _options as options
from venvdoctor.cli import _output as output
from venvdoctor.cli._completion import among
from venvdoctor.cli._parameters import Parameter

NAME = Parameter(
    str,
    default="report",
    metavar="[report|prediction|settings]",
    complete=among(*schemas.FILES),
    text="whose schema",
    show_default=False,
)


@options.takes(name=NAME)
def command(*, name: str) -> int:
    """Print the JSON Schema (draft 2020-12) of the report, of `predict --format json`, or of the settings."""
    options.one_of("NAME", name, tuple(schemas.FILES))
    output.emit([schemas.read(schemas.FILES[name])])
    return 0
