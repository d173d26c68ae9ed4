"""One environment drawn for a person: its chain hop by hop, what it is, its packages, its storage, its findings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from venvdoctor.typeset import LABEL, number, safe

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.model.distribution import Distribution, Library
    from venvdoctor.model.environment import Environment
    from venvdoctor.report import EnvironmentData, FindingData
    from venvdoctor.typeset import Page

ENDS = {
    "missing": "does not exist",
    "loop": "is a link that leads back to itself",
    "denied": "may not be looked at",
    "not-a-file": "is not a file",
    "error": "cannot be read",
}
PACKAGE_LINES = 40  # packages listed before `-v` is needed


def details(env: Environment) -> dict[str, Any]:
    """Return what `show` knows beyond the report, as JSON values."""
    start = env.startup
    return {
        "hops": [{"path": hop.path, "target": hop.target} for hop in env.python.hops] if env.python else [],
        "missing": env.python.missing if env.python else None,
        "configuration": [list(item) for item in env.cfg.entries] if env.cfg else [],
        "configuration_file": env.cfg.path if env.cfg else None,
        "starts": start.starts,
        "reason": start.reason or None,
        "isolated": start.isolated,
        "stdlib": start.stdlib,
        "home": start.home,
        "site_dirs": list(start.site_dirs),
        "global_site_dirs": list(start.global_site_dirs),
        "stack": list(env.stack),
        "machine": env.interpreter.machine if env.interpreter else None,
        "libc": env.interpreter.libc if env.interpreter else None,
        "packages": _packages(env.library),
        "storage": _storage(env.library),
        "unreadable": [{"path": item.path, "reason": item.reason} for item in env.unreadable],
    }


def draw(data: EnvironmentData, more: dict[str, Any], page: Page) -> Iterator[str]:
    """Yield the portrait's lines.

    Args:
        data: the environment's entry in the report.
        more: what `details` returned.
        page: how it is set.
    """
    yield page.paint(safe(data["path"]), "bold")
    yield from _paragraph(page, f"{page.mark(data['status'])} ", _verdict(data, more), 2)
    yield ""
    yield page.heading("Chain")
    yield from _chain(data, more, page)
    yield ""
    yield page.heading("Environment")
    yield from page.columns(_facts(data, more, page), indent=2)
    for part in (_package_lines, _storage_lines, _finding_lines):
        lines = list(part(data, more, page))
        if lines:
            yield ""
            yield from lines


def _verdict(data: EnvironmentData, more: dict[str, Any]) -> str:
    count = sum(item["severity"] == "error" for item in data["findings"])
    words = {
        "broken": "broken: nothing in it works",
        "degraded": f"degraded: it starts, and {number(count, 'thing')} in it {'fails' if count == 1 else 'fail'}",
        "healthy": "healthy",
        "unknown": "unknown: it could not be examined far enough to say",
    }
    text = words.get(data["status"], data["status"])
    if data["status"] == "unknown" and more["reason"]:
        text += f" ({safe(more['reason'])})"
    return text


def _paragraph(page: Page, lead: str, text: str, width: int) -> Iterator[str]:
    yield from page.item(lead, width, text)


def _chain(data: EnvironmentData, more: dict[str, Any], page: Page) -> Iterator[str]:
    """Draw each hop below the one before, and mark the place where the way breaks."""
    if not more["hops"]:
        yield f"  {page.mark('broken' if data['kind'] != 'user-site' else 'unknown')} there is no python in it"
        return
    stack = [folder.rstrip("/") + "/" for folder in more["stack"]]
    own = data["path"].rstrip("/") + "/"
    end = data["python"]["chain_end"]
    for index, hop in enumerate(more["hops"]):
        last = index == len(more["hops"]) - 1
        arrow = "  " if index == 0 else page.plain("→ ")
        broken = last and end != "file"
        text = safe(hop["path"])
        inside = next(
            (folder for folder in stack if hop["path"].startswith(folder) and not hop["path"].startswith(own)), ""
        )
        note = f"  (in the environment {safe(inside.rstrip('/'))})" if inside else ""
        if hop["target"] is not None and not hop["target"].startswith("/"):
            note += f"  (links to {safe(hop['target'])})"
        yield (
            "  "
            + page.paint(arrow, "dim")
            + (page.paint(text, "red", "bold") if broken else text)
            + page.paint(note, "dim")
        )
    yield from _chain_end(data, more, page)


def _chain_end(data: EnvironmentData, more: dict[str, Any], page: Page) -> Iterator[str]:
    python = data["python"]
    if python["chain_end"] == "file":
        words = [f"Python {python['actual_version']}" if python["actual_version"] else "version not known"]
        words += [
            str(item) for item in (python["implementation"], python["abi"], more["machine"], more["libc"]) if item
        ]
        sign = page.mark("healthy" if more["starts"] else "unknown" if more["starts"] is None else "broken")
        yield from page.item(f"    {sign} ", 6, page.plain(safe(" · ".join(words))))
        return
    place = more["missing"] or more["hops"][-1]["path"]
    sign = page.mark("unknown" if python["chain_end"] in ("denied", "error") else "broken")
    text = f"the chain breaks here: {safe(place)} {ENDS.get(str(python['chain_end']), 'cannot be followed')}"
    yield from page.item(f"    {sign} ", 6, page.paint(text, "red") if len(text) < page.look.width - 6 else text)


def _facts(data: EnvironmentData, more: dict[str, Any], page: Page) -> Iterator[tuple[str, str]]:
    """Yield what is known, label and text."""
    python = data["python"]
    yield "kind", safe(data["kind"] + (f", made by {data['created_by']}" if data["created_by"] else ""))
    for label, value in (
        ("manager", data["manager"]),
        ("name", data["name"] if data["manager"] else None),
        ("project", data["project"]),
        ("made for", f"Python {python['recorded_version']}" if python["recorded_version"] else None),
        ("base interpreter", python["base_executable"]),
        ("installed by", python["provider"]),
        ("base prefix", python["base_prefix"]),
        ("standard library", more["stdlib"]),
        ("home", more["home"]),
        ("packages in", ", ".join(more["site_dirs"])),
        ("and from", ", ".join(more["global_site_dirs"])),
    ):
        if value:
            yield label, safe(value)
    if not more["isolated"]:
        yield "isolated", page.paint("no: it runs as its base interpreter", "red")
    for item in more["unreadable"]:
        yield "not readable", safe(f"{item['path']}: {item['reason']}")


def _packages(library: Library | None) -> list[dict[str, Any]] | None:
    """Return each package with what is wrong with it; None when they were not read."""
    if library is None:
        return None
    found = [_package(item) for item in library.distributions]
    found += [
        {**_package(item), "problems": [f"is in {item.site_dir}, which this Python does not read"]}
        for item in library.stranded
    ]
    return sorted(found, key=lambda item: (str(item["name"]).lower(), item["path"]))


def _package(item: Distribution) -> dict[str, Any]:
    return {
        "name": item.name,
        "version": item.version,
        "path": item.metadata_path,
        "from_base": item.from_base,
        "editable": item.editable,
        "problems": list(_problems(item)),
        "bytes": item.storage.own + item.storage.shared if item.storage else None,
    }


def _problems(item: Distribution) -> Iterator[str]:
    if item.metadata != "ok":
        yield f"its metadata is {item.metadata}"
    if item.editable_exists is False:
        yield f"its source directory {item.editable} is not there"
    if item.faults and item.faults.missing_count:
        yield f"{number(item.faults.missing_count, 'file is', 'files are')} missing"
    if item.faults and item.faults.dangling:
        yield f"{number(len(item.faults.dangling), 'file is a link', 'files are links')} to nothing"
    if item.faults and item.faults.altered:
        yield f"{number(len(item.faults.altered), 'file was', 'files were')} altered"
    for name in item.imports:
        if name.state == "fails":
            yield f"`import {name.name}` fails" + (
                f": {name.detail or name.reason}" if name.detail or name.reason else ""
            )
    if item.requires_python_ok is False:
        yield f"it wants Python {item.requires_python}"
    for need in item.unsatisfied:
        yield f"it needs {need.text}" + (
            f", {need.installed} is installed" if need.installed else ", which is not installed"
        )


def _storage(library: Library | None) -> dict[str, Any] | None:
    if library is None or library.storage is None:
        return None
    store = library.storage
    return {
        "own": store.own,
        "shared": store.shared,
        "others": store.others,
        "linked": store.linked,
        "linked_bytes": store.linked_bytes,
        "dead": store.dead,
        "elsewhere": store.elsewhere,
        "caches": list(store.caches),
    }


def _package_lines(data: EnvironmentData, more: dict[str, Any], page: Page) -> Iterator[str]:
    """List the packages, those with something wrong first."""
    packages = more["packages"]
    if packages is None:
        if data["distributions"]:
            yield f"{page.heading('Packages')}: {data['distributions']}"
        return
    own = [item for item in packages if not item["from_base"]]
    sick = [item for item in own if item["problems"]]
    fine = [item for item in own if not item["problems"]]
    yield (
        page.heading("Packages")
        + f": {len(own)}"
        + (f", {len(packages) - len(own)} more from the base" if len(packages) > len(own) else "")
    )
    for problems in dict.fromkeys("; ".join(item["problems"]) for item in sick):
        labels = [_label(item) for item in sick if "; ".join(item["problems"]) == problems]
        lead = f"  {page.mark('degraded')} "
        if len(labels) == 1:
            yield from page.item(f"{lead}{page.paint(labels[0], 'bold')}: ", 4 + len(labels[0]) + 2, safe(problems))
        else:
            yield from page.item(lead, 4, f"{safe(problems)}:")
            yield from _names(labels, " " * 4, page)
    yield from _names([_label(item) for item in fine], f"  {page.mark('healthy')} ", page)


def _names(labels: list[str], lead: str, page: Page) -> Iterator[str]:
    """List packages, none of them cut."""
    most = len(labels) if page.look.verbosity > 0 else PACKAGE_LINES
    words = ", ".join(label.replace(" ", "\xa0") for label in labels[:most])
    more = f", and {len(labels) - most} more (-v lists them)" if len(labels) > most else ""
    for line in page.item(lead, 4, words + more) if words else ():
        yield line.replace("\xa0", " ")


def _label(item: dict[str, Any]) -> str:
    return safe(f"{item['name']} {item['version']}" if item["version"] else item["name"])


def _storage_lines(data: EnvironmentData, more: dict[str, Any], page: Page) -> Iterator[str]:  # noqa: ARG001 - one shape
    store = more["storage"]
    if store is None:
        return
    yield page.heading("Storage")
    caches = safe(", ".join(store["caches"]))
    hard, soft = store["shared"], store["linked"] - store["dead"]
    rows = [("its own", size(store["own"]))]
    if hard:
        what = f" with {caches}: purging that takes nothing from it" if caches and not store["linked"] else ""
        rows.append(("hard-linked", size(hard) + what))
    if store["others"]:
        whose = "another environment" + (" too" if caches else ", or a cache that was purged")
        rows.append(("", f"{size(store['others'])} of it with {whose}: never edit these files in place"))
    if soft:
        rows.append(
            ("links", f"{number(soft, 'file')} ({size(store['linked_bytes'])}) into {caches}: purging that breaks it")
        )
    if store["dead"]:
        rows.append(("dead links", f"{number(store['dead'], 'file')} into {caches}, where nothing is left of them"))
    yield from page.columns(rows, indent=2)


def size(count: int) -> str:
    """Return a number of bytes as people read it."""
    value, unit = float(count), "B"
    for unit in ("B", "KiB", "MiB", "GiB", "TiB"):
        if value < 1024 or unit == "TiB":
            break
        value /= 1024
    return f"{value:.0f} {unit}" if unit == "B" or value >= 10 else f"{value:.1f} {unit}"


def _finding_lines(data: EnvironmentData, more: dict[str, Any], page: Page) -> Iterator[str]:  # noqa: ARG001 - one shape
    """Tell each finding in full, with its evidence."""
    findings = sorted(
        data["findings"], key=lambda item: (("error", "warning", "note").index(item["severity"]), item["code"])
    )
    if findings:
        yield page.heading("Findings")
    for finding in findings:
        lead = f"  {page.level(finding['severity'], 8)}{finding['code']}  "
        yield from page.item(lead, 17, safe(finding["message"]))
        hang = page.hang(17)
        yield from page.columns(_evidence(finding, page.look.width - hang - LABEL - 2), indent=hang)
        remedy = finding["remedy"]
        arrow = page.paint(page.plain("→ "), "green")
        width = hang + (2 if page.look.unicode else 3)
        if remedy["summary"]:
            yield from page.item(" " * hang + arrow, width, safe(remedy["summary"]))
        if remedy["command"]:
            yield " " * (width if remedy["summary"] else hang) + page.paint(
                safe(page.command(remedy["command"])), "green"
            )


def _evidence(finding: FindingData, room: int) -> Iterator[tuple[str, str]]:
    """Yield label and text; of a list that is longer than a line each item has its own."""
    yield "place", safe(finding["path"])
    for key, value in finding["evidence"].items():
        if isinstance(value, list):
            texts = value if len(", ".join(value)) > room else [", ".join(value)]
        else:
            known = {None: "nothing", True: "yes", False: "no"}
            texts = [known[value] if value is None or isinstance(value, bool) else str(value)]
        yield safe(key.replace("_", " ")), safe(texts[0]) if texts else ""
        yield from (("", safe(text)) for text in texts[1:])
