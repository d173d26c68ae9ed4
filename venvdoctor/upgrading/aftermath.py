"""What hooks do: before an upgrade, a warning; after it, a look, a snapshot, and one line for the next login."""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import sys
from typing import TYPE_CHECKING

from venvdoctor import api, plainfile
from venvdoctor.config import Config
from venvdoctor.escape import printable
from venvdoctor.inspection.answering import require_answers
from venvdoctor.inspection.apt_simulation import ARCHITECTURES
from venvdoctor.predicting import forecast
from venvdoctor.predicting.supposing import Supposition
from venvdoctor.transaction.journal import state_directory
from venvdoctor.upgrading import memory
from venvdoctor.upgrading.snapshot import Store

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from venvdoctor.api import ScanRequest
    from venvdoctor.report import EnvironmentData, Report

SICK = ("broken", "degraded")
SHOWN = 3  # causes that a notice names


def look(notice: str, *, notify: bool = False) -> None:
    """Scan every user's places, write or remove the notice, and record a snapshot.

    One look at a time, and one more that waits for it, however many package managers ask.

    Args:
        notice: file that the next login prints.
        notify: show a desktop notification as well.

    Raises:
        SilentError: the home does not answer.
    """
    require_answers(os.environ, "/")
    state = state_directory(os.environ)
    with _turn(state) as ours:
        if ours:
            _look(notice, state, notify=notify)


def _look(notice: str, state: str, *, notify: bool) -> None:
    store = Store(state)
    request = _everybody()
    session = api.open_session(request, Config())
    report = api.scan(request, Config(), session=session)
    private = tuple(home.path for home in session.host.homes) if request.every_home else ()
    line = sentence(report, store.statuses(), private)
    if line or not _sick(report):  # what was told before stays told until it is well again
        _put_notice(notice, line)
    if notify and line:
        _notify(line)
    with contextlib.suppress(OSError):
        memory.take(api.open_session(request, Config()), store, "after an upgrade", always=False)


@contextlib.contextmanager
def _turn(state: str) -> Iterator[bool]:
    """Wait for the running look to end; False where another one waits already (it will see what we would see)."""
    try:
        os.makedirs(state, mode=0o700, exist_ok=True)
        waiting = os.open(f"{state}/hook.waiting", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        running = os.open(f"{state}/hook.running", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError:  # a full or read-only disk: looking is still worth it
        yield True
        return
    try:
        try:
            fcntl.flock(waiting, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        fcntl.flock(running, fcntl.LOCK_EX)
        fcntl.flock(waiting, fcntl.LOCK_UN)
        yield True
    finally:
        os.close(waiting)
        os.close(running)


def _everybody() -> ScanRequest:
    return api.ScanRequest(every_home=os.geteuid() == 0)


def sentence(report: Report, before: Mapping[str, str], private: tuple[str, ...] = ()) -> str:
    """Return the one line that tells what broke and the command to run; empty when nothing did.

    Args:
        report: what is there now.
        before: status of each environment in the last snapshot; what was sick then is no news.
        private: homes, whose names of files are nothing that everybody is told at login.
    """
    news = {env["path"] for env in _sick(report) if before.get(env["path"]) not in SICK}
    if not news:
        return ""
    causes = [cause["summary"] for cause in report["causes"] if news.intersection(cause["environments"])]
    causes = [text for text in causes if not any(home != "/" and f"{home}/" in text for home in private)]
    because = f" ({printable('; '.join(causes[:SHOWN]))})" if causes else ""
    things = "environment is" if len(news) == 1 else "environments are"
    return f"venvdoctor: {len(news)} Python {things} broken or degraded{because}. Run: venvdoctor scan"


def _sick(report: Report) -> list[EnvironmentData]:
    return [env for env in report["environments"] if env["status"] in SICK]


def warning(packages: str) -> Iterator[str]:
    """Yield what apt's own list of packages to be changed would break (DPkg::Pre-Install-Pkgs, version 3)."""
    text = "\n".join(_as_simulation(packages.splitlines()))
    if not text:
        return
    request = _everybody()
    result = forecast.predict(request, Config(), Supposition(apt=text))
    hit = [entry for entry in result["environments"] if entry["outcome"] in ("relinks", "rebuilds", "lost")]
    if hit:
        things = "environment" if len(hit) == 1 else "environments"
        yield f"venvdoctor: this will break {len(hit)} Python {things}; afterwards run: venvdoctor fix --all"
        shown = [entry["path"] for entry in hit[:SHOWN]]
        yield f"venvdoctor: {', '.join(map(printable, shown))}{' …' if len(hit) > SHOWN else ''}"


def _as_simulation(lines: list[str]) -> Iterator[str]:
    """Yield apt's list in the words of a simulated run: `NAME OLD ARCH MULTI < NEW ARCH MULTI FILE|**REMOVE**`.

    Source: apt.conf(5), DPkg::Pre-Install-Pkgs, version 3. Names have no architecture; foreign ones are given theirs.
    """
    native = ARCHITECTURES.get(os.uname().machine)
    for line in lines:
        words = line.split()
        if len(words) != 9 or words[4] not in ("<", "=", ">"):
            continue
        name, old, new = words[0], words[1], words[5]
        architecture = words[2] if words[2] != "-" else words[6]
        if architecture not in ("all", native):
            name = f"{name}:{architecture}"
        if words[8] == "**REMOVE**":
            yield f"Remv {name} [{old}]"
        elif words[8] != "**CONFIGURE**":
            yield f"Inst {name}{'' if old == '-' else f' [{old}]'} ({new} apt [any])"


def _put_notice(path: str, line: str) -> None:
    """Write the notice whole, readable for everybody, or take it away."""
    with contextlib.suppress(OSError):
        if not line:
            os.unlink(path)
            return
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.chmod(os.path.dirname(path), 0o755)  # noqa: S103 - whatever umask root has
        plainfile.write(path, [line + "\n"], mode=0o644)


def _notify(line: str) -> None:
    """Show a desktop notification where there is a way to; nothing depends on it."""
    words = ["notify-send", "venvdoctor", line]
    if sys.platform == "darwin":
        script = 'on run argv\ndisplay notification (item 1 of argv) with title "venvdoctor"\nend run'
        words = ["osascript", "-e", script, line]
    with contextlib.suppress(OSError):
        subprocess.run(words, stdin=subprocess.DEVNULL, check=False, timeout=10)  # noqa: S603 - words, never a shell
