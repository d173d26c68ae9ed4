"""References in odd but healthy forms: silent while the environment is there, told when it is gone, if they depend on it."""

from __future__ import annotations

import json
import os
import shutil
from typing import TYPE_CHECKING

import pytest

from venvdoctor.inspection.dependents import find_dependents
from venvdoctor.inspection.shared import Shared
from venvdoctor.model.host import Home, Host
from venvdoctor.outside import is_sick
from venvdoctor.view import rooted_view

if TYPE_CHECKING:
    from pathlib import Path

E = "/home/u/proj/.venv"
LOST = "/gone/venv"  # never there: what names it does so under a condition, in a text, on another machine
JDK = (
    '<application><component name="ProjectJdkTable">'
    '<jdk version="2"><name value="remote"/><type value="Python SDK"/><homePath value="ssh://u@h:22/usr/bin/python9"/>'
    '</jdk><jdk version="2"><name value="3.13"/><type value="Python SDK"/>'
    '<homePath value="$USER_HOME$/proj/.venv/bin/python"/></jdk></component></application>'
)


def unit(*lines: str) -> str:
    return "\n".join(["[Unit]", "Description=x", "[Service]", *lines, ""])


def setting(value: str) -> str:
    return json.dumps({"python.defaultInterpreterPath": value})


def kernel(*argv: str) -> str:
    return json.dumps({"argv": argv, "env": {"PATH": f"{LOST}/bin:${{PATH}}"}})


