"""A rule of venvdoctor itself failed.

## What it checks
Nothing on the disk: it stands for a rule that raised an error while it judged this place.

## Why it matters
What the failed rule checks is unknown here. The environment is never called healthy because of a crash.

## How to fix
It is a defect of venvdoctor. Report it with the output of `venvdoctor show ENV --format json`.
"""

from venvdoctor.rule import Rule

rule = Rule(
    code="VD902",
    name="rule-crashed",
    summary="a rule of venvdoctor failed on this place",
    severity="warning",
    since="0.1",
)
rule.module = __name__
