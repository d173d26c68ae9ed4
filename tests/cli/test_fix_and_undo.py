"""`fix` and `undo` as people type them: what is chosen, what is asked, what is said, and where it is written."""

from __future__ import annotations

import fcntl
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Done

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An environment whose links lead nowhere; its Python is that of the tests."""
    place = tmp_path_factory.mktemp("model") / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(place)], check=True, timeout=120)
    dangle(place)
    return place


def dangle(env: Path, to: str = "/nowhere/bin/python3") -> None:
    for link in (env / "bin").glob("python*"):
        if os.path.isabs(os.readlink(link)):
            link.unlink()
            link.symlink_to(to)


@pytest.fixture
def sick(model: Path, tmp_path: Path) -> Callable[[str], Path]:
    """Make copies of the model, under the home that the program runs with; `--all` is all in there, not of the machine."""
    settings = tmp_path / "own-home/.config/venvdoctor/venvdoctor.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text('exclude = ["/opt", "/srv", "/usr/local", "excluded"]\n')

    def make(name: str, to: str = "/nowhere/bin/python3") -> Path:
        place = tmp_path / "own-home" / name
        shutil.copytree(model, place, symlinks=True)
        dangle(place, to)
        return place

    return make


def starts(env: Path) -> bool:
    try:
        return subprocess.run([env / "bin/python", "-c", ""], check=False, timeout=60).returncode == 0
    except OSError:
        return False


def test_a_document_is_alone_on_standard_output(venvdoctor: Callable[..., Done], sick: Callable[[str], Path]) -> None:
    env = sick("env")
    planned = venvdoctor("fix", str(env), "--dry-run", "--format", "json", "--offline")
    assert (planned.code, planned.err) == (1, "")
    assert json.loads(planned.out)["results"] == []
    declined = venvdoctor("fix", str(env), "--format", "json", "--offline", stdin=b"n\n")
    assert declined.code == 1
    assert json.loads(declined.out)["results"] == []
    assert "relink" in declined.err  # who is asked sees what is asked
    assert not starts(env)
    done = venvdoctor("fix", str(env), "--yes", "--format", "json", "--offline")
    assert done.code == 0
    data = json.loads(done.out)
    (result,) = data["results"]
    assert [plan["fixer"] for plan in data["plans"]] == ["relink"]
    assert len(result["done"]) == 2  # a copy: its paths come after its interpreter
    assert (result["environment"], result["repaired"], result["failure"], result["left"]) == (str(env), True, None, [])
    assert result["measured"]["python"] == f"{sys.version_info[0]}.{sys.version_info[1]}"
    assert "1 of 1 repaired." in done.err
    assert venvdoctor("undo", result["done"][0]["undo"]).code == 0
    assert not starts(env)
    assert json.loads(venvdoctor("fix", str(env), "-n", "--format", "json", "--offline").out)["plans"] == data["plans"]


def test_nothing_to_fix_is_a_document_too(venvdoctor: Callable[..., Done], well: Path) -> None:
    done = venvdoctor("fix", str(well), "--yes", "--format", "json")
    assert (done.code, done.err) == (0, "")
    data = json.loads(done.out)
    assert not any(data[key] for key in ("plans", "refusals", "unanswered", "by_hand", "results"))
    assert venvdoctor("fix", str(well), "--yes").out == "Nothing to fix.\n"


def test_one_is_chosen_by_path_by_cause_by_code_or_all(
    venvdoctor: Callable[..., Done], sick: Callable[..., Path]
) -> None:
    envs = [
        sick("a", "/nowhere-one/python3"),
        sick("b/inner", "/nowhere-two/python3"),
        sick("c", "/nowhere-two/python3"),
        sick("d", "/nowhere-one/python3"),
    ]
    report = json.loads(venvdoctor("scan", "--format", "json").out)
    causes = [item["id"] for item in report["causes"]]
    (cause,) = [name for name in causes if "/nowhere-two" in name] or pytest.fail(str(causes))
    assert venvdoctor("fix", str(envs[1].parent), "--yes", "--offline").code == 0
    assert list(map(starts, envs)) == [False, True, False, False]
    assert venvdoctor("fix", "--cause", cause, "--yes", "--offline").code == 0
    assert list(map(starts, envs)) == [False, True, True, False]
    assert venvdoctor("fix", "--select", "VD3", "--yes", "--offline").out == "Nothing to fix.\n"
    assert venvdoctor("fix", str(envs[0]), "--select", "VD1", "--yes", "--offline").code == 0
    assert list(map(starts, envs)) == [True, True, True, False]
    done = venvdoctor("fix", "--all", "--yes", "--offline")
    assert (done.code, bool(re.search(r"^(\d) of \1 repaired\.$", done.out, re.MULTILINE)), starts(envs[3])) == (
        0,
        True,
        True,
    )
    assert "it starts as Python" in done.out


def test_settings_say_what_all_is(venvdoctor: Callable[..., Done], sick: Callable[[str], Path], tmp_path: Path) -> None:
    excluded, env = sick("excluded"), sick("env")
    assert venvdoctor("fix", "--all", "--yes", "--offline").code == 0
    assert (starts(excluded), starts(env)) == (False, True)
    (tmp_path / "work/venvdoctor.toml").write_text('ignore = ["VD1", "VD4"]\n')
    assert venvdoctor("fix", str(excluded), "--yes", "--offline").out == "Nothing to fix.\n"
    assert venvdoctor("fix", str(excluded), "--select", "VD1", "--yes", "--offline").code == 0
    assert starts(excluded)


def test_undo_lists_chooses_and_prunes(venvdoctor: Callable[..., Done], sick: Callable[[str], Path]) -> None:
    one, two, three = sick("one"), sick("two"), sick("three")
    assert venvdoctor("undo", "--list").out == "There is no repair to undo.\n"
    assert venvdoctor("undo").code == 2
    assert venvdoctor("fix", "--all", "--yes", "--offline").code == 0
    rows = venvdoctor("undo", "--list").out.splitlines()
    found = {re.findall(r" (/\S+): ", row)[0]: row.split()[0] for row in rows}
    assert found.keys() == {str(one), str(two), str(three)}
    assert all(re.search(r"  (just now|\d+ minutes? ago), keeps \d+(\.\d)? (B|KiB)  ", row) for row in rows), rows
    assert venvdoctor("undo", found[str(one)]).out == f"{one} is as it was before the repair\n"
    assert (starts(one), starts(two)) == (False, True)
    again = venvdoctor("undo", found[str(one)])
    assert (again.code, "there is no repair" in again.err) == (2, True)
    assert venvdoctor("undo", "--list", "--prune").code == 2
    assert venvdoctor("undo", "--prune", found[str(two)]).code == 0
    assert (starts(two), (two / ".venvdoctor").exists()) == (True, False)
    shutil.rmtree(three)
    sick("three")  # another directory of that name: what the journal kept is gone
    assert "nothing is left of it" in venvdoctor("undo", "--list").out
    assert venvdoctor("undo").code == 1
    pruned = venvdoctor("undo", "--prune")
    assert (pruned.code, pruned.out) == (0, f"{found[str(three)]}: what it kept is deleted\n")
    assert venvdoctor("undo", "--list").out == "There is no repair to undo.\n"


def test_what_another_run_works_on_stops_no_other(
    venvdoctor: Callable[..., Done], sick: Callable[[str], Path], tmp_path: Path
) -> None:
    busy, free, gone = sick("busy"), sick("free"), sick("gone")
    store = tmp_path / "own-home/.local/state/venvdoctor/transactions"
    store.mkdir(parents=True, mode=0o700)
    for number, env in enumerate((busy, gone)):
        status = env.stat()
        record = {"act": "begin", "root": str(env), "identity": [status.st_dev, status.st_ino], "fixer": "relink"}
        (store / f"00000{number}-x.jsonl").write_text(json.dumps(record) + "\n")
    shutil.rmtree(gone)
    status = busy.stat()
    with (store / f"{status.st_dev:x}-{status.st_ino:x}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = venvdoctor("fix", str(free), "--yes", "--offline")
        assert (done.code, starts(free)) == (0, True), done
        assert f"{gone} cannot be opened" in done.err
        refused = venvdoctor("fix", str(busy), "--yes", "--offline")
        assert (refused.code, starts(busy)) == (1, False)
        assert "another repair is at work on this environment; wait until it has finished" in refused.out
    assert venvdoctor("fix", str(busy), "--yes", "--offline").code == 0


def test_an_interpreter_that_is_named_and_not_there(
    venvdoctor: Callable[..., Done], sick: Callable[[str], Path]
) -> None:
    env = sick("env")
    for name in ("3.99", "/nowhere/python", "banana"):
        done = venvdoctor("fix", str(env), "--yes", "--python", name)
        assert (done.code, f"--python {name}: " in done.err, "Traceback" in done.err) == (2, True, False)
    assert venvdoctor("fix", str(env), "--yes", "--offline", "--python", sys.executable).code == 0


def test_windows_is_refused_in_one_sentence(tmp_path: Path) -> None:
    """Its Python has no fcntl and no pwd, and says so only when it is asked."""
    code = (
        "import sys; sys.modules['fcntl'] = sys.modules['pwd'] = None\n"
        "from venvdoctor.cli._main import run; import venvdoctor.cli.fix, venvdoctor.cli.undo\n"
        "sys.platform = 'win32'; sys.exit(run(sys.argv[1:]))"
    )
    for words in (["fix", "x", "--yes"], ["fix", "--all", "-n"], ["undo"], ["undo", "--list"]):
        done = subprocess.run(
            [sys.executable, "-c", code, *words],
            env={"PYTHONPATH": str(ROOT), "HOME": str(tmp_path)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (2, ""), done
        assert done.stderr.splitlines()[0] == f"venvdoctor: {words[0]} does not work on Windows yet"


def test_an_environment_of_windows_is_told_from_others(venvdoctor: Callable[..., Done], tmp_path: Path) -> None:
    env = tmp_path / "own-home/env"
    (env / "Scripts").mkdir(parents=True)
    (env / "Lib/site-packages").mkdir(parents=True)
    (env / "Scripts/python.exe").write_bytes(b"MZ")
    (env / "pyvenv.cfg").write_text("home = C:\\Python311\nversion = 3.11.2\n")
    done = venvdoctor("fix", str(env), "--yes", "--offline")
    assert done.code in (0, 1)
    assert "Nothing to fix." in done.out or "is an environment of Windows" in done.out
    assert sorted(path.name for path in env.iterdir()) == ["Lib", "Scripts", "pyvenv.cfg"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["--cause", "TYPO"],
            "no environment has a finding of the cause 'TYPO'\nhint: the causes are interpreter-gone:",
        ),
        (["--cause", ""], "the causes are interpreter-gone:"),
        (["--select", "VD999"], "there is no rule 'VD999'"),
        (["--select", "VD1,VD888"], "there is no rule 'VD888'"),
        (["--python", "9.9"], "--python 9.9: no such interpreter is installed"),
        (["no-such-directory"], "no-such-directory does not exist"),
    ],
)
def test_what_is_not_there_is_one_sentence_and_wrong_usage(
    venvdoctor: Callable[..., Done], sick: Callable[..., Path], tmp_path: Path, words: list[str], said: str
) -> None:
    env = sick("env")
    before = sorted(tmp_path.rglob("*"))
    done = venvdoctor("fix", str(env), *words, "--yes", "--offline", cwd=tmp_path)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert done.err.count("\n") == 2  # the sentence and the hint
    assert sorted(tmp_path.rglob("*")) == before
