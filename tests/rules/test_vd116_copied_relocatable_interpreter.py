"""VD116: a copy without its library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.start_facts import ENV, environment, fault, findings, interpreter, startup

if TYPE_CHECKING:
    from venvdoctor.finding import Finding
    from venvdoctor.model.interpreter import Interpreter

RULE = "vd116_copied_relocatable_interpreter"


COPY = f"{ENV}/bin/python"
BASE = interpreter(path="/opt/py/bin/python3.11", libpython="/opt/py/lib/libpython3.11.so.1.0")


def copied(base: Interpreter | None = BASE, subject: str = "libpython3.11.so.1.0") -> list[Finding]:
    file = interpreter(path=COPY, faults=(fault("library-missing", subject, COPY),))
    return findings(RULE, environment(interpreter=file, base=base, startup=startup(starts=False)))


def test_the_base_is_whole() -> None:
    (found,) = copied()
    assert (found.severity, found.impact) == ("error", "broken")
    assert found.remedy.kind == "relink"
    assert "/opt/py/bin/python3.11" in found.message


def test_silent_where_the_base_lacks_it_too_or_is_the_same() -> None:
    assert not copied(interpreter(path="/opt/py/bin/python3.11", faults=(fault("library-missing", "libpython3.11"),)))
    assert not copied(None)
    assert not findings(RULE, environment())
