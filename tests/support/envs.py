"""Real environments by the tools that make them, and the truth about them by running them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import pytest

from tests.support import session
from tests.support.pythons import Python, clean_environ

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

TIMEOUT = 300
_FACTS = """
import json, sys
def distributions():
    try:
        from importlib.metadata import distributions
    except ImportError:
        return None
    return sorted({(d.metadata["Name"] or "") + " " + (d.version or "") for d in distributions()})
print(json.dumps({
    "version": "%d.%d.%d" % sys.version_info[:3], "prefix": sys.prefix, "base_prefix": sys.base_prefix,
    "executable": sys.executable, "path": sys.path, "implementation": sys.implementation.name,
    "flags_no_site": sys.flags.no_site, "distributions": distributions(),
}))
"""


class Ran(NamedTuple):
    """What a run showed: `code` None when the kernel refused to start it (then `error` says why)."""

    code: int | None
    out: str
    err: str
    error: str = ""

    @property
    def ok(self) -> bool:
        """Whether it started and ended with 0."""
        return self.code == 0


def run(
    command: Sequence[str | os.PathLike[str]],
    *,
    cwd: str | os.PathLike[str] = "/",
    timeout: int = TIMEOUT,
    **extra: str,
) -> Ran:
    """Run a command with clean variables; never raises for what the command does."""
    words = [os.fspath(word) for word in command]
    try:
        done = subprocess.run(
            words,
            capture_output=True,
            cwd=cwd,
            timeout=timeout,
            env=clean_environ(**extra),
            check=False,
            stdin=subprocess.DEVNULL,
        )
    except OSError as error:
        return Ran(None, "", "", f"{type(error).__name__}: {error.strerror}")
    return Ran(done.returncode, done.stdout.decode(errors="replace"), done.stderr.decode(errors="replace"))


def must(command: Sequence[str | os.PathLike[str]], **options: Any) -> Ran:
    """Run a command that has to succeed."""
    done = run(command, **options)
    assert done.ok, f"{command}: {done}"
    return done


def interpreter_of(env: str | os.PathLike[str]) -> str:
    """Return the name that users run."""
    return os.path.join(env, "bin", "python")


def run_python(env: str | os.PathLike[str], code: str, *arguments: str, **extra: str) -> Ran:
    """Run a statement in an environment, isolated from the tests' own variables and directory."""
    return run([interpreter_of(env), *arguments, "-c", code], **extra)


def starts(env: str | os.PathLike[str]) -> bool:
    """Say whether the environment's interpreter starts at all."""
    return run_python(env, "pass").ok


def imports(env: str | os.PathLike[str], module: str) -> bool:
    """Say whether a module can be imported there."""
    return run_python(env, f"import {module}").ok


def truth(env: str | os.PathLike[str]) -> dict[str, Any] | None:
    """Return what the environment's interpreter says of itself (version, prefix, path …); None: it does not start."""
    done = run_python(env, _FACTS)
    return json.loads(done.out.strip().splitlines()[-1]) if done.ok else None


def make_venv(python: Python | str, place: Path | str, *flags: str, pip: bool = False) -> Path:
    """Make a stdlib environment; without pip (much faster) unless asked."""
    command = python.path if isinstance(python, Python) else os.fspath(python)
    if pip and isinstance(python, Python) and not python.ensurepip:
        pytest.skip(f"{command} has no ensurepip")
    must([command, "-m", "venv", *([] if pip else ["--without-pip"]), *flags, place])
    return Path(place)


def make_virtualenv(python: Python | str, place: Path | str, *flags: str) -> Path:
    """Make an environment with virtualenv (of the tests' own interpreter); skip where virtualenv is not installed."""
    if find_spec("virtualenv") is None:
        pytest.skip("virtualenv is not installed beside the tests")
    command = python.path if isinstance(python, Python) else os.fspath(python)
    data = session.root() / "virtualenv-app-data"
    with session.lock("virtualenv"):
        done = run(
            [
                sys.executable,
                "-m",
                "virtualenv",
                "-q",
                "--no-periodic-update",
                "--app-data",
                data,
                "-p",
                command,
                *flags,
                place,
            ]
        )
    if not done.ok:
        pytest.skip(f"this virtualenv cannot serve {command}: {done.err.strip()[-200:]}")
    return Path(place)


