"""Functions of Python's C API that this interpreter does not have."""

from __future__ import annotations

from tests.support.native_facts import distribution, fault, findings, module
from venvdoctor.rules.vd516_extension_undefined_symbol import rule

GONE = fault("undefined-symbol", "_PyModule_Add", "libpython3.11.so.1.0 does not define it")


def test_the_symbol_is_named() -> None:
    item = module("fast", GONE, use="required")
    (found,) = findings(rule, distribution("fast", item))
    assert (found.severity, found.evidence["undefined"]) == ("error", ["_PyModule_Add"])
    assert found.message.startswith("fast 1.0 cannot be imported: ")
    assert "_PyModule_Add" in found.message


def test_silent_on_other_faults() -> None:
    assert findings(rule, distribution("fast", module("fast", fault("symbol-version", "GLIBC_2.99")))) == []
