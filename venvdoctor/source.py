"""The shape of a source: a place where environments live, and how to recognise one of its own elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Union

from venvdoctor.model.fact import field, record

if TYPE_CHECKING:
    from venvdoctor.model.environment import Candidate, Unreadable
    from venvdoctor.model.host import Home, Host
    from venvdoctor.view import View

Find = Callable[["View", "Host", "Home"], Iterator[Union["Candidate", "Unreadable"]]]
Recognise = Callable[["View", "Host", str], "Candidate | None"]


@record
class Source:
    """One kind of place.

    Attributes:
        name: of the file, and of the manager where the place belongs to one.
        summary: one line for the documentation: which places, which variables and settings are honoured.
        find: yields the candidates below one home (and the manager's places outside it). They need not be
            environments: discovery looks. A place that exists and cannot be listed is yielded as `Unreadable`.
        recognise: given an environment's directory met elsewhere, the candidate with its manager, or None; cheap:
            it may look at the path and at a few names beside it.
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
