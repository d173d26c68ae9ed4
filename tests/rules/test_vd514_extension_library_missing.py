"""Shared libraries that extension modules need and that are nowhere."""

from __future__ import annotations

import pytest

from tests.support.native_facts import distribution, fault, findings, module
from venvdoctor.rules.vd514_extension_library_missing import rule

PQ = fault("library-missing", "libpq.so.5")


def test_the_library_is_the_cause() -> None:
    item = module(
        "psycopg2._psycopg", PQ, fault("library-missing", "libkrb5.so.3"), use="required", importers=("psycopg2",)
    )
    (found,) = findings(rule, distribution("psycopg2", item))
    assert (found.severity, found.distribution) == ("error", "psycopg2")
    assert found.evidence["missing"] == ["libpq.so.5", "libkrb5.so.3"]
    assert found.cause is not None
    assert (found.cause.id, found.cause.summary) == ("library-gone:libpq.so.5", "libpq.so.5 is missing")
    assert found.remedy.command == "venvdoctor fix /env"


@pytest.mark.parametrize(
    ("use", "alone", "severity"),
    [
        ("required", False, "error"),
        ("conditional", True, "error"),
        ("conditional", False, "warning"),
        ("optional", True, "note"),
        ("unknown", False, "note"),
        ("unknown", True, "error"),
    ],
)
def test_severity_follows_from_who_would_notice(use: str, alone: bool, severity: str) -> None:
    item = module("pkg.sound", fault("library-missing", "libpulse.so.0"), use=use, alone=alone)
    (found,) = findings(rule, distribution("pkg", item))
    assert found.severity == severity


def test_an_absent_driver_is_a_note_whoever_needs_it() -> None:
    item = module("cupy._core", fault("driver-missing", "libcuda.so.1"), use="required", importers=("cupy",))
    (found,) = findings(rule, distribution("cupy", item))
    assert (found.severity, found.impact) == ("note", "none")


def test_a_version_that_a_missing_library_hides_is_not_reported_twice() -> None:
    item = module("x.y", PQ, fault("symbol-version", "GLIBC_2.99"), use="required")
    assert len(findings(rule, distribution("x", item))) == 1
