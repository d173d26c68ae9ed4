"""`scan --sysroot` of an unpacked Debian says what a scan inside it says.

The tree is the one that VENVDOCTOR_TEST_SYSROOT names, else one that debootstrap unpacks (root and the network are
needed, and a minute; so only where VENVDOCTOR_TEST_SLOW is set).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.support import session
from tests.support.scanning import scan

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [
    pytest.mark.real,
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="only root can enter another root"),
]
NAMED = os.environ.get("VENVDOCTOR_TEST_SYSROOT")  # read before the tests' own variables are cleared
SLOW = os.environ.get("VENVDOCTOR_TEST_SLOW")
CHROOT = shutil.which("chroot") or "/usr/sbin/chroot"
PARTS = (
    "typer",
    "rich",
    "packaging",
    "shellingham",
    "pygments",
    "markdown_it",
    "mdurl",
    "annotated_doc",
    "tomli",
    "typing_extensions.py",
)


def debian() -> Path:
    """Return an unpacked Debian with Python and venv, or skip."""
    if NAMED:
        return Path(NAMED)
    if not SLOW or shutil.which("debootstrap") is None:
        pytest.skip("no VENVDOCTOR_TEST_SYSROOT, and no VENVDOCTOR_TEST_SLOW with debootstrap")

    def build(place: Path) -> None:
        command = ["debootstrap", "--variant=minbase", "--include=python3,python3-venv", "stable", str(place)]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=900)
        if done.returncode:
            pytest.skip(f"debootstrap failed: {done.stdout[-300:]}")

    return session.once("debian", build)


def inside(root: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """Run a command in the tree."""
    environ = {"PATH": "/usr/bin:/bin", "HOME": "/root", "LC_ALL": "C.UTF-8", "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [CHROOT, str(root), *command], capture_output=True, text=True, check=False, env=environ, timeout=300
    )


@pytest.fixture
def ground() -> Iterator[tuple[Path, str]]:
    """A tree, and a folder in it (as inside) that holds the program and goes away afterwards."""
    if inside(debian(), "python3", "-c", "import sys; sys.exit(sys.version_info < (3, 10))").returncode:
        pytest.skip("the Python of the tree cannot run venvdoctor")
    root, folder = debian(), f"/srv/venvdoctor-{uuid.uuid4().hex[:8]}"
    place = root / folder.lstrip("/")
    try:
        shutil.copytree(
            Path(__file__).parent.parent.parent / "venvdoctor",
            place / "lib" / "venvdoctor",
            ignore=shutil.ignore_patterns("__pycache__"),
        )
        for part in PARTS:
            for base in map(Path, sys.path):
                if (base / part).is_dir():
                    shutil.copytree(
                        base / part, place / "lib" / part, ignore=shutil.ignore_patterns("__pycache__", "*.so")
                    )
                    break
                if (base / part).is_file():
                    shutil.copy2(base / part, place / "lib" / part)
                    break
        yield root, folder
    finally:
        shutil.rmtree(place, ignore_errors=True)


def comparable(report: dict[str, Any]) -> dict[str, Any]:
    """Return what has to be the same, whoever looks."""
    kept = {key: report[key] for key in ("summary", "environments", "causes", "errors")}
    return {**kept, "environments": sorted(report["environments"], key=lambda item: item["path"])}


def test_the_same_diagnosis_from_outside_and_inside(ground: tuple[Path, str]) -> None:
    root, folder = ground
    made = inside(root, "sh", "-ec", f"""
        cd {folder}
        python3 -m venv --without-pip sound
        python3 -m venv --without-pip --copies copies
        python3 -m venv --without-pip --system-site-packages system
        python3 -m venv --without-pip dangling; rm dangling/bin/python3; ln -s /usr/bin/python3.99 dangling/bin/python3
        python3 -m venv --without-pip drifted; mv drifted/lib/python3.* drifted/lib/python3.4
        mkdir drifted/lib/python3.4/site-packages/old-1.0.dist-info
        printf 'Name: old\\nVersion: 1.0\\n' > drifted/lib/python3.4/site-packages/old-1.0.dist-info/METADATA
        python3 -m venv --without-pip moved-from; printf '#!%s/moved-from/bin/python3\\n' $PWD > moved-from/bin/tool; chmod +x moved-from/bin/tool; mv moved-from moved-to
        python3 -m venv --without-pip garbled; printf '\\351\\n' >> garbled/pyvenv.cfg
        python3 -m venv --without-pip lost; rm lost/pyvenv.cfg
        mkdir deep; python3 -m venv --without-pip deep/er; ln -s /srv/../{folder.lstrip('/')}/deep link
    """)  # fmt: skip
    assert made.returncode == 0, made.stderr
    run = inside(
        root,
        "env",
        f"PYTHONPATH={folder}/lib",
        "python3",
        "-m",
        "venvdoctor",
        "scan",
        folder,
        "--no-cache",
        "--format",
        "json",
    )
    assert run.returncode in (0, 1, 3), run.stderr[-2000:]
    within = comparable(json.loads(run.stdout))
    without = comparable(scan(folder, sysroot=root))
    assert {Path(item["path"]).name: item["status"] for item in without["environments"]} == {
        Path(item["path"]).name: item["status"] for item in within["environments"]
    }
    assert without == within
    states = {Path(item["path"]).name: item["status"] for item in within["environments"]}
    assert states["sound"] == states["copies"] == states["system"] == states["er"] == "healthy"
    for name in ("sound", "copies", "system", "er", "dangling", "garbled"):
        ran = inside(
            root, f"{folder}/deep/er/bin/python" if name == "er" else f"{folder}/{name}/bin/python", "-c", "pass"
        )
        assert (ran.returncode == 0) == (states[name] == "healthy"), (name, states[name], ran)
    for name in ("dangling", "drifted", "garbled", "lost"):
        assert states[name] == "broken", (name, states)
