"""A file of trusted certificates is missing.

## What it checks
`cacert.pem` of certifi (and of the copy inside pip), and the files that `SSL_CERT_FILE`, `REQUESTS_CA_BUNDLE`,
`CURL_CA_BUNDLE` and `PIP_CERT` name in the session that runs the scan.

## Why it matters
requests ends with "Could not find a suitable TLS CA certificate bundle", pip cannot download, and `ssl` silently
trusts nobody.

## How to fix
Install certifi again; unset or correct the variable.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.finding import Cause, Remedy
from venvdoctor.rule import Rule
from venvdoctor.rules._packages import reinstall

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD521",
    name="ca-bundle-missing",
    summary="a file of trusted certificates is missing",
    severity="error",
    since="0.1",
    needs=frozenset({"distributions", "files"}),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report missing bundles: a package's own as an error, a variable's as a warning."""
    library = env.library
    if library is None or env.startup.starts is False:
        return
    for item in library.bundles:
        if item.exists is not False:
            continue
        variable = item.named_by.isupper() and "_" in item.named_by
        if variable and not library.distributions:
            continue
        by = f"the variable {item.named_by}" if variable else f"the package {item.named_by}"
        remedy = Remedy(kind="edit", summary=f"unset {item.named_by}", command=f"unset {item.named_by}")
        yield rule.finding(
            severity="warning" if variable else None,
            message=f"{item.path}, the certificates of {by}, is missing: connections fail for lack of trust",
            path=item.path,
            distribution=None if variable else item.named_by,
            evidence={"named by": item.named_by, "expected": "a file of certificates"},
            cause=Cause(id=f"variable:{item.named_by}", summary=f"{item.named_by} names {item.path}, which is missing")
            if variable
            else None,
            remedy=remedy if variable else reinstall(env, item.named_by),
        )
