"""Repoint dependents: launchers and kernels that name the place where an environment was get its new one.

The one repair that writes outside of an environment, so it is done only when it is asked for (`fix --dependents`).
Each launcher or kernel is a transaction of its own, with its directory as root, journaled and undone like any other.
"""

from __future__ import annotations

import hashlib
import os
import posixpath
from typing import TYPE_CHECKING

from venvdoctor.fix import Plan, ReplaceFile, ReplaceLink
from venvdoctor.repairing.script_text import with_root

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from venvdoctor.api import Session
    from venvdoctor.model.dependent import Dependent
    from venvdoctor.model.environment import Environment

KINDS = ("launcher", "kernel")
LIMIT = 1 << 20  # bytes; a launcher or a kernel.json is a page


def moves(environments: Iterable[Environment]) -> dict[str, str]:
    """Return where environments were that were moved (not copied) → where they are."""
    found = {}
    for env in environments:
        former = env.scripts.former if env.scripts else None
        if former is not None and not former.environment and not os.path.lexists(former.path):
            found[former.path.rstrip("/")] = env.path
    return found


def plans(session: Session, moved: Mapping[str, str]) -> Iterator[Plan]:
    """Yield a plan for each launcher and kernel of this user that names an old place and whose new target is there."""
    if not moved:
        return
    from venvdoctor.inspection.dependents import find_dependents  # noqa: PLC0415 - only when it is asked for

    seen: set[str] = set()
    for item in find_dependents(session.shared, [*moved, *moved.values()]):
        old = next((old for old in moved if item.target == old or item.target.startswith(old + "/")), None)
        if old is None or item.kind not in KINDS or item.path in seen:
            continue
        seen.add(item.path)
        proposal = _plan(item, old, moved[old])
        if proposal is not None:
            yield proposal


def _plan(item: Dependent, old: str, new: str) -> Plan | None:
    """Return the plan for one file or link, None where it is not ours to write or would still lead nowhere."""
    root, name = os.path.realpath(posixpath.dirname(item.path)), posixpath.basename(item.path)
    target = new + item.target[len(old) :]
    try:
        status, folder = os.lstat(item.path), os.stat(root)
        link = os.readlink(item.path) if os.path.islink(item.path) else None
        content = b"" if link is not None else _read(item.path)
    except OSError:
        return None
    if status.st_uid != os.geteuid() or folder.st_uid != os.geteuid() or not os.path.exists(target):
        return None
    if link is not None and link.startswith(old + "/"):
        step: ReplaceLink | ReplaceFile = ReplaceLink(path=name, target=new + link[len(old) :])
        guard = f"link:{link}"
    elif link is None and (fresh := with_root(content, old, new)) != content:
        step, guard = ReplaceFile(path=name, content=fresh), "sha256:" + hashlib.sha256(content).hexdigest()
    else:
        return None
    return Plan(
        root=root,
        identity=(folder.st_dev, folder.st_ino),
        fixer="repoint",
        summary=f"let {item.path} lead to {target}",
        steps=(step,),
        guards=((name, guard),),
        space=1 << 20,
    )


def _read(path: str) -> bytes:
    with open(path, "rb") as stream:
        content = stream.read(LIMIT + 1)
    if len(content) > LIMIT or b"\0" in content:
        raise OSError("no text that a launcher or a kernel is made of")
    return content
