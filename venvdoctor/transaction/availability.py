"""Where the distributions are to be had that a plan must install: asked before a person is asked to say yes.

First the caches of uv and pip, then (unless offline) the package index, by a dry run of uv or pip that installs nothing
and never compiles. What has no build for the interpreter is named, with the newest version that has one.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from typing import TYPE_CHECKING

from venvdoctor.errors import FixError
from venvdoctor.inspection.pip_cache import cached_wheels, local_source
from venvdoctor.model.repair import Supply
from venvdoctor.repairing.script_text import local_path
from venvdoctor.transaction.trust import require_program
from venvdoctor.transaction.work import clean_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from venvdoctor.model.interpreter import Interpreter
    from venvdoctor.model.repair import Workshop

Ask = tuple[str, str]  # normalised name, requirement
TIMEOUT = 300  # seconds for one dry run of many packages over a slow line
_UNREACHABLE = re.compile(
    r"connect error|\(Connect\)|[Cc]onnection (?:error|refused|reset|broken)|NewConnectionError|ConnectTimeout"
    r"|timed out|dns error|name resolution|Max retries|ProxyError|network was disabled|Network is unreachable"
)
_NO_BUILD = re.compile(r"No solution found|No matching distribution|requires a different Python")
_CHOSEN = re.compile(r"^ \+ [^=\s]+==(\S+)|^Would install \S+-(\d\S*)", re.MULTILINE)


class Asker:
    """Dry runs for one interpreter.

    Args:
        python: path of the interpreter that the packages are for.
        workshop: tools, and whether the network may be asked.
        folder: an empty directory that nothing is ever installed into.
    """

    def __init__(self, python: str, workshop: Workshop, folder: str) -> None:
        self._python, self._workshop, self._folder = python, workshop, folder

    def uv(self, words: Sequence[str], *, offline: bool) -> tuple[bool, str]:
        """Return whether uv would install these, and what it says."""
        command = [self._workshop.tools["uv"], "pip", "install", "--dry-run", "--no-deps", "--only-binary", ":all:"]
        command += ["--python", self._python, "--target", self._folder, *(["--offline"] if offline else [])]
        return self._run([*command, *words])

    def pip(self, words: Sequence[str]) -> tuple[bool, str]:
        """Return whether pip would install these, and what it says."""
        tools = self._workshop.tools
        start = [tools["pip-python"], tools["pip"]] if "pip" in tools else [self._python, "-m", "pip"]
        command = [*start, "--python", self._python, "install", "--dry-run", "--no-deps", "--only-binary", ":all:"]
        command += ["--ignore-installed", "--no-input", "--disable-pip-version-check", "--retries", "1"]
        return self._run([*command, "--target", self._folder, *words])

    def index(self, words: Sequence[str]) -> tuple[bool, str]:
        """Ask the package index, by uv where it is there."""
        return self.uv(words, offline=False) if "uv" in self._workshop.tools else self.pip(words)

    def _run(self, command: Sequence[str]) -> tuple[bool, str]:
        environ = {
            **clean_environment(os.environ),
            **self._workshop.environ,
            "UV_PYTHON_DOWNLOADS": "never",
            "UV_HTTP_RETRIES": "1",
        }
        try:
            done = subprocess.run(  # noqa: S603 - words, never a shell
                list(command),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                env={**environ, "NO_COLOR": "1"},
                cwd=self._folder,
                timeout=TIMEOUT,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return False, "timed out"
        except OSError as error:
            return False, f"could not be started: {error.strerror}"
        return done.returncode == 0, done.stdout.decode("utf-8", "replace")


def survey(
    asks: Sequence[Ask], interpreter: Interpreter, python: str, workshop: Workshop, tell: Callable[[str], None]
) -> dict[str, Supply]:
    """Return where each requirement is to be had for an interpreter; nothing is installed and nothing is compiled."""
    found = {
        key: Supply(state=local_source(path, interpreter), name=path)
        for key, word in asks
        if (path := local_path(word.partition(" @ ")[2].partition("#")[0])).startswith("/")
    }
    wanted = [word for key, word in asks if key not in found]
    for key, wheel in cached_wheels(wanted, interpreter, {**os.environ, **workshop.environ}).items():
        found[key] = Supply(state="cached", wheel=wheel.path, name=wheel.name)
    with tempfile.TemporaryDirectory(prefix="venvdoctor-") as folder:
        try:
            require_program(python, folder)
        except FixError:  # nobody asks a program that a stranger put there; carrying the plan out says so
            return found
        asker = Asker(python, workshop, folder)
        left = [ask for ask in asks if ask[0] not in found]
        if left and "uv" in workshop.tools:
            found.update(_in_cache(asker, left))
            left = [ask for ask in asks if ask[0] not in found]
        if left and workshop.offline:
            found.update((key, Supply(state="offline")) for key, _ in left)
        elif left:
            tell(f"asking the package index for {len(left)} package{'s' if len(left) > 1 else ''}")
            found.update(_in_index(asker, left, tell))
    return found


def _in_cache(asker: Asker, asks: Sequence[Ask]) -> dict[str, Supply]:
    """Return what uv has in its cache as a whole wheel."""
    good, said = asker.uv([word for _, word in asks], offline=True)
    if good and "Would download" not in said:
        return {key: Supply(state="cached") for key, _ in asks}
    if len(asks) == 1:
        return {}
    return {key: supply for ask in asks for key, supply in _in_cache(asker, [ask]).items()}


def _in_index(asker: Asker, asks: Sequence[Ask], tell: Callable[[str], None]) -> dict[str, Supply]:
    good, said = asker.index([word for _, word in asks])
    if good:
        return {key: Supply(state="download") for key, _ in asks}
    if "No module named pip" in said:  # nobody to ask: the environment's own pip will see
        return {key: Supply(state="download") for key, _ in asks}
    if _UNREACHABLE.search(said):
        return {key: Supply(state="unreachable") for key, _ in asks}
    if len(asks) > 1:
        return {key: supply for ask in asks for key, supply in _in_index(asker, [ask], tell).items()}
    if not _NO_BUILD.search(said):
        lines = [line.strip() for line in said.splitlines() if line.strip()] or ["no answer"]
        tell(f"{asks[0][1]}: {next((line for line in lines if line.lower().startswith('error')), lines[-1])}")
        return {asks[0][0]: Supply(state="refused")}
    return {asks[0][0]: Supply(state="none", newest=_newest(asker, asks[0]))}


def _newest(asker: Asker, ask: Ask) -> str:
    """Return the newest version that has a build for the interpreter, "" where there is none."""
    good, said = asker.index([re.split(r"[=<>!~ @]", ask[1], maxsplit=1)[0]])
    match = _CHOSEN.search(said) if good else None
    return (match[1] or match[2] or "") if match else ""
