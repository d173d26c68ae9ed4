"""Hostile names on a terminal's screen: an emulator shows what the text format did to it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.reports import hostile
from venvdoctor.format import Look
from venvdoctor.formats import text

pyte = pytest.importorskip("pyte", reason="the terminal emulator pyte is not installed")

COLUMNS, LINES = 4000, 60  # wide: a long name that is wrapped is no harm, one that moves is
MARK = "this line was there before"
NAMES = {
    "clear": "\x1b[2J\x1b[H",
    "title": "\x1b]0;owned\x07",
    "title ended by ST": "\x1b]2;owned\x1b\\",
    "up and over": "\x1b[99A\rowned\x1b[K",
    "scroll region": "\x1b[1;2r",
    "alternate screen": "\x1b[?1049h",
    "reset": "\x1bc",
    "eight bits": "\x9b2J\x9d0;owned\x9c",
    "back": "a" + "\b" * 200 + "owned",
    "line": "\r\nowned\x0b\x0c\x85",
    "lines of Unicode": "a\u2028owned\u2029",
    "hidden": "\x1b[8m",
    "right to left": "\u202eowned\u202c \u2067owned\u2069 \u200f",
    "link": "\x1b]8;;http://evil.example\x07owned\x1b]8;;\x07",
    "answer back": "\x1b[c\x1b[6n\x05",
    "keys": '\x1bP$q"p\x1b\\',
    "characters": "\x1b(0\x0e",
    "combining": "e" + "\u0301" * 300,
    "tags": "\U000e0001\U000e0041",
    "surrogates": "\udcff\udc9b2J",
    "markup": "[red]owned[/red] :boom:",
}  # fmt: skip


class Watched(pyte.Screen):  # type: ignore[misc,name-defined]
    """A screen that notes what would have left its text area."""

    def __init__(self) -> None:
        super().__init__(COLUMNS, LINES)
        self.noted: list[str] = []

    def _note(self, what: str) -> Any:
        def note(*_: object, **__: object) -> None:
            self.noted.append(what)

        return note

    def __getattribute__(self, name: str) -> Any:
        if name in ("set_title", "set_icon_name", "set_margins", "set_mode", "reset_mode", "erase_in_display", "bell",
                    "report_device_status", "report_device_attributes", "write_process_input", "define_charset",
                    "shift_out", "alignment_display", "cursor_up", "cursor_position", "backspace", "save_cursor"):  # fmt: skip
            return (
                object.__getattribute__(self, "_note")(name)
                if "noted" in self.__dict__
                else super().__getattribute__(name)
            )
        return super().__getattribute__(name)


def shown(content: str) -> Watched:
    screen = Watched()
    stream = pyte.Stream(screen)
    stream.feed(MARK + "\r\n" + content.replace("\n", "\r\n"))
    return screen


@pytest.mark.parametrize("colour", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_a_name_leaves_the_screen_unharmed(name: str, colour: bool) -> None:
    report = "".join(text.format.render(hostile(NAMES[name]), Look(width=100, colour=colour, verbosity=1)))
    lines = report.count("\n")
    screen = shown(report)
    assert screen.noted == []
    assert "owned" not in screen.title
    assert screen.cursor.y == min(lines + 1, LINES - 1) or lines >= LINES - 2, "no name makes a line of its own"
    assert lines >= LINES - 2 or screen.display[0].rstrip() == MARK
    assert not any(line.lstrip().startswith("owned") for line in screen.display)


def test_the_emulator_would_have_noticed() -> None:
    assert shown(NAMES["clear"]).noted
    assert shown(NAMES["title"]).noted
    assert shown(NAMES["up and over"]).noted
