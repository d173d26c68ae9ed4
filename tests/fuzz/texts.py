"""Readers of texts: of environments, of packages, of the system."""

from __future__ import annotations

from tests.fuzz.memory import MemoryView
from tests.fuzz.target import INFO, SITE, part, shared_over, target, text_of


@target(
    b"home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.11.2\ncommand = /usr/bin/python3 -m venv /x\n",
    b"\xef\xbb\xbfhome=/usr\nversion_info = 3.11.2.final.0\nuv = 0.5\nrelocatable = true",
    words=b"home = include-system-site-packages true false version version_info executable command prompt \n \r \0 \xef\xbb\xbf",
)
def cfg(data: bytes) -> None:
    found = part("inspection.pyvenv_cfg").parse_cfg("/e/pyvenv.cfg", data)
    part("repairing.cfg_text").rebased(
        found, "/e", part("model.interpreter").Interpreter(executable="/usr/bin/python3")
    )


@target(
    b"/x/y\nimport sys; sys.path.insert(0, '/x')\nimport __editable___a_finder; __editable___a_finder.install()\n",
    b"import os; var = 'SETUPTOOLS_USE_DISTUTILS'; os.environ.get(var, 'local') == 'local' and __import__('_distutils_hack')\n",
    words=b"import ; , . ( ) site.addsitedir sys.path os.path.join '/ exec \t \n",
)
def pth(data: bytes) -> None:
    for line in text_of(data).splitlines():
        part("inspection.pth_lines").interpret(line)


@target(
    b"Metadata-Version: 2.1\nName: a\nVersion: 1.0\nRequires-Dist: b>=1; python_version > '3'\nRequires-Python: >=3.8\n\nbody",
    words=b"Name: Version: Requires-Dist: Requires-Python: Provides-Extra: \n \r\n == >= ~= ; extra [ ] ( ) @",
)
def metadata(data: bytes) -> None:
    found = part("inspection.metadata").parse_metadata(data)
    part("inspection.metadata").read_requires_txt(data)
    part("inspection.requirements").python_satisfies(text_of(data), "3.11.2")
    assert found is not None


@target(
    b'a/__init__.py,sha256=47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU,0\n../../bin/x,sha256=a,1\n"a,b",,\n',
    words=b', sha256= " "" \r \n ../ / \0 .pyc .dist-info/RECORD',
)
def record(data: bytes) -> None:
    found = part("inspection.record").parse_record(data)
    listings = part("inspection.listings").Listings(MemoryView({f"{SITE}/a/__init__.py": b""}))
    part("inspection.record").check_presence(found.rows, SITE, listings)
    part("repairing.script_text").record_with(data, "a/__init__.py", "sha256=x", 3)


@target(
    b'{"url": "file:///x/y", "dir_info": {"editable": true}}',
    words=b'{ } [ ] " : , \\u0000 \\ud800 true null file:// file://localhost/ %00 %zz 1e999 "dir_info" "editable"',
)
def direct_url(data: bytes) -> None:
    part("inspection.metadata_dirs").editable_target(text_of(data))
    files = {f"{INFO}/METADATA": b"Name: demo\nVersion: 1\n", f"{INFO}/RECORD": b"", f"{INFO}/direct_url.json": data}
    listings = part("inspection.listings").Listings(MemoryView(files))
    list(part("inspection.metadata_dirs").read_directory(SITE, listings, from_base=False, full=True))


@target(
    b"#!/h/env/bin/python3 -sE\n",
    b"#!/bin/sh\n'''exec' \"/h/e v/bin/python\" \"$0\" \"$@\"\n' '''\nimport x\n",
    b"#!/usr/bin/env -S python3 -u\n",
    words=b"#! '''exec' /bin/sh env -S \" ' \\ \n \r \0 $0",
)
def shebang(data: bytes) -> None:
    reader = part("inspection.shebang")
    reader.parse_shebang(data)
    reader.parse_trampoline(data)
    reader.env_command(text_of(data))
    part("inspection.launch").read_launch(shared_over({"/h/env/bin/python": b""}), "/h/env/bin/x", data)
    part("repairing.script_text").with_interpreter(data, "/usr/bin/python3")
    part("repairing.script_text").with_root(data, "/h/env", "/h/o 'ther")


@target(
    b'VIRTUAL_ENV="/h/env"\nexport VIRTUAL_ENV\n',
    b"set -gx VIRTUAL_ENV '/h/env'\n",
    b'VIRTUAL_ENV="$(cd x && pwd)"\nif [ -z "$X" ]; then\n',
    b"@set VIRTUAL_ENV=C:\\x\n",
    words=b"VIRTUAL_ENV= \" ' $( ${ } ` export set -gx setenv \\ \n cygpath",
)
def activate(data: bytes) -> None:
    part("inspection.activate").parse_activate(text_of(data))


@target(
    b'[tool.x]\nvenvs = "/x"\na = ["b", {c = 1}]\n',
    words=b'[ ] = " \'\'\' """ # \n { } . inf nan 1979-05-27T07:32:00Z 0x \\u0000',
)
def toml(data: bytes) -> None:
    view = MemoryView({"/h/x.toml": data})
    settings = part("sources._settings")
    settings.value_at(settings.read_toml(view, "/h/x.toml"), "tool", "x", "venvs")
    settings.yaml_list(text_of(data), "envs_dirs")


@target(
    b"36 35 98:0 /m1 /m\\0402 rw,noatime master:1 - ext3 /dev/root rw\n", words=b"- / \\040 nfs autofs fuse.x cifs \n"
)
def mounts(data: bytes) -> None:
    for line in text_of(data).splitlines():
        part("inspection.mounts").parse(line)


@target(
    b"Inst python3 [3.11.2-1+b1] (3.13.5-1 Debian:13/trixie [amd64]) [] \nRemv python3.11 [3.11.2-6] \nConf x (1 y [z])\n",
    words=b"Inst Remv Conf Purg [ ] ( ) : \n python3.11 libpython3.11-stdlib",
)
def apt_simulation(data: bytes) -> None:
    part("inspection.apt_simulation").parse_simulation(text_of(data))
    list(part("upgrading.aftermath")._as_simulation(text_of(data).splitlines()))
