"""The collection `venvdoctor.fleet` on this machine, over Ansible's local connection: no network, no root needed."""

from __future__ import annotations

import base64
import json
import os
import runpy
import subprocess
import sys
import zipfile
import zlib
from typing import TYPE_CHECKING

import pytest

from tests.cli.conftest import make
from tests.support import fleet
from venvdoctor.fleet import merging

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.real
HERE = f"ansible_connection=local ansible_python_interpreter={sys.executable}"
GONE = "/nowhere/bin/python3.11"
BASE = os.path.realpath(sys.executable)
OLD = "#!/bin/sh\necho '3.9.2 cpython 0'\n"


@pytest.fixture
def ground(tmp_path: Path) -> Path:
    """A home with one broken environment in `work`."""
    make(tmp_path / "work" / "sick", GONE)
    return tmp_path


def settings(ground: Path, **more: object) -> dict[str, object]:
    common = {"become": False, "paths": [str(ground / "work")], "python": BASE, "cache_dir": str(ground / "cache")}
    return {**common, "nice": 0, **more}


def test_a_scan_brings_the_report_and_leaves_nothing(ground: Path) -> None:
    page = ground / "fleet.html"
    found = fleet.play("venvdoctor.fleet.scan", f"web1 {HERE}\n", ground, **settings(ground, html=str(page)))
    assert found.code == 0, found.out
    report = merging.checked(found.results["web1"], "web1.json")
    assert (report["scan"]["host"], report["summary"]["broken"], report["scan"]["complete"]) == ("web1", 1, True)
    assert found.stats["web1"]["changed"] == 0
    assert not (ground / "cache").exists()
    assert "python3.11" in found.out
    assert "web1" in page.read_text()


def test_check_mode_scans_and_writes_nothing_that_lasts(ground: Path) -> None:
    found = fleet.play("venvdoctor.fleet.scan", f"web1 {HERE}\n", ground, "--check", **settings(ground, keep=True))
    assert found.code == 0, found.out
    assert found.results["web1"]["summary"]["broken"] == 1
    assert not (ground / "cache").exists()


def test_the_single_file_is_kept_when_asked_and_travels_once(ground: Path) -> None:
    wishes = settings(ground, keep=True)
    first = fleet.play("venvdoctor.fleet.scan", f"web1 {HERE}\n", ground, **wishes)
    second = fleet.play("venvdoctor.fleet.scan", f"web1 {HERE}\n", ground, **wishes)
    assert (first.stats["web1"]["changed"], second.stats["web1"]["changed"]) == (1, 0), first.out + second.out
    (kept,) = (ground / "cache").iterdir()
    kept.write_text("print('forged')")
    third = fleet.play("venvdoctor.fleet.scan", f"web1 {HERE}\n", ground, **wishes)
    assert third.code == 0, third.out
    assert kept.read_bytes() == fleet.single_file().read_bytes()


def test_another_checksum_stops_before_anything_is_copied(ground: Path) -> None:
    found = fleet.play(
        "venvdoctor.fleet.scan", f"web1 {HERE}\n", ground, **settings(ground, checksum="sha256:" + "0" * 64)
    )
    assert found.code != 0
    assert "nothing was copied" in found.out
    assert not (ground / "cache").exists()


