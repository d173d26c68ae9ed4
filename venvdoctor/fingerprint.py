"""What makes a finding the same one tomorrow, and on another machine: for baselines, SARIF and code quality reports."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from venvdoctor.escape import encoded

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.report import EnvironmentData, FindingData, Report

_HOME = re.compile(r"^(?:(?:/var|/usr|/export)?/(?:home|Users)/[^/]+|(?:/var)?/root(?:home)?)(?=/|$)")


def relative(path: str, base: str | None) -> str | None:
    """Return a path relative to a directory, None when it does not lie below it."""
    if not base:
        return None
    root = base.rstrip("/") + "/"
    return path[len(root) :] if path.startswith(root) else None


def located(report: Report, base: str | None = None) -> Iterator[tuple[EnvironmentData | None, FindingData, str]]:
    """Yield every finding with its environment (None: outside) and its fingerprint.

    The fingerprint holds the rule, the package, and the place relative to its environment, and the environment's
    place relative to `base`, or else its path with the home's name left out: neither the machine nor the message
    changes it. Findings that would share one are numbered in their order.
    """
    seen: dict[str, int] = {}
    for env in report["environments"]:
        where = relative(env["path"], base) or _homeless(env["path"])
        for finding in env["findings"]:
            place = (
                relative(finding["path"], env["path"]) or relative(finding["path"], base) or _homeless(finding["path"])
            )
            yield env, finding, _numbered(seen, finding, where, place)
    for finding in report["findings"]:
        yield None, finding, _numbered(seen, finding, "", relative(finding["path"], base) or _homeless(finding["path"]))


def _homeless(path: str) -> str:
    """Return a path with `~` for the home it lies in, by where systems put homes."""
    return _HOME.sub("~", path, count=1)


def _numbered(seen: dict[str, int], finding: FindingData, where: str, place: str) -> str:
    from hashlib import sha256  # noqa: PLC0415 - slow to import, and those who only ask for `relative` do without

    text = "\0".join([finding["code"], where, place, finding["distribution"] or ""])
    count = seen[text] = seen.get(text, 0) + 1
    return sha256(encoded(f"{text}\0{count}")).hexdigest()[:40]
