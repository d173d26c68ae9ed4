"""How the program itself is started: in a checkout that holds modules of its own, by root, with files that are bait."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from tests.hostile.ground import BASE, site_of, sound
from tests.support.trees import picture

ROOT = Path(__file__).parent.parent.parent
LURES = ("typer.py", "json.py", "rich.py", "packaging.py", "subprocess.py", "tomllib.py", "random.py", "fcntl.py", "shlex.py", "socket.py")  # fmt: skip

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="owners and modes are POSIX")
is_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can be somebody else")


def start(*words: object, cwd: Path, **environ: str) -> subprocess.CompletedProcess[bytes]:
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTHON", "XDG", "VENVDOCTOR"))}
    command = [sys.executable, "-m", "venvdoctor", *map(str, words)]
    variables = {**kept, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "HOME": str(cwd.parent), **environ}
    return subprocess.run(command, cwd=cwd, env=variables, capture_output=True, check=False, timeout=60)


def test_no_module_comes_from_the_checkout(tmp_path: Path) -> None:
    """`python -m venvdoctor scan .`, the working directory being what is looked at."""
    work = tmp_path / "work"
    env = sound(work / ".venv")
    for name in LURES:
        (work / name).write_text(f"open({str(tmp_path / 'imported')!r}, 'w')\nraise SystemExit(77)\n")
    for words in (
        ["scan", "."],
        ["show", env],
        ["fix", "--dry-run", "--offline", env],
        ["scan", ".", "--format", "html"],
    ):
        done = start(*words, "--color", "never", cwd=work) if words[0] == "scan" else start(*words, cwd=work)
        assert done.returncode == 0, done
        assert not (tmp_path / "imported").exists(), words


@pytest.mark.parametrize("given", [":{root}", "{root}:", "{root}::/x", ".:{root}", "{root}:../work"])
def test_no_module_comes_from_a_place_that_depends_on_where_we_stand(given: str, tmp_path: Path) -> None:
    """`export PYTHONPATH=$PYTHONPATH:/x` has an empty entry, which is the working directory."""
    work = tmp_path / "work"
    sound(work / ".venv")
    for name in (*LURES, "hashlib.py", "gzip.py"):
        (work / name).write_text(f"open({str(tmp_path / 'imported')!r}, 'w')\nraise SystemExit(77)\n")
    for words in (["scan", "."], ["scan", ".", "--format", "html", "--color", "never"], ["rules"]):
        done = start(*words, cwd=work, PYTHONPATH=given.format(root=ROOT))
        assert not (tmp_path / "imported").exists(), words
        assert done.returncode == 0, done


def test_what_lies_beside_the_program_is_imported_from_a_relative_place(tmp_path: Path) -> None:
    """So README starts a fresh clone: nothing but PYTHONPATH, which names a directory of the clone, has the libraries."""
    venv.create(tmp_path / "bare", symlinks=True)
    (tmp_path / "venvdoctor").symlink_to(ROOT / "venvdoctor")
    (tmp_path / ".venvdoctor").symlink_to(sysconfig.get_path("purelib"))
    for words in (["explain", "VD101"], ["fix", "--help"], ["scan", "."]):
        command = [str(tmp_path / "bare/bin/python"), "-m", "venvdoctor", *words]
        chosen = {**os.environ, "PYTHONPATH": ".venvdoctor", "HOME": str(tmp_path)}
        done = subprocess.run(
            command, cwd=tmp_path, env=chosen, capture_output=True, text=True, timeout=60, check=False
        )
        assert "No module named" not in done.stderr, done
        assert "internal error" not in done.stderr, done


@pytest.mark.parametrize("name", ["report.sarif", "baseline.json"])
@pytest.mark.parametrize("lure", ["the name", "a temporary name", "nothing there"])
def test_a_report_is_never_written_through_a_link(name: str, lure: str, tmp_path: Path) -> None:
    """A checkout that holds links under the name of a report, or under every name a temporary file may be guessed to have."""
    work, home = tmp_path / "work", tmp_path / "home"
    sound(work / ".venv")
    home.mkdir()
    (home / ".bashrc").write_text("precious\n")
    if lure == "a temporary name":
        for number in range(os.getpid(), os.getpid() + 3000):
            (work / f"{name}.{number}.tmp").symlink_to(home / ".bashrc")
    else:
        (work / name).symlink_to(home / (".bashrc" if lure == "the name" else ".bash_logout"))
    before = picture(home)
    option = ["--output", f"sarif:{name}"] if name.endswith("sarif") else ["--write-baseline", name]
    done = start("scan", ".", *option, cwd=work)
    assert done.returncode == (0 if lure == "a temporary name" else 2), done
    assert picture(home) == before
    assert lure == "a temporary name" or b"it is a link" in done.stderr


@pytest.mark.parametrize("place", ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1", "/dev/null"])
def test_streams_are_written_to(place: str, tmp_path: Path) -> None:
    sound(tmp_path / "work" / ".venv")
    done = start("scan", ".", "--output", f"json:{place}", "-q", cwd=tmp_path / "work")
    assert done.returncode == 0, done
    assert place == "/dev/null" or json.loads(done.stdout)["summary"]["healthy"] == 1


@is_root
@pytest.mark.parametrize("name", ["venvdoctor.toml", "pyproject.toml"])
def test_settings_that_another_user_left_above_do_not_count(name: str, tmp_path: Path) -> None:
    """`/tmp/venvdoctor.toml`: whoever works below `/tmp` would not hear of what is excluded there."""
    env = sound(tmp_path / "work" / ".venv")
    (env / "bin" / "python").unlink()
    (env / "bin" / "python").symlink_to("/gone/python3")
    text = 'exclude = ["*"]\nfail-on = "never"\nbaseline = "/dev/zero"\n'
    (tmp_path / name).write_text(f"[tool.venvdoctor]\n{text}" if name.startswith("py") else text)
    os.chown(tmp_path / name, 1234, 1234)
    done = start("scan", ".", cwd=tmp_path / "work")
    assert done.returncode == 1, done
    assert b"another user's" in done.stderr
    assert start("scan", ".", "--config", tmp_path / name, cwd=tmp_path / "work").returncode == 2, "named, it counts"
    assert start("scan", ".", cwd=tmp_path / "work", SUDO_UID="1234").returncode == 2, "the caller's own"


@pytest.mark.parametrize("kind", ["fifo", "device"])
def test_a_baseline_that_never_ends_is_refused(kind: str, tmp_path: Path) -> None:
    sound(tmp_path / "work" / ".venv")
    place = tmp_path / "work" / "base"
    os.mkfifo(place) if kind == "fifo" else place.symlink_to("/dev/zero")
    (tmp_path / "work" / "venvdoctor.toml").write_text('baseline = "base"\n')
    done = start("scan", ".", cwd=tmp_path / "work")
    assert done.returncode == 2, done
    assert b"no regular file" in done.stderr


def test_settings_in_a_tree_that_is_scanned_from_elsewhere_do_not_count(tmp_path: Path) -> None:
    env = sound(tmp_path / "tree" / ".venv")
    (env / "bin" / "python").unlink()
    (env / "bin" / "python").symlink_to("/gone/python3")
    (tmp_path / "tree" / "venvdoctor.toml").write_text('exclude = ["*"]\nfail-on = "never"\nignore = ["VD"]\n')
    (tmp_path / "here").mkdir()
    assert start("scan", tmp_path / "tree", cwd=tmp_path / "here").returncode == 1


@is_root
def test_root_probes_as_the_user_who_could_have_put_it_there(tmp_path: Path) -> None:
    """`sudo venvdoctor scan --probe`: start-up files of a user's environment run as that user."""
    tmp_path.chmod(0o755)
    for place in tmp_path.parents:
        if place.stat().st_uid == 0 and place != Path("/") and not place.stat().st_mode & 0o005:
            pytest.skip(f"another user cannot reach {place}")
    if any(not place.stat().st_mode & 0o001 for place in Path(BASE).parents):
        pytest.skip("another user cannot start this interpreter")
    env = sound(tmp_path / "ada" / "env")
    mark = tmp_path / "ada" / "who"
    (site_of(env) / "evil.pth").write_text(f"import os; open({str(mark)!r}, 'w').write(str(os.geteuid()))\n")
    os.chown(tmp_path / "ada", 1234, 1234)
    assert start("scan", tmp_path / "ada", "--probe", cwd=tmp_path).returncode == 0
    assert mark.read_text() == "1234"


