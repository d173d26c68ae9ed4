"""Made-up facts about extension modules, for the tests of the rules on them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from venvdoctor.diagnosis import diagnose_environment
from venvdoctor.model.distribution import Distribution, ImportName, Library
from venvdoctor.model.environment import Environment, Startup
from venvdoctor.model.host import Host
from venvdoctor.model.interpreter import Fault, Interpreter

if TYPE_CHECKING:
    from venvdoctor.finding import Finding
    from venvdoctor.rule import Rule

SITE = "/env/lib/python3.11/site-packages"
SUFFIXES = (".cpython-311-x86_64-linux-gnu.so", ".abi3.so", ".so")


def module(name: str, *faults: Fault, reason: str = "unloadable", **facts: Any) -> ImportName:
    path = f"{SITE}/{name.replace('.', '/')}.so"
    own = tuple(fault._replace(path=fault.path or path) for fault in faults)
    return ImportName(name=name, state="fails", reason=reason, path=path, faults=own, **facts)


def fault(kind: str, subject: str, detail: str = "") -> Fault:
    return Fault(kind, "", subject, detail)


def distribution(name: str, *native: ImportName, **facts: Any) -> Distribution:
    place = f"{SITE}/{name}-1.0.dist-info"
    known = {"name": name, "key": name, "version": "1.0", "site_dir": SITE, "metadata_path": place, "native": native}
    return Distribution(**{**known, **facts})


def findings(rule: Rule, *dists: Distribution, starts: bool = True) -> list[Finding]:
    interpreter = Interpreter(executable="/usr/bin/python3.11", suffixes=SUFFIXES, machine="x86_64", libc="glibc")
    env = Environment(
        path="/env",
        real="/env",
        identity=(1, 2),
        interpreter=interpreter,
        startup=Startup(starts=starts),
        library=Library(distributions=dists),
    )
    return diagnose_environment(env, Host(), [rule])
