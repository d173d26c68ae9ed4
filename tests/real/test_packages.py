"""Real environments with made-up packages, damaged; importing each name for real is the judge of the static answer."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from tests.support.envs import make_venv, must, run, site_packages
from tests.support.library import inspected, library
from tests.support.pythons import every, python
from tests.support.scanning import codes, environment, scan
from tests.support.wheels import install

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.pythons import Python

pytestmark = pytest.mark.real

ASK_PATH = "import sys, json; print(json.dumps(sys.path))"
TRY = """
import importlib, json, sys
state = {}
for name in sys.argv[1:]:
    try:
        module = importlib.import_module(name)
        state[name] = "imports" if getattr(module, "__file__", None) else "empty"
    except Exception:
        state[name] = "fails"
print(json.dumps(state))
"""
FILES = {
    "demo/__init__.py": "from .core import run\n",
    "demo/core.py": "import json\nfrom demo import helper\n\n\ndef run():\n    return helper.VALUE\n",
    "demo/helper.py": "VALUE = 1\n",
    "demo/lazy.py": "import missing_thing\n",
    "space/inner/__init__.py": "",
    "single.py": "try:\n    import missing_thing\nexcept ImportError:\n    missing_thing = None\n",
}


def states(env: Path) -> dict[str, tuple[str, str]]:
    """Return what the static reading says of each name."""
    return {item.name: (item.state, item.reason) for dist in library(env).distributions for item in dist.imports}


def truth(env: Path, names: list[str]) -> dict[str, str]:
    """Return what importing each name shows."""
    done = run([env / "bin/python", "-c", TRY, *names])
    assert done.ok, done
    answer: dict[str, str] = json.loads(done.out)
    return answer


def _agree(env: Path) -> None:
    said = states(env)
    real = truth(env, list(said))
    for name, (state, reason) in said.items():
        whole = real[name] == "imports" and reason != "truncated"  # an empty module imports, and is of no use
        assert state == ("imports" if whole else "fails"), (name, state, reason, real[name])


@pytest.fixture
def env(tmp_path: Path) -> Path:
    place = make_venv(python(), tmp_path / "env")
    install(site_packages(place), "demo", "1.0", files=FILES)
    return place


DAMAGE: dict[str, tuple[Callable[[Path], object], str]] = {
    "core": (lambda site: (site / "demo/core.py").unlink(), "missing"),
    "helper": (lambda site: (site / "demo/helper.py").unlink(), "missing"),
    "lazy": (lambda site: (site / "demo/lazy.py").unlink(), ""),
    "init": (lambda site: (site / "demo/__init__.py").unlink(), "empty-namespace"),
    "everything": (lambda site: shutil.rmtree(site / "demo"), "missing"),
    "emptied": (lambda site: (site / "demo/core.py").write_text(""), "truncated"),
    "zeroed": (lambda site: (site / "demo/core.py").write_bytes(bytes(50)), "truncated"),
    "nuls": (lambda site: _fill(site / "demo/core.py", 0), "truncated"),  # what a power cut leaves: the size is right
    "tail": (lambda site: _fill(site / "demo/core.py", -5), "truncated"),
}


def _fill(path: Path, start: int) -> None:
    """Replace the bytes from `start` on by NULs."""
    data = path.read_bytes()
    kept = data[:start]
    path.write_bytes(kept + bytes(len(data) - len(kept)))


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_seen_as_importing_sees_it(env: Path, damage: str) -> None:
    act, reason = DAMAGE[damage]
    _agree(env)
    act(site_packages(env))
    _agree(env)
    assert states(env)["demo"][1] == reason


@every("3.6")
def test_the_path_is_the_interpreters_own(interpreter: Python, tmp_path: Path) -> None:
    env = make_venv(interpreter, tmp_path / "env")
    site = site_packages(env)
    for name in ("one", "two", "nested"):
        (site / name).mkdir()
    (site / "b.pth").write_text("two\n# comment\n\nmissing\none\ntwo\n")
    (site / "a.pth").write_text(f"{tmp_path}\nimport sys; sys.path.append('{site}/nested')\n")
    (site / ".hidden.pth").write_text("..\n")
    done = must([env / "bin/python", "-c", ASK_PATH])
    real = json.loads(done.out)
    assert list(library(env).path) == list(dict.fromkeys(real[real.index(str(site)) :]))  # site reads them twice


def test_links_into_a_purged_cache(env: Path, tmp_path: Path) -> None:
    site = site_packages(env)
    cache = tmp_path / "cache"
    cache.mkdir()
    for path in sorted((site / "demo").glob("*.py")):
        shutil.move(path, cache / path.name)
        path.symlink_to(cache / path.name)
    (found,) = (dist for dist in library(env).distributions if dist.key == "demo")
    assert found.linked
    _agree(env)
    shutil.rmtree(cache)
    (found,) = (dist for dist in library(env).distributions if dist.key == "demo")
    assert found.faults is not None
    assert found.faults.dangling
    _agree(env)


ENDING = {
    "import sys; sys.exit(3)": True,
    "import os; os._exit(0)": True,
    "import os, sys; raise SystemExit('no')": True,
    "import os; os.abort()": True,
    "import nowhere_to_be_found; sys.exit(1)": False,  # fails before, and site.py goes on
    "import nowhere_to_be_found\nimport sys; sys.exit(1)": False,
    "import sys; exit()": False,  # site.py has not made that name yet
    "import sys; 1 / 0; sys.exit(1)": False,
    "import sys; sys.exit(1) if sys.flags.interactive else None": False,
}


@pytest.mark.parametrize("line", ENDING)
def test_a_pth_line_that_ends_the_process(line: str, tmp_path: Path) -> None:
    env = make_venv(python(), tmp_path / "env")
    (site_packages(env) / "x.pth").write_text(line + "\n")
    assert run([env / "bin/python", "-c", "print('here')"]).out.strip() == ("" if ENDING[line] else "here")
    (item,) = library(env).pth
    assert (item.problem == "exits") is ENDING[line]
    found = environment(scan(env), env)
    assert (found["status"] == "broken") is ENDING[line]
    assert inspected(env).startup.starts is not ENDING[line]


CUSTOM = {  # a sitecustomize → whether Python starts, and whether it prints an error
    '"""Doc."""\nimport sys\n\nsys.exit(0)\n': (False, True),
    "import os\nos._exit(3)\n": (False, False),
    "raise SystemExit(1)\n": (False, True),
    "raise RuntimeError('no')\n": (True, True),
    "import nowhere_to_be_found\nimport sys\nsys.exit(1)\n": (True, True),
    "import sys\nif sys.flags.interactive:\n    sys.exit(1)\n": (True, False),
}


def test_a_sitecustomize_that_forgot_an_import_ends_nothing(tmp_path: Path) -> None:
    env = make_venv(python(), tmp_path / "env")
    (site_packages(env) / "sitecustomize.py").write_text("sys.exit(1)\n")
    done = run([env / "bin/python", "-c", "print('here')"])
    assert (done.out.strip(), "NameError" in done.err) == ("here", True)
    assert inspected(env).startup.starts is True
    assert [item["severity"] for item in environment(scan(env), env)["findings"]] == ["note"]


@pytest.mark.parametrize("text", CUSTOM)
def test_a_sitecustomize_that_ends_the_process(text: str, tmp_path: Path) -> None:
    env = make_venv(python(), tmp_path / "env")
    (site_packages(env) / "sitecustomize.py").write_text(text)
    done = run([env / "bin/python", "-c", "print('here')"])
    assert (done.out.strip() == "here", bool(done.err)) == CUSTOM[text]
    found = environment(scan(env), env)
    severity = "error" if not CUSTOM[text][0] else "warning" if CUSTOM[text][1] else "note"
    assert [(item["code"], item["severity"]) for item in found["findings"]] == [("VD522", severity)]
    assert inspected(env).startup.starts is CUSTOM[text][0]


PAIRS = {  # what the other package holds → whether `import demo` works
    "def quote(text):\n    return text\n": True,
    "quote = unquote = str\n": True,
    "class quote(str):\n    pass\n": True,
    "from json import dumps as quote\n": True,
    "from json import *\nfrom other.inner import *\n": True,
    "def __getattr__(name):\n    return name\n": True,
    "globals()['quo' + 'te'] = 1\n": True,
    "import sys\nsys.modules[__name__].quote = 1\n": True,
    "import other.inner\n": True,
    "for quote in range(3):\n    pass\n": True,
    "def unquote(text):\n    return text.quote, quote(1), 'other.quote'\n": False,
    "# quote is gone\nunquote = str\n": None,  # a word of a comment keeps the cheap look from going further
}


@pytest.mark.parametrize("text", PAIRS)
def test_a_name_that_another_package_lost(text: str, tmp_path: Path) -> None:
    env = make_venv(python(), tmp_path / "env")
    site = site_packages(env)
    inner = "import other\nother.quote = 1\nquote = 2\n"
    install(site, "other", "3.0", files={"other/__init__.py": text, "other/inner.py": inner})
    install(
        site, "demo", "1.0", files={"demo/__init__.py": "from . import go\n", "demo/go.py": "from other import quote\n"}
    )
    state, reason = states(env)["demo"]
    real = truth(env, ["demo"])["demo"]
    assert real == ("imports" if PAIRS[text] else "fails")
    assert state == "imports" if PAIRS[text] in (True, None) else (state, reason) == ("fails", "name-gone")


def test_a_module_that_ends_within_a_line_is_told_though_it_parses(env: Path) -> None:
    site = site_packages(env)
    (site / "demo/core.py").write_text("import json\nfrom demo import helper\n\n\nd")
    (found,) = (dist for dist in library(env).distributions if dist.key == "demo")
    assert found.faults is not None
    assert found.faults.altered == ("demo/core.py",)
    (site / "demo/core.py").write_text("def run():\n    return 2\n")  # somebody's own, shorter version
    (found,) = (dist for dist in library(env).distributions if dist.key == "demo")
    assert found.faults is None


def _is_healthy(env: Path) -> bool:
    item = environment(scan(env), env)
    return (item["status"], codes(item, "error", "warning")) == ("healthy", [])


def test_what_a_path_file_brings_from_an_installation_is_not_judged(env: Path, tmp_path: Path) -> None:
    system = tmp_path / "usr/lib/python3/dist-packages"
    for name in ("demo", "other"):
        install(system, name, "3.0", files={f"{name}/__init__.py": "", f"{name}/gone.py": ""})
        (system / name / "gone.py").unlink()
    (site_packages(env) / "system.pth").write_text(f"{system}\n")
    install(site_packages(env), "needing", "1.0", requires=["other>=2"])
    found = {(dist.name, dist.version): dist for dist in library(env).distributions}
    assert found["demo", "3.0"].from_base
    assert found["other", "3.0"].faults is None
    assert not found["needing", "1.0"].unsatisfied
    assert _is_healthy(env)


def test_modules_for_others_that_nobody_imports_are_data(env: Path) -> None:
    files = {
        "tool/__init__.py": "",
        "tool/fast.cp39-win_amd64.pyd": b"MZ" + bytes(200),
        "tool/lib/_ctypes.cpython-36m-x86_64-linux-gnu.so": b"\x7fELF" + bytes(200),
    }
    install(site_packages(env), "tool", "1.0", files=files)
    assert _is_healthy(env)


def test_what_gdb_reads_is_no_command(env: Path) -> None:
    script = env / "bin/python3.12-gdb.py"
    script.write_text("#!/nowhere/python\n'''For gdb.'''\n")
    script.chmod(0o755)
    assert _is_healthy(env)


def test_commands_of_nul_bytes_and_commands_that_are_gone(tmp_path: Path) -> None:
    env = make_venv(python(ensurepip=True), tmp_path / "env", pip=True)
    command = env / "bin/pip"
    whole = command.read_bytes()
    assert codes(environment(scan(env), env), "error") == []
    command.write_bytes(bytes(len(whole)))
    assert not run([command, "--version"]).ok
    assert codes(environment(scan(env), env), "error") == ["VD510"]
    command.unlink()
    assert codes(environment(scan(env), env), "error") == ["VD510"]


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="needs root to make files of another user")
@pytest.mark.parametrize("closed", ["lib/python{}/site-packages", "pyvenv.cfg"])
def test_what_its_owner_may_not_read_is_told_to_root(closed: str, tmp_path: Path) -> None:
    env = make_venv(python(), tmp_path / "env")
    install(site_packages(env), "demo", "1.0", files=FILES)
    for path in [env, *env.rglob("*")]:
        os.chown(path, 65534, 65534, follow_symlinks=False)
    assert environment(scan(env), env)["status"] == "healthy"
    place = env / closed.format(site_packages(env).parent.name.removeprefix("python"))
    os.chown(place, 0, 0)
    assert environment(scan(env), env)["status"] == "healthy"
    place.chmod(0o700 if place.is_dir() else 0o600)
    found = environment(scan(env), env)
    assert (found["status"], [item["path"] for item in found["findings"]]) == ("broken", [str(place)])


@pytest.mark.parametrize(("extra", "status"), [("", "degraded"), (" [more]", "healthy")])
def test_a_package_renamed_below_its_editable_install(extra: str, status: str, tmp_path: Path) -> None:
    """No record and no loader says by which name it is imported: its commands do."""
    env = make_venv(python(), tmp_path / "env")
    source = tmp_path / "project/source"
    (source / "odd").mkdir(parents=True)
    (source / "odd/cli.py").write_text("def main():\n    return 0\n")
    (source / "odd/__init__.py").write_text("")
    command = {"run-demo": f"odd.cli:main{extra}"}
    install(site_packages(env), "demo", "1.0", files={"demo.pth": f"{source}\n"}, scripts=command)
    url = f'{{"url": "file://{tmp_path}/project", "dir_info": {{"editable": true}}}}'
    (site_packages(env) / "demo-1.0.dist-info/direct_url.json").write_text(url)
    assert environment(scan(env), env)["status"] == "healthy"
    (source / "odd").rename(source / "even")
    assert not run([env / "bin/python", "-c", "import odd.cli"]).ok
    found = environment(scan(env), env)
    assert (found["status"], codes(found, "error")) == (status, ["VD507"] if not extra else [])


def test_a_package_renamed_below_a_directory_of_links(tmp_path: Path) -> None:
    """So does setuptools in strict mode: what is left is an empty namespace."""
    env = make_venv(python(), tmp_path / "env")
    source, links = tmp_path / "project/odd", tmp_path / "project/build/__editable__.demo-1.0-py3-none-any"
    source.mkdir(parents=True)
    (links / "odd").mkdir(parents=True)
    for name in ("__init__.py", "cli.py"):
        (source / name).write_text("def main():\n    return 0\n")
        (links / "odd" / name).symlink_to(source / name)
    install(site_packages(env), "demo", "1.0", files={"demo.pth": f"{links}\n"}, scripts={"run-demo": "odd.cli:main"})
    url = f'{{"url": "file://{tmp_path}/project", "dir_info": {{"editable": true}}}}'
    (site_packages(env) / "demo-1.0.dist-info/direct_url.json").write_text(url)
    assert environment(scan(env), env)["status"] == "healthy"
    source.rename(tmp_path / "project/even")
    assert not run([env / "bin/python", "-c", "import odd.cli"]).ok
    assert codes(environment(scan(env), env), "error") == ["VD507"]
