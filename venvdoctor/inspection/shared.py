"""What one scan reads once and shares: interpreters, resolved libraries, directory listings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from venvdoctor.model.fact import field, record

if TYPE_CHECKING:
    from venvdoctor.inspection.listings import Listings
    from venvdoctor.model.environment import Need
    from venvdoctor.model.host import Host
    from venvdoctor.model.interpreter import Interpreter
    from venvdoctor.view import View


@record
class Shared:
    """The context of an inspection; readers keep what they may reuse here, under their own module's name.

    Attributes:
        view: the door to the disk.
        host: whose machine it is.
        needs: costly facts that the selected rules read.
        interpreters: facts by canonical path of the executable.
        memo: reader module name → its own store.
        listings: directories of the environment that is being read, None outside of that.
        packages: distributions that were read so far.
    """

    view: View
    host: Host
    needs: frozenset[Need] = frozenset()
    interpreters: dict[str, Interpreter] = field(default_factory=dict)
    memo: dict[str, dict[Any, Any]] = field(default_factory=dict)
    listings: Listings | None = None
    packages: int = 0

    def store(self, reader: str) -> dict[Any, Any]:
        """Return the store of one reader, made on first use."""
        return self.memo.setdefault(reader, {})
