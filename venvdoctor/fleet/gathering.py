"""Many saved reports as one, in memory that grows with hosts only: the rest is packed, or read again when asked for."""

from __future__ import annotations

from array import array
from collections import Counter
from functools import partial
from json import dumps, loads
from typing import TYPE_CHECKING, Any, cast
from zlib import compress, decompress

from venvdoctor.fleet.merging import at_hand, total

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from venvdoctor.report import CauseData, EnvironmentData, Report

KEPT = ("interpreters", "findings", "errors")


class Anew:
    """What stands for a list: its values are made each time somebody goes through them, and none is held."""

    def __init__(self, size: int, values: Callable[[], Iterator[Any]]) -> None:
        self._size, self._values = size, values

    def __len__(self) -> int:
        """Return how many values there are."""
        return self._size

    def __iter__(self) -> Iterator[Any]:
        """Make them, one after the other."""
        return self._values()


class Hosts:
    """The saved reports without their environments, each packed to some hundred bytes."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._files: list[str] = []
        self._packed: list[bytes] = []

    def add(self, path: str, report: Report) -> None:
        """Keep one report, whose environments are read from its file again."""
        kept = {name: cast("Any", report)[name] for name in KEPT}
        kept["causes"] = [(cause["id"], cause["environments"]) for cause in report["causes"]]
        self.names.append(report["scan"].get("host") or path)
        self._files.append(path)
        self._packed.append(compress(dumps(kept, separators=(",", ":")).encode(), 1))

    def tell_apart(self) -> None:
        """Number the hosts of one name."""
        count = Counter(self.names)
        numbered = enumerate(self.names, start=1)
        self.names = [name if count[name] == 1 else f"{name}#{number}" for number, name in numbered]

    def environments(self) -> Iterator[EnvironmentData]:
        """Yield each environment, its path preceded by its host."""
        for host, path in zip(self.names, self._files, strict=True):
            for env in at_hand(path)["environments"]:
                yield {**env, "path": f"{host}:{env['path']}"}

    def rest(self, name: str) -> Iterator[dict[str, Any]]:
        """Yield each interpreter, each finding from outside or each error in the same way."""
        for host, packed in zip(self.names, self._packed, strict=True):
            for item in loads(decompress(packed))[name]:
                yield {**item, "path": f"{host}:{item['path']}"}

    def members(self, cause: str, numbers: array[int]) -> Iterator[str]:
        """Yield the paths of a cause's environments on the hosts that have it."""
        for number in numbers:
            for name, paths in loads(decompress(self._packed[number]))["causes"]:
                if name == cause:
                    yield from (f"{self.names[number]}:{path}" for path in paths)


class Causes:
    """The causes of many reports: how many environments each has, and on which hosts they are."""

    def __init__(self) -> None:
        self._first: dict[str, CauseData] = {}
        self._count: Counter[str] = Counter()
        self._hosts: dict[str, array[int]] = {}

    def add(self, report: Report, number: int) -> None:
        """Count those of the host with this number."""
        for cause in report["causes"]:
            name = cause["id"]
            self._first.setdefault(name, {**cause, "environments": []})
            self._count[name] += len(cause["environments"])
            numbers = self._hosts.setdefault(name, array("I"))
            if number not in numbers[-1:]:
                numbers.append(number)

    def of(self, hosts: Hosts) -> list[CauseData]:
        """Return them, the widest first."""
        for name, cause in self._first.items():
            members = Anew(self._count[name], partial(hosts.members, name, self._hosts[name]))
            cause["environments"] = cast("list[str]", members)
        return sorted(self._first.values(), key=lambda cause: (-len(cause["environments"]), cause["id"]))


class Sums:
    """The figures of many reports, added up."""

    def __init__(self) -> None:
        self.sizes: Counter[str] = Counter()
        self.summary = total(())
        self.began, self.seconds, self.complete = "", 0.0, True

    def add(self, report: Report) -> None:
        """Add those of one."""
        scan = report["scan"]
        self.sizes.update({name: len(cast("Any", report)[name]) for name in ("environments", *KEPT)})
        self.summary = total((self.summary, report["summary"]))
        self.began = min(filter(None, (self.began, scan["started_at"])), default="")
        self.seconds += scan["duration_s"]
        self.complete &= scan["complete"]


def gather(paths: Sequence[str]) -> Report:
    """Return one report with the environments of all; a path is preceded by its host.

    Its long lists can be gone through as often as one likes, and hold nothing.
    """
    hosts, causes, sums = Hosts(), Causes(), Sums()
    first: Any = None
    for number, path in enumerate(paths):
        report = at_hand(path)
        first = first or {**report, "environments": []}
        hosts.add(path, report)
        causes.add(report, number)
        sums.add(report)
    hosts.tell_apart()
    widest = causes.of(hosts)
    scan: dict[str, Any] = {
        "roots": list(paths),
        "host": ", ".join(hosts.names) if len(paths) < 5 else f"{len(paths)} hosts",
        "os": {},
        "sysroot": None,
        "ignored": {},
        "started_at": sums.began,
        "duration_s": round(sums.seconds, 3),
        "complete": sums.complete,
    }
    whole = {
        **first,
        "scan": {**first["scan"], **scan},
        "summary": sums.summary,
        "causes": Anew(len(widest), widest.__iter__),
        "environments": Anew(sums.sizes["environments"], hosts.environments),
        **{name: Anew(sums.sizes[name], partial(hosts.rest, name)) for name in KEPT},
    }
    return cast("Report", whole)
