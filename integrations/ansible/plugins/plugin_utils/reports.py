"""Reports on the controller: named after the inventory's host, written whole or not at all, `unknown` included."""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
import zipfile

from ansible_collections.venvdoctor.fleet.plugins.plugin_utils.runner import LEVELS, STATES


def sha256(path):
    """Return the SHA-256 of a file, in hexadecimal."""
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        for block in iter(lambda: stream.read(1 << 20), b""):
            digest.update(block)
    return digest.hexdigest()


def version_of(pyz):
    """Return the version of the single file, without running it."""
    try:
        with zipfile.ZipFile(pyz) as archive:
            names = [name for name in archive.namelist() if name.endswith("venvdoctor/__init__.py")]
            text = archive.read(names[0]).decode()
    except (OSError, IndexError, zipfile.BadZipFile):
        return "unknown"
    found = re.search(r"__version__\s*=\s*[\"']([^\"']+)", text)
    return found.group(1) if found else "unknown"


def named(report, host, users):
    """Return a report under the name that the inventory gives the host; the host's own name stays beside it."""
    scan = report["scan"]
    scan["hostname"], scan["host"], scan["users"] = scan.get("host", ""), host, users
    return report


def unknown(host, message, version="unknown"):
    """Return the report of a host that could not be examined: nothing found, not complete, and the reason."""
    return {
        "schema_version": 1,
        "tool": {"name": "venvdoctor", "version": version},
        "scan": {
            "roots": [],
            "started_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "duration_s": 0.0,
            "host": host,
            "os": {},
            "sysroot": None,
            "ignored": {},
            "complete": False,
        },
        "summary": {**dict.fromkeys(STATES, 0), "findings": dict.fromkeys(LEVELS, 0)},
        "environments": [],
        "causes": [],
        "interpreters": [],
        "findings": [],
        "errors": [{"path": "/", "message": message}],
    }


def nothing(host, version, roots):
    """Return the report of a host that has none of the paths, or no environment below them."""
    report = unknown(host, "", version)
    report["scan"].update(roots=list(roots), complete=True)
    return {**report, "errors": []}


def file_for(folder, host):
    """Return the path of a host's report; what cannot stand in a file name is written with percent signs."""
    plain = re.sub(r"[^A-Za-z0-9._@+-]|^\.", lambda match: "".join(f"%{byte:02X}" for byte in match[0].encode()), host)
    return os.path.join(folder, f"{plain}.json")


def write(path, report):
    """Write a report so that nobody ever reads half of it."""
    os.makedirs(os.path.dirname(path), exist_ok=True)
    partial = f"{path}.{os.getpid()}.tmp"
    with open(partial, "w", encoding="utf-8") as stream:
        json.dump(report, stream, separators=(",", ":"))
    os.replace(partial, path)


def state_of(summary, complete=True):
    """Return the worst status; a host that could not be examined whole is never healthy."""
    for name in ("broken", "degraded", "unknown"):
        if summary[name]:
            return name
    return "healthy" if complete else "unknown"


def in_words(summary):
    """Return a summary as one clause."""
    parts = [f"{summary[name]} {name}" for name in ("broken", "degraded", "unknown", "healthy") if summary[name]]
    count = summary["environments"]
    return f"{count} environment{'' if count == 1 else 's'}" + (f": {', '.join(parts)}" if parts else "")
