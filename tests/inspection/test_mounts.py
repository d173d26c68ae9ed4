"""Which file systems a search stays out of, from real lines of the kernel's table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from venvdoctor.inspection.mounts import Mount, barriers, mount_at, parse, read_mounts, touches

if TYPE_CHECKING:
    from pathlib import Path

TABLE = r"""
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
23 22 0:21 / /proc rw,nosuid - proc proc rw
24 22 0:22 / /home/u/net\040drive rw - cifs //server/share rw
25 22 0:23 / /home/u/disk rw master:1 - btrfs /dev/sdb1 rw
26 22 0:24 / /home/u/.gvfs rw - fuse.gvfsd-fuse gvfsd-fuse rw
27 22 0:25 / /home/u/ntfs rw - fuseblk /dev/sdc1 rw
28 22 0:26 / /net rw - autofs /etc/auto.net rw
29 22 0:27 / /var/lib/docker/overlay2/x/merged rw - overlay overlay rw
30 22 0:28 / /home/u/ssh rw - fuse.sshfs host: rw
""".strip().splitlines()


@pytest.fixture
def mounts(tmp_path: Path) -> tuple[Mount, ...]:
    place = tmp_path / "mountinfo"
    place.write_text("\n".join([*TABLE, "garbage", "1 2 - x"]))
    return read_mounts(str(place))


def test_every_line_is_read(mounts: tuple[Mount, ...]) -> None:
    assert len(mounts) == len(TABLE)
    assert mounts[2] == Mount("/home/u/net drive", "cifs")


@pytest.mark.parametrize(
    ("one_file_system", "closed"),
    [
        (None, {"net drive", ".gvfs", "ssh"}),
        (True, {"net drive", ".gvfs", "ssh", "disk", "ntfs"}),
        (False, {".gvfs"}),
    ],
)
def test_what_is_entered_below_a_home(
    mounts: tuple[Mount, ...], one_file_system: bool | None, closed: set[str]
) -> None:
    assert barriers(mounts, "/home/u", "/home/u", one_file_system) == {f"/home/u/{name}" for name in closed}


def test_barriers_are_spelled_as_the_root_is(mounts: tuple[Mount, ...]) -> None:
    assert "/link/ssh" in barriers(mounts, "/home/u", "/link", None)


def test_the_root_leaves_out_what_no_disk_holds(mounts: tuple[Mount, ...]) -> None:
    found = barriers(mounts, "/", "/", None)
    assert {"/proc", "/sys", "/dev", "/net", "/var/lib/docker/overlay2/x/merged"} <= found
    assert "/home/u/disk" not in found


def test_a_root_on_a_distant_file_system_is_searched(mounts: tuple[Mount, ...]) -> None:
    assert barriers(mounts, "/home/u/ssh", "/home/u/ssh", None) == frozenset()
    found = mount_at(mounts, "/home/u/ssh/project")
    assert found is not None
    assert found.distant


def test_links_into_distant_file_systems_are_known(mounts: tuple[Mount, ...]) -> None:
    assert touches(mounts, "/net/host/export")
    assert touches(mounts, "/home/u/ssh")
    assert not touches(mounts, "/home/u/sshkeys")


def test_no_table_is_no_knowledge(tmp_path: Path) -> None:
    assert read_mounts(str(tmp_path / "absent")) == ()
    assert mount_at((), "/x") is None


@given(st.text())
def test_any_line_is_read_or_refused(line: str) -> None:
    found = parse(line)
    assert found is None or found.path.startswith("/")
