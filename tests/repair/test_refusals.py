"""What is not repaired: one clear sentence says why, and nothing has changed."""

from __future__ import annotations

import json
import os
import subprocess
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.support import envs, wheels
from tests.support.pythons import pythons
from tests.support.trees import picture
from venvdoctor import api
from venvdoctor.cli._main import run
from venvdoctor.errors import FixError
from venvdoctor.fix import Plan
from venvdoctor.inspection.workshop import read_workshop
from venvdoctor.repairing import repair
from venvdoctor.transaction.lock import locked
from venvdoctor.transaction.run import carry_out

if TYPE_CHECKING:
    from pathlib import Path

    from venvdoctor.model.repair import Workshop

ROOT = os.geteuid() == 0


@pytest.fixture
def sick(tmp_path: Path) -> Path:
    """An environment whose links lead nowhere; an interpreter of its minor is installed."""
    found = pythons("3.10", "3.13")
    if not found:
        pytest.skip("no CPython 3.10 to 3.13 is here")
    env = envs.make_venv(found[-1], tmp_path / "env")
    site = envs.site_packages(env)
    wheels.install(site, "pure", "1.5", bin_dir=env / "bin", shebang=f"{env}/bin/python")
    for link in (env / "bin").glob("python*"):
        if os.path.isabs(os.readlink(link)):
            link.unlink()
            link.symlink_to(tmp_path / "gone/bin/python3")
    return env


def plan_of(env: Path) -> Plan:
    session = api.open_session(api.ScanRequest(paths=(str(env),)))
    (case,) = repair.cases(session, repair.Wish(offline=True))
    assert isinstance(case.proposal, Plan), case.proposal
    return case.proposal


