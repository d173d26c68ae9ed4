"""VD103: no interpreter at all."""

from __future__ import annotations

from tests.support.start_facts import ENV, environment, findings, startup
from venvdoctor.model.conda import CondaFacts
from venvdoctor.model.environment import Unreadable

RULE = "vd103_interpreter_missing"


NONE = startup(starts=False, reason="no-interpreter")


def test_says_which_directory_is_empty() -> None:
    (found,) = findings(RULE, environment(python=None, interpreter=None, startup=NONE))
    assert (found.severity, found.impact) == ("error", "broken")
    assert found.path == f"{ENV}/bin"


def test_a_conda_environment_without_python_is_whole() -> None:
    facts = {"python": None, "interpreter": None, "startup": NONE, "kind": "conda"}
    assert not findings(RULE, environment(**facts, conda=CondaFacts(history=True)))
    assert findings(RULE, environment(**facts, conda=CondaFacts(history=True, python_record="3.11.2")))


def test_silent_where_it_could_not_be_looked_for() -> None:
    place = Unreadable(path=f"{ENV}/bin", reason="Permission denied")
    assert not findings(RULE, environment(python=None, startup=NONE, unreadable=(place,)))
    assert not findings(RULE, environment())
