"""Install, remove or show the hook that looks for broken environments after a package manager's upgrade."""

from __future__ import annotations

import contextlib
import os
import shlex
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from venvdoctor import plainfile
from venvdoctor.cli._guard import guarded
from venvdoctor.cli._output import emit
from venvdoctor.errors import EXIT_OK, UsageError
from venvdoctor.escape import printable
from venvdoctor.transaction.trust import strange
from venvdoctor.upgrading import hooks

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.upgrading.hooks import HookFile

app = typer.Typer(
    rich_markup_mode=None, pretty_exceptions_enable=False, context_settings={"help_option_names": ["-h", "--help"]}
)
Manager = Annotated[
    str | None,
    typer.Argument(metavar="[apt|dnf|pacman|zypper|brew]", show_default=False, help="default: the one that is here"),
]
Root = Annotated[str, typer.Option("--root", metavar="DIR", hidden=True, help="another root directory")]
Notify = Annotated[bool, typer.Option("--notify", hidden=True, help="show a desktop notification too")]


@app.callback()
def _group() -> None:
    """Install, remove or show the post-upgrade hook."""


@app.command()
@guarded
def install(manager: Manager = None, root: Root = "/") -> int:
    """Install the hook; a second time changes nothing."""
    files = [(_below(root, file.path), file) for file in _files(manager, root)]
    if root == "/":
        _refuse_strange([os.path.realpath(word) for word in _program()])
    for path, _ in files:
        _refuse_foreign(path)
    for path, file in files:
        _put(path, file)
        emit([f"wrote {printable(path)}\n"])
        if path.endswith(".plist"):
            emit([f"load it with: launchctl bootstrap gui/{os.getuid()} {printable(shlex.quote(path))}\n"])
    return EXIT_OK


@app.command()
@guarded
def remove(manager: Manager = None, root: Root = "/") -> int:
    """Remove what `install` wrote, and nothing else."""
    removed = 0
    files = list(_files(manager, root))
    others = [name for name in hooks.MANAGERS if manager and name != manager]
    kept = {file.path for name in others for file in _installed(name, root)}
    for file in files:
        path = _below(root, file.path)
        if file.path not in kept and _is_ours(path):
            os.unlink(path)
            removed += 1
            emit([f"removed {printable(path)}\n"])
    if hooks.SCRIPT not in kept:
        with contextlib.suppress(OSError):
            os.unlink(_below(root, hooks.NOTICE))
    emit([] if removed else ["no hook is installed\n"])
    return EXIT_OK


@app.command()
@guarded
def show(manager: Manager = None, root: Root = "/") -> int:
    """Print the files of the hook and whether they are installed."""
    for file in _files(manager, root):
        path = _below(root, file.path)
        emit([f"# {printable(path)} ({'installed' if _is_ours(path) else 'not installed'})\n{file.content}\n"])
    return EXIT_OK


@app.command(hidden=True)
@guarded
def run(root: Root = "/", notify: Notify = False) -> int:
    """Scan after an upgrade and leave a notice for the next login (called by the hook)."""
    from venvdoctor.upgrading import aftermath  # noqa: PLC0415 - only this subcommand scans

    with contextlib.suppress(Exception):  # an exit code other than 0 says that venvdoctor itself cannot start
        aftermath.look(_below(root, hooks.NOTICE), notify=notify)
    return EXIT_OK


@app.command(hidden=True)
@guarded
def warn() -> int:
    """Warn of what the packages that apt is about to change would break (called by apt's hook)."""
    from venvdoctor.upgrading import aftermath  # noqa: PLC0415 - only this subcommand predicts

    with contextlib.suppress(Exception):  # apt must go on whatever is wrong here
        emit(f"{printable(line)}\n" for line in aftermath.warning(sys.stdin.read(64 << 20)))
    return EXIT_OK


def _files(manager: str | None, root: str) -> Iterator[HookFile]:
    found = (
        [manager] if manager else [name for name, place in hooks.PRESENT.items() if os.path.isdir(_below(root, place))]
    )
    if not found:
        raise UsageError("no package manager with hooks is here", hint=f"name one of {', '.join(hooks.MANAGERS)}")
    seen: set[str] = set()
    for name in found:
        if name not in hooks.MANAGERS:
            raise UsageError(f"there is no hook for {name!r}", hint=f"it is one of {', '.join(hooks.MANAGERS)}")
        for file in hooks.files_for(name, _command(), home=os.path.expanduser("~")):
            if file.path not in seen:
                seen.add(file.path)
                yield file


def _installed(manager: str, root: str) -> tuple[HookFile, ...]:
    """Return the files of a manager's hook where that is installed: where one is that no other manager shares."""
    files = hooks.files_for(manager, _command(), home=os.path.expanduser("~"))
    own = [file for file in files if file.path not in (hooks.SCRIPT, hooks.LOGIN)]
    return files if any(_is_ours(_below(root, file.path)) for file in own) else ()


def _command() -> list[str]:
    """Return the words that start this very program: the single file, or the interpreter that it runs with."""
    started = os.path.abspath(sys.argv[0])
    if started.endswith(".pyz"):
        return [sys.executable, started]
    return (
        [started]
        if os.access(started, os.X_OK) and not started.endswith(".py")
        else [sys.executable, "-m", "venvdoctor"]
    )


def _program() -> list[str]:
    """Return all that the hook's command runs: the words, the interpreter, and where that imports from."""
    own = os.path.dirname(os.path.dirname(os.path.abspath(hooks.__file__)))
    return [word for word in (*_command(), sys.executable, own, *sys.path) if os.path.isabs(word)]


def _refuse_strange(programs: list[str]) -> None:
    """Refuse to let root start, at each upgrade, what a user may change."""
    if os.geteuid() != 0:
        return
    for path in programs:
        found = strange(path)
        if found:
            raise UsageError(
                f"root's hook would start {path}, and {found}",
                hint="put the single file venvdoctor.pyz into /usr/local/bin as root, and install the hook with it",
            )


def _below(root: str, path: str) -> str:
    return os.path.join(root, path.lstrip("/"))


def _is_ours(path: str) -> bool:
    try:
        return hooks.MARK.encode() in plainfile.read(path, 4096)
    except OSError:
        return False


def _refuse_foreign(path: str) -> None:
    if os.path.lexists(path) and not _is_ours(path):
        raise UsageError(f"{path} is there already and is not venvdoctor's", hint="move it away first")
    folder = os.path.dirname(path)
    found = strange(folder) or strange(os.path.realpath(folder)) if os.geteuid() == 0 else None
    if found:  # `sudo` with another user's HOME: links may lie there, and nothing of root's shall
        raise UsageError(f"root writes nothing to {path}: {found}", hint="run it as that user")


def _put(path: str, file: HookFile) -> None:
    """Write a file whole or not at all."""
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        plainfile.write(path, [file.content], mode=file.mode)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}", hint="run it as root") from None
