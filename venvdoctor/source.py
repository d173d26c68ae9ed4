"""The shape of a source: a place where environments live, and how to recognise one of its own elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from venvdoctor.model.environment import Candidate
    from venvdoctor.model.host import Home, Host
    from venvdoctor.view import View

Find = Callable[["View", "Host", "Home"], Iterator["Candidate"]]
Recognise = Callable[["View", "Host", str], "str | None"]


@dataclass(slots=True, kw_only=True)
class Source:
    """One kind of place.

    Attributes:
        name: of the file, and of the manager where the place belongs to one.
        summary: one line for the documentation: which places, which variables and settings are honoured.
        find: yields the candidates below one home (and the manager's places outside it).
        roots: yields directories that the general walk should search besides (project collections), may be None.
        recognise: given an environment's directory met elsewhere, the manager's name or None; cheap: it may look at
            the path and at a few names beside it.
    """

    name: str
    summary: str
    find: Find | None = field(default=None, init=False)
    recognise: Recognise | None = field(default=None, init=False)

    def finder(self, function: Find) -> Find:
        """Register the function that enumerates the place."""
        self.find = function
        return function

    def recogniser(self, function: Recognise) -> Recognise:
        """Register the function that recognises one of the place's environments met elsewhere."""
        self.recognise = function
        return function
