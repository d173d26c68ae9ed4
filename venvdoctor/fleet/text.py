"""Many machines' reports as text: the verdict, the causes, the hosts, the interpreters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from venvdoctor.typeset import Page, number, safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.fleet.merging import Fleet
    from venvdoctor.format import Look

SHOWN = 15  # lines of one section before `-v` is needed


def render(fleet: Fleet, look: Look) -> Iterator[str]:
    """Yield the text."""
    page, data = Page(look), fleet.as_data()
    states = [f"{fleet.totals[key]} {key}" for key in ("broken", "degraded", "unknown", "healthy") if fleet.totals[key]]
    verdict = f"{size_of(fleet)}: {', '.join(states) or 'none'}."
    yield page.heading(verdict) + "\n"
    if look.verbosity < 0:
        return
    for title, rows in (
        ("Causes", _causes(data)),
        ("Hosts", _hosts(data)),
        ("Interpreters", _interpreters(data)),
        ("Rules", _rules(data)),
    ):
        lines = list(rows)
        if not lines:
            continue
        yield f"\n{page.heading(title)}\n"
        shown = lines if look.verbosity > 0 else lines[:SHOWN]
        width = max(len(head) for head, _ in shown)
        for head, text in shown:
            for line in page.item(f"  {head:>{width}}  ", width + 4, text):
                yield line + "\n"
        if len(lines) > len(shown):
            yield page.plain(f"  … and {len(lines) - len(shown)} more (-v lists them)\n")


def size_of(fleet: Fleet) -> str:
    """Return how much was looked at, and how many hosts were not."""
    silent = f" ({fleet.unexamined} not examined)" if fleet.unexamined else ""
    return f"{number(len(fleet.hosts), 'host')}{silent}, {number(fleet.totals['environments'], 'environment')}"


def _causes(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for cause in data["causes"]:
        yield str(cause["environments"]), f"{safe(cause['summary'])} (on {number(cause['hosts'], 'host')})"


def _hosts(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the hosts that need attention, the worst first."""

    def rank(host: dict[str, Any]) -> tuple[Any, ...]:
        return (not host["reason"], -host["broken"], -host["degraded"], -host["unknown"], host["host"])

    order = sorted(data["hosts"], key=rank)
    for host in order:
        states = [f"{host[key]} {key}" for key in ("broken", "degraded", "unknown") if host[key]]
        note = "" if host["complete"] else ", incomplete"
        state = f"{', '.join(states) or 'all healthy'}{note}"
        if host["reason"]:
            state = f"not examined: {safe(host['reason'])}"
        yield str(host["environments"]), f"{safe(host['host'])}: {state}"


def _interpreters(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for item in data["interpreters"]:
        name = safe(f"{item['path']} {item['version'] or '(gone or not readable)'}")
        yield str(item["environments"]), f"{name} (on {number(item['hosts'], 'host')})"


def _rules(data: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for item in data["rules"]:
        yield str(item["findings"]), safe(f"{item['code']} {item['rule']} ({item['severity']})")
