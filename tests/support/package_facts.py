"""Facts without a disk for the rules about packages: distributions in an environment that starts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.script_facts import ENV, environment, findings
from venvdoctor.model.cfg import PyvenvCfg
from venvdoctor.model.distribution import Distribution, ImportName, Library, RecordFaults, Requirement
from venvdoctor.model.interpreter import Interpreter, PythonVersion

if TYPE_CHECKING:
    from venvdoctor.model.environment import Environment

__all__ = ["ENV", "SITE", "dist", "environment", "fails", "findings", "lost", "needs", "with_library", "with_packages"]

SITE = f"{ENV}/lib/python3.11/site-packages"


def dist(name: str = "demo", **facts: Any) -> Distribution:
    """A whole, healthy distribution."""
    values: dict[str, Any] = {
        "name": name,
        "key": name.lower(),
        "version": "1.0",
        "site_dir": SITE,
        "metadata_path": f"{SITE}/{name}-1.0.dist-info",
        "top_level": (name,),
        "imports": (ImportName(name=name, state="imports", path=f"{SITE}/{name}/__init__.py"),),
    }
    return Distribution(**(values | facts))


def fails(name: str, reason: str, **facts: Any) -> tuple[ImportName, ...]:
    """The imports of a distribution whose one name fails."""
    values: dict[str, Any] = {"path": f"{SITE}/{name}/__init__.py"}
    return (ImportName(name=name, state="fails", reason=reason, **(values | facts)),)


def lost(*paths: str, **facts: Any) -> RecordFaults:
    """A RECORD whose modules at these paths are gone."""
    values: dict[str, Any] = {"missing": paths, "missing_count": len(paths), "modules": paths, "modules_left": 3}
    return RecordFaults(**(values | facts))


def needs(text: str, installed: str | None = None, **facts: Any) -> tuple[Requirement, ...]:
    """One requirement that is not met."""
    name = text.partition(">")[0]
    return (Requirement(text=text, name=name, installed=installed, satisfied=False, **facts),)


def with_library(library: Library, **facts: Any) -> Environment:
    """An environment of Python 3.11 that does not see its base's packages."""
    values: dict[str, Any] = {
        "library": library,
        "interpreter": Interpreter(executable="/usr/bin/python3.11", version=PythonVersion(3, 11, 2)),
        "cfg": PyvenvCfg(path=f"{ENV}/pyvenv.cfg", entries=(("include-system-site-packages", "false"),)),
    }
    return environment(**(values | facts))


def with_packages(*found: Distribution, **facts: Any) -> Environment:
    """An environment with these distributions."""
    return with_library(Library(path=(SITE,), distributions=found), **facts)
