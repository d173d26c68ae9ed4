"""Facts without a disk for the rules about an interpreter's start, its drift and its configuration."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from venvdoctor.inspection.pyvenv_cfg import parse_cfg
from venvdoctor.model.chain import Chain, Hop
from venvdoctor.model.environment import Environment, LibDir, Startup
from venvdoctor.model.host import Host
from venvdoctor.model.interpreter import Fault, Interpreter, PythonVersion

if TYPE_CHECKING:
    from venvdoctor.finding import Finding
    from venvdoctor.model.cfg import PyvenvCfg

ENV = "/srv/app/.venv"
BASE = "/usr/bin/python3"
CFG = "home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.11.2\n"


def interpreter(version: str | None = "3.11.2", path: str = "/usr/bin/python3.11", **facts: Any) -> Interpreter:
    """An interpreter that starts; version None: a file that is not known as a Python."""
    numbers = [int(part) for part in (version or "3.11.2").split(".")]
    values: dict[str, Any] = {
        "executable": path,
        "version": PythonVersion(*numbers) if version else None,
        "implementation": "cpython",
        "prefix": "/usr",
        "stdlib": f"/usr/lib/python{numbers[0]}.{numbers[1]}",
        "compiled_prefix": "/usr",
    }
    return Interpreter(**(values | facts))


def chain(*hops: tuple[str, str | None], **facts: Any) -> Chain:
    """A chain of these hops; by default `bin/python` to the system's interpreter."""
    steps = hops or ((f"{ENV}/bin/python", BASE), (BASE, "python3.11"), ("/usr/bin/python3.11", None))
    values: dict[str, Any] = {"end": "file", "real": steps[-1][0], "mode": 0o755, "size": 6_000_000}
    return Chain(hops=tuple(Hop(path=path, target=target) for path, target in steps), **(values | facts))


def cfg(text: str | bytes = CFG, **facts: Any) -> PyvenvCfg:
    """A pyvenv.cfg with this content."""
    data = text.encode() if isinstance(text, str) else text
    path = f"{ENV}/bin/pyvenv.cfg" if facts.get("beside_executable") else f"{ENV}/pyvenv.cfg"
    return parse_cfg(path, data, **facts)


def startup(series: str = "python3.11", **facts: Any) -> Startup:
    """A start that succeeds."""
    values: dict[str, Any] = {
        "starts": True,
        "prefix": ENV,
        "base_prefix": "/usr",
        "stdlib": f"/usr/lib/{series}",
        "home": "/usr/bin",
        "home_executable": BASE,
        "site_dirs": (f"{ENV}/lib/{series}/site-packages",),
    }
    return Startup(**(values | facts))


def lib(name: str = "python3.11", distributions: int = 3) -> LibDir:
    """A version directory of the environment."""
    path = f"{ENV}/lib/{name}/site-packages"
    return LibDir(name=name, path=path, distributions=distributions, entries=distributions * 2)


def environment(**facts: Any) -> Environment:
    """A healthy environment, but for what is given."""
    file = facts.pop("interpreter", interpreter())
    values: dict[str, Any] = {
        "path": ENV,
        "real": ENV,
        "identity": (1, 2),
        "bin_dir": f"{ENV}/bin",
        "cfg": cfg(),
        "python": chain(),
        "interpreter": file,
        "base": file,
        "startup": startup(),
        "recorded_version": "3.11.2",
        "lib_dirs": (lib(),),
        "created_by": "venv",
    }
    return Environment(**(values | facts))


def fault(kind: str, subject: str = "", path: str = "/usr/bin/python3.11") -> Fault:
    """A reason why a program cannot be loaded."""
    return Fault(kind, path, subject)


def findings(module: str, env: Environment, host: Host | None = None) -> list[Finding]:
    """Return what one rule says of an environment."""
    rule = import_module(f"venvdoctor.rules.{module}").rule
    return list(rule.on_environment(env, host or Host()))
