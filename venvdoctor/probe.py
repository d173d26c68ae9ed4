"""`--probe`: start an environment's interpreter to learn whether the diagnosis is right; nothing else starts one."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from venvdoctor.report import ProbeData

TIMEOUT = 20  # seconds
CODE = "import sys; print('.'.join(map(str, sys.version_info[:3])), sys.prefix, sep='\\n')"
LIMIT = 300  # characters of what an interpreter said that are kept


def run(executable: str) -> ProbeData:
    """Start the interpreter, isolated (`-I`), in the root directory, without input; return what happened.

    Args:
        executable: absolute path on this machine.
    """
    import subprocess  # noqa: PLC0415 - only `--probe` starts anything

    try:
        done = subprocess.run(  # noqa: S603 - what the user asked for
            [executable, "-I", "-B", "-c", CODE],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=TIMEOUT,
            cwd="/",
            check=False,
        )
    except subprocess.TimeoutExpired:
        return {"starts": None, "version": None, "prefix": None, "detail": f"no answer within {TIMEOUT} seconds"}
    except OSError as error:
        return {"starts": False, "version": None, "prefix": None, "detail": error.strerror or str(error)}
    lines = done.stdout.decode("utf-8", "surrogateescape").splitlines()
    if done.returncode == 0 and len(lines) >= 2:
        return {"starts": True, "version": lines[0], "prefix": lines[1], "detail": ""}
    said = done.stderr.decode("utf-8", "surrogateescape").strip().splitlines()
    detail = said[-1][:LIMIT] if said else f"it ended with {done.returncode}"
    return {"starts": False, "version": None, "prefix": None, "detail": detail}


def disagreement(diagnosed: bool | None, version: str | None, probe: ProbeData) -> str:
    """Return how the run contradicts the diagnosis, or the empty string."""
    if diagnosed is not None and probe["starts"] is not None and diagnosed != probe["starts"]:
        said = "starts" if diagnosed else "does not start"
        shown = "it does" if probe["starts"] else f"it does not ({probe['detail']})"
        return f"the diagnosis says that its interpreter {said}, and {shown}; please report this"
    if probe["version"] and version and not f"{probe['version']}.".startswith(f"{version.split('rc')[0]}."):
        return f"the diagnosis says Python {version}, and {probe['version']} answers; please report this"
    return ""