def test_hosts_that_cannot_be_examined_are_named_and_the_others_are_whole(ground: Path) -> None:
    (ground / "python3").write_text(OLD)
    (ground / "python3").chmod(0o755)
    inventory = f"""
good {HERE}
old {HERE} doctor_python={ground}/python3
nosudo {HERE} ansible_become=true ansible_become_user=daemon ansible_become_exe=/nonexistent/sudo
empty {HERE} doctor_paths='["{ground}/nowhere", "{ground}/empty"]'
away ansible_host=127.0.0.1 ansible_port=9 ansible_connection=ssh
"""
    wishes = settings(ground)
    for name in ("python", "become", "paths"):
        del wishes[name]
    common = f'\n[all:vars]\nansible_become=false\ndoctor_paths=["{ground}/work"]\n'
    (ground / "empty").mkdir()
    found = fleet.play("venvdoctor.fleet.scan", inventory + common, ground, **wishes)
    assert found.code != 0
    assert set(found.results) == {"good", "old", "nosudo", "away", "empty"}
    reasons = {name: [item["message"] for item in report["errors"]] for name, report in found.results.items()}
    assert found.results["good"]["summary"]["broken"] == 1, found.out
    assert reasons["good"] == reasons["empty"] == []
    assert found.results["empty"]["scan"]["complete"]
    assert "no CPython 3.10 or later" in reasons["old"][0]
    assert "3.9.2" in reasons["old"][0]
    assert "sudo" in reasons["nosudo"][0]
    assert "did not answer" in reasons["away"][0]
    assert "5 hosts (3 not examined), 1 environment: 1 broken." in found.out
    assert "3 hosts could not be examined" in found.out


def test_a_prediction_stops_the_play_before_the_upgrade(ground: Path) -> None:
    subprocess.run([BASE, "-m", "venv", "--without-pip", str(ground / "work/fine")], check=True)
    (ground / "upgrade.yml").write_text(
        """
- ansible.builtin.import_playbook: venvdoctor.fleet.predict
- hosts: all
  gather_facts: false
  tasks: [{ansible.builtin.debug: {msg: THE UPGRADE}}]
"""
    )
    upgrade = str(ground / "upgrade.yml")
    inventory = f"one {HERE}\ntwo {HERE} cache_dir=x\n"
    wishes = settings(ground, without=[BASE])
    del wishes["cache_dir"]
    inventory = f"one {HERE} doctor_cache_dir={ground}/1\ntwo {HERE} doctor_cache_dir={ground}/2\n"
    stopped = fleet.play(upgrade, inventory, ground, **wishes)
    assert stopped.code != 0
    assert "2 environments would break, at most 0 may" in stopped.out
    assert "THE UPGRADE" not in stopped.out
    allowed = fleet.play(upgrade, inventory, ground, **wishes, max_breaking=2)
    assert (allowed.code, "THE UPGRADE" in allowed.out) == (0, True), allowed.out


def test_a_fix_is_planned_then_done_then_not_needed(ground: Path) -> None:
    sick = ground / "work/mendable"
    subprocess.run([BASE, "-m", "venv", "--without-pip", str(sick)], check=True)
    for link in [path for path in (sick / "bin").iterdir() if path.is_symlink()]:
        link.unlink()
        link.symlink_to("/nowhere/python")
    wishes = settings(ground, paths=[str(sick)], offline=True)
    inventory = f"one {HERE}\n"
    planned = fleet.play("venvdoctor.fleet.fix", inventory, ground, "--check", "-v", **wishes)
    assert '"planned": 1' in planned.out, planned.out
    assert os.readlink(sick / "bin/python") == "/nowhere/python"
    done = fleet.play("venvdoctor.fleet.fix", inventory, ground, "-v", **wishes)
    assert (done.stats["one"]["changed"], '"repaired": 1' in done.out) == (1, True), done.out
    assert subprocess.run([sick / "bin/python", "-c", ""], check=False).returncode == 0
    again = fleet.play("venvdoctor.fleet.fix", inventory, ground, "-v", **wishes)
    assert (again.code, again.stats["one"]["changed"]) == (0, 0), again.out


SEEN = {"environments": [{"path": "/", "findings": [{"severity": "error"}]}]}
ILL = f"import sys\nif 'scan' in sys.argv:\n    print({json.dumps(SEEN)!r})\n    raise SystemExit(1)\n"


def stub(place: Path, program: str) -> str:
    """Make a single file that says what we want to hear."""
    with zipfile.ZipFile(place, "w") as archive:
        archive.writestr("__main__.py", program)
    return str(place)