def refused(env: Path, capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Run `fix --yes`; it must refuse, change nothing, and say why in one line."""
    before = picture(env)
    assert run(["fix", str(env), "--yes", "--offline", *words]) == 1
    out, err = capsys.readouterr()
    assert picture(env) == before
    assert not (env / ".venvdoctor").exists()
    assert "Traceback" not in out + err
    (line,) = [line for line in out.splitlines() if "cannot be fixed: " in line]
    return line


@pytest.mark.skipif(not ROOT, reason="only root can give a file away")
def test_the_environment_of_another_user(sick: Path, capsys: pytest.CaptureFixture[str]) -> None:
    os.chown(sick, 12345, -1)
    assert "belongs to another user (uid 12345)" in refused(sick, capsys)


def test_a_frozen_environment(sick: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sick.chmod(0o555)
    try:
        assert "is read-only (mode 555)" in refused(sick, capsys)
    finally:
        sick.chmod(0o755)


@pytest.mark.skipif(not ROOT, reason="only root can mount")
def test_a_read_only_file_system(sick: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if subprocess.run(["mount", "--bind", sick, sick], capture_output=True, check=False).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        subprocess.run(["mount", "-o", "remount,ro,bind", sick, sick], capture_output=True, check=True)
        assert "its file system is read-only" in refused(sick, capsys)
    finally:
        subprocess.run(["umount", sick], check=True)


def test_a_directory_that_is_a_link_to_elsewhere(sick: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (sick / "bin").rename(sick.parent / "elsewhere")
    (sick / "bin").symlink_to("../elsewhere")
    elsewhere = picture(sick.parent / "elsewhere")
    assert "bin of" in (line := refused(sick, capsys))
    assert "is reached through a link" in line
    assert picture(sick.parent / "elsewhere") == elsewhere


def test_no_interpreter_is_left(
    sick: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(repair, "_choices", lambda _session: ())
    assert "no interpreter that could take its place is installed" in refused(sick, capsys)


def test_a_full_disk_is_known_before(
    sick: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def small(*given: object, **named: object) -> Workshop:
        return replace(read_workshop(*given, **named), free=1000)  # type: ignore[arg-type]

    monkeypatch.setattr("venvdoctor.inspection.workshop.read_workshop", small)
    assert "needs 1 MiB for this repair, and 0 MiB are free" in refused(sick, capsys)


def test_a_package_that_only_the_network_has(sick: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = pythons("3.10", "3.13")
    if len({item.series for item in found}) < 2:
        pytest.skip("one minor version alone is here")
    (envs.site_packages(sick) / "pure/__init__.py").unlink()
    line = refused(sick, capsys, "--python", found[0].series)
    assert "only the network has pure==1.5" in line


def test_a_conda_environment_is_condas(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    env = tmp_path / "env"
    (env / "conda-meta").mkdir(parents=True)
    (env / "conda-meta/history").write_text("")
    record = {"name": "python", "version": "3.12.1", "build": "h1_0", "files": ["bin/python3.12"], "channel": "c"}
    (env / "conda-meta/python-3.12.1-h1_0.json").write_text(json.dumps(record))
    assert "belongs to conda" in refused(env, capsys)


def test_a_name_of_two_lines(sick: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "holds a control character" in refused(sick.rename(sick.with_name("two\nlines")), capsys)


@pytest.mark.parametrize("change", ["link", "text", "swapped"])
def test_a_plan_that_became_stale(sick: Path, change: str, tmp_path: Path) -> None:
    plan = plan_of(sick)
    if change == "link":
        name = next(path for path, expected in plan.guards if expected.startswith("link:"))
        (sick / name).unlink()
        (sick / name).symlink_to("/usr/bin/python3")
    elif change == "text":
        (sick / "pyvenv.cfg").write_text((sick / "pyvenv.cfg").read_text() + "prompt = mine\n")
    else:
        sick.rename(tmp_path / "away")
        (tmp_path / "away2").mkdir()
        (tmp_path / "away2").rename(sick)
    before = picture(sick)
    with pytest.raises(FixError, match=r"changed since|no longer the directory"):
        carry_out(plan, str(tmp_path / "state"))
    assert picture(sick) == before


def test_two_runs_at_once_exclude_each_other(sick: Path, tmp_path: Path) -> None:
    plan, before = plan_of(sick), picture(sick)
    with locked(str(tmp_path / "state"), plan.identity):
        with pytest.raises(FixError, match="another repair is at work"):
            carry_out(plan, str(tmp_path / "state"))
        assert run(["fix", str(sick), "--yes", "--offline"]) == 1
    assert picture(sick) == before
    assert run(["fix", str(sick), "--yes", "--offline"]) == 0


def test_a_second_run_in_the_middle_of_the_first_is_told_so(
    sick: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def second(number: int, _step: object) -> None:
        if number:  # whatever it looks like now
            assert run(["fix", str(sick), "--yes", "--offline"]) == 1
            assert f"another run is at work on {sick}" in capsys.readouterr().err

    carry_out(plan_of(sick), str(tmp_path / "state"), before=second)
    assert run(["fix", str(sick), "--yes", "--offline"]) == 0


def test_a_link_that_appears_on_the_way_is_not_followed(sick: Path, tmp_path: Path) -> None:
    plan, outside = plan_of(sick), tmp_path / "outside"
    outside.mkdir()

    def swap(number: int, _step: object) -> None:
        if number == 0:
            (sick / "bin").rename(tmp_path / "bin-away")
            (sick / "bin").symlink_to(outside)

    with pytest.raises(FixError):
        carry_out(plan, str(tmp_path / "state"), before=swap)
    assert picture(outside) == {}


def test_what_runs_venvdoctor_is_not_made_anew(
    sick: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = pythons("3.10", "3.13")
    if len({item.series for item in found}) < 2:
        pytest.skip("one minor version alone is here")
    monkeypatch.setattr("sys.prefix", str(sick))
    assert "venvdoctor itself runs from" in refused(sick, capsys, "--python", found[0].series)


def test_a_failing_pip_leaves_the_old_environment(
    sick: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    found = pythons("3.10", "3.13")
    if len({item.series for item in found}) < 2:
        pytest.skip("one minor version alone is here")
    (envs.site_packages(sick) / "pure/__init__.py").unlink()
    before = picture(sick)
    monkeypatch.setattr("venvdoctor.transaction.availability.survey", lambda *_: {})
    for name in ("PIP_NO_INDEX", "UV_NO_INDEX"):
        monkeypatch.setenv(name, "1")
    assert run(["fix", str(sick), "--yes", "--python", found[0].series]) == 1
    assert "installing pure==1.5 failed" in capsys.readouterr().out
    assert picture(sick) == before
