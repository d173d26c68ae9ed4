"""An overlay of uv extends an environment that is gone.

## What it checks
`extends-environment` in `pyvenv.cfg`, which `uv run --with` writes: the environment whose packages this one adds to.

## Why it matters
The packages of the parent are not found, so what runs here fails on import. uv makes such overlays anew whenever they
are needed, so the remains in its cache harm nobody.

## How to fix
Run the `uv run --with …` command again, or `uv cache prune`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.finding import Remedy
from venvdoctor.rule import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD525",
    name="overlay-parent-missing",
    summary="the environment that an overlay of uv extends is gone",
    severity="error",
    since="0.1",
    requires=("VD101",),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report the parent that is gone."""
    receipt = env.receipt
    if receipt is None or receipt.extends is None or receipt.extends_exists is not False:
        return
    cached = "/environments-v" in env.path or "/builds-v" in env.path or "/archive-v" in env.path
    yield rule.finding(
        severity="note" if cached else "error",
        message=f"{env.path} extends the environment {receipt.extends}, which is gone",
        path=receipt.path,
        evidence={"extends-environment": receipt.extends},
        remedy=Remedy(
            kind="rebuild", summary="let uv make the overlay again", command="uv cache prune" if cached else ""
        ),
    )
