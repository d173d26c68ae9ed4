"""A file system that stops answering, in a mount name space of its own: run a command beside it.

    unshare --mount python stuck_mount.py DIRECTORY COMMAND…

DIRECTORY becomes a FUSE mount whose server (this program) takes no request; its end aborts what waits there. With the
variables SERVED (a directory) and STOPS_AT (a name) it shows SERVED, until that name is looked up in it.
"""

from __future__ import annotations

import ctypes
import errno
import os
import stat
import struct
import subprocess
import sys
import threading

MS_PRIVATE, MS_REC, MNT_DETACH = 1 << 18, 1 << 14, 2
HEAD = struct.Struct("=IIQQIIII")  # fuse(4), linux/fuse.h: struct fuse_in_header
REPLY = struct.Struct("=IiQ")
ATTRIBUTES = struct.Struct("=6Q10I")
FORGET, BATCH_FORGET, INTERRUPT = 2, 42, 36  # take no reply
SECOND = 1  # how long the kernel keeps an answer


class Server:
    """Serves a directory, read-only, until a name is looked up."""

    def __init__(self, descriptor: int, served: str, stops_at: str) -> None:
        self.descriptor, self.stops_at = descriptor, stops_at
        self.paths = {1: served}  # number of a node → its path
        self.numbers = {served: 1}

    def run(self) -> None:
        while True:
            try:
                data = os.read(self.descriptor, 1 << 18)
            except OSError:  # it is mounted no longer
                return
            _, operation, unique, node, *_ = HEAD.unpack_from(data)
            body = data[HEAD.size :]
            if operation == 1 and body.rstrip(b"\0") == self.stops_at.encode():
                return
            if operation in (FORGET, BATCH_FORGET, INTERRUPT):
                continue
            try:
                answer, failure = self.answer(operation, node, body), 0
            except OSError as error:
                answer, failure = b"", -(error.errno or errno.EIO)
            os.write(self.descriptor, REPLY.pack(REPLY.size + len(answer), failure, unique) + answer)

    def answer(self, operation: int, node: int, body: bytes) -> bytes:
        path = self.paths.get(node, "")
        if operation == 26:  # INIT
            return struct.pack("=IIIIHHIIHH32x", 7, 31, 0, 0, 12, 9, 4096, 1, 0, 0)
        if operation == 1:  # LOOKUP
            return self.entry(f"{path}/{os.fsdecode(body.rstrip(bytes(1)))}")
        if operation == 3:  # GETATTR
            return struct.pack("=QII", SECOND, 0, 0) + self.attributes(path)
        if operation == 5:
            return os.fsencode(os.readlink(path))
        if operation in (14, 27):  # OPEN, OPENDIR
            return struct.pack("=QII", 0, 0, 0)
        if operation in (15, 28):  # READ, READDIR
            _, offset, size = struct.unpack_from("=QQI", body)
            return self.listing(path, offset, size) if operation == 28 else self.content(path, offset, size)
        if operation == 17:  # STATFS
            return struct.pack("=5Q4I24x", 1, 1, 1, 1, 1, 4096, 255, 4096, 0)
        if operation in (18, 25, 29, 34):  # RELEASE, FLUSH, RELEASEDIR, ACCESS
            return b""
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))

    def entry(self, path: str) -> bytes:
        attributes = self.attributes(path)
        number = self.numbers.setdefault(path, len(self.numbers) + 1)
        self.paths[number] = path
        return struct.pack("=QQQQII", number, 0, SECOND, SECOND, 0, 0) + attributes

    def attributes(self, path: str) -> bytes:
        found = os.lstat(path)
        times = int(found.st_atime), int(found.st_mtime), int(found.st_ctime), 0, 0, 0
        owner = found.st_mode, found.st_nlink, found.st_uid, found.st_gid
        return ATTRIBUTES.pack(found.st_ino, found.st_size, found.st_blocks, *times, *owner, 0, 4096, 0)

    def content(self, path: str, offset: int, size: int) -> bytes:
        with open(path, "rb") as stream:
            return os.pread(stream.fileno(), size, offset)

    def listing(self, path: str, offset: int, size: int) -> bytes:
        data = b""
        for number, name in list(enumerate(sorted(os.listdir(path)), start=1))[offset:]:
            found, raw = os.lstat(f"{path}/{name}"), os.fsencode(name)
            row = struct.pack("=QQII", found.st_ino, number, len(raw), stat.S_IFMT(found.st_mode) >> 12) + raw
            row += bytes(-len(row) % 8)
            if len(data) + len(row) > size:
                break
            data += row
        return data


def main() -> int:
    libc = ctypes.CDLL(None, use_errno=True)
    place, command = os.fsencode(sys.argv[1]), sys.argv[2:]
    libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    descriptor = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
    options = b"fd=%d,rootmode=40000,user_id=0,group_id=0" % descriptor
    if libc.mount(b"stuck", place, b"fuse", 0, options):
        return 77  # nothing can be mounted here
    served = os.environ.get("SERVED")
    if served:
        server = Server(descriptor, served, os.environ["STOPS_AT"])
        threading.Thread(target=server.run, daemon=True).start()
    try:
        return subprocess.run(command, check=False, timeout=100).returncode
    except subprocess.TimeoutExpired:
        return 78
    finally:
        libc.umount2(place, MNT_DETACH)
        os.close(descriptor)


if __name__ == "__main__":
    sys.exit(main())
