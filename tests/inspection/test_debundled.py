"""Debian's old pip without the wheels that its modules are in: `No module named 'pip._vendor.packaging'`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.envs import make_venv, site_packages
from tests.support.library import library
from tests.support.package_facts import findings, with_packages
from tests.support.pythons import python
from tests.support.wheels import install, make_wheel

if TYPE_CHECKING:
    from pathlib import Path

PATCHED = """
import os, sys
DEBUNDLED = True
WHEEL_DIR = os.path.abspath(os.path.join(sys.prefix, 'share', 'python-wheels'))
"""


def test_the_wheels_of_a_debundled_pip(tmp_path: Path) -> None:
    env = make_venv(python(), tmp_path / "env")
    files = {"pip/__init__.py": "", "pip/_internal/cli/main.py": "", "pip/_vendor/__init__.py": PATCHED}
    install(site_packages(env), "pip", "20.3.4", files=files)
    (found,) = library(env).distributions
    (told,) = findings("vd510_pip_broken", with_packages(found))
    assert f"it imports packaging, of which {env}/share/python-wheels holds no wheel" in told.message
    for name in ("packaging", "requests"):
        make_wheel(env / "share/python-wheels", name, "1.0")
    (found,) = library(env).distributions
    assert not findings("vd510_pip_broken", with_packages(found))
