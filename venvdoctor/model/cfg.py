"""`pyvenv.cfg` as it stands: its entries in file order, and what is wrong with the file as a file."""

from __future__ import annotations

from typing import Literal

from venvdoctor.model.fact import fact

CfgProblem = Literal["not-a-file", "unreadable", "too-large", "not-utf8", "bom"]


@fact
class PyvenvCfg:
    """A `pyvenv.cfg`; readers differ (getpath, site, launchers), so the raw lines are kept.

    Attributes:
        path: the file.
        beside_executable: it stands in `bin/` rather than in the environment's root.
        problem: why the file as a whole cannot be read as intended.
        detail: what stood there (the undecodable byte, the error) for the evidence.
        entries: (key, value) of each line holding `=`, stripped, keys lower-cased, in file order, as site.py
            reads them.
        lines: the text lines, undecodable bytes as surrogate escapes, for the readers that are stricter than site.py.
        text: the whole text likewise (line ends kept: getpath does not break lines where site.py does).
        size: length in bytes; getpath refuses 32 KiB and more.
    """

    path: str
    beside_executable: bool = False
    problem: CfgProblem | None = None
    detail: str = ""
    entries: tuple[tuple[str, str], ...] = ()
    lines: tuple[str, ...] = ()
    text: str = ""
    size: int = 0

    def get(self, key: str) -> str | None:
        """Return the value that site.py uses: the last one wins."""
        for name, value in reversed(self.entries):
            if name == key:
                return value
        return None

    def first(self, key: str) -> str | None:
        """Return the value that getpath uses: the first one wins."""
        for name, value in self.entries:
            if name == key:
                return value
        return None

    @property
    def system_site(self) -> bool:
        """Whether site.py adds the base's site-packages: absent means yes, and only `true` means yes (Lib/site.py)."""
        value = self.get("include-system-site-packages")
        return value is None or value.lower() == "true"
