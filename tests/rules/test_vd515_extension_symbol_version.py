"""Symbol versions that no library here defines."""

from __future__ import annotations

from tests.support.native_facts import distribution, fault, findings, module
from venvdoctor.rules.vd515_extension_symbol_version import rule

NEW = fault("symbol-version", "GLIBC_2.99", "/lib/libc.so.6 does not define it")


def test_the_version_is_the_cause() -> None:
    item = module("kiwisolver._cext", NEW, use="required", importers=("kiwisolver",))
    (found,) = findings(rule, distribution("kiwisolver", item))
    assert (found.severity, found.evidence["wanted"]) == ("error", ["GLIBC_2.99"])
    assert found.cause is not None
    assert found.cause.id == "version-missing:GLIBC_2.99"
    assert "/lib/libc.so.6 does not define it" in found.message


def test_a_guarded_speed_up_is_a_warning() -> None:
    (found,) = findings(rule, distribution("markupsafe", module("markupsafe._speedups", NEW, use="optional")))
    assert found.severity == "warning"


def test_silent_where_a_library_is_missing_altogether() -> None:
    item = module("x.y", fault("library-missing", "libz.so.9"), NEW, use="required")
    assert findings(rule, distribution("x", item)) == []