def test_whose_rights_a_probe_has(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from venvdoctor import probe

    class Status:
        def __init__(self, uid: int) -> None:
            self.st_uid = self.st_gid = uid

    ada = str(tmp_path / "ada")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    monkeypatch.setattr(os, "lstat", lambda path: Status(1234 if path == ada else 0))
    assert probe._owner([str(tmp_path / "root" / "python")]) is None
    assert probe._owner([str(tmp_path / "root" / "python"), f"{ada}/env/lib"]) == (1234, 1234)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert probe._owner([f"{ada}/env/lib"]) is None


STARTS = {"bash": ".bashrc", "zsh": ".zshrc"}


@pytest.mark.parametrize("shell", STARTS)
def test_installing_completion_never_loses_a_start_up_file(shell: str, tmp_path: Path) -> None:
    """Latin-1 in it, no last line break, a link to a repository of settings, a quote in the home's name; twice."""
    home = tmp_path / "it's" / "home"
    home.mkdir(parents=True)
    (home / STARTS[shell]).symlink_to("kept")
    (home / "kept").write_bytes(b"# caf\xe9\nalias x=y")
    for _ in range(2):
        done = start("--install-completion", shell, cwd=tmp_path, HOME=str(home))
        assert done.returncode == 0, done
    content = (home / "kept").read_bytes()
    assert content.startswith(b"# caf\xe9\nalias x=y\n")
    assert content.count(b"\n") == 3, content
    assert (home / STARTS[shell]).is_symlink()
    asked = subprocess.run(["bash", "-n", str(home / "kept")], capture_output=True, check=False)
    assert asked.returncode == 0, asked


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_a_full_disk_loses_no_start_up_file(shell: str, tmp_path: Path) -> None:
    name = STARTS.get(shell, ".profile")
    (tmp_path / name).write_text("precious\n")
    code = "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (5, 5)); from venvdoctor.__main__ import main; sys.exit(main(sys.argv[1:]))"
    command = [sys.executable, "-c", code, "--install-completion", shell]
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, env=environ, cwd=tmp_path, capture_output=True, check=False, timeout=60)
    assert done.returncode in (2, 3), done
    assert b"internal error" not in done.stderr
    assert (tmp_path / name).read_text() == "precious\n"