UNITS = {
    "at": (unit(f"ExecStart=@{E}/bin/python name -m http.server"), True),
    "prefixes": (unit(f"ExecStart=-@+{E}/bin/python my -c pass"), True),
    "colon": (unit(f"ExecStart=:{E}/bin/python -c $x"), True),
    "bangs": (unit(f"ExecStart=!!{E}/bin/python -c pass"), True),
    "env -S": (unit(f"ExecStart=/usr/bin/env -S {E}/bin/python -u app.py"), True),
    "env": (unit(f"ExecStart=/usr/bin/env A=1 {E}/bin/python app.py"), True),
    "file": (unit("EnvironmentFile=-/none", f"ExecStart={E}/bin/python ${{APP}} $ARGS"), True),
    "continued": (unit(f"ExecStart={E}/bin/python \\", "  -m app \\", "# a comment", "  8000"), True),
    "two": (unit("Type=oneshot", f"ExecStart=/bin/true ; {E}/bin/python"), False),  # only the first is looked at
    "quoted": (unit(f'ExecStart="{E}/bin/python" "-c" "pass"'), True),
    "escaped": (unit(f"ExecStart={E}/bin/py\\x74hon"), True),
    "instance@": (unit("ExecStart=/home/u/%i/.venv/bin/python"), False),
    "root": (unit("RootDirectory=/srv/other", f"ExecStart={LOST}/bin/python"), False),
    "sh": (unit(f'ExecStart=/bin/sh -c "cd /home/u/proj && . {E}/bin/activate && exec python app.py"'), True),
    "login": (unit(f"ExecStart=/bin/bash -lc 'source {E}/bin/activate; python app.py'"), True),
    "folder": (unit("WorkingDirectory=/home/u/proj", 'ExecStart=/bin/sh -c ".venv/bin/python app.py"'), True),
    "path": (unit(f'Environment="PATH={E}/bin:/bin" "X=1"', "ExecStart=/bin/sh -c app"), True),
    "reset": (unit(f"ExecStart={LOST}/bin/python", "ExecStart=", f"ExecStart={E}/bin/python"), True),
    "relative": (unit("ExecStart=python3 -c pass"), False),
    "docker": (unit(f'ExecStart=/bin/sh -c "docker run --rm image {LOST}/bin/python"'), False),
}
JOBS = {
    f"cd /home/u/proj && ./.venv/bin/python app.py; PATH={LOST}": True,
    f"{E}/bin/python -m app --date=$(date +\\%F)": True,
    f"/bin/true % text that goes to its input: {LOST}/bin/python": False,
    f". {E}/bin/activate && python app.py >> /tmp/log 2>&1": True,
    "$VENV/bin/python app.py": True,
    "cd /srv/docker && ${VENV}/bin/python app.py": True,
    f"test -x {LOST}/bin/python && {LOST}/bin/python x": False,
    f'[ -x "{LOST}/bin/python" ] && "{LOST}/bin/python" x': False,
    f"[ ! -e {LOST}/bin/python ] || {LOST}/bin/python": False,
    f"if [ -d {LOST} ]; then {LOST}/bin/python x; fi": False,
    f"command -v {LOST}/bin/python > /dev/null && {LOST}/bin/python x": False,
    f"A=b nice -n 10 {E}/bin/python x.py": True,
    f"flock -n /tmp/l {E}/bin/python x.py": True,
    "~/proj/.venv/bin/python x.py": True,
    f"ssh other {LOST}/bin/python x.py": False,
    f"sudo docker exec web {LOST}/bin/python x.py": False,
    f"/usr/sbin/chroot /srv/x {LOST}/bin/python x.py": False,
}
SETTINGS = {
    "${workspaceFolder}/../../proj/.venv/bin/python": True,
    "${userHome}/proj/.venv/bin/python": True,
    "${env:HOME}/proj/.venv/bin/python": True,
    "~/proj/.venv/bin/python": True,
    E: True,
    f"{E}/bin": True,
    "${env:VENV}/bin/python": False,
    "${workspaceFolder:other}/.venv/bin/python": False,
    "${config:x.y}": False,
    "${command:python.interpreterPath}": False,
    "python3": False,
}
KERNELS = {
    "plain": (kernel(f"{E}/bin/python", "-Xfrozen_modules=off", "-m", "ipykernel_launcher"), True),
    "resources": (kernel("python", "{resource_dir}/launch.py", "{connection_file}"), False),
    "beside": (kernel("{resource_dir}/../../run", "{connection_file}"), False),
    "bash": (kernel("bash", "-c", f"exec {E}/bin/python -m ipykernel_launcher"), True),
    "env": (kernel("env", "PYTHONPATH=/x", f"{E}/bin/python", "-m", "ipykernel_launcher"), True),
    "other": (kernel("/usr/lib/R/bin/R", "--slave"), False),
    "empty": (kernel(), False),
}
SHELL = {
    f'export PATH="{E}/bin:$PATH"': True,
    "export PATH=$HOME/proj/.venv/bin:$PATH": True,
    f"alias act='source {E}/bin/activate'": True,
    f"path=({E}/bin $path)": True,
    f"[ -f {LOST}/bin/activate ] && . {LOST}/bin/activate": False,
    f'if [ -d "{LOST}/bin" ] ; then\n    PATH="{LOST}/bin:$PATH"\nfi': False,
    f"command -v {LOST}/bin/python >/dev/null && export X=1": False,
    f'py() {{ {LOST}/bin/python "$@"; }}': False,
    f"for d in {LOST}/bin; do [ -d $d ] && PATH=$d:$PATH; done": False,
    f"source {LOST}/bin/activate 2>/dev/null || true": False,
    f"case $HOSTNAME in\n  work*) PATH={LOST}/bin:$PATH ;;\nesac": False,
    f"cat <<'EOF'\nsource {LOST}/bin/activate\nEOF": False,
    f"alias web='ssh web {LOST}/bin/python'": False,
}
SCRIPTS = {
    f'exec {E}/bin/python -m app "$@"': True,
    f"[ -x {LOST}/bin/app ] && exec {LOST}/bin/app\nexec python3 -m app": False,
    f"if [ -x {LOST}/bin/app ]; then\n  exec {LOST}/bin/app\nfi": False,
    f"cat <<EOF\nexec {LOST}/bin/python\nEOF": False,
    f"exec docker run image {LOST}/bin/python": False,
}
ENTRIES = {
    f"Exec={E}/bin/python -m app %U": True,
    f'Exec=env A=1 "{E}/bin/python" -m app': True,
    f"TryExec={LOST}/bin/python\nExec={LOST}/bin/python": False,
    f"Hidden=true\nExec={LOST}/bin/python": False,
}
PROGRAMS = {
    f"{E}/bin/python -m app ; comment": True,
    "%(ENV_VENV)s/bin/python": False,
    f"bash -c 'exec {E}/bin/app'": True,
}


