"""What the program prints on the made-up machine of docs/images/machine.toml, as SVG: each column at its place."""

from __future__ import annotations

import re
import sys
import tempfile
from contextlib import contextmanager
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MACHINE = Path(__file__).parent / "images" / "machine.toml"
TODAY = "2026-06-01"
WIDE, HIGH, MARGIN, BAR = 8.4, 19, 18, 34  # of a character, of a line, around, of the window's title
COLOURS = {"31": "#ff7b72", "32": "#7ee787", "33": "#e3b341", "34": "#79c0ff", "35": "#d2a8ff", "36": "#76e3ea"}
FORE, SOFT, BACK, EDGE = "#e6edf3", "#9198a1", "#151b23", "#3d444d"
SPAN = re.compile("\x1b\\[([0-9;]*)m")


def images() -> dict[str, str]:
    """Return every picture: file name → SVG."""
    with tempfile.TemporaryDirectory() as place, _made(Path(place) / "root") as root:
        return {
            "scan.svg": picture("venvdoctor scan", _scan(root)),
            "show.svg": picture("venvdoctor show ~/scraper", _show(root, "/home/ada/scraper/.venv")),
            "explain.svg": picture("venvdoctor explain VD201", _explain("VD201")),
        }


@contextmanager
def _made(root: Path) -> Iterator[Path]:
    from tests.support.machine import Machine  # noqa: PLC0415 - found after the path is set
    from tests.support.recipes import perform  # noqa: PLC0415

    machine = Machine(root)
    machine.basics()
    for step in tomllib.loads(MACHINE.read_text(encoding="utf-8"))["steps"]:
        perform(machine, step)
    machine.settle()
    yield root


def _look() -> Any:
    from venvdoctor.format import Look  # noqa: PLC0415

    return Look(width=80, colour=True)


def report(root: Path) -> Any:
    """Return the machine's report as that machine itself would write it."""
    from tests.support.scanning import scan  # noqa: PLC0415

    found = scan(sysroot=root, today=TODAY)
    found["scan"] |= {"sysroot": None, "host": "ada", "started_at": f"{TODAY}T09:12:00Z", "duration_s": 0.3}
    return found


def _scan(root: Path) -> str:
    from venvdoctor.formats.text import render  # noqa: PLC0415

    return "".join(render(report(root), _look()))


def _show(root: Path, path: str) -> str:
    from venvdoctor.inquiry import show  # noqa: PLC0415
    from venvdoctor.portrait import draw  # noqa: PLC0415
    from venvdoctor.typeset import Page  # noqa: PLC0415

    found, more = show(path, sysroot=str(root))
    return "\n".join(draw(found["environments"][0], more, Page(_look())))


def _explain(code: str) -> str:
    from venvdoctor.cli.explain import _find, _telling  # noqa: PLC0415
    from venvdoctor.typeset import Page  # noqa: PLC0415

    return "\n".join(_telling(_find(code), Page(_look())))


def picture(command: str, text: str) -> str:
    """Return a terminal's window with a command and what it printed."""
    lines = [f"\x1b[2m$\x1b[0m \x1b[1m{command}\x1b[0m", *text.rstrip("\n").split("\n")]
    width, height = round(80 * WIDE + 2 * MARGIN), round(len(lines) * HIGH + MARGIN + BAR)
    dots = "".join(f'<circle cx="{20 + 18 * index}" cy="17" r="5.5" fill="{EDGE}"/>' for index in range(3))
    rows = "".join(_line(line, BAR + HIGH * (index + 1) - 5) for index, line in enumerate(lines))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" role="img">\n'
        f"<title>{escape(command)}</title>\n"
        f'<rect x=".5" y=".5" width="{width - 1}" height="{height - 1}" rx="9" fill="{BACK}" stroke="{EDGE}"/>{dots}\n'
        f'<g font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,DejaVu Sans Mono,monospace" font-size="14" '
        f'fill="{FORE}" xml:space="preserve">\n{rows}</g>\n</svg>\n'
    )


def _line(line: str, y: int) -> str:
    """Return one line, each run of one style at its column, so that no font moves what stands below each other."""
    pieces = SPAN.split(line)
    column, style, out = 0, "", []
    for index, piece in enumerate(pieces):
        if index % 2:
            style = piece
        elif piece:
            if piece.strip():
                lead = len(piece) - len(piece.lstrip())
                word = piece.strip()
                x, length = MARGIN + (column + lead) * WIDE, len(word) * WIDE
                place = f'x="{x:.1f}" y="{y}" textLength="{length:.1f}"'
                out.append(f"<text {place}{_style(style)}>{escape(word, quote=False)}</text>")
            column += len(piece)
    return "".join(out) + "\n" if out else ""


def _style(codes: str) -> str:
    wanted = codes.split(";")
    fill = next((COLOURS[code] for code in wanted if code in COLOURS), SOFT if "2" in wanted else "")
    return (f' fill="{fill}"' if fill else "") + (' font-weight="bold"' if "1" in wanted else "")