@is_root
def test_root_installs_no_completion_in_another_users_home(tmp_path: Path) -> None:
    home = tmp_path / "ada"
    home.mkdir()
    (tmp_path / "shadow").write_text("precious\n")
    (home / ".bashrc").symlink_to(tmp_path / "shadow")
    os.chown(home, 1234, 1234)
    before = picture(tmp_path)
    assert start("--install-completion", "bash", cwd=tmp_path, HOME=str(home)).returncode == 2
    assert picture(tmp_path) == before


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish", "powershell"])
def test_nothing_of_the_disk_is_a_candidate(shell: str, tmp_path: Path) -> None:
    """Shells take what is offered apart, zsh carries it out: what is offered are words of ours alone."""
    for name in ("$(touch owned)", "`touch owned`", "a\nb", "--evil", "\x1b[31m", "VD9;touch owned", "*"):
        (tmp_path / name).mkdir()
    (tmp_path / "venvdoctor.toml").write_text('paths = ["$(touch owned)"]\nexclude = ["`touch owned`"]\n')
    for typed in (
        "scan ",
        "scan --select VD90",
        "scan --exclude $(touch",
        "explain `touch",
        "undo ",
        "show -",
        "scan '",
    ):
        asked = {
            "_VENVDOCTOR_COMPLETE": f"complete_{shell}", "_TYPER_COMPLETE_ARGS": f"venvdoctor {typed}",
            "COMP_WORDS": f"venvdoctor {typed}", "COMP_CWORD": "2", "_TYPER_COMPLETE_WORD_TO_COMPLETE": typed.split(" ")[-1],
            "_TYPER_COMPLETE_FISH_ACTION": "get-args",
        }  # fmt: skip
        done = start(cwd=tmp_path, **asked)
        assert b"Traceback" not in done.stderr, (typed, done)
        assert not any(word in done.stdout for word in (b"touch", b"evil", b"\x1b", b"`")), (typed, done.stdout)


@pytest.mark.parametrize("command", ["scan", "show", "fix", "undo", "freeze", "predict", "report", "hook", "snapshot"])
def test_a_name_that_is_taken_for_an_option_is_not_repeated_as_it_is(command: str, tmp_path: Path) -> None:
    """`venvdoctor scan *` in a directory whose names begin with a dash."""
    done = start(command, "--a\x1b[31m\x07\n::error::b\r\u202ec", cwd=tmp_path, PYTHONUTF8="1")
    assert done.returncode == 2, done
    text = done.stdout.decode() + done.stderr.decode()
    assert "\n::error::" not in text
    assert all(line.isprintable() for line in text.splitlines()), text
