"""A file system that never answers, in a mount name space of its own: run a command beside it.

    unshare --mount python stuck_mount.py DIRECTORY COMMAND…

DIRECTORY becomes a FUSE mount whose server (this program) takes no request; its end aborts what waits there.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys

MS_PRIVATE, MS_REC, MNT_DETACH = 1 << 18, 1 << 14, 2


def main() -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    place, command = os.fsencode(sys.argv[1]), sys.argv[2:]
    libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    server = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
    options = b"fd=%d,rootmode=40000,user_id=0,group_id=0" % server
    if libc.mount(b"stuck", place, b"fuse", 0, options):
        return 77  # nothing can be mounted here
    try:
        return subprocess.run(command, check=False, timeout=100).returncode
    except subprocess.TimeoutExpired:
        return 78
    finally:
        libc.umount2(place, MNT_DETACH)
        os.close(server)


if __name__ == "__main__":
    sys.exit(main())
