# ruff: noqa: ANN001, ANN201, ANN202, D103, UP031, UP036, RUF005, PLC0415 - it is read by Python 2.7, too
# The first file that venvdoctor.pyz runs. It has to parse on every Python, so that an old one is told what is missing.
"""Starts venvdoctor from the single file: only the file itself and the standard library are imported from."""

import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def main():
    if sys.version_info < (3, 10):
        sys.stderr.write("venvdoctor: this is Python %d.%d; version 3.10 or later is needed\n" % sys.version_info[:2])
        sys.stderr.write(
            "hint: any one will do, also that of another program: ls /usr/bin/python3* ~/.pyenv/versions\n"
        )
        return 2
    tag = sys.implementation.cache_tag or ""
    sys.path[:] = [HERE + os.sep + "code-" + tag, HERE + os.sep + "lib"] + standard_library()
    from venvdoctor.__main__ import main as venvdoctor

    return venvdoctor()


def standard_library():
    """Return the import path without site-packages and PYTHONPATH: a sick package there must not reach the doctor."""
    given = [_absolute(path) for path in os.environ.get("PYTHONPATH", "").split(os.pathsep)]
    library = os.path.dirname(os.__file__)
    kept = []
    for path in sys.path[1:]:
        words = path.replace("\\", "/").split("/")
        foreign = "site-packages" in words or "dist-packages" in words or path in given
        if path and (path == library or not foreign):
            kept.append(path)
    return kept


def _absolute(path):
    """Return a place of PYTHONPATH as the import path has it: an empty one is the working directory."""
    try:
        return os.path.abspath(path)
    except OSError:  # it is gone
        return path


if __name__ == "__main__":
    sys.exit(main())
