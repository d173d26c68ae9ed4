"""Names that are orders: in what a repair writes, in what it asks builders for, in what it prints."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from tests.hostile.ground import sound
from tests.hostile.repairs import MARK, ROOT, plan_for, sicken
from tests.support.trees import picture
from venvdoctor.cli._main import run
from venvdoctor.fix import Run
from venvdoctor.repairing.script_text import shebang, with_root
from venvdoctor.transaction.run import carry_out

if TYPE_CHECKING:
    from pathlib import Path

# ruff: noqa: ARG001 - the fixtures of the state directory and of the house are there to be there
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="links and owners are POSIX")


@pytest.mark.parametrize("name", ["$(touch owned)", "`touch owned`", 'a";touch owned;"', "a b$(touch owned)", "x;touch owned", "o'neill", "a&touch owned&", "a\ntouch owned\n", "naïve b"])  # fmt: skip
def test_a_directory_name_is_no_order_in_what_fix_writes(name: str, tmp_path: Path, state: Path) -> None:
    env = sound(tmp_path / "plain")
    (env / "bin" / "activate").write_text(f'VIRTUAL_ENV={env}\nexport VIRTUAL_ENV\nPATH="$VIRTUAL_ENV/bin:$PATH"\n')
    moved = tmp_path / name / "env"
    moved.parent.mkdir()
    env.rename(moved)
    run(["fix", "--yes", "--offline", str(moved)])
    subprocess.run(["sh", "-c", ". ./activate"], cwd=moved / "bin", check=False, capture_output=True, timeout=20)
    script = ["sh", "-c", "./demo" if os.access(moved / "bin/demo", os.X_OK) else ":"]
    subprocess.run(script, cwd=moved / "bin", check=False, capture_output=True, timeout=20)
    assert not [path for path in tmp_path.rglob(MARK) if path.name == MARK]


@pytest.mark.parametrize("new", ["/a b", "/$(x)", '/"x', "/`x`", "/o'n", "/x\\n", "/a\nb", "/x;y", "/-x", "/!x"])
@pytest.mark.parametrize("text", [b"V=/old/env\n", b'V="/old/env"\n', b"V='/old/env'\n", b'P="/x:/old/env/bin"\n'])
def test_a_path_in_a_script_stays_one_word(text: bytes, new: str) -> None:
    try:
        script = with_root(text, "/old/env", new, shell="activate")
    except ValueError:
        return
    out = subprocess.run(
        ["sh", "-c", script.decode() + 'printf %s "$V$P"'], capture_output=True, check=True, timeout=10
    )
    assert out.stdout.decode() == (f"/x:{new}/bin" if b"P=" in text else new)


@pytest.mark.parametrize(
    "path", ["/t/a b/python", "/t/$(touch owned) x/python", "/t/'x y/python", "/t/a\timport os/python"]
)
def test_a_first_line_starts_that_file_and_nothing_else(path: str, tmp_path: Path) -> None:
    program = tmp_path / path.lstrip("/")
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\necho "started $1"\n')
    program.chmod(0o755)
    script = tmp_path / "script"
    script.write_bytes(shebang(str(program)))
    script.chmod(0o755)
    out = subprocess.run([script], capture_output=True, check=False, cwd=tmp_path, timeout=10)
    assert out.stdout.decode().startswith("started"), out
    assert not (tmp_path / MARK).exists()
    compile(script.read_bytes(), "script", "exec")


def test_a_name_that_is_an_option_reaches_no_builder(
    env: Path, state: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """METADATA of a hostile package: pip would read its name as an option and ask whatever index it names."""
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.interpreter import Interpreter
    from venvdoctor.model.repair import Choice, Salvage, Workshop
    from venvdoctor.repairing.builders import lacking

    choice = Choice(path="/usr/bin/python3", interpreter=Interpreter(executable="/usr/bin/python3"))
    bench = Workshop(interpreters=(choice,))
    sick = Environment(path="/e", real="/e", identity=(1, 1))
    evil = (
        ("--index-url=http://evil.example/", "1.0", ""),
        ("-r/etc/passwd", "1", ""),
        ("demo @ http://evil.example/demo-1.0-py3-none-any.whl", "1", ""),
        ("demo", "1.0 --pre", ""),
        ("demo", "1.0\n--index-url=x", ""),
        ("demo", "1.0", "-e git+http://evil.example"),
        ("demo;python_version>'0'", "1", ""),
    )
    for name, version, url in evil:
        item = Salvage(key="demo", name=name, version=version, metadata="lib/x", url=url)
        refusal = lacking(sick, [item], bench, choice)
        assert refusal is not None, item
        assert "no name and version" in refusal.message
    for name, version, url in (
        ("Demo.thing_2", "1!2.0rc1+local.1", ""),
        ("demo", "1", "file:///x/demo"),
        ("demo", "1", "git+https://x/y@abc"),
    ):
        item = Salvage(key="demo", name=name, version=version, metadata="lib/x", url=url)
        refusal = lacking(sick, [item], bench, choice)
        assert refusal is None or "no name and version" not in refusal.message


@pytest.mark.parametrize("spoil", ["names_full_of_escapes", "every_text_is_evil"])
def test_a_plan_is_printed_without_what_moves_a_cursor(spoil: str, env: Path, state: Path) -> None:
    from tests.hostile import attacks
    from tests.hostile.test_scan import CONTROL

    getattr(attacks, spoil)(env)
    sicken(env)
    for form in ("text", "json"):
        words = [sys.executable, "-m", "venvdoctor", "fix", "--dry-run", "--offline", "-v", "--format", form, str(env)]
        done = subprocess.run(
            words, env={**os.environ, "PYTHONPATH": str(ROOT)}, capture_output=True, check=False, timeout=60
        )
        assert done.returncode in (0, 1), done
        for text in (done.stdout.decode(), done.stderr.decode()):
            assert not CONTROL.search(text.replace("\n", "")), CONTROL.search(text.replace("\n", ""))


@pytest.mark.parametrize(
    "variable", ["PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "PIP_TARGET", "PIP_PREFIX", "VIRTUAL_ENV", "UV_PYTHON"]
)
def test_no_variable_bends_what_a_builder_runs(
    variable: str, env: Path, house: Path, state: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from venvdoctor.transaction.work import clean_environment

    assert variable not in clean_environment({variable: str(house), "PATH": "/usr/bin"})
    monkeypatch.setenv(variable, str(house))
    before = picture(house)
    code = "import os, sys; open(sys.argv[1] + '/made', 'w').write(os.environ.get(sys.argv[2], ''))"
    step = Run(argv=(sys.executable, "-I", "-c", code, "{root}", variable), purpose="build", creates=("made",))
    carry_out(plan_for(env, step), str(state))
    assert (env / "made").read_text() == ""
    assert picture(house) == before
