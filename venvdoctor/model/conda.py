"""What `conda-meta` records of a conda environment, compared with what is there."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class CondaPackage:
    """One record of `conda-meta`; `problem`: `truncated`, `not-json`, `unreadable` or ""."""

    name: str
    version: str
    build: str
    record_path: str
    link_type: str = "hardlink"
    source: str = ""
    missing: tuple[str, ...] = ()
    missing_count: int = 0
    wrong_prefix: tuple[str, ...] = ()  # files whose recorded prefix is not this one
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CondaFacts:
    """`conda-meta` as a whole."""

    history: bool
    recorded_prefix: str | None = None
    python_record: str | None = None  # version that the python record names
    packages: tuple[CondaPackage, ...] = ()
