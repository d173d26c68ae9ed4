"""The shape of a rule: what is declared about it, and the one function that judges.

A rule module is `rules/<code>_<name>.py`; its docstring is the user's documentation and has the headings
`What it checks`, `Why it matters` and `How to fix`. It defines one `rule` and decorates one generator::

    rule = Rule(code="VD102", name="interp-loop", summary="bin/python is a loop", severity="error", since="0.1")

    @rule.environment
    def check(env: Environment, host: Host) -> Iterator[Finding]:
        if env.python and env.python.end == "loop":
            yield rule.finding(message=…, path=…, evidence=…, remedy=…, impact="broken")
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from venvdoctor.finding import Cause, Evidence, Finding, Impact, Remedy, Severity
from venvdoctor.model.fact import field, record

if TYPE_CHECKING:
    from collections.abc import Mapping

    from venvdoctor.model.dependent import Dependent
    from venvdoctor.model.environment import Environment, Need
    from venvdoctor.model.host import Host
    from venvdoctor.model.interpreter import Interpreter

EnvironmentCheck = Callable[["Environment", "Host"], Iterator[Finding]]
InterpreterCheck = Callable[["Interpreter", "Host"], Iterator[Finding]]
DependentCheck = Callable[["Dependent", "Host"], Iterator[Finding]]
Check = Callable[[Any, "Host"], Iterable[Finding]]


@record
class Rule:
    """One rule of the catalogue.

    Attributes:
        code: `VD` and three digits; never reused, never changed in meaning.
        name: kebab-case name of the defect.
        summary: one line, without a full stop.
        severity: the usual severity of its findings; a finding may carry a lower one.
        since: the version that brought it.
        requires: codes that must not have fired on the same environment for this rule to run (one root, one finding).
        needs: the costly facts that it reads.
        sites: whether it judges version directories outside environments (kinds `user-site`, `global-site`) too.
    """

    code: str
    name: str
    summary: str
    severity: Severity
    since: str
    requires: tuple[str, ...] = ()
    needs: frozenset[Need] = frozenset()
    sites: bool = False
    on_environment: EnvironmentCheck | None = field(default=None, init=False)
    on_interpreter: InterpreterCheck | None = field(default=None, init=False)
    on_dependent: DependentCheck | None = field(default=None, init=False)
    module: str = field(default="", init=False)

    def environment(self, check: EnvironmentCheck) -> EnvironmentCheck:
        """Register the check as one that judges an environment."""
        self.on_environment, self.module = check, check.__module__
        return check

    def interpreter(self, check: InterpreterCheck) -> InterpreterCheck:
        """Register the check as one that judges a base interpreter; its environments inherit the findings."""
        self.on_interpreter, self.module = check, check.__module__
        return check

    def dependent(self, check: DependentCheck) -> DependentCheck:
        """Register the check as one that judges a reference from outside."""
        self.on_dependent, self.module = check, check.__module__
        return check

    @property
    def documentation(self) -> str:
        """The module's docstring: the user documentation, in Markdown."""
        return (sys.modules[self.module].__doc__ or "").strip() if self.module else ""

    def finding(
        self,
        *,
        message: str,
        path: str,
        remedy: Remedy,
        evidence: Mapping[str, Evidence],
        severity: Severity | None = None,
        impact: Impact | None = None,
        distribution: str | None = None,
        cause: Cause | None = None,
        undecided: bool = False,
    ) -> Finding:
        """Build a finding of this rule; an error degrades its environment unless `impact` says otherwise."""
        level = severity or self.severity
        effect: Impact = impact or "degraded"
        return Finding(
            code=self.code,
            rule=self.name,
            severity=level,
            message=message,
            path=path,
            remedy=remedy,
            impact=effect if level == "error" else "none",
            distribution=distribution,
            evidence=evidence,
            cause=cause,
            undecided=undecided,
        )
