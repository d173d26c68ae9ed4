"""What a distribution's commands import, where something is lost that importing the package does not meet."""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.envs import make_venv, run
from tests.support.pythons import python
from venvdoctor.inspection.entry_points import command_modules
from venvdoctor.inspection.environment import examine
from venvdoctor.inspection.shared import Shared
from venvdoctor.model.environment import Candidate
from venvdoctor.model.host import Host
from venvdoctor.view import View

if TYPE_CHECKING:
    from pathlib import Path

    from venvdoctor.model.distribution import ImportName

TEXT = """
[console_scripts]
demo = demo.cli:main
demo-too = demo.cli.more:main [extra]
plain = demo:main
other = elsewhere.cli:main

[gui_scripts]
demo-gui=demo.gui.:show
# c = demo.c:x
[demo.plugins]
a = demo.plugin:x
"""


def test_modules_of_commands(tmp_path: Path) -> None:
    path = tmp_path / "entry_points.txt"
    path.write_text(TEXT)
    assert command_modules(str(path), ("demo",), View()) == ("demo.cli", "demo.cli.more", "demo.gui")
    assert command_modules(str(tmp_path / "none"), ("demo",), View()) == ()


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.binary(max_size=80) | st.text("[]console_scripts=:.a \n#", max_size=80).map(str.encode))
def test_any_text(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "e").write_bytes(b"[console_scripts]\n" + data)
    command_modules(str(tmp_path / "e"), ("a",), View())


def names(env: Path) -> dict[str, ImportName]:
    facts = examine(
        Candidate(path=str(env)),
        Shared(view=View(), host=Host(), needs=frozenset({"distributions", "files", "imports"})),
    )
    assert facts is not None
    assert facts.library is not None
    return {item.name: item for dist in facts.library.distributions for item in dist.imports}


@pytest.mark.real
def test_a_command_whose_module_needs_what_is_gone(tmp_path: Path) -> None:
    env = make_venv(python(), tmp_path / "env")
    (site,) = env.glob("lib/python3*/site-packages")
    for name, text in {
        "demo/__init__.py": "",
        "demo/cli.py": "import helper\ndef main():\n    print('ran')\n",
        "demo-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: demo\nVersion: 1.0\nRequires-Dist: helper\n",
        "demo-1.0.dist-info/entry_points.txt": "[console_scripts]\ndemo = demo.cli:main\n",
        "demo-1.0.dist-info/RECORD": "demo/__init__.py,,\ndemo/cli.py,,\ndemo-1.0.dist-info/METADATA,,\n",
        "helper/__init__.py": "",
        "helper-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: helper\nVersion: 1.0\n",
        "helper-1.0.dist-info/RECORD": "helper/__init__.py,,\nhelper-1.0.dist-info/METADATA,,\n",
    }.items():
        (site / name).parent.mkdir(exist_ok=True)
        (site / name).write_text(text)
    script = env / "bin/demo"
    script.write_text(f"#!{env}/bin/python\nfrom demo.cli import main\nmain()\n")
    script.chmod(0o755)
    assert run([script]).out == "ran\n"
    assert {item.state for item in names(env).values()} == {"imports"}
    for place in site.glob("helper*"):
        shutil.rmtree(place)
    assert not run([script]).ok
    found = names(env)
    assert found["demo"].state == "imports"
    assert (found["demo.cli"].state, found["demo.cli"].detail) == ("fails", "helper")