def test_the_first_failed_verification_ends_the_repair_of_all(ground: Path) -> None:
    results = [{"environment": "/x", "repaired": False, "failure": "it did not start", "done": [], "left": []}]
    plan = {"plans": [{"environment": "/x"}], "refusals": [], "unanswered": [], "results": results}
    program = f"print({json.dumps(plan)!r}); raise SystemExit(1)"
    wishes = settings(ground, pyz=stub(ground / "stub.pyz", ILL + program))
    inventory = "".join(f"host{number} {HERE}\n" for number in range(4))
    found = fleet.play("venvdoctor.fleet.fix", inventory, ground, **wishes)
    assert found.code != 0
    assert "1 failed their verification (/x: it did not start)" in found.out
    assert list(found.stats) == ["host0"], found.out


def test_a_good_canary_lets_the_others_follow(ground: Path) -> None:
    results = [{"environment": "/x", "repaired": True, "failure": None, "done": [{"undo": "1"}], "left": []}]
    plan = {"plans": [{"environment": "/x"}], "refusals": [], "unanswered": [], "results": results}
    program = f"print({json.dumps(plan)!r})"
    wishes = settings(ground, pyz=stub(ground / "stub.pyz", ILL + program))
    inventory = "".join(f"host{number} {HERE}\n" for number in range(3))
    found = fleet.play("venvdoctor.fleet.fix", inventory, ground, **wishes, serial=[1, 2])
    assert (found.code, {name: row["changed"] for name, row in found.stats.items()}) == (
        0,
        {"host0": 1, "host1": 1, "host2": 1},
    ), found.out
    assert found.out.count("PLAY [Repair]") == 2


def test_what_is_repaired_in_part_stops_nothing_and_is_told(ground: Path) -> None:
    left = [{"severity": "error", "message": "numpy is not there"}]
    results = [{"environment": "/x", "repaired": False, "failure": None, "done": [{"undo": "1"}], "left": left}]
    plan = {"plans": [{"environment": "/x"}], "refusals": [], "unanswered": [], "results": results}
    program = f"print({json.dumps(plan)!r}); raise SystemExit(1)"
    wishes = settings(ground, pyz=stub(ground / "stub.pyz", ILL + program))
    found = fleet.play("venvdoctor.fleet.fix", f"one {HERE}\n", ground, "-v", **wishes)
    assert (found.code, found.stats["one"]["changed"]) == (0, 1), found.out
    assert "/x: numpy is not there" in found.out


@pytest.mark.parametrize("program", ["", "print('{')", "print('[]')", "print('{}')", "import os; os.abort()"])
def test_an_answer_that_is_none_leaves_the_host_unknown(ground: Path, program: str) -> None:
    wishes = settings(ground, pyz=stub(ground / "stub.pyz", program))
    (ground / "one.yml").write_text(
        "- {hosts: all, gather_facts: false, roles: [{role: venvdoctor.fleet.doctor}], become: false}\n"
    )
    found = fleet.play(str(ground / "one.yml"), f"web1 {HERE}\n", ground, **wishes)
    report = merging.checked(found.results["web1"], "web1.json")
    assert (found.code != 0, report["scan"]["complete"], len(report["errors"])) == (True, False, 1), found.out


