"""Fixtures and settings that every test shares."""

from __future__ import annotations

import os
import shutil
import signal
from typing import TYPE_CHECKING

import pytest

from tests.support import session
from tests.support.privileges import Ordinary

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def pytest_configure() -> None:
    """Let interrupts through: what a shell runs in the background inherits that they are ignored, and so do programs."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def shared_root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The session's directory, shared by all workers."""
    return session.configure(tmp_path_factory)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out what takes minutes (whole systems unpacked, upgraded, reached over SSH) unless it is asked for."""
    if os.environ.get("VENVDOCTOR_TEST_SLOW"):
        return
    skip = pytest.mark.skip(reason="takes minutes: set VENVDOCTOR_TEST_SLOW=1 to run it")
    for item in items:
        if item.get_closest_marker("slow"):
            item.add_marker(skip)


@pytest.fixture(autouse=True)
def _no_steering(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variable of the developer's shell steers a test."""
    for key in list(os.environ):
        if key.startswith(
            ("PYTHONHOME", "PYTHONPATH", "VIRTUAL_ENV", "CONDA", "PIPX_", "UV_", "WORKON_HOME", "VENVDOCTOR")
        ):
            monkeypatch.delenv(key)


@pytest.fixture(autouse=True)
def _no_strangers(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test looks at, let alone repairs, what lies on the developer's machine."""
    monkeypatch.setattr("venvdoctor.discovery.SHARED_PLACES", ())


@pytest.fixture
def ordinary() -> Iterator[Ordinary]:
    """A user who is not root, with a directory of his own."""
    user = Ordinary()
    yield user
    shutil.rmtree(user.place)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty home directory that this process believes to be its own."""
    place = tmp_path / "home"
    place.mkdir()
    monkeypatch.setenv("HOME", str(place))
    for key in [key for key in os.environ if key.startswith("XDG_")]:
        monkeypatch.delenv(key)
    return place
