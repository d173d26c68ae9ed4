"""What hooks do: before an upgrade, a warning; after it, a look, a snapshot, and one line for the next login."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from venvdoctor import api, forecast, memory
from venvdoctor.config import Config
from venvdoctor.escape import printable
from venvdoctor.snapshot import Store
from venvdoctor.supposing import Supposition
from venvdoctor.transaction.journal import state_directory

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.report import Report

SHOWN = 3  # causes that a notice names


def look(notice: str, *, notify: bool = False) -> None:
    """Scan every user's places, write or remove the notice, and record a snapshot.

    Args:
        notice: file that the next login prints.
        notify: show a desktop notification as well.
    """
    request = api.ScanRequest(every_home=os.geteuid() == 0)
    report = api.scan(request, Config())
    line = sentence(report)
    _put_notice(notice, line)
    if notify and line:
        _notify(line)
    with contextlib.suppress(OSError):
        memory.take(api.open_session(request, Config()), Store(state_directory(os.environ)), reason="after an upgrade")


def sentence(report: Report) -> str:
    """Return the one line that tells what broke and the command to run; empty when nothing did."""
    summary = report["summary"]
    count = summary["broken"] + summary["degraded"]
    if not count:
        return ""
    causes = "; ".join(cause["summary"] for cause in report["causes"][:SHOWN])
    because = f" ({printable(causes)})" if causes else ""
    things = "environment is" if count == 1 else "environments are"
    return f"venvdoctor: {count} Python {things} broken or degraded{because}. Run: venvdoctor scan"


def warning(packages: str) -> Iterator[str]:
    """Yield what apt's own list of packages to be changed would break (DPkg::Pre-Install-Pkgs, version 3)."""
    text = "\n".join(_as_simulation(packages.splitlines()))
    if "python" not in text:
        return
    request = api.ScanRequest(every_home=os.geteuid() == 0)
    result = forecast.predict(request, Config(), Supposition(apt=text))
    count = sum(entry["outcome"] in ("relinks", "rebuilds", "lost") for entry in result["environments"])
    if count:
        things = "environment" if count == 1 else "environments"
        yield f"venvdoctor: this upgrade will break {count} Python {things}; afterwards run: venvdoctor fix --all"


def _as_simulation(lines: list[str]) -> Iterator[str]:
    """Yield apt's list in the words of a simulated run: `NAME OLD ARCH MULTI < NEW ARCH MULTI FILE|**REMOVE**`."""
    for line in lines:
        words = line.split()
        if len(words) < 4 or not {"<", "=", ">"} & set(words):
            continue
        relation = next(index for index, word in enumerate(words) if word in ("<", "=", ">"))
        name, old, new = words[0], words[1], words[relation + 1]
        if words[-1] == "**REMOVE**":
            yield f"Remv {name} [{old}]"
        elif words[-1] != "**CONFIGURE**":
            yield f"Inst {name}{'' if old == '-' else f' [{old}]'} ({new} apt [any])"


def _put_notice(path: str, line: str) -> None:
    with contextlib.suppress(OSError):
        if not line:
            os.unlink(path)
            return
        os.makedirs(os.path.dirname(path), exist_ok=True)
        partial = f"{path}.{os.getpid()}.part"
        with open(partial, "w", encoding="utf-8", errors="backslashreplace") as stream:
            stream.write(line + "\n")
        os.chmod(partial, 0o644)
        os.replace(partial, path)


def _notify(line: str) -> None:
    """Show a desktop notification where there is a way to; nothing depends on it."""
    words = ["notify-send", "venvdoctor", line]
    if sys.platform == "darwin":
        script = 'on run argv\ndisplay notification (item 1 of argv) with title "venvdoctor"\nend run'
        words = ["osascript", "-e", script, line]
    with contextlib.suppress(OSError):
        subprocess.run(words, stdin=subprocess.DEVNULL, check=False, timeout=10)  # noqa: S603 - words, never a shell
