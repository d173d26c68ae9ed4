"""An interpreter of another machine, and what runs here all the same."""

from __future__ import annotations

from tests.support.interpreter_facts import EXE, judged_by
from venvdoctor.model.host import Host
from venvdoctor.model.interpreter import Fault
from venvdoctor.rules.vd114_wrong_machine import rule

findings = judged_by(rule)


def test_it_names_both_machines() -> None:
    (found,) = findings(machine="aarch64", faults=(Fault("wrong-machine", EXE, "aarch64", "this machine is x86_64"),))
    assert (found.severity, found.impact) == ("error", "broken")
    assert (found.evidence["built for"], found.evidence["machine"]) == ("aarch64", "x86_64")
    assert "aarch64" in found.message
    assert "x86_64" in found.message


def test_a_system_is_named_where_the_machine_is_not_known() -> None:
    (found,) = findings(Host(platform="darwin"), faults=(Fault("wrong-machine", EXE, "linux"),))
    assert found.evidence["system"] == "darwin"


def test_it_is_silent_for_a_library_of_another_machine_and_for_none() -> None:
    assert findings(faults=(Fault("wrong-machine", "/usr/lib/libz.so.1", "i386"),)) == []
    assert findings(machine="aarch64") == []  # the reader has seen an emulator
