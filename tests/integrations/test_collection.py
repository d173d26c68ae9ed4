"""The collection as Ansible's own tools see it: built, installed, documented, linted, and sane."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

from tests.support import fleet

pytestmark = pytest.mark.real
SOURCE = fleet.ROOT / "integrations/ansible"
# those of ansible-test that need nothing but ansible-core …
ALONE = ["action-plugin-docs", "changelog", "compile", "empty-init", "ignores", "line-endings", "no-assert",
         "no-get-exception", "no-illegal-filenames", "no-smart-quotes", "replace-urlopen", "runtime-metadata", "shebang",
         "symlinks", "use-argspec-type-path", "use-compat-six"]  # fmt: skip
# … and those for which it makes environments, with a pip that it fetches from a place of its own
SAVED = re.compile(r"manually downloaded and saved to: (\S+)")
PIP = """# what that place has, for a machine that reaches PyPI only
import ensurepip, glob, os, sys
sys.path.insert(0, glob.glob(os.path.join(os.path.dirname(ensurepip.__file__), "_bundled", "pip-*.whl"))[0])
from pip._internal.cli.main import main
sys.exit(main(["install", "--upgrade", *(word for word in sys.argv[1:] if word not in ("--no-setuptools", "--no-wheel"))]))
"""
UNREACHED = ("No matching distribution", "Could not find a version", "Connection", "Max retries", "No module named")
FETCHING = ["ansible-doc", "import", "pep8", "pylint", "validate-modules", "yamllint"]


def run(home: Path, *words: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [fleet.tool(words[0]), *words[1:]],
        env=fleet.environ(home) | {key: value for key, value in os.environ.items() if key.startswith("PIP_")},
        cwd=cwd or home,
        capture_output=True,
        text=True,
        check=False,
        timeout=900,
        stdin=subprocess.DEVNULL,
    )


def test_it_is_built_and_installed_and_documented(tmp_path: Path) -> None:
    built = run(tmp_path, "ansible-galaxy", "collection", "build", str(SOURCE), "--output-path", str(tmp_path))
    assert built.returncode == 0, built.stdout + built.stderr
    (archive,) = tmp_path.glob("venvdoctor-fleet-*.tar.gz")
    with tarfile.open(archive) as packed:
        names = set(packed.getnames())
    wanted = {str(path.relative_to(SOURCE)) for part in ("plugins", "playbooks", "roles", "meta") for path in (SOURCE / part).rglob("*.*")}  # fmt: skip
    assert {name for name in wanted if "__pycache__" not in name} <= names
    place = tmp_path / "installed"
    installed = run(tmp_path, "ansible-galaxy", "collection", "install", str(archive), "-p", str(place), "--offline")
    assert installed.returncode == 0, installed.stdout + installed.stderr
    for kind, words in (("module", "Find, predict and repair"), ("role", "Run venvdoctor on the hosts")):
        name = "venvdoctor.fleet.doctor"
        shown = run(tmp_path, "ansible-doc", "--playbook-dir", str(place), "-t", kind, "-j", name)
        assert words in json.dumps(json.loads(shown.stdout)[name]), shown.stderr


def checkout(tmp_path: Path) -> Path:
    """A copy where Ansible's tools want a collection to be, under git as they ask."""
    place = tmp_path / "ansible_collections/venvdoctor/fleet"
    shutil.copytree(SOURCE, place, ignore=shutil.ignore_patterns("__pycache__", ".ansible"))
    for words in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", *words], cwd=place, check=True)
    return place


@pytest.mark.slow
def test_ansible_lint_is_content(tmp_path: Path) -> None:
    if not shutil.which("ansible-lint", path=os.path.dirname(sys.executable)):
        pytest.skip("ansible-lint is not installed (`nox -s fleet` installs it)")
    place = checkout(tmp_path)
    words = ("ansible-lint", "--offline", "--nocolor", "--strict", "--profile", "production", str(place))
    done = run(tmp_path, *words, cwd=place)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.slow
@pytest.mark.parametrize("names", [ALONE, FETCHING], ids=["alone", "fetching"])
def test_ansible_test_finds_it_sane(tmp_path: Path, names: list[str]) -> None:
    fleet.tool("ansible-test")
    place = checkout(tmp_path)
    options = [word for name in names for word in ("--test", name)]
    done = run(tmp_path, "ansible-test", "sanity", *options, cwd=place)
    missing = SAVED.search(done.stdout + done.stderr)
    if missing:
        Path(missing[1]).write_text(PIP)
        done = run(tmp_path, "ansible-test", "sanity", *options, cwd=place)
    said = done.stdout + done.stderr
    if done.returncode and names is FETCHING and any(word in said for word in UNREACHED):
        pytest.skip(f"ansible-test cannot make its environments here: {said[-300:]}")
    assert done.returncode == 0, said
