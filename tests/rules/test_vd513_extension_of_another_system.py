"""Extension modules for another machine, C library or system, or damaged."""

from __future__ import annotations

import pytest

from tests.support.native_facts import distribution, fault, findings, module
from venvdoctor.rules.vd513_extension_of_another_system import rule


@pytest.mark.parametrize(
    ("kind", "subject", "cause"),
    [
        ("wrong-machine", "aarch64", "built-for:aarch64"),
        ("wrong-libc", "libc.musl-x86_64.so.1", "built-for:other-libc"),
        ("foreign-format", "Mach-O", "built-for:Mach-O"),
        ("truncated", "", None),
        ("empty", "", None),
        ("text", "", None),
        ("garbled", "", None),
    ],
)
def test_each_kind(kind: str, subject: str, cause: str | None) -> None:
    item = module("lxml.etree", fault(kind, subject), use="required", importers=("lxml.builder",))
    (found,) = findings(rule, distribution("lxml", item))
    assert (found.severity, found.path) == ("error", item.path)
    assert (found.cause.id if found.cause else None) == cause
    assert found.evidence["problem"] == kind


def test_an_unknown_private_module_is_a_warning_and_a_lone_public_one_an_error() -> None:
    wrong = fault("wrong-machine", "aarch64")
    private = module("zope.interface._optimizations", wrong, use="unknown", alone=True)
    public = module("cv2.cv2", wrong, use="unknown", alone=True)
    severities = [item.severity for item in findings(rule, distribution("a", private), distribution("b", public))]
    assert severities == ["error", "warning"]


def test_silent_on_missing_libraries() -> None:
    assert findings(rule, distribution("x", module("x", fault("library-missing", "libpq.so.5")))) == []