def files() -> dict[str, tuple[str, bool]]:
    """Path → content, and whether it is dead without the environment."""
    made = {f"etc/systemd/system/{name}.service": case for name, case in UNITS.items()}
    made |= {f"home/u/.local/share/jupyter/kernels/{name}/kernel.json": case for name, case in KERNELS.items()}
    tables: dict[str, tuple[dict[str, bool], str]] = {
        "etc/cron.d/job{}": (
            JOBS,
            f"SHELL=/bin/bash\nVENV={E}\n#0 9 * * * u {LOST}/bin/python\n0 1 * * * u {{}}\n",
        ),
        "home/u/code/proj{}/.vscode/settings.json": ({setting(key): value for key, value in SETTINGS.items()}, "{}"),
        "home/u/.config/fish/conf.d/../../../.local/bin/script{}": (SCRIPTS, "#!/bin/sh\n{}\n"),
        "home/u/.local/share/applications/entry{}.desktop": (ENTRIES, "[Desktop Entry]\nName=x\n{}\n"),
        "etc/supervisor/conf.d/program{}.conf": (PROGRAMS, "[program:x]\ncommand={}\n"),
    }
    for pattern, (cases, text) in tables.items():
        for number, (case, told) in enumerate(cases.items()):
            made[os.path.normpath(pattern.format(number))] = (text.replace("{}", case), told)
    made["home/u/.config/JetBrains/PyCharm2024.1/options/jdk.table.xml"] = (JDK, True)
    made["home/u/.config/systemd/user/u.service"] = (unit("ExecStart=%h/proj/.venv/bin/python %t %E"), True)
    return made


def sick(root: Path) -> set[str]:
    host = Host(homes=(Home("/home/u", 1000, "u"),))
    found = find_dependents(Shared(view=rooted_view(str(root)), host=host), [E] if (root / E[1:]).exists() else [])
    return {f"{item.path.lstrip('/')}" for item in found if is_sick(item)}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root with one environment, whose interpreter is any program."""
    for name in ("bin/python", "bin/python3", "bin/app"):
        (tmp_path / E[1:] / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / E[1:] / name).write_text("#!/bin/sh\n")
        (tmp_path / E[1:] / name).chmod(0o755)
    for name in ("sh", "bash", "true", "env"):
        (tmp_path / "bin").mkdir(exist_ok=True)
        (tmp_path / "bin" / name).write_bytes(b"\x7fELF")
        (tmp_path / "bin" / name).chmod(0o755)
    (tmp_path / E[1:] / "bin/activate").write_text("VIRTUAL_ENV=x\n")
    (tmp_path / E[1:] / "pyvenv.cfg").write_text("home = /usr/bin\n")
    return tmp_path


def test_files(root: Path) -> None:
    for name, (text, _) in files().items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
        (root / name).chmod(0o755)
        if "/.vscode/" in name:
            (root / name).parents[1].joinpath(".git").mkdir()
    assert sick(root) == set()
    shutil.rmtree(root / E[1:])
    assert sick(root) == {name for name, (_, told) in files().items() if told}


@pytest.mark.parametrize("text", SHELL)
def test_start_up_files(root: Path, text: str) -> None:
    (root / "home/u/.zshrc").write_text(f"# source {LOST}/bin/activate\n{text}\n")
    assert sick(root) == set()
    shutil.rmtree(root / E[1:])
    assert sick(root) == ({"home/u/.zshrc"} if SHELL[text] else set())


def test_a_link_to_what_is_sourced(root: Path) -> None:
    (root / "home/u/.local/bin").mkdir(parents=True)
    (root / "home/u/.local/bin/act").symlink_to(f"{E}/bin/activate")
    assert sick(root) == set()
    shutil.rmtree(root / E[1:])
    assert sick(root) == {"home/u/.local/bin/act"}
