"""A record ties a project to an environment or a Python version, and one of the two is gone.

## What it checks
`.project` files (virtualenvwrapper, pipenv) against the project's directory, poetry's `envs.toml` against the
environments, `.pdm-python` against the interpreter, `.python-version` against the versions that pyenv has.

## Why it matters
An environment whose project is gone takes room and nobody uses it. A project whose recorded environment or version is
gone gets another one from its manager on the next run, or an error from pyenv ("version … is not installed").

## How to fix
Remove the environment that nobody needs, or let the manager make a new one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.finding import Remedy
from venvdoctor.outside import cause_of, evidence_of, is_sick
from venvdoctor.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.dependent import Dependent
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD707",
    name="orphaned-record",
    summary="a project's record names an environment, a version or a project that is gone",
    severity="note",
    since="0.1",
)

_KINDS = ("project", "receipt", "version-file")
_REMEDIES = {
    "project": "remove the environment, if its project is not coming back",
    "receipt": "let poetry make the environment again, or remove the entry",
    "version-file": "install the version, or change the file",
    "pdm": "repair the environment, or let pdm choose another with `pdm use`",
}


@rule.dependent
def check(item: Dependent, _host: Host) -> Iterator[Finding]:
    """Report a record whose other end is gone."""
    if item.kind not in _KINDS or not is_sick(item):
        return
    if item.kind == "project":
        message = f"{item.environment} was made for {item.target}, which is gone"
    elif item.kind == "receipt":
        message = f"{item.path} names the environment {item.target}, which is gone"
    else:
        message = f"{item.path} asks {item.name} for {item.target}, which is gone"
    yield rule.finding(
        message=message,
        path=item.path,
        evidence=evidence_of(item),
        cause=cause_of(item) if item.kind == "version-file" else None,
        remedy=Remedy(
            kind="look", summary=_REMEDIES["pdm" if item.name == "pdm" and item.kind == "version-file" else item.kind]
        ),
    )
