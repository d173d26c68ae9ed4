"""From the arguments to one command: only that command's file is imported, and typer only to read its options."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from venvdoctor.cli import _commands
from venvdoctor.errors import EXIT_OK, EXIT_USAGE

if TYPE_CHECKING:
    from collections.abc import Sequence

    import typer

PROGRAM = "venvdoctor"
HELP = ("-h", "--help", "help")
COMPLETION = ("--install-completion", "--show-completion")
HELP_NAMES = {"help_option_names": ["-h", "--help"]}


def run(arguments: Sequence[str]) -> int:
    """Run the program with these arguments and return its exit code."""
    if os.environ.get(f"_{PROGRAM.upper()}_COMPLETE"):  # PowerShell 7.5 leaves it there, empty
        os.environ["COLUMNS"] = "10000"  # typer folds a long help, and shells take each line for a word of its own
        return _typer(_commands.names(), arguments)
    if arguments and arguments[0].split("=")[0] in COMPLETION:
        return _completion(arguments)
    if not arguments or arguments[0] in HELP:
        if arguments[1:2] and arguments[0] == "help":
            return run([arguments[1], "--help"])
        sys.stdout.write(overview())
        return EXIT_OK if arguments else EXIT_USAGE
    if arguments[0] not in _commands.names():
        return _unknown(arguments[0])
    plain = _plain(arguments)
    return _typer([arguments[0]], arguments) if plain is None else plain


def _plain(arguments: Sequence[str]) -> int | None:
    """Run a command whose line is plain and return its exit code; None: typer has to read it."""
    from venvdoctor.cli._guard import ended  # noqa: PLC0415 - the help does without
    from venvdoctor.cli._parameters import NotPlain, read  # noqa: PLC0415

    command: Any = getattr(_commands.load(arguments[0]), "command", None)
    if not hasattr(command, "parameters"):  # a command of several
        return None
    try:
        given = read(command.parameters, arguments[1:])
    except NotPlain:
        return None
    return ended(command, **given)


def application(names: Sequence[str]) -> typer.Typer:
    """Return the typer application that has these commands."""
    import typer  # noqa: PLC0415 - a plain command line does without

    from venvdoctor.cli._guard import guarded  # noqa: PLC0415
    from venvdoctor.cli._parameters import for_typer  # noqa: PLC0415

    app = typer.Typer(
        name=PROGRAM,
        add_completion=len(names) > 1,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings=HELP_NAMES,
    )
    app.callback()(_root)
    for name in names:
        module = _commands.load(name)
        group = getattr(module, "app", None)
        if group is not None:
            app.add_typer(group, name=name)
        else:
            command = for_typer(guarded(module.command), module.command.parameters)
            app.command(name, help=module.command.__doc__ or module.__doc__)(command)
    return app


def overview() -> str:
    """Return the program's help: every command with its summary, none of them imported."""
    from textwrap import wrap  # noqa: PLC0415 - only the help wraps

    lines = [
        f"Usage: {PROGRAM} COMMAND [OPTIONS] …",
        "",
        "Finds every Python environment, says which are broken, by which cause,",
        "and how to get them back.",
        "",
        "Commands:",
    ]
    names = _commands.names()
    width = max(map(len, names))
    for name in names:
        lead, indent = f"  {name:<{width}}  ", " " * (width + 4)
        lines += wrap(_commands.summary(name), 79, initial_indent=lead, subsequent_indent=indent)
    lines += [
        "",
        "Options:",
        "  -h, --help            show this, or `venvdoctor COMMAND --help`",
        "  --version             show the version",
        "  --install-completion  complete commands and options in the current shell",
        "  --show-completion     show the script that does so",
        "",
        f"Start with `{PROGRAM} scan`: it only looks, and changes nothing.",
    ]
    return "\n".join(lines) + "\n"


def _root() -> None:
    """Find every Python environment, say which are broken, by which cause, and how to get them back."""


def _typer(names: Sequence[str], arguments: Sequence[str]) -> int:
    """Let typer read the line; return the exit code."""
    options = arguments[: arguments.index("--")] if "--" in arguments else arguments
    for word in (word.partition("=")[0] for word in options if word.startswith("-")):
        if not word.isprintable():  # typer repeats what it does not know, as it is
            return _unknown(word)
    try:
        application(names)(args=list(arguments), prog_name=PROGRAM)
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else EXIT_OK if stop.code is None else EXIT_USAGE
    return EXIT_OK


def _completion(arguments: Sequence[str]) -> int:
    from venvdoctor.cli import _completion as completion  # noqa: PLC0415 - asked for once
    from venvdoctor.cli._guard import complain  # noqa: PLC0415
    from venvdoctor.errors import UsageError  # noqa: PLC0415

    try:
        return completion.run(arguments, PROGRAM)
    except UsageError as error:
        complain(error.message, error.hint)
        return error.exit_code


def _unknown(word: str) -> int:
    from venvdoctor.cli._guard import complain  # noqa: PLC0415
    from venvdoctor.selection import nearest  # noqa: PLC0415

    kind = "option" if word.startswith("-") else "command"
    near = nearest(word, _commands.names()) if kind == "command" else None
    complain(
        f"there is no {kind} {word!r}",
        f"did you mean `{PROGRAM} {near}`?" if near else f"`{PROGRAM} --help` lists them",
    )
    return EXIT_USAGE
