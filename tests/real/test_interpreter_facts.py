"""Every interpreter of this machine, read without running it, compared with what it says of itself when it runs."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from tests.support.envs import run
from tests.support.pythons import Python, found, label
from venvdoctor.inspection.host import read_host
from venvdoctor.inspection.interpreter import read_interpreter
from venvdoctor.inspection.shared import Shared
from venvdoctor.view import View

if TYPE_CHECKING:
    from venvdoctor.model.interpreter import Interpreter

pytestmark = pytest.mark.real

_ASK = """
import importlib.machinery, json, os, sys, sysconfig
broken = []
folder = os.path.join(os.path.dirname(os.__file__), "lib-dynload")
for name in sorted({n.split(".")[0] for n in (os.listdir(folder) if os.path.isdir(folder) else []) if n.endswith(
        tuple(importlib.machinery.EXTENSION_SUFFIXES))}):
    if not name.startswith(("_test", "xx", "_xx", "_ctypes_test")):
        try:
            __import__(name)
        except ImportError:
            broken.append(name)
print(json.dumps({
    "version": list(sys.version_info), "flags": getattr(sys, "abiflags", ""), "implementation": sys.implementation.name,
    "soabi": sysconfig.get_config_var("SOABI"), "suffixes": importlib.machinery.EXTENSION_SUFFIXES,
    "prefix": sys.base_prefix, "stdlib": os.path.dirname(os.__file__), "platlibdir": getattr(sys, "platlibdir", "lib"),
    "broken": broken, "sites": __import__("site").getsitepackages(),
}))
"""


def read(path: str, *needs: str, **environ: str) -> Interpreter:
    view = View()
    shared = Shared(view=view, host=read_host(view, environ), needs=frozenset(needs))  # type: ignore[arg-type]
    return read_interpreter(os.path.realpath(path), shared)


def ask(path: str) -> dict:
    done = run([path, "-I", "-W", "ignore", "-c", _ASK])
    assert done.ok, done
    return json.loads(done.out.splitlines()[-1])


@pytest.mark.parametrize("python", found(), ids=label)
def test_what_is_read_is_what_runs(python: Python) -> None:
    facts, truth = read(python.executable, "native"), ask(python.executable)
    assert facts.version is not None
    assert list(facts.version) == truth["version"]
    assert facts.implementation == truth["implementation"]
    assert facts.abi_flags == truth["flags"]
    assert facts.soabi == truth["soabi"]
    assert list(facts.suffixes) == truth["suffixes"]
    assert facts.platlibdir == truth["platlibdir"]
    assert (facts.prefix, facts.stdlib) == (truth["prefix"], truth["stdlib"])
    assert (facts.faults, facts.undecided, facts.stdlib_faults, facts.stdlib_series) == ((), (), (), None)
    assert [module.name for module in facts.modules] == truth["broken"]
    assert list(facts.site_packages) == truth["sites"]
    assert facts.expected_libpython is None
    assert facts.machine == os.uname().machine


@pytest.mark.parametrize("python", found(), ids=label)
def test_the_compiled_prefix_is_that_of_an_installation_in_place(python: Python) -> None:
    facts = read(python.executable)
    if python.implementation != "cpython" or facts.compiled_prefix == "/install":
        pytest.skip("PyPy has none, and a relocatable build was moved")
    assert facts.compiled_prefix == python.prefix
