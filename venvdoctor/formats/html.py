"""One self-contained page: the causes, the picture of what hangs on what, a table that can be searched and sorted.

The report travels as JSON that the page's one script reads; the script makes text nodes only, and a content
security policy lets nothing else run, so a name on the disk can become neither markup nor code.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from venvdoctor import assets
from venvdoctor.advice import remedies
from venvdoctor.escape import inert, json_text
from venvdoctor.format import Format
from venvdoctor.typeset import number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.format import Look
    from venvdoctor.report import Report

format = Format(name="html", summary="one page to look at, search and print")  # noqa: A001 - the registry's name

ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;"}


@format.renderer
def render(report: Report, look: Look) -> Iterator[str]:  # noqa: ARG001 - the browser dresses it
    """Yield the page."""
    script, style = assets.read("graph.js") + assets.read("report.js"), assets.read("report.css")
    allowed = f"style-src '{_hash(style)}'; script-src '{_hash(script)}'"
    policy = f"default-src 'none'; {allowed}; base-uri 'none'; form-action 'none'"
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>venvdoctor report</title>\n'
    yield f"<style>{style}</style>\n</head>\n<body>\n"
    yield from _header(report)
    yield assets.read("frame.html")
    answer = remedies(report)
    causes = [{**cause, "remedy": answer(cause)} for cause in report["causes"]]
    data = (
        json_text(_inert({**report, "causes": causes}))
        .replace("<", "\\u003c")
        .replace(">", "\\u003e")
        .replace("&", "\\u0026")
    )
    yield f'<script type="application/json" id="data">{data}</script>\n<script>{script}</script>\n</body>\n</html>\n'


def _header(report: Report) -> Iterator[str]:
    """Yield the verdict, which is read without any script."""
    counts, scan = report["summary"], report["scan"]
    states = {"broken": counts["broken"], "degraded": counts["degraded"], "unknown": counts["unknown"]}
    words = [f'<span class="{name}">{count} {name}</span>' for name, count in states.items() if count]
    words.append(f'<span class="healthy">{counts["healthy"]} healthy</span>')
    yield f"<header>\n<h1>{number(counts['environments'], 'environment')}: {', '.join(words)}</h1>\n"
    place = " · ".join(part for part in (scan["host"], scan["os"].get("name", ""), scan["started_at"]) if part)
    whole = "" if scan["complete"] else " · incomplete"
    yield from _meter(report)
    yield f'<p class="soft">{_text(place)}{whole} · venvdoctor {_text(report["tool"]["version"])}</p>\n</header>\n'


def _meter(report: Report) -> Iterator[str]:
    """Yield the shares of the states as a bar; the heading says the same in words."""
    total, left = report["summary"]["environments"], 0.0
    yield '<svg class="meter" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">'
    counts = [(state, report["summary"][state]) for state in ("broken", "degraded", "unknown", "healthy")]
    for state, count in counts if total else ():
        share = 100 * count / total
        yield f'<rect class="{state}" x="{left:.3f}" width="{share:.3f}" height="1"/>'
        left += share
    yield "</svg>\n"


def _inert(value: Any) -> Any:
    """Return the report with every text in it safe to show."""
    if isinstance(value, str):
        return inert(value)
    if isinstance(value, dict):
        return {inert(key): _inert(item) for key, item in value.items()}
    return value if value is None or isinstance(value, (int, float)) else [_inert(item) for item in value]


def _hash(text: str) -> str:
    """Return the source expression that allows exactly this text (W3C CSP Level 3, hash-source)."""
    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()


def _text(text: str) -> str:
    return "".join(ENTITIES.get(char, char) for char in inert(text))
