"""Many machines' reports as one self-contained page: causes, hosts to search and sort, interpreters, rules.

It knows hosts, not environments, so that ten thousand hosts stay a page of a few megabytes; a host's own page has its
environments. What is in it travels as JSON that one script turns into text nodes, as in the page of a single report.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from venvdoctor import assets
from venvdoctor.escape import inert, json_text
from venvdoctor.fleet.text import size_of
from venvdoctor.typeset import number

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.fleet.merging import Fleet

SHOWN = 1000  # causes, interpreters and rules
NAMED = 500_000  # hosts that all causes together name; those beyond are named in part
SAMPLE = 50
COLUMNS = ("environments", "broken", "degraded", "unknown", "healthy")


def render(fleet: Fleet) -> Iterator[str]:
    """Yield the page."""
    script, style = assets.read("fleet.js"), assets.read("report.css")
    policy = f"default-src 'none'; style-src '{_hash(style)}'; script-src '{_hash(script)}'"
    yield '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
    yield f"<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}; base-uri 'none'; form-action 'none'\">\n"
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>venvdoctor</title>\n'
    yield f"<style>{style}</style>\n</head>\n<body>\n<header>\n<h1>{size_of(fleet)}: "
    states = [name for name in COLUMNS[1:] if fleet.totals[name]]
    yield ", ".join(f'<span class="{name}">{fleet.totals[name]} {name}</span>' for name in states) or "none"
    yield "</h1>\n</header>\n" + assets.read("fleet.html")
    yield '<script type="application/json" id="data">{'
    for place, (name, items) in enumerate(_tables(fleet)):
        yield f'{"," if place else ""}"{name}":['
        for index, item in enumerate(items):
            yield ("," if index else "") + _data(item)
        yield "]"
    yield f"}}</script>\n<script>{script}</script>\n</body>\n</html>\n"


def _tables(fleet: Fleet) -> Iterator[tuple[str, list[list[Any]]]]:
    """Yield the tables, each a list of rows; rows without names of columns keep the page small."""
    data = fleet.as_data()
    yield "causes", _causes(fleet, data["causes"][:SHOWN])
    yield (
        "hosts",
        [[host["host"], *(host[key] for key in COLUMNS), _remark(host), host["started_at"]] for host in data["hosts"]],
    )
    yield (
        "interpreters",
        [
            [
                item["path"],
                item["version"] or "gone or not readable",
                item["provider"],
                number(item["environments"], "environment"),
                number(item["hosts"], "host"),
            ]
            for item in data["interpreters"][:SHOWN]
        ],
    )
    yield "rules", [[item["code"], item["rule"], item["severity"], item["findings"]] for item in data["rules"][:SHOWN]]


def _causes(fleet: Fleet, causes: list[dict[str, Any]]) -> list[list[Any]]:
    """Return the causes with their hosts, each as how far it stands below the one before in the table of hosts."""
    order = {name: place for place, name in enumerate(sorted(fleet.hosts))}
    places = [order[name] for name in fleet.hosts]
    left, rows = NAMED, []
    for cause in causes:
        found = sorted(places[came] for came in fleet.cause_hosts[cause["id"]])
        found = found if len(found) <= left else found[:SAMPLE]
        left -= len(found)
        steps = [place - before for before, place in zip([0, *found], found, strict=False)]
        rows.append([cause["summary"], cause["environments"], cause["hosts"], steps])
    return rows


def _remark(host: dict[str, Any]) -> str:
    if host["reason"]:
        return f"not examined: {host['reason']}"
    return "" if host["complete"] else "not everything could be looked at"


def _data(row: list[Any]) -> str:
    safe = [inert(item) if isinstance(item, str) else item for item in row]
    return json_text(safe).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _hash(text: str) -> str:
    """Return the source expression that allows exactly this text (W3C CSP Level 3, hash-source)."""
    from base64 import b64encode  # noqa: PLC0415
    from hashlib import sha256  # noqa: PLC0415

    return "sha256-" + b64encode(sha256(text.encode()).digest()).decode()
