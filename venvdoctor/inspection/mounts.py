"""Which mounted file systems a search does not enter: pseudo ones never, distant ones unless asked to.

Source: proc_pid_mountinfo(5). Read once; other systems than Linux have no such table, and there nothing is known.
"""

from __future__ import annotations

import os
import re
from typing import NamedTuple

TABLE = "/proc/self/mountinfo"
ESCAPE = re.compile(r"\\([0-7]{3})")
PSEUDO = frozenset(
    {
        "proc", "sysfs", "devtmpfs", "devpts", "cgroup", "cgroup2", "securityfs", "debugfs", "tracefs", "pstore", "bpf",
        "configfs", "fusectl", "mqueue", "hugetlbfs", "binfmt_misc", "rpc_pipefs", "nsfs", "efivarfs", "selinuxfs",
        "autofs", "fuse.portal", "fuse.gvfsd-fuse", "fuse.lxcfs", "nfsd", "ramfs", "sockfs", "pipefs",
    }
)  # fmt: skip
OTHER_ROOTS = frozenset(
    {"overlay", "squashfs", "erofs"}
)  # a container's or a snap's own system: `--sysroot` is for those
DISTANT = frozenset(
    {
        "nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "ceph", "glusterfs", "lustre", "gpfs", "beegfs", "9p",
        "virtiofs", "drvfs", "coda", "ocfs2", "gfs2", "orangefs", "pvfs2", "fuse",
    }
)  # fmt: skip
LOCAL_FUSE = frozenset(
    {
        "fuse.ntfs-3g", "fuse.exfat", "fuse.mergerfs", "fuse.bindfs", "fuse.gocryptfs", "fuse.encfs", "fuse.ecryptfs",
        "fuse.cryfs", "fuse.unionfs", "fuse.fuse-overlayfs", "fuse.zfs", "fuse.lklfuse",
    }
)  # fmt: skip


class Mount(NamedTuple):
    """One mounted file system."""

    path: str
    type: str

    @property
    def pseudo(self) -> bool:
        """Whether no file in it is kept anywhere."""
        return self.type in PSEUDO

    @property
    def distant(self) -> bool:
        """Whether another machine (or an unknown program) answers for it."""
        return self.type in DISTANT or (self.type.startswith("fuse.") and self.type not in LOCAL_FUSE)

    @property
    def other_root(self) -> bool:
        """Whether it usually is another system's root."""
        return self.type in OTHER_ROOTS


def read_mounts(table: str = TABLE) -> tuple[Mount, ...]:
    """Return every mount of this process's name space; none where there is no such table."""
    try:
        with open(table, encoding="utf-8", errors="surrogateescape") as stream:
            lines = stream.read(8 << 20).splitlines()
    except OSError:
        return ()
    return tuple(mount for line in lines if (mount := parse(line)))


def parse(line: str) -> Mount | None:
    """Return the mount that one line of the table describes, None for anything else."""
    before, separator, after = line.partition(" - ")
    fields, kind = before.split(" "), after.split(" ")
    if not separator or len(fields) < 6 or not fields[4].startswith("/") or not kind[0]:
        return None
    return Mount(ESCAPE.sub(lambda match: chr(int(match[1], 8) & 0xFF), fields[4]), kind[0])


def barriers(mounts: tuple[Mount, ...], real: str, root: str, one_file_system: bool | None) -> frozenset[str]:
    """Return the mount points below a root that are not entered, spelled as the walk from `root` meets them.

    Args:
        mounts: the table.
        real: canonical path of the root on the machine that runs.
        root: the root as the walk spells it.
        one_file_system: True: none is entered; False: distant ones too; None: local ones.
    """
    inside = real.rstrip("/") + "/"
    found = {f"{root.rstrip('/')}{name}" for name in ("/proc", "/sys", "/dev")} if root == "/" else set()
    for mount in mounts:
        closed = one_file_system or mount.pseudo or (mount.distant and one_file_system is None) or mount.other_root
        if closed and mount.path.startswith(inside):
            found.add(os.path.join(root, mount.path[len(inside) :]))
    return frozenset(found)


def touches(mounts: tuple[Mount, ...], path: str) -> bool:
    """Return whether a path lies in a file system that is not to be touched by chance (distant or on demand)."""
    return any((mount.distant or mount.pseudo) and (path + "/").startswith(mount.path + "/") for mount in mounts)


def mount_at(mounts: tuple[Mount, ...], path: str) -> Mount | None:
    """Return the mount that a canonical path lies in, the innermost one; None when the table is empty."""
    inside = path.rstrip("/") + "/"
    return max(
        (mount for mount in mounts if inside.startswith(mount.path.rstrip("/") + "/")),
        key=lambda mount: len(mount.path),
        default=None,
    )
