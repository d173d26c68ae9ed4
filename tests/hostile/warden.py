"""Runs the command line in a child under an audit hook and tight limits; any act beyond looking ends it with code 99.

Run as `python warden.py SCRATCH ARGUMENT…`; SCRATCH is the one directory where opening for writing is let through.
"""

from __future__ import annotations

import os
import resource
import sys

FORBIDDEN = (
    "subprocess.Popen", "os.exec", "os.posix_spawn", "os.forkpty", "os.system", "os.spawn", "os.startfile", "pty.spawn",
    "os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.chmod", "os.chown", "os.link", "os.symlink", "os.truncate", "os.utime",
    "os.setxattr", "os.removexattr", "shutil.rmtree", "shutil.move", "shutil.copyfile", "socket.connect", "socket.bind", "socket.sendto",
    "urllib.Request", "ctypes.dlopen", "tempfile.mkstemp", "tempfile.mkdtemp", "code.__new__", "marshal.loads", "pickle.find_class",
)  # fmt: skip
MEMORY = int(os.environ.get("WARDEN_MEMORY", str(768 << 20)))
WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


def watch(scratch: str, target: str) -> None:
    """Install the hook; what the import system does with our own files is its own business."""

    def hook(event: str, arguments: tuple[object, ...]) -> None:
        if event == "open":
            path, _, flags = (*arguments, None, None)[:3]
            text = os.fsdecode(path) if isinstance(path, (str, bytes)) else ""
            if isinstance(flags, int) and flags & WRITING and text != os.devnull and not text.startswith(scratch):
                stop(f"opened {text!r} for writing")
        elif event == "import" and isinstance(arguments[1], str) and arguments[1].startswith(target):
            stop(f"imported {arguments[1]!r}")
        elif event in ("marshal.loads", "code.__new__"):
            return  # every import of a cached module loads code; imports from the target are stopped above
        elif event == "os.fork" or (event == "pickle.find_class" and str(arguments[0]).startswith("venvdoctor.")):
            return  # a copy of this process under this same hook, and what it hands back: no program is started
        elif event.startswith(FORBIDDEN):
            stop(f"{event} {arguments!r:.200}")

    sys.addaudithook(hook)


def stop(what: str) -> None:
    """End at once: an exception could be caught."""
    os.write(2, f"WARDEN: {what}\n".encode(errors="backslashreplace"))
    os._exit(99)


def main() -> int:
    """Run the command line."""
    scratch, target, *arguments = sys.argv[1:]
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if os.environ.get("WARDEN_MODES"):
        from tests.support.privileges import drop

        drop()
    from venvdoctor.__main__ import main as run

    watch(scratch, target)
    return run(arguments)


if __name__ == "__main__":
    sys.exit(main())
