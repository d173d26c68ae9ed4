"""Facts without a disk for the rules about scripts, receipts, conda and dependents, and the findings of one rule."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from venvdoctor.model.chain import Chain, Hop
from venvdoctor.model.conda import CondaFacts, CondaPackage
from venvdoctor.model.dependent import Dependent
from venvdoctor.model.environment import Environment, Startup
from venvdoctor.model.host import Host
from venvdoctor.model.receipt import Receipt
from venvdoctor.model.script import Former, Script, ScriptFacts

if TYPE_CHECKING:
    from venvdoctor.finding import Finding

ENV = "/srv/app/.venv"
HOST = Host()


def python_chain(end: str = "file", mode: int = 0o755) -> Chain:
    """The chain of `bin/python`."""
    return Chain(hops=(Hop(path=f"{ENV}/bin/python", target="/usr/bin/python3"),), end=end, mode=mode)  # type: ignore[arg-type]


def environment(**facts: Any) -> Environment:
    """An environment that starts."""
    values: dict[str, Any] = {
        "path": ENV,
        "real": ENV,
        "identity": (1, 2),
        "bin_dir": f"{ENV}/bin",
        "python": python_chain(),
        "startup": Startup(starts=True, site_dirs=(f"{ENV}/lib/python3.11/site-packages",)),
    }
    return Environment(**(values | facts))


def script(name: str = "tool", **facts: Any) -> Script:
    """A script that an installer wrote and that starts."""
    values: dict[str, Any] = {
        "path": f"{ENV}/bin/{name}",
        "kind": "shebang",
        "interpreter": f"{ENV}/bin/python",
        "resolved": "/usr/bin/python3.11",
        "own": True,
        "python": True,
        "generated": True,
        "module": "tool.cli",
        "place": ENV,
        "place_state": "own",
    }
    return Script(**(values | facts))


def with_scripts(*scripts: Script, former: Former | None = None, **facts: Any) -> Environment:
    """An environment with these scripts."""
    return environment(scripts=ScriptFacts(scripts=scripts, former=former), **facts)


def with_conda(*packages: CondaPackage, **facts: Any) -> Environment:
    """A conda environment with these records."""
    values: dict[str, Any] = {"history": True, "python_record": "3.12.1", "packages": packages}
    return environment(kind="conda", conda=CondaFacts(**(values | facts)))


def package(name: str = "hello", **facts: Any) -> CondaPackage:
    """A record of conda that is as it should be."""
    values: dict[str, Any] = {
        "name": name,
        "version": "1.0",
        "build": "0",
        "record_path": f"{ENV}/conda-meta/{name}-1.0-0.json",
    }
    return CondaPackage(**(values | facts))


def receipt(**facts: Any) -> Receipt:
    """A readable record of uv."""
    values: dict[str, Any] = {"manager": "uv-tool", "path": f"{ENV}/uv-receipt.toml", "main_package": "tool"}
    return Receipt(**(values | facts))


def reference(kind: str, state: str = "missing", **facts: Any) -> Dependent:
    """A reference from outside to a program of the environment."""
    values: dict[str, Any] = {
        "kind": kind,
        "path": "/home/u/.config/thing",
        "name": "thing",
        "target": f"{ENV}/bin/tool",
        "state": state,
        "detail": ENV if state == "missing" else "",
        "environment": ENV,
    }
    return Dependent(**(values | facts))


def findings(module: str, subject: Environment | Dependent) -> list[Finding]:
    """What one rule says about a subject; its fixed parts hold for every finding."""
    rule = import_module(f"venvdoctor.rules.{module}").rule
    check = rule.on_dependent if isinstance(subject, Dependent) else rule.on_environment
    found: list[Finding] = list(check(subject, HOST))
    for item in found:
        assert item.code == rule.code
        assert item.message
        assert item.path.startswith("/")
        assert item.evidence
        assert item.remedy.summary
    return found
