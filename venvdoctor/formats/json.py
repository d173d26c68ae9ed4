"""The report as JSON, schema_version 1: what other programs rely on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.escape import json_pieces
from venvdoctor.format import Format

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.format import Look
    from venvdoctor.report import Report

format = Format(  # noqa: A001 - the registry's name
    name="json", summary="the whole report, for other programs (schema: `venvdoctor schema`)"
)


@format.renderer
def render(report: Report, look: Look) -> Iterator[str]:  # noqa: ARG001 - JSON looks the same everywhere
    """Yield the report in ASCII: whatever a name holds, undecodable bytes included, stays inert and recoverable."""
    yield from json_pieces({**report, "environments": iter(report["environments"])})  # one at a time
    yield "\n"
