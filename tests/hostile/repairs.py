"""Steps and plans for the attacks on repairs."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from venvdoctor.fix import BringBack, ChangeMode, CopyIn, Plan, ReplaceFile, ReplaceLink, SetAside

ROOT = Path(__file__).parent.parent.parent
MARK = "owned"
is_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user or mount something")


def plan_for(root: Path, *steps: Any, **more: Any) -> Plan:
    status = root.stat()
    identity = (status.st_dev, status.st_ino)
    return Plan(root=str(root), identity=identity, fixer="test", summary="attack", steps=steps, **more)


def sicken(env: Path) -> None:
    (env / "bin" / "python").unlink()
    (env / "bin" / "python").symlink_to(f"/gone/python{sys.version_info[0]}.{sys.version_info[1]}")


EVERY_STEP = (
    ReplaceLink(path="bin/python", target="/usr/bin/python3"),
    ReplaceFile(path="bin/python", content=b"x"),
    CopyIn(path="bin/python", source=__file__),
    SetAside(path="bin/python"),
    ChangeMode(path="bin/python", mode=0o777),
    BringBack(source="bin/python", path="bin/brought"),
)