@pytest.mark.parametrize("kind", ["bomb", "nest", "cut", "sound"])
def test_an_answer_that_would_fill_the_controller_is_none(kind: str) -> None:
    """What a host sends is unpacked to a bound, and a nest of brackets ends nothing."""
    place = fleet.ROOT / "integrations/ansible/plugins/plugin_utils/shell.py"
    unpack = runpy.run_path(str(place))["unpack"]
    content = {"bomb": b" " * (300 << 20), "nest": b"[" * 1_000_000}.get(kind, b'{"runs": []}')
    packed = base64.b64encode(zlib.compress(content, 9)).decode()
    packed = packed[: len(packed) // 8 * 4] if kind == "cut" else packed
    assert unpack(f"<<\n{packed}\n>>", "<<", ">>") == ({"runs": []} if kind == "sound" else None)


def test_what_a_host_says_is_no_template(ground: Path) -> None:
    """Names on its disk and its errors reach messages on the controller, where `{{ }}` would be carried out."""
    mark = ground / "owned"
    evil = f"{{{{ lookup('ansible.builtin.pipe', 'touch {mark}') }}}}{{% for x in () %}}"
    program = (
        f"import sys\nif 'report' in sys.argv: raise SystemExit(0)\nsys.stderr.write({evil!r}); raise SystemExit(5)"
    )
    wishes = settings(ground, pyz=stub(ground / "stub.pyz", program))
    found = fleet.play("venvdoctor.fleet.scan", f"web1 {HERE}\n", ground, "-v", **wishes)
    assert "lookup(" in found.out, found.out
    assert found.results["web1"]["scan"]["complete"] is False
    assert not mark.exists()


def test_two_hosts_that_share_a_home_do_not_disturb_each_other(ground: Path) -> None:
    def seen() -> list[tuple[str, float]]:
        places = [ground / "work", *(ground / "work").rglob("*")]
        return sorted((str(path), path.lstat().st_mtime) for path in places)

    before = seen()
    inventory = "".join(f"node{number} {HERE}\n" for number in range(4))
    found = fleet.play("venvdoctor.fleet.scan", inventory, ground, "-f", "4", **settings(ground))
    assert found.code == 0, found.out
    reports = [report["environments"] for report in found.results.values()]
    assert len(reports) == 4
    assert all(report == reports[0] for report in reports)
    assert seen() == before
    assert not (ground / "cache").exists()


def test_one_scan_for_each_file_system_sees_each_environment_once(ground: Path) -> None:
    share = ground / "work"
    make(ground / "node1" / "local", GONE)
    inventory = f"""
node1 {HERE} doctor_paths='["{ground}/node1"]'
node2 {HERE} doctor_paths='["{ground}/node2"]'
share-home {HERE} doctor_paths='["{share}"]'
"""
    wishes = settings(ground)
    del wishes["paths"]
    found = fleet.play("venvdoctor.fleet.scan", inventory, ground, **wishes)
    assert found.code == 0, found.out
    assert {name: report["summary"]["environments"] for name, report in found.results.items()} == {
        "node1": 1,
        "node2": 0,
        "share-home": 1,
    }


def test_a_second_snapshot_of_the_same_changes_nothing(ground: Path) -> None:
    inventory = f"one {HERE}\n"
    checked = fleet.play("venvdoctor.fleet.snapshot", inventory, ground, "--check", **settings(ground))
    assert not (ground / ".local").exists()
    first = fleet.play("venvdoctor.fleet.snapshot", inventory, ground, **settings(ground))
    second = fleet.play("venvdoctor.fleet.snapshot", inventory, ground, **settings(ground))
    assert [run.stats["one"]["changed"] for run in (checked, first, second)] == [1, 1, 0], second.out


def test_ansible_doc_shows_every_option(tmp_path: Path) -> None:
    words = [fleet.tool("ansible-doc"), "venvdoctor.fleet.doctor"]
    shown = subprocess.run(words, env=fleet.environ(tmp_path), capture_output=True, text=True, check=True).stdout
    source = (fleet.ROOT / "integrations/ansible/plugins/action/doctor.py").read_text()
    options = [
        line.split('"')[1] for line in source.partition("SPEC = {")[2].partition("\n}")[0].splitlines() if '"' in line
    ]
    assert len(options) > 20
    assert [name for name in options if name not in shown] == []
    role = [fleet.tool("ansible-doc"), "-t", "role", "venvdoctor.fleet.doctor"]
    told = subprocess.run(role, env=fleet.environ(tmp_path), capture_output=True, text=True, check=True).stdout
    assert [name for name in options if f"doctor_{name}" not in told] == []
