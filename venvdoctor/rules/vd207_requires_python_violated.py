"""A package does not allow the Python version that runs it.

## What it checks
`Requires-Python` in the metadata of every installed package against the version of the environment's actual
interpreter, pre-releases allowed. A specifier that cannot be read is ignored, as pip ignores it. It is an error where
importing the package surely runs what an older Python refuses: newer syntax, `int | None` before Python 3.10.

## Why it matters
The package was not made for this version. `pip check` does not say so. It may run, fail to import, or fail later;
the next resolver run will replace or refuse it.

## How to fix
Install a version of the package that supports this Python (another version is yours to decide on, so `venvdoctor fix`
leaves it), or rebuild the environment with a Python that it allows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.rule import Rule
from venvdoctor.rules._packages import is_root, packages, upgrade

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.finding import Finding
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD207",
    name="requires-python-violated",
    summary="a package does not allow the Python version that runs it",
    severity="warning",
    since="0.1",
    needs=frozenset({"distributions", "files", "imports"}),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report each package whose Requires-Python excludes the actual version."""
    version = env.interpreter.version.text if env.interpreter and env.interpreter.version else ""
    for dist in packages(env):
        if dist.requires_python_ok is False:
            refused = [item for item in dist.imports if item.reason == "newer-python" and is_root(dist, item)]
            effect = f": `import {refused[0].name}` fails" if refused else ""
            yield rule.finding(
                severity="error" if refused else None,
                message=f"{dist.label} requires Python {dist.requires_python}, and Python {version} runs it{effect}",
                path=dist.metadata_path,
                distribution=dist.name,
                evidence={
                    "requires": dist.requires_python,
                    "python": version,
                    **({"refused": f"{refused[0].detail} in {refused[0].path}"} if refused else {}),
                },
                remedy=upgrade(
                    env, dist, f"install a {dist.name} that supports Python {version}, or use a Python that it allows"
                ),
            )
