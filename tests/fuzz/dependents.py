"""Readers of what names an environment from outside."""

from __future__ import annotations

import json
import plistlib
from functools import partial

from tests.fuzz.target import HOST, JSON_WORDS, SITE, part, rules, shared_over, target
from venvdoctor.inspection.dependents.place import Places


def _dependents(module: str, path: str, data: bytes) -> None:
    files = {
        path: data,
        "/h/env/pyvenv.cfg": b"home = /usr/bin\n",
        "/h/env/bin/python": b"\x7fELF",
        f"{SITE}/x.py": b"",
    }
    places = Places(shared=shared_over(files), homes=("/h",), environments=("/h/env",), projects=("/h/p",))
    from venvdoctor import diagnosis

    for item in part(f"inspection.dependents.{module}").read(places):
        diagnosis.diagnose_dependent(item, HOST, rules())


KERNEL = json.dumps({"argv": ["/h/env/bin/python", "-m", "ipykernel", "-f", "{connection_file}"], "display_name": "x"})
PLIST = plistlib.dumps({"Label": "x", "ProgramArguments": ["/h/env/bin/python", "x.py"], "Program": "/h/env/bin/x"})
DEPENDENTS: dict[str, tuple[str, str, tuple[bytes, ...], bytes]] = {
    "kernel": ("kernels", "/h/.local/share/jupyter/kernels/k/kernel.json", (KERNEL.encode(),), JSON_WORDS),
    "systemd": (
        "units",
        "/etc/systemd/system/x.service",
        (
            b"[Unit]\nConditionPathExists=/x\n[Service]\nEnvironment=A=b\nExecStart=-/h/env/bin/python -m x \\\n  %i $A\nExecStart=\n",
        ),
        b"[Service] ExecStart= ExecStartPre= WorkingDirectory= \\\n % %% ${ } \\x2 \\u0041 \" ' @ - + ! ; #",
    ),
    "cron": (
        "crontabs",
        "/etc/crontab",
        (b"PATH=/x\n*/5 * * * * root /h/env/bin/python /x.py % y\n@daily root cd /h && . env/bin/activate && x\n",),
        b'* @daily */5 , - % \\% root && . source \t \n = "',
    ),
    "desktop": (
        "desktops",
        "/h/.local/share/applications/x.desktop",
        (b"[Desktop Entry]\nExec=/h/env/bin/x %F\nTryExec=/h/env/bin/x\nName=x\n",),
        b'[Desktop Entry] Exec= TryExec= %F %% \\s " ` $',
    ),
    "plist": (
        "desktops",
        "/h/Library/LaunchAgents/x.plist",
        (PLIST, plistlib.dumps({"ProgramArguments": ["/h/env/bin/x"]}, fmt=plistlib.FMT_BINARY)),
        b"<dict> </dict> <array> <string> <data> <date> <integer> <real> bplist00 <!DOCTYPE <!ENTITY & &#0; ]]>",
    ),
    "supervisor": (
        "supervisors",
        "/etc/supervisor/conf.d/x.conf",
        (b"[program:x]\ncommand=/h/env/bin/python %(here)s/x.py\n",),
        b"[program:x] command= % %(x)s \" ' ; #",
    ),
    "jsonc": (
        "editors",
        "/h/.config/Code/User/settings.json",
        (
            b'{ // c\n"python.defaultInterpreterPath": "${env:HOME}/env/bin/python", /* x */ "python.pythonPath": "~/x",}',
        ),
        JSON_WORDS,
    ),
    "jetbrains": (
        "editors",
        "/h/p/.idea/misc.xml",
        (b'<project><component name="x" project-jdk-name="Python 3.11 (/h/env)"/></project>',),
        b"< > <!ENTITY & \" ' jdk <![CDATA[ ]]>",
    ),
    "git_hook": (
        "hooks",
        "/h/p/.git/hooks/pre-commit",
        (b'#!/usr/bin/env bash\nINSTALL_PYTHON=/h/env/bin/python\nexec "$INSTALL_PYTHON" -mpre_commit\n',),
        b"#! INSTALL_PYTHON= ' \" exec \n \\",
    ),
    "shell_rc": (
        "shells",
        "/h/.bashrc",
        (b"alias x='/h/env/bin/python'\nexport PATH=$HOME/env/bin:$PATH\n. ~/env/bin/activate\n",),
        b"alias export PATH= $HOME ${HOME} ~ : ' \" ` $( . source # \n",
    ),
    "launcher": (
        "launchers",
        "/h/.local/bin/x",
        (b"#!/h/env/bin/python\nimport x\n", b'#!/bin/sh\nexec /h/env/bin/python -m x "$@"\n'),
        b"#! exec ''' \" $@ \n env python",
    ),
    "conda_registry": ("managers", "/h/.conda/environments.txt", (b"/h/env\n/gone\n",), b"/ \n \0 .."),
    "poetry_toml": (
        "managers",
        "/h/.cache/pypoetry/virtualenvs/envs.toml",
        (b'[x-y]\nminor = "3.11"\npatch = "3.11.2"\n',),
        b"[ ] = \" ' # \n [[ {} inf nan 1979-05-27",
    ),
    "pyenv_version": ("managers", "/h/p/.python-version", (b"3.11.2\nenv\n",), b"/ \n \0 : .."),
}
DEPENDENTS |= {
    "pdm_python": ("managers", "/h/p/.pdm-python", (b"/h/env/bin/python\n",), b"/ \n \0 .."),
    "tox_info": (
        "managers",
        "/h/p/.tox/py311/.tox-info.json",
        (b'{"Python": {"version_info": [3, 11], "executable": "/h/env/bin/python"}}',),
        JSON_WORDS + b' "Python" "executable"',
    ),
    "pre_commit_db": (
        "managers",
        "/h/.cache/pre-commit/db.db",
        (b"SQLite format 3\0" + bytes(50) + b"https://x/y" + b"v1/h/.cache/pre-commit/repoabcdef12\0",),
        b"/h/.cache/pre-commit/repo \0 /repo abcdefgh",
    ),
}
for _name, (_module, _path, _seeds, _words) in DEPENDENTS.items():
    target(*_seeds, words=_words, name=_name)(partial(_dependents, _module, _path))
