"""The shape of a format: a report in, text out; it touches nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from venvdoctor.model.fact import fact, field, record

if TYPE_CHECKING:
    from venvdoctor.report import Report


@fact
class Look:
    """How a text is to be dressed.

    Attributes:
        width: columns, colour: escape sequences wanted, unicode: the stream can take more than ASCII.
        verbosity: -1 quiet, 0 normal, 1 verbose.
        fail_on: the severity that fails the run, for formats that mark failures.
        program: the words that start this program, for commands that a person is to copy.
        base: directory that relative locations are written against (SARIF, GitHub, GitLab), or None.
    """

    width: int = 80
    colour: bool = False
    unicode: bool = True
    verbosity: int = 0
    fail_on: str = "error"
    base: str | None = None
    program: str = "venvdoctor"


Render = Callable[["Report", Look], Iterator[str]]


@record
class Format:
    """One output format; `render` yields pieces of text that are written one after the other.

    With the long lists of a report it does no more than go through them, as often as it likes, and ask how long they
    are: those of many saved reports are held nowhere.
    """

    name: str
    summary: str
    render: Render | None = field(default=None, init=False)

    def renderer(self, function: Render) -> Render:
        """Register the function that renders a report."""
        self.render = function
        return function
