"""Symbol versions that the system does not have."""

from __future__ import annotations

from tests.support.interpreter_facts import EXE, judged_by
from venvdoctor.model.interpreter import Fault
from venvdoctor.rules.vd115_c_library_too_old import rule

findings = judged_by(rule)


def test_all_versions_stand_in_one_finding() -> None:
    faults = tuple(
        Fault("symbol-version", EXE, name, "/lib/libc.so.6 lacks it") for name in ("GLIBC_2.38", "GLIBC_2.42")
    )
    (found,) = findings(faults=faults)
    assert (found.severity, found.impact) == ("error", "broken")
    assert found.evidence["wants"] == ["GLIBC_2.38", "GLIBC_2.42"]
    assert "GLIBC_2.38 and 1 more" in found.message


def test_it_is_silent_for_other_faults() -> None:
    assert findings(faults=(Fault("library-missing", EXE, "libz.so.1"),)) == []
    assert findings() == []
