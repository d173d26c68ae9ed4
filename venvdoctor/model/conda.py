"""What `conda-meta` records of a conda environment, compared with what is there."""

from __future__ import annotations

from venvdoctor.model.fact import fact


@fact
class CondaPackage:
    """One record of `conda-meta`.

    Attributes:
        record_path: the JSON file; `problem`: `empty`, `truncated`, `not-json`, `unreadable`, `twin` (another
            record names the same package) or "".
        link_type: `hardlink`, `softlink`, `copy`; `source` the directory in the package cache that it came from.
        missing: recorded files that are not there (first 50), `missing_count` all of them (byte code not counted).
        missing_code: whether a program, a module or a library is among them.
        behind: `replaced` when pip put another version in its place, `removed` when pip took it away, else "".
        dangling: linked files whose target in the package cache is gone (first 50).
        depends: names of the packages that it needs.
        noarch: files of a `noarch: python` package go into the `lib/pythonX.Y` of the Python that was there.
    """

    name: str
    version: str
    build: str
    record_path: str
    link_type: str = "hardlink"
    source: str = ""
    noarch: bool = False
    depends: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    missing_count: int = 0
    missing_code: bool = False
    behind: str = ""
    dangling: tuple[str, ...] = ()
    altered: tuple[str, ...] = ()  # only with `--deep`: shared by hard link, and not as recorded
    stranded: str = ""  # `pythonX.Y` that its files lie in, where that is not the Python that is there
    wrong_prefix: tuple[str, ...] = ()  # files whose recorded prefix is not this one
    problem: str = ""


@fact
class CondaFacts:
    """`conda-meta` as a whole.

    Attributes:
        history: `conda-meta/history` is there; `foreign`: another tool (pixi) keeps this environment and needs none.
        recorded_prefix: the prefix that the environment's own files name, when it is not this one;
            `recorded_prefix_exists`: another environment stands there.
        python_record: version that the python record names.
        stranded: (`pythonX.Y`, names of distributions that only that directory holds) of other minors.
        forgotten: packages that the history says are installed, and that no record names.
        unmet: (a package that another one needs and that no record names nor pip has put there, who needs it).
        unread: why nothing could be read, "" otherwise.
    """

    history: bool
    foreign: bool = False
    recorded_prefix: str | None = None
    recorded_prefix_exists: bool = False
    python_record: str | None = None
    packages: tuple[CondaPackage, ...] = ()
    stranded: tuple[tuple[str, tuple[str, ...]], ...] = ()
    forgotten: tuple[str, ...] = ()
    unmet: tuple[tuple[str, str], ...] = ()
    unread: str = ""
