"""Readers of dependents: each place that is known, in the form its owner writes it; and any content at all."""

from __future__ import annotations

import json
import plistlib
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from venvdoctor.inspection.dependents import find_dependents
from venvdoctor.inspection.shared import Shared
from venvdoctor.model.host import Home, Host
from venvdoctor.view import View, rooted_view

if TYPE_CHECKING:
    from pathlib import Path

    from venvdoctor.model.dependent import Dependent

GONE = "/srv/gone/.venv/bin/python"
ENV = "/srv/gone/.venv"


def write(path: Path, content: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


def found(root: Path, *environments: str) -> list[Dependent]:
    """Everything that an unpacked image with one home shows."""
    (root / "home/u").mkdir(parents=True, exist_ok=True)
    host = Host(homes=(Home("/home/u", 1000, "u"),))
    return find_dependents(Shared(view=rooted_view(str(root)), host=host), environments)


JDK = (
    '<application><component name="ProjectJdkTable"><jdk version="2"><name value="Python 3.11 (p)" />'
    '<type value="Python SDK" /><homePath value="$USER_HOME$/p/.venv/bin/python" /></jdk>'
    '<jdk version="2"><name value="17" /><type value="JavaSDK" /><homePath value="/no/java" /></jdk></component></application>'
)
PLACES: list[tuple[str, str | bytes, str, str, int]] = [
    ("home/u/.local/share/jupyter/kernels/k/kernel.json", json.dumps({"argv": [GONE]}), "kernel", GONE, 0),
    ("usr/local/share/jupyter/kernels/k/kernel.json", json.dumps({"argv": [GONE]}), "kernel", GONE, 0),
    ("etc/systemd/system/a.service", f"[Service]\nExecStart=-@{GONE} x\n", "systemd", GONE, 2),
    ("etc/systemd/system/a.service.d/o.conf", f"[Service]\nExecStart=\nExecStart={GONE}\n", "systemd", GONE, 3),
    (
        "home/u/.config/systemd/user/a.service",
        "[Service]\nExecStart=%h/e/venv/bin/x\n",
        "systemd",
        "/home/u/e/venv/bin/x",
        2,
    ),
    ("etc/crontab", f"# c\n0 3 * * * root {GONE} x\n", "cron", GONE, 2),
    ("etc/cron.d/job", f"PATH=/bin\n@daily u cd / && {GONE} x\n", "cron", GONE, 2),
    ("var/spool/cron/crontabs/u", "@hourly ~/e/venv/bin/x\n", "cron", "/home/u/e/venv/bin/x", 1),
    ("home/u/.config/autostart/a.desktop", f"[Desktop Entry]\nExec={GONE} %u\n", "desktop", GONE, 2),
    ("etc/supervisor/conf.d/a.conf", f"[program:a]\ncommand={GONE} x ; c\n", "supervisor", GONE, 2),
    ("Library/LaunchDaemons/a.plist", plistlib.dumps({"Label": "a", "ProgramArguments": [GONE]}), "launchd", GONE, 0),
    (
        "home/u/Library/LaunchAgents/a.plist",
        plistlib.dumps({"Program": GONE}, fmt=plistlib.FMT_BINARY),
        "launchd",
        GONE,
        0,
    ),
    ("home/u/.config/Code/User/settings.json", '{"python.defaultInterpreterPath": "%s",}' % GONE, "vscode", GONE, 1),  # noqa: UP031
    ("home/u/.config/JetBrains/PyCharm2024.1/options/jdk.table.xml", JDK, "idea", "/home/u/p/.venv/bin/python", 1),
    ("home/u/.local/bin/w", f'#!/bin/sh\nexec {GONE} -m x "$@"\n', "launcher", GONE, 2),
    ("home/u/.bashrc", f"alias x={GONE}\n", "shell", GONE, 1),
    ("home/u/.zshrc", f"\nsource {ENV}/bin/activate\n", "shell", GONE, 2),
    ("etc/anacrontab", f"# c\n7 10 job {GONE} x\n", "cron", GONE, 2),
    ("etc/crontab", f"PATH={ENV}/bin:/usr/bin\n", "search-path", GONE, 1),
    ("etc/cron.d/cd", f"@daily u cd {ENV.rpartition('/')[0]} && .venv/bin/python x\n", "cron", GONE, 1),
    ("etc/systemd/system/p.service", f'[Service]\nEnvironment="PATH={ENV}/bin:/bin"\n', "search-path", GONE, 2),
    (
        "home/u/.config/fish/conf.d/a.fish",
        f"if status is-interactive\n source {ENV}/bin/activate.fish\nend\n",
        "shell",
        GONE,
        2,
    ),
    ("home/u/.config/fish/config.fish", f"set -gx PATH {ENV}/bin $PATH\n", "shell", GONE, 1),
]


@pytest.mark.parametrize(("place", "content", "kind", "target", "line"), PLACES, ids=[item[0] for item in PLACES])
def test_known_places(  # noqa: PLR0917 - the columns of a table
    tmp_path: Path, place: str, content: str | bytes, kind: str, target: str, line: int
) -> None:
    write(tmp_path / place, content)
    (item,) = found(tmp_path)
    assert (item.kind, item.target, item.line, item.state) == (kind, target, line, "missing")
    assert item.path == f"/{place}"
    assert item.environment == target.rsplit("/", 2)[0]


SILENT = {
    "a test before": ("etc/cron.d/a", f"@daily u test -x {GONE} && {GONE} x\n"),
    "a test and exit": ("etc/cron.d/a", f"@daily u [ -x {GONE} ] || exit 0; {GONE} x\n"),
    "fish test": ("home/u/.config/fish/config.fish", f"if test -d {ENV}\n  source {ENV}/bin/activate.fish\nend\n"),
    "fish function": ("home/u/.config/fish/config.fish", f"function v\n  source {ENV}/bin/activate.fish\nend\n"),
}


@pytest.mark.parametrize("name", sorted(SILENT))
def test_what_looks_first_is_left_alone(tmp_path: Path, name: str) -> None:
    place, content = SILENT[name]
    write(tmp_path / place, content)
    assert found(tmp_path) == []


def test_units_are_what_systemd_makes_of_their_files(tmp_path: Path) -> None:
    """The strongest file of a name counts, and drop-ins come on top of it."""
    unit = f"[Service]\nExecStart={GONE}\n"
    write(tmp_path / "usr/lib/systemd/system/a.service", unit)
    write(tmp_path / "etc/systemd/system/a.service", "[Service]\nExecStart=/bin/true\n")
    write(tmp_path / "usr/lib/systemd/system/b.service", unit)
    write(tmp_path / "etc/systemd/system/b.service.d/9.conf", "[Service]\nExecStart=\nExecStart=/bin/true\n")
    write(tmp_path / "usr/lib/systemd/user/c.service", unit)
    write(tmp_path / "home/u/.config/systemd/user/c.service.d/9.conf", "[Service]\nEnvironment=A=1\n")
    assert {item.path for item in found(tmp_path)} == {"/usr/lib/systemd/user/c.service"}


@pytest.mark.parametrize("folder", ["home/u/app", "home/u/src/app"])
def test_a_project_whose_environment_is_gone_altogether(tmp_path: Path, folder: str) -> None:
    settings = '{"python.defaultInterpreterPath": "${workspaceFolder}/.venv/bin/python"}'
    write(tmp_path / folder / ".vscode/settings.json", settings)
    write(tmp_path / folder / ".git/hooks/pre-commit", f"#!/bin/sh\nINSTALL_PYTHON=/{folder}/.venv/bin/python\n")
    (tmp_path / folder / ".git/hooks/pre-commit").chmod(0o755)
    assert {item.kind for item in found(tmp_path)} == {"vscode", "git-hook"}
    assert {item.environment for item in found(tmp_path)} == {f"/{folder}/.venv"}


def test_what_one_reference_shows_counts_for_the_others(tmp_path: Path) -> None:
    """Nothing is left of /srv/app, whose name says nothing; a Python that a job started shows what it was."""
    write(tmp_path / "etc/systemd/system/a.service", "[Service]\nExecStart=/srv/app/bin/gunicorn x\n")
    write(tmp_path / "home/u/.bashrc", 'PATH="/srv/app/bin:$PATH"\n')
    assert found(tmp_path) == []
    write(tmp_path / "etc/cron.d/a", "@daily u /srv/app/bin/python3 x\n")
    assert {item.kind for item in found(tmp_path)} == {"systemd", "shell", "cron"}
    assert {item.environment for item in found(tmp_path)} == {"/srv/app"}
    write(tmp_path / "home/u/venv/pyvenv.cfg", "home = /srv/app/bin\n")  # it was an installation
    assert {item.kind for item in found(tmp_path, "/home/u/venv")} == {"cron"}


def test_conda_lists_and_initialisation(tmp_path: Path) -> None:
    write(tmp_path / "home/u/.conda/environments.txt", "/opt/gone\n/home/u\n\n")
    block = (
        "# >>> conda initialize >>>\n# !! managed !!\n"
        "__conda_setup=\"$('/opt/conda/bin/conda' 'shell.bash' 'hook' 2> /dev/null)\"\n"
        'if [ $? -eq 0 ]; then\n    eval "$__conda_setup"\nfi\n# <<< conda initialize <<<\n'
    )
    write(tmp_path / "home/u/.bashrc", block)
    states = {(item.kind, item.target): (item.state, item.line) for item in found(tmp_path)}
    assert states == {
        ("conda-registry", "/opt/gone"): ("missing", 1),
        ("conda-registry", "/home/u"): ("ok", 2),
        ("conda-init", "/opt/conda/bin/conda"): ("missing", 3),
    }


def test_records_of_projects(tmp_path: Path) -> None:
    env = tmp_path / "home/u/.virtualenvs/e"
    write(env / "pyvenv.cfg", "home = /usr/bin\n")
    write(env / ".project", "/home/u/old-project\n")
    write(env / ".tox-info.json", json.dumps({"Python": {"executable": "/opt/python3.9"}}))
    write(
        tmp_path / "home/u/.cache/pypoetry/virtualenvs/envs.toml", '["app-AbC12_-9"]\nminor = "3.9"\npatch = "3.9.1"\n'
    )
    write(tmp_path / "home/u/.pyenv/versions/3.11.7/bin/python", "")
    write(tmp_path / "home/u/.virtualenvs/.python-version", "3.11\n3.9.18\n# c\nmyenv\n")
    items = {(item.kind, item.target): item.state for item in found(tmp_path, "/home/u/.virtualenvs/e")}
    assert items == {
        ("project", "/home/u/old-project"): "missing",
        ("tox", "/opt/python3.9"): "missing",
        ("receipt", "/home/u/.cache/pypoetry/virtualenvs/app-AbC12_-9-py3.9"): "missing",
        ("version-file", "/home/u/.pyenv/versions/3.11"): "ok",
        ("version-file", "/home/u/.pyenv/versions/3.9.18"): "missing",
    }


def test_the_database_of_pre_commit(tmp_path: Path) -> None:
    cache = tmp_path / "home/u/.cache/pre-commit"
    (cache / "repoabcdefgh").mkdir(parents=True)
    with sqlite3.connect(tmp_path / "made.db") as database:
        database.execute("CREATE TABLE repos (repo TEXT, ref TEXT, path TEXT)")
        for name in ("repoabcdefgh", "repozzzzzzz1"):
            row = ("https://h/x", "v1", f"/home/u/.cache/pre-commit/{name}")
            database.execute("INSERT INTO repos VALUES (?, ?, ?)", row)
    database.close()
    write(cache / "db.db", (tmp_path / "made.db").read_bytes())
    (item,) = found(tmp_path)
    assert (item.kind, item.target) == ("pre-commit-cache", "/home/u/.cache/pre-commit/repozzzzzzz1")


def test_links_are_followed_inside_the_image(tmp_path: Path) -> None:
    """An absolute link of an image leads into the image, not to the machine that looks."""
    write(tmp_path / "opt/tool/venv/pyvenv.cfg", "home = /usr/bin\n")
    write(tmp_path / "opt/tool/venv/bin/tool", "#!/opt/tool/venv/bin/python\n")
    (tmp_path / "opt/tool/venv/bin/tool").chmod(0o755)
    (tmp_path / "home/u/.local/bin").mkdir(parents=True)
    (tmp_path / "home/u/.local/bin/tool").symlink_to("/opt/tool/venv/bin/tool")
    (item,) = found(tmp_path)
    assert (item.state, item.environment) == ("interpreter-missing", "/opt/tool/venv")
    (tmp_path / "opt/tool/venv/bin/python").symlink_to("/bin/python3.9")
    (item,) = found(tmp_path)
    assert (item.state, item.detail) == ("interpreter-missing", "/bin")
    write(tmp_path / "bin/python3.9", b"\x7fELF")
    (tmp_path / "bin/python3.9").chmod(0o755)
    (item,) = found(tmp_path)
    assert item.state == "ok"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_content(tmp_path: Path, data: Any) -> None:
    for place, content, *_ in PLACES:
        raw = content if isinstance(content, bytes) else content.encode()
        at = data.draw(st.integers(0, len(raw)))
        write(
            tmp_path / place, raw[:at] + data.draw(st.binary(max_size=12)) + raw[at : data.draw(st.integers(0, 2000))]
        )
    write(tmp_path / "home/u/.conda/environments.txt", data.draw(st.binary(max_size=30)))
    write(tmp_path / "home/u/.cache/pre-commit/db.db", b"SQLite format 3\0" + data.draw(st.binary(max_size=99)))
    write(tmp_path / "home/u/.cache/pypoetry/virtualenvs/envs.toml", data.draw(st.binary(max_size=30)))
    found(tmp_path, "/home/u/e")


def test_an_empty_machine(tmp_path: Path) -> None:
    assert found(tmp_path) == []
    host = Host(homes=(Home(str(tmp_path / "none"), 0),))
    assert [i for i in find_dependents(Shared(view=View(), host=host)) if i.path.startswith(str(tmp_path))] == []
