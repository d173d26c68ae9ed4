"""How one name leads to a file: every hop of `bin/python`, and where the chain breaks."""

from __future__ import annotations

from typing import Literal

from venvdoctor.model.fact import fact

ChainEnd = Literal["file", "missing", "loop", "denied", "not-a-file", "error", "unmounted"]


@fact
class Hop:
    """One link on the way: where it stands and the text it holds (None for the last hop, which is no link)."""

    path: str
    target: str | None = None


@fact
class Chain:
    """The way from a name to the file behind it.

    Attributes:
        hops: the start first; intermediate *directory* links are hops too, spelled as they are met.
        end: how the walk ended; `missing` is a fact of absence; `denied`, `unmounted` (a volume that is not there just
            now) and `error` mean nobody can tell.
        real: canonical path of the file when `end` is `file`.
        missing: the first component that does not exist when `end` is `missing`.
        identity: (device, inode) of the file when `end` is `file`.
        mode: permission bits of the file, and `size` its length in bytes, when `end` is `file`.
    """

    hops: tuple[Hop, ...]
    end: ChainEnd
    real: str | None = None
    missing: str | None = None
    identity: tuple[int, int] | None = None
    mode: int = 0
    size: int = 0
    links: int = 1  # hard links to the file

    @property
    def start(self) -> str:
        """The name the walk started from."""
        return self.hops[0].path

    @property
    def is_link(self) -> bool:
        """Whether the start itself is a symbolic link."""
        return self.hops[0].target is not None