def uv_command() -> str:
    """Return uv's path, or skip."""
    beside = Path(sys.executable).with_name("uv")
    path = str(beside) if beside.exists() else shutil.which("uv")
    return path or pytest.skip("uv is not installed beside the tests")


def uv(*arguments: str | os.PathLike[str], cwd: str | os.PathLike[str] = "/", **extra: str) -> Ran:
    """Run uv with a cache of the session and no other settings; it must succeed."""
    settings = {
        "UV_CACHE_DIR": str(session.root() / "uv-cache"),
        "UV_NO_CONFIG": "1",
        "UV_PYTHON_DOWNLOADS": "never",
        **extra,
    }
    return must([uv_command(), *arguments], cwd=cwd, **settings)


def make_uv_venv(python: Python | str, place: Path | str, *flags: str) -> Path:
    """Make an environment with uv; skip where uv is not installed."""
    command = python.path if isinstance(python, Python) else os.fspath(python)
    uv("venv", "-q", "-p", command, *flags, place)
    return Path(place)


def make_environment(tool: str, python: Python | str, place: Path | str, *flags: str) -> Path:
    """Make an environment with `venv`, `venv-copies`, `venv-system`, `virtualenv`, `virtualenv-copies` or `uv`."""
    name, _, variant = tool.partition("-")
    makers = {"venv": make_venv, "virtualenv": make_virtualenv, "uv": make_uv_venv}
    extra = {"copies": ["--copies"], "system": ["--system-site-packages"], "": []}[variant]
    if name == "virtualenv":
        extra = [*extra, "--without-pip"] if "--without-pip" not in flags else extra
    return makers[name](python, place, *extra, *flags)


def site_packages(env: str | os.PathLike[str]) -> Path:
    """Return the one site-packages directory of an environment, without running it."""
    found = [path for path in Path(env).glob("lib/*/site-packages") if not path.parent.is_symlink()]
    assert len(found) == 1, found
    return found[0]


def pip_install(env: str | os.PathLike[str], *what: str | os.PathLike[str], options: Sequence[str] = ()) -> None:
    """Install wheels into an environment that has pip, from files and the session's wheelhouse only."""
    house = session.root() / "wheelhouse"
    house.mkdir(exist_ok=True)
    must([interpreter_of(env), "-m", "pip", "install", "-q", "--no-index", "--find-links", house, *options, *what])


def wheelhouse(*requirements: str, python: Python | None = None) -> Path:
    """Download wheels once per session into one directory; skip when there is no index to be reached."""
    house = session.root() / "wheelhouse"
    house.mkdir(exist_ok=True)
    runner = python.path if python and python.ensurepip else sys.executable
    key = "wheels-" + "-".join(
        char if char.isalnum() else "_" for char in f"{python.series if python else 'own'}-{'-'.join(requirements)}"
    )

    def download(done: Path) -> None:
        fetched = run([runner, "-m", "pip", "download", "-q", "--only-binary", ":all:", "-d", house, *requirements])
        if not fetched.ok:
            pytest.skip(f"cannot download {', '.join(requirements)}: {fetched.err.strip()[-200:]}")
        done.mkdir()

    session.once(key, download)
    return house


def user_environ(home: Path | str, **extra: str) -> Mapping[str, str]:
    """Return variables of a user who lives in `home` and nowhere else."""
    keep = {key: os.environ[key] for key in ("LANG", "LC_ALL", "TMPDIR") if key in os.environ}
    return {**keep, "HOME": str(home), "PATH": "/usr/bin:/bin", **extra}
