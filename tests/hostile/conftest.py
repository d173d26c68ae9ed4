"""What the attacks on repairs share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.hostile.ground import sound
from tests.hostile.repairs import sicken

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    place = tmp_path / "state"
    monkeypatch.setenv("VENVDOCTOR_STATE_DIR", str(place))
    return place


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A home directory with things that must stay as they are."""
    place = tmp_path / "house"
    (place / "site-packages").mkdir(parents=True)
    (place / ".bashrc").write_text("precious\n")
    (place / "python").write_text("precious\n")
    (place / "python").chmod(0o600)
    (place / "site-packages" / "x.py").write_text("precious\n")
    return place


@pytest.fixture
def env(tmp_path: Path) -> Path:
    """An environment whose interpreter is gone."""
    place = sound(tmp_path / "env")
    sicken(place)
    return place
