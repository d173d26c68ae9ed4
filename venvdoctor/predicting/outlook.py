"""A prediction for people: the verdict, the causes, what becomes of each environment, the command for afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from venvdoctor.advice import scope
from venvdoctor.typeset import Page, number, quote, safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from venvdoctor.format import Look

Entry = dict[str, Any]
GROUPS = (
    ("lost", "broken", "Lost", "lost"),
    ("rebuilds", "broken", "To be rebuilt afterwards", "to be rebuilt"),
    ("relinks", "degraded", "Repaired in place afterwards", "repaired in place"),
    ("unknown", "unknown", "Not known", "not known"),
)
PACKAGES = (
    ("carried", "carries over", "carry over"),
    ("another_build", "needs another build", "need another build"),
    ("none", "does not allow the Python that will be there", "do not allow the Python that will be there"),
    ("lacking", "uses modules that Python no longer has", "use modules that Python no longer has"),
)
SHOWN = 4  # names of a list that are printed before `-v` is needed
LISTED = 20  # environments of a group, likewise
FEW = 3  # environments with one fate that are told of one by one


def lines(result: dict[str, Any], look: Look) -> Iterator[str]:
    """Yield a prediction (the data of `forecast.predict`) as lines."""
    page = Page(look)
    entries: list[Entry] = result["environments"]
    yield _verdict(entries, page)
    if look.verbosity < 0:
        return
    yield from _causes(result, page)
    for outcome, status, title, _ in GROUPS:
        group = [entry for entry in entries if entry["outcome"] == outcome]
        if group:
            yield ""
            yield page.heading(f"{title} ({len(group)})")
            yield from _group(group, status, page)
    yield from _others(entries, page)
    yield from _outside(result["findings"], page)
    yield from _next(result, page)


def _verdict(entries: Sequence[Entry], page: Page) -> str:
    if not entries:
        return page.heading("No environment was found.")
    breaking = [entry for entry in entries if entry["outcome"] in ("lost", "rebuilds", "relinks")]
    unknown = sum(entry["outcome"] == "unknown" for entry in entries)
    if not breaking:
        certain = len(entries) - unknown
        text = "The environment survives." if len(entries) == 1 else f"All {len(entries)} environments survive."
        if unknown:
            text = (
                f"{number(certain, 'environment')} survive{'s' if certain == 1 else ''}; of {unknown} nobody can tell."
            )
        return page.paint(text, "bold", "magenta" if unknown else "green")
    parts = [
        f"{count} {words}"
        for outcome, _, _, words in GROUPS
        if (count := sum(entry["outcome"] == outcome for entry in entries))
    ]
    whole = f"{len(breaking)} of {number(len(entries), 'environment')}"
    head = page.paint(f"The change breaks {whole}", "bold", "red")
    return f"{head}: {', '.join(parts)}."


def _causes(result: dict[str, Any], page: Page) -> Iterator[str]:
    """Name each cause once, with the number of environments that break or only change by it."""
    summaries = {cause["id"]: cause["summary"] for cause in result["after"]["causes"]}
    users: dict[str, list[Entry]] = {}
    for entry in result["environments"]:
        for cause in entry["causes"]:
            users.setdefault(cause, []).append(entry)
    breaking = {
        cause: sum(entry["outcome"] in ("lost", "rebuilds", "relinks") for entry in entries)
        for cause, entries in users.items()
    }
    shown = [cause for cause in users if breaking[cause] or page.look.verbosity > 0]
    if shown:
        yield ""
        yield page.heading("Causes")
    for cause in sorted(shown, key=lambda item: (-breaking[item], item)):
        count = f" breaks {number(breaking[cause], 'environment')}" if breaking[cause] else " breaks nothing"
        sign = page.mark("broken" if breaking[cause] else "healthy")
        yield from page.item(f"  {sign} ", 4, f"{safe(summaries.get(cause, cause))}:{count}")


def _group(group: Sequence[Entry], status: str, page: Page) -> Iterator[str]:
    """Tell of each environment; of many with one fate, what they share stands once below their paths."""
    verbose = page.look.verbosity > 0
    fates: dict[str, list[Entry]] = {}
    for entry in group:
        fates.setdefault(entry["path"] if verbose else _fate(entry), []).append(entry)
    left = len(group) if verbose else LISTED
    for entries in fates.values():
        shown = entries[:left]
        left -= len(shown)
        for entry in shown:
            yield f"  {page.mark(status)} {page.paint(safe(entry['path']), 'bold')}"
            if len(shown) <= FEW:
                yield from _findings(entry, page)
                yield from _after(entry, page)
        if len(shown) > FEW:
            codes = dict.fromkeys(item["code"] for item in _telling(entries[0]))
            if codes:
                yield from page.item("      all: ", 11, ", ".join(codes))
            yield from _after(entries[0], page, alike=True)
    if len(group) > LISTED and not verbose:
        yield page.plain(f"  … and {len(group) - LISTED} more (-v lists them)")


def _fate(entry: Entry) -> str:
    repair = (entry["repair"] or {}).get("summary")
    return str(
        [[item["code"] for item in _telling(entry)], entry["causes"], entry["packages"], repair, entry["reason"]]
    )


def _telling(entry: Entry) -> list[dict[str, Any]]:
    """Return the findings that say most: the errors, if there are any."""
    return [item for item in entry["findings"] if item["severity"] == "error"] or entry["findings"]


def _findings(entry: Entry, page: Page) -> Iterator[str]:
    verbose = page.look.verbosity > 0
    items = entry["findings"] if verbose else _telling(entry)[:1]
    for item in items:
        yield from page.item(f"      {item['code']}  ", 13, safe(item["message"]))
    more = sum(item["severity"] == "error" for item in entry["findings"]) - len(items)
    if more > 0 and not verbose:
        yield f"      and {number(more, 'more error')}"


def _after(entry: Entry, page: Page, *, alike: bool = False) -> Iterator[str]:
    """Say what becomes of the packages, and what the repair is; its command names one environment."""
    yield from _packages(entry, page)
    if entry["repair"]:
        yield from page.item("      ", 6, safe(entry["repair"]["summary"]))
        if not alike:
            yield page.plain("      → ") + safe(page.command(entry["repair"]["command"]))
    elif entry["reason"]:
        yield from page.item("      ", 6, safe(entry["reason"]))


def _packages(entry: Entry, page: Page) -> Iterator[str]:
    """Say what becomes of the packages; those that need attention are named."""
    for key, one, many in PACKAGES:
        names = (entry["packages"] or {}).get(key, [])
        if not names:
            continue
        text = f"{number(len(names), 'package')} {one if len(names) == 1 else many}"
        if key != "carried" or page.look.verbosity > 0:
            most = len(names) if page.look.verbosity > 0 else SHOWN
            text += ": " + ", ".join(map(safe, names[:most])) + (page.plain(" …") if len(names) > most else "")
        yield from page.item("      ", 8, text)


def _others(entries: Sequence[Entry], page: Page) -> Iterator[str]:
    rest = [entry for entry in entries if entry["outcome"] == "survives"]
    if not rest or len(rest) == len(entries):
        return
    sick = [entry for entry in rest if entry["before"] in ("broken", "degraded")]
    yield ""
    already = f" ({number(len(sick), 'is', 'are')} broken or degraded already)" if sick else ""
    yield f"  {page.mark('healthy')} {number(len(rest), 'other survives', 'others survive')}{already}"
    if page.look.verbosity > 0:
        yield from (f"    {safe(entry['path'])}" for entry in rest)


def _outside(findings: Sequence[dict[str, Any]], page: Page) -> Iterator[str]:
    """List what the change breaks outside environments: kernels, launchers, units."""
    shown = [item for item in findings if page.look.verbosity > 0 or item["severity"] == "error"]
    if shown:
        yield ""
        yield page.heading("Outside environments")
    for item in shown:
        yield from page.item(f"  {page.level(item['severity'], 8)}{item['code']}  ", 17, safe(item["message"]))


def _next(result: dict[str, Any], page: Page) -> Iterator[str]:
    able = [entry["path"] for entry in result["environments"] if entry["repair"]]
    if not able:
        return
    where = quote(able[0]) if len(able) == 1 else scope(result["after"]) or "--all"
    command, text = page.command(f"venvdoctor fix {where}"), "Nothing was changed. After the change:"
    fits = len(text) + 1 + len(command) <= page.look.width  # never wrapped: it is there to be copied
    yield ""
    yield from [f"{text} {command}"] if fits else [text, f"  {command}"]
