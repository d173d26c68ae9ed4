"""Extension modules that are there for another Python only."""

from __future__ import annotations

from tests.support.native_facts import distribution, findings, module
from venvdoctor.rules.vd512_extension_tag_mismatch import rule

OLD = ".cpython-39-x86_64-linux-gnu.so"


def test_a_package_that_cannot_do_without_is_an_error() -> None:
    item = module("psycopg2._psycopg", reason="wrong-tag", detail=OLD, use="required", importers=("psycopg2",))
    (found,) = findings(rule, distribution("psycopg2", item))
    assert (found.severity, found.impact, found.distribution) == ("error", "degraded", "psycopg2")
    assert found.message.startswith("psycopg2 1.0 cannot be imported: ")
    assert found.evidence["found"] == OLD
    assert found.cause is not None
    assert found.cause.id == f"extension-tag:{OLD}"


def test_a_speed_up_that_is_guarded_is_a_warning() -> None:
    item = module("markupsafe._speedups", reason="wrong-tag", detail=OLD, use="optional", alone=True)
    (found,) = findings(rule, distribution("markupsafe", item))
    assert (found.severity, found.impact) == ("warning", "none")


def test_many_modules_give_one_finding_named_after_the_worst() -> None:
    first = module("numpy._core._tests", reason="wrong-tag", detail=OLD, use="unknown")
    second = module("numpy._core._umath", reason="wrong-tag", detail=OLD, use="required", importers=("numpy.random",))
    (found,) = findings(rule, distribution("numpy", first, second))
    assert found.severity == "error"
    assert found.path.endswith("_umath.so")
    assert found.evidence["count"] == 2


def test_silent_on_modules_with_other_faults_and_without_an_interpreter() -> None:
    assert findings(rule, distribution("numpy", module("numpy._core", use="required"))) == []
    wrong = module("numpy._core", reason="wrong-tag", use="required")
    assert findings(rule, distribution("numpy", wrong), starts=False) == []
    assert findings(rule, distribution("numpy", wrong, from_base=True)) == []
