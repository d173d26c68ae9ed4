"""What it costs until a command's own work begins, beside Python that does nothing."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from measuring import command, compared, paired

if TYPE_CHECKING:
    from measuring import Bench

RUNS = (
    ("--version", ("--version",), 1.3),
    ("--help", ("--help",), 7.0),
    ("scan --help", ("scan", "--help"), 7.0),
    ("a command that prints a file (`schema`)", ("schema",), 6.0),
    ("scan of an environment without packages", ("scan", "{empty}", "--no-cache"), None),
)


SCRIPT = "import sys\nfrom venvdoctor.__main__ import main\nsys.exit(main())\n"  # what installers write


def measure(bench: Bench) -> None:
    """Fill the table's part on starting, as the installed command does: `python -m` costs two more milliseconds."""
    empty, script = bench.environment(0), f"{bench.directory}/venvdoctor"
    with open(script, "w", encoding="utf-8") as stream:
        stream.write(SCRIPT)
    words = [[sys.executable, script, *(word.format(empty=empty) for word in run)] for _, run, _ in RUNS]
    times = paired(4 * bench.rounds, command(sys.executable, "-c", "pass"), *(command(*item) for item in words))
    for (name, _, target), seconds in zip(RUNS, times[1:], strict=True):
        bench.rows.append(compared(name, seconds, "`python -c pass`", times[0], target))
