"""What the tests of the transaction share: nothing waits for the disk where no power is cut."""

from __future__ import annotations

import os

import pytest


@pytest.fixture(autouse=True)
def _nothing_waits_for_the_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    """A killed process loses nothing that was not flushed; what a power cut loses is counted (test_power_cut.py)."""
    monkeypatch.setattr(os, "fsync", lambda _fd: None)
    monkeypatch.setattr(os, "sync", lambda: None)
