"""placeholder"""
from __future__ import annotations
from venvdoctor.format import Format
format = Format(name="text", summary="for people")
@format.renderer
def render(report, look):
    yield str(report["summary"])
