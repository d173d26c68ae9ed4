"""Print the JSON Schema of the report."""

from __future__ import annotations

from venvdoctor.cli import _output as output


def command() -> int:
    """Print the JSON Schema (draft 2020-12) of the report."""
    from venvdoctor import schemas  # noqa: PLC0415 - reads a file

    output.emit([schemas.read()])
    return 0
