"""What the static reading says of an environment's packages, with everything that can be asked for."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from venvdoctor.inspection.environment import examine
from venvdoctor.inspection.shared import Shared
from venvdoctor.model.environment import Candidate
from venvdoctor.model.host import Host
from venvdoctor.view import View

if TYPE_CHECKING:
    from pathlib import Path

    from venvdoctor.model.distribution import Library
    from venvdoctor.model.environment import Environment

NEEDS = frozenset({"distributions", "files", "imports", "native"})


def inspected(env: Path) -> Environment:
    """Read an environment, its packages with everything."""
    found = examine(Candidate(path=os.fspath(env)), Shared(view=View(), host=Host(), needs=NEEDS))
    assert found is not None
    return found


def library(env: Path) -> Library:
    """Read an environment's packages with everything."""
    found = inspected(env).library
    assert found is not None
    return found
