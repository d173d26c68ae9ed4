"""The commands as manual pages and as one Markdown page, read from the command line's own declarations."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = "venvdoctor"
NOTICE = "made by docs/generate.py from the commands; edit those"
EXIT = (
    ("0", "examined, and nothing at or above --fail-on"),
    ("1", "findings at or above --fail-on; for fix: something asked for is still not fixed"),
    ("2", "wrong usage: a bad option, a PATH that does not exist or holds no environment, bad settings"),
    ("3", "incomplete: something could not be read, and nothing decided between 0 and 1"),
    ("130", "interrupted; nothing half-done is left"),
)
FILES = (
    (
        "venvdoctor.toml, pyproject.toml [tool.venvdoctor]",
        "settings, the nearest one from the working directory upwards",
    ),
    ("~/.config/venvdoctor/venvdoctor.toml", "your own settings"),
)
VARIABLES = (
    ("NO_COLOR", "no colours, whatever its value"),
    ("COLUMNS", "the width of the text"),
    ("VENVDOCTOR_DEBUG", "show where an internal error happened"),
)


class Command(NamedTuple):
    """One command, or one of a group's."""

    name: str
    usage: str
    summary: str
    text: list[str]
    arguments: list[tuple[str, str]]
    options: list[tuple[str, str]]


def commands() -> list[Command]:
    """Return every command as it declares itself, the groups' own after their group."""
    from typer.main import get_command  # noqa: PLC0415 - found after the path is set

    from venvdoctor.cli import _commands  # noqa: PLC0415
    from venvdoctor.cli._main import application  # noqa: PLC0415

    root: Any = get_command(application(_commands.names()))
    return [item for name in _commands.names() for item in _described(root.commands[name], name)]


def _described(command: Any, name: str) -> Iterator[Command]:
    context = command.make_context(name, [], resilient_parsing=True, help_option_names=["-h", "--help"])
    first, *rest = inspect.cleandoc(command.help or "").split("\n\n")
    pieces = [" ".join(part.split()) for part in rest]
    arguments, options = [], []
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record:
            (arguments if parameter.param_type_name == "argument" else options).append(record)
    usage = " ".join([PROGRAM, name, *command.collect_usage_pieces(context)])
    yield Command(name, usage, " ".join(first.split()), pieces, arguments, options)
    for child in getattr(command, "commands", {}).values():
        yield from _described(child, f"{name} {child.name}")


# ---- Markdown ------------------------------------------------------------------------------------------------------
def markdown(found: list[Command]) -> str:
    """Return the reference of all commands."""
    lines = [f"<!-- {NOTICE} -->", "# Commands", "", "Every command takes `-h`. Exit codes:", ""]
    lines += ["| code | meaning |", "|---|---|", *(f"| {code} | {text} |" for code, text in EXIT), ""]
    for item in found:
        lines += [f"## {PROGRAM} {item.name}", "", item.summary, "", f"    {item.usage}", ""]
        lines += [line for text in item.text for line in (_plain(text), "")]
        rows = [row for row in (*item.arguments, *item.options) if "--help" not in row[0]]
        if rows:
            lines += [
                "| | |",
                "|---|---|",
                *(f"| `{_cell(name)}` | {_cell(_plain(text))} |" for name, text in rows),
                "",
            ]
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _plain(text: str) -> str:
    return " ".join(text.split())


# ---- manual pages: man(7) ------------------------------------------------------------------------------------------
def manuals(found: list[Command], version: str) -> dict[str, str]:
    """Return a page for the program and one for each command, those of a group in its page: file name → text."""
    pages = {f"{PROGRAM}.1": _program(found, version)}
    for item in found:
        head = item.name.split()[0]
        name = f"{PROGRAM}-{head}.1"
        if name in pages:
            pages[name] += "".join(line + "\n" for line in _part(item))
        else:
            pages[name] = _page(item, version)
    return {name: text + _ending(found, name) for name, text in pages.items()}


def _program(found: list[Command], version: str) -> str:
    lines = [
        *_title(PROGRAM, version),
        ".SH NAME",
        f"{PROGRAM} \\- find every Python environment, say which are broken and why, and get them back",
        ".SH SYNOPSIS",
        f".B {PROGRAM}",
        "COMMAND [OPTIONS] ...",
        ".SH COMMANDS",
        *(
            line
            for item in found
            if " " not in item.name
            for line in (".TP", f".BR {PROGRAM}\\-{item.name} (1)", _roff(item.summary))
        ),
    ]
    lines += _table(
        "OPTIONS",
        [
            ("-h, --help", "show the commands"),
            ("--version", "show the version"),
            ("--install-completion [SHELL]", "complete commands and options in bash, zsh, fish or powershell"),
            ("--show-completion [SHELL]", "print the script that does so"),
        ],
    )
    return "\n".join(lines) + "\n"


def _page(item: Command, version: str) -> str:
    summary = item.summary.rstrip(".")
    lines = [
        *_title(f"{PROGRAM}-{item.name}", version),
        ".SH NAME",
        f"{PROGRAM}\\-{item.name} \\- {_roff(summary[:1].lower() + summary[1:])}",
    ]
    lines += [".SH SYNOPSIS", f".B {_roff(item.usage)}"]
    if item.text:
        lines += [".SH DESCRIPTION", *[line for text in item.text for line in (".PP", _roff(text))][1:]]
    lines += _table("ARGUMENTS", item.arguments) + _table("OPTIONS", item.options)
    return "\n".join(lines) + "\n"


def _part(item: Command) -> list[str]:
    """Return the section of a group's command."""
    lines = [f".SH {_roff(item.name.upper())}", f".B {_roff(item.usage)}", ".PP", _roff(item.summary)]
    lines += [line for text in item.text for line in (".PP", _roff(text))]
    return lines + _rows([row for row in (*item.arguments, *item.options) if "--help" not in row[0]])


def _title(name: str, version: str) -> list[str]:
    return [f'.\\" {NOTICE}', f'.TH "{_roff(name.upper())}" 1 "" "{PROGRAM} {version}" "User Commands"', ".nh", ".ad l"]


def _ending(found: list[Command], name: str) -> str:
    others = sorted({f"{PROGRAM}-{item.name.split()[0]}" for item in found} | {PROGRAM})
    linked = [other for other in others if f"{other}.1" != name]
    also = [f".BR {_roff(other)} (1){',' if other != linked[-1] else ''}" for other in linked]
    lines = [*_table("EXIT STATUS", list(EXIT)), *_table("FILES", list(FILES)), *_table("ENVIRONMENT", list(VARIABLES))]
    return "\n".join([*lines, ".SH SEE ALSO", *also]) + "\n"


def _table(title: str, rows: list[tuple[str, str]]) -> list[str]:
    return [f".SH {title}", *_rows(rows)] if rows else []


def _rows(rows: list[tuple[str, str]]) -> list[str]:
    return [line for name, text in rows for line in (".TP", f".B {_roff(name)}", _roff(_plain(text)) or "\\&")]


def _roff(text: str) -> str:
    """Return a text as roff takes it: its backslashes, hyphens and leading dots stand for themselves."""
    text = text.replace("\\", "\\e").replace("-", "\\-").replace("…", "...").replace("`", "\\(ga").replace("'", "\\(aq")
    return "\\&" + text if text.startswith((".", "'")) else text
