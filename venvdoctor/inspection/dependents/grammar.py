"""The grammars that dependents are written in: systemd command lines, crontabs, JSON with comments, shell words.

Total: whatever the text, each returns what could be read of it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

LINE_LIMIT = 1 << 14  # characters of a command that are looked at
_ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v", "s": " "}


class Setting(NamedTuple):
    """One assignment of an INI-like file, continued lines joined; `line` is where it starts."""

    section: str
    key: str
    value: str
    line: int


def settings(text: str, *, comments: str = "#;") -> Iterator[Setting]:
    """Yield the assignments of a unit file or desktop entry (systemd.syntax(7): a backslash continues a line)."""
    section = ""
    parts: list[str] = []
    start = 0
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.strip(" \t\r")
        if line[:1] in comments and line:
            continue  # a comment inside a continued line is skipped as well
        start = start or number
        if line.endswith("\\"):
            parts.append(line[:-1])
            continue
        whole, at = " ".join([*parts, line]).strip(), start
        parts.clear()
        start = 0
        if whole.startswith("[") and whole.endswith("]"):
            section = whole[1:-1]
        elif "=" in whole:
            key, _, value = whole.partition("=")
            yield Setting(section, key.strip(), value.strip(), at)


def split_systemd(text: str) -> list[str]:
    """Split a command line as systemd does: quotes around whole words, C escapes, no shell (systemd.service(5))."""
    words: list[str] = []
    word: list[str] = []
    begun = False
    quote = ""
    index = 0
    while index < len(text):
        char = text[index]
        index += 1
        if not quote and char in " \t\n\r":
            if begun:
                words.append("".join(word))
                word.clear()
            begun = False
            continue
        begun = True
        if char == "\\" and index < len(text):
            value, index = _unescape(text, index)
            word.append(value)
        elif char == quote:
            quote = ""
        elif not quote and char in "\"'":
            quote = char
        else:
            word.append(char)
    return [*words, "".join(word)] if begun else words


_NUMBER = re.compile(r"x([0-9A-Fa-f]{2})|([0-7]{3})|u([0-9A-Fa-f]{4})")


def _unescape(text: str, index: int) -> tuple[str, int]:
    r"""Return what an escape stands for, and where the text goes on (systemd.syntax(7): C escapes and `\s`)."""
    match = _NUMBER.match(text, index)
    if match:
        base = 8 if match.group(2) else 16
        return chr(int(next(part for part in match.groups() if part), base)), match.end()
    return _ESCAPES.get(text[index], text[index]), index + 1


def expand_specifiers(word: str, values: Mapping[str, str]) -> str | None:
    """Replace `%x`; None when one is unknown here (an instance's name, a boot id)."""
    out: list[str] = []
    at = 0
    for match in re.finditer(r"%(.)?", word, re.DOTALL):
        key = match.group(1) or ""
        if key not in values:
            return None
        out += [word[at : match.start()], values[key]]
        at = match.end()
    return "".join([*out, word[at:]])


_CRON = re.compile(r"\s*(?:@\w+|(?:[\d*/,\-A-Za-z~?#LW]+[ \t]+){4}[\d*/,\-A-Za-z~?#LW]+)[ \t]+(?P<rest>.+)$")
_CRON_VARIABLE = re.compile(r"\s*[\"']?[A-Za-z_]\w*[\"']?\s*=")


def cron_command(line: str, *, user_field: bool) -> str | None:
    """Return the shell command of a crontab line, None for a comment, a variable, or junk (crontab(5))."""
    if not line.strip() or line.lstrip().startswith("#") or _CRON_VARIABLE.match(line):
        return None
    match = _CRON.match(line)
    if match is None:
        return None
    rest = match.group("rest").strip()
    if user_field:
        rest = re.split(r"\s+", rest, maxsplit=1)[1] if len(rest.split()) > 1 else ""
    command = re.split(r"(?<!\\)%", rest, maxsplit=1)[0]
    return command.strip().lstrip("-").strip() or None


def cron_user(line: str) -> str:
    """Return the user that a line of the system's tables names, "" where it names none (crontab(5))."""
    match = _CRON.match(line)
    words = match.group("rest").split(maxsplit=1) if match else []
    return words[0] if words else ""


_STRING = r'"(?:[^"\\\n]|\\.)*"?'
_COMMENT = re.compile(_STRING + r"|//[^\n]*|/\*.*?(?:\*/|\Z)", re.DOTALL)
_COMMA = re.compile(_STRING + r"|,(?=\s*[}\]])", re.DOTALL)


def strip_jsonc(text: str) -> str:
    """Return JSON without comments and trailing commas; strings are kept as they stand."""
    plain = _COMMENT.sub(
        lambda match: match.group() if match.group().startswith('"') else " ", text.removeprefix("\ufeff")
    )
    return _COMMA.sub(lambda match: "" if match.group() == "," else match.group(), plain)


_GUARDED = re.compile(
    r"(?:^|[\s;&|])(?:if|elif|test|\[\[?|command\s+-[vV]|type|which|hash|while|\w+\s*\(\)|unset|for)\s|\|\||\[\[? -|"
    r"^\s*(?:#|rem\b)"
)
_POSIX = re.compile(r"^\s*(?:if|case)\b"), re.compile(r"(?:^|[\s;])(?:fi|esac|endif|endsw)\b")
_FISH = re.compile(r"^\s*(?:if|switch|for|while|function|begin)\b"), re.compile(r"(?:^|[\s;])end\b")
_INTERACTIVE = re.compile(
    r"if\s+(?:status\s+(?:--)?is-|\[\[?\s+(?:-n\s+|-z\s+)?\"?\$(?:-|\{-\}|PS1|\{PS1)|test\s+-n\s+\"\$PS1)|^\s*begin\b"
)
_HERE = re.compile(r"<<-?[ \t]*[\"']?(\w+)")


def unguarded(text: str, *, fish: bool = False) -> Iterator[tuple[int, str]]:
    """Yield number and text of each line that names a `bin`, those left out that run only where something is there."""
    blocks: list[bool] = []  # of each open block whether it only runs where something is there
    opens, closes = _FISH if fish else _POSIX
    here = ""  # the word that ends text which is handed to a program (a here-document)
    for number, line in enumerate(text.split("\n"), 1):
        if here:
            here = "" if line.strip() == here else here
            continue
        blocks += [not _INTERACTIVE.search(line)] if opens.search(line) else []
        del blocks[len(blocks) - min(len(blocks), len(closes.findall(line))) :]
        begins = None if "<<<" in line else _HERE.search(line)
        here = begins.group(1) if begins else ""
        if not any(blocks) and not _GUARDED.search(line) and "/bin" in line:
            yield number, line


# what follows is looked for on another machine or in another root
_AWAY = re.compile(
    r"(?<![^\s;&|(/'\"])(?:ssh|docker|podman|nerdctl|kubectl|oc|lxc|incus|chroot|nsenter|machinectl|vagrant|toolbox|"
    r"distrobox|flatpak|snap|wsl|gcloud|heroku|fly|schroot|systemd-nspawn|bwrap|docker-compose)"
    r"\s+[^\s;&|]"
)


def here(text: str) -> str:
    """Return the part of a line of shell text that surely speaks of this machine and its root."""
    match = _AWAY.search(text)
    return text[: match.start()] if match else text


_PATH = re.compile(r"(?:\$HOME|\$\{HOME\}|~)?(?:/[^\s'\"`;&|()<>$*?#:=,\\]+)+")


_CD = re.compile(
    r"(?:^|[\s;&|('\"])cd\s+(?P<place>(?:\$HOME|\$\{HOME\}|~)?/[^\s'\"`;&|()<>$*?#\\]+|~)\s*(?:&&|;)\s*"
    r"(?:(?:-\w+|exec|source|\.|nohup|nice|time)\s+|['\"])*(?P<word>(?:\./)?[\w.-][\w./-]*/bin/[\w.-]+)"
)


def paths_after_cd(text: str, home: str) -> list[str]:
    """Return the programs that a line of shell text names relative to the directory that it changes to before."""
    found = []
    for match in _CD.finditer(here(text[:LINE_LIMIT])):
        place = re.sub(r"^(?:\$HOME|\$\{HOME\}|~)(?=/|$)", lambda _: home.rstrip("/"), match.group("place"))
        found.append(f"{place.rstrip('/')}/{match.group('word').removeprefix('./')}")
    return found


def shell_paths(text: str, home: str) -> list[str]:
    """Return the absolute paths that a line of shell text names, `~` and `$HOME` expanded."""
    found: list[str] = []
    text = here(text)
    for match in _PATH.finditer(text):
        before = text[match.start() - 1] if match.start() else ""
        if before and before not in " \t'\"`;&|()<>=:,@!":
            continue  # the middle of a word or after a variable: not a path of its own
        word = re.sub(r"^(?:\$HOME|\$\{HOME\}|~)(?=/)", lambda _: home.rstrip("/"), match.group())
        found.append(word)
    return found
