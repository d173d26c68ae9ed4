"""What is fuzzed: each reader as a function of bytes that may only return, and real content for it to start from."""

from __future__ import annotations

import json
import os
import plistlib
import struct
import sys
from dataclasses import dataclass, field
from functools import cache, partial
from importlib import import_module
from typing import TYPE_CHECKING, Any

from tests.fuzz.memory import MemoryBlob, MemoryView
from tests.support.elf_writer import Elf
from tests.support.reports import hostile
from venvdoctor.inspection.dependents.place import Places
from venvdoctor.inspection.shared import Shared
from venvdoctor.model.host import Home, Host

if TYPE_CHECKING:
    from collections.abc import Callable

HOST = Host(homes=(Home(path="/h", user="u", uid=os.geteuid()),), machine="x86_64", libc="glibc", today="2026-01-01")
SITE = "/h/env/lib/python3.11/site-packages"
INFO = f"{SITE}/demo-1.0.dist-info"


@dataclass(frozen=True)
class Target:
    """One reader: `run` may raise nothing; `words` are what its grammar is made of."""

    run: Callable[[bytes], Any]
    seeds: tuple[bytes, ...]
    words: tuple[bytes, ...] = field(default=())


TARGETS: dict[str, Target] = {}


def target(
    *seeds: bytes, words: bytes = b"", name: str = ""
) -> Callable[[Callable[[bytes], Any]], Callable[[bytes], Any]]:
    """Add a function to the targets, under its own name."""

    def add(run: Callable[[bytes], Any]) -> Callable[[bytes], Any]:
        TARGETS[name or run.__name__] = Target(run, seeds, tuple(words.split(b" ")) if words else ())
        return run

    return add


def text_of(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def part(module: str) -> Any:
    return import_module(f"venvdoctor.{module}")


def shared_over(files: dict[str, bytes]) -> Shared:
    return Shared(view=MemoryView(files), host=HOST, needs=_needs())


@cache
def _needs() -> Any:
    from venvdoctor import diagnosis
    from venvdoctor.selection import choose

    return choose(diagnosis.catalogue(), select=None, extend=(), ignore={}).needs


def _head(path: str, count: int) -> bytes:
    try:
        with open(path, "rb") as stream:
            return stream.read(count)
    except OSError:
        return b""


PYTHON = os.path.realpath(sys.executable)
LIBRARY = Elf(
    soname="libx.so.1", needed=["libc.so.6", "$ORIGIN/y.so"], runpath="$ORIGIN/../lib", exports={"PyInit_x": b"1"}
).build()


@target(
    b"home = /usr/bin\ninclude-system-site-packages = false\nversion = 3.11.2\ncommand = /usr/bin/python3 -m venv /x\n",
    b"\xef\xbb\xbfhome=/usr\nversion_info = 3.11.2.final.0\nuv = 0.5\nrelocatable = true",
    words=b"home = include-system-site-packages true false version version_info executable command prompt \n \r \0 \xef\xbb\xbf",
)
def cfg(data: bytes) -> None:
    found = part("inspection.pyvenv_cfg").parse_cfg("/e/pyvenv.cfg", data)
    part("cfg_text").rebased(found, "/e", part("model.interpreter").Interpreter(executable="/usr/bin/python3"))


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
    part("script_text").record_with(data, "a/__init__.py", "sha256=x", 3)


@target(
    b'{"url": "file:///x/y", "dir_info": {"editable": true}}',
    words=b'{ } [ ] " : , \\u0000 \\ud800 true null file:// file://localhost/ %00 %zz 1e999 "dir_info" "editable"',
)
def direct_url(data: bytes) -> None:
    part("inspection.metadata_dirs").editable_target(text_of(data))
    files = {f"{INFO}/METADATA": b"Name: demo\nVersion: 1\n", f"{INFO}/RECORD": b"", f"{INFO}/direct_url.json": data}
    listings = part("inspection.listings").Listings(MemoryView(files))
    list(part("inspection.metadata_dirs").read_directory(SITE, listings, from_base=False, full=True))


@target(LIBRARY, _head(PYTHON, 20_000), words=b"\x7fELF \xff\xff\xff\xff \x7f\xff\xff\xff\xff\xff\xff\xff \0\0\0\0")
def elf(data: bytes) -> None:
    from venvdoctor.inspection import elf_symbols, program_text

    blob: Any = MemoryBlob("/x", data)
    found = part("inspection.elf").read_elf(blob)
    if type(found).__name__ == "ElfFile":
        elf_symbols.exported_symbols(blob, found)
        elf_symbols.undefined_symbols(blob, found)
        elf_symbols.has_export(blob, found, "PyInit_x")
        elf_symbols.symbol_value_bytes(blob, found, "Py_Version", 4)
        program_text.elf_constants(blob, found)


@target(LIBRARY, words=b"\x7fELF \xff\xff\xff\xff \0\0\0\0 3.11.2 libpython3.11.so.1.0")
def elf_interpreter(data: bytes) -> None:
    part("inspection.interpreter").read_interpreter("/p/bin/python3.11", shared_over({"/p/bin/python3.11": data}))


MACHO = (
    struct.pack("<IIIIIIII", 0xFEEDFACF, 0x01000007, 3, 6, 3, 200, 0, 0)
    + struct.pack("<IIIIII", 0xC, 56, 24, 2, 0, 0)
    + b"@rpath/libpython3.11.dylib".ljust(32, b"\0")
    + struct.pack("<III", 0x8000001C, 40, 12)
    + b"@loader_path/../lib".ljust(28, b"\0")
    + struct.pack("<IIIIII", 2, 24, 300, 4, 400, 60)
    + bytes(400)
)
FAT = struct.pack(">II", 0xCAFEBABE, 1) + struct.pack(">IIIII", 0x01000007, 3, 64, len(MACHO), 0)
FAT = FAT.ljust(64, b"\0") + MACHO


@target(MACHO, FAT, words=b"\xcf\xfa\xed\xfe \xca\xfe\xba\xbe \xca\xfe\xba\xbf \xff\xff\xff\xff \0\0\0\0")
def macho(data: bytes) -> None:
    from venvdoctor.inspection import interpreter_macho
    from venvdoctor.inspection import macho as reader

    blob: Any = MemoryBlob("/x", data)
    found = reader.read_macho(blob)
    for piece in () if isinstance(found, part("model.binary").BinaryProblem) else found:
        reader.macho_symbols(blob, piece)
        reader.macho_value(blob, piece, "_Py_Version")
    interpreter_macho.read_macho_interpreter("/x", shared_over({"/x": data}))


PE = (b"MZ".ljust(60, b"\0") + (64).to_bytes(4, "little") + b"PE\0\0") + struct.pack(
    "<HHIIIHH", 0x8664, 1, 0, 0, 0, 240, 0x22
)
PE += struct.pack("<H", 0x20B).ljust(112, b"\0") + struct.pack("<II", 0x1000, 40) * 16
PE += b".text\0\0\0" + struct.pack("<IIII", 0x1000, 0x1000, 0x400, 0x200) + bytes(16)
PE = (
    PE.ljust(0x200, b"\0")
    + struct.pack("<IIIII", 0x1040, 0, 0, 0x1060, 0x1040)
    + bytes(44)
    + b"python311.dll\0".ljust(0x300, b"\0")
)


@target(PE, words=b"MZ PE\0\0 \xff\xff\xff\xff \0\0\0\0 \x0b\x02 \x0b\x01")
def pe(data: bytes) -> None:
    from venvdoctor.inspection import interpreter_pe, launcher
    from venvdoctor.inspection import pe as reader

    blob: Any = MemoryBlob("/x", data)
    reader.read_pe(blob)
    launcher.launcher_shebang(blob)
    interpreter_pe.read_pe_interpreter("/x", shared_over({"/x": data}))


@target(
    _head("/etc/ld.so.cache", 8000),
    b"glibc-ld.so.cache1.1" + struct.pack("<IIIIIIIII", 1, 20, 2, 0, 0, 0, 0, 0, 0) + bytes(80),
)
def ld_cache(data: bytes) -> None:
    part("inspection.ld_cache").parse_cache(data)


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
    part("script_text").with_interpreter(data, "/usr/bin/python3")
    part("script_text").with_root(data, "/h/env", "/h/o 'ther", shell=False)


@target(
    b'VIRTUAL_ENV="/h/env"\nexport VIRTUAL_ENV\n',
    b"set -gx VIRTUAL_ENV '/h/env'\n",
    b'VIRTUAL_ENV="$(cd x && pwd)"\nif [ -z "$X" ]; then\n',
    b"@set VIRTUAL_ENV=C:\\x\n",
    words=b"VIRTUAL_ENV= \" ' $( ${ } ` export set -gx setenv \\ \n cygpath",
)
def activate(data: bytes) -> None:
    part("inspection.activate").parse_activate(text_of(data))


def _dependents(module: str, path: str, data: bytes) -> None:
    files = {
        path: data,
        "/h/env/pyvenv.cfg": b"home = /usr/bin\n",
        "/h/env/bin/python": b"\x7fELF",
        f"{SITE}/x.py": b"",
    }
    places = Places(shared_over(files), ("/h",), ("/h/env",), ("/h/p",))
    from venvdoctor import diagnosis

    for item in part(f"inspection.dependents.{module}").read(places):
        diagnosis.diagnose_dependent(item, HOST, diagnosis.catalogue())


KERNEL = json.dumps({"argv": ["/h/env/bin/python", "-m", "ipykernel", "-f", "{connection_file}"], "display_name": "x"})
JSON_WORDS = b'{ } [ ] " : , \\u0000 \\ud800 \\udcff null true 1e999 -0 // /* */'
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
for _name, (_module, _path, _seeds, _words) in DEPENDENTS.items():
    target(*_seeds, words=_words, name=_name)(partial(_dependents, _module, _path))


@target(
    b'[tool.x]\nvenvs = "/x"\na = ["b", {c = 1}]\n',
    words=b'[ ] = " \'\'\' """ # \n { } . inf nan 1979-05-27T07:32:00Z 0x \\u0000',
)
def toml(data: bytes) -> None:
    view = MemoryView({"/h/x.toml": data})
    settings = part("sources._settings")
    settings.value_at(settings.read_toml(view, "/h/x.toml"), "tool", "x", "venvs")
    settings.yaml_list(text_of(data), "envs_dirs")


PIPX = json.dumps(
    {"main_package": {"package": "demo", "package_or_url": "demo", "apps": ["demo"], "app_paths": [{"__Path__": "/h/env/bin/demo", "__type__": "Path"}]},
     "injected_packages": {"x": {"package": "x"}}, "python_version": "Python 3.11.2", "pipx_metadata_version": "0.5"}
)  # fmt: skip
UV = b'[tool]\nrequirements = [{ name = "demo" }]\nentrypoints = [{ name = "demo", install-path = "/h/.local/bin/demo" }]\npython = "3.11"\n'
CONDA = json.dumps({"name": "python", "version": "3.11.2", "build": "x", "files": ["bin/python"], "depends": ["x >=1"], "link": {"source": "/x", "type": 1},
                    "paths_data": {"paths": [{"_path": "bin/python", "path_type": "hardlink", "sha256": "x", "size_in_bytes": 1, "prefix_placeholder": "/x"}]}})  # fmt: skip
ENV: dict[str, bytes] = {
    "/h/env/pyvenv.cfg": TARGETS["cfg"].seeds[0],
    "/h/env/bin/python": LIBRARY,
    "/h/env/bin/activate": TARGETS["activate"].seeds[0],
    "/h/env/bin/demo": b"#!/h/env/bin/python\n",
    f"{SITE}/x.pth": TARGETS["pth"].seeds[0],
    f"{SITE}/demo/__init__.py": b"import os\nfrom .x import y\ntry:\n import z\nexcept ImportError:\n z = None\n",
    f"{SITE}/native.so": LIBRARY,
    f"{SITE}/__editable___demo_finder.py": b"MAPPING: dict[str, str] = {'demo': '/x'}\nNAMESPACES: dict = {}\n",
    f"{SITE}/e.egg-link": b"/x\n.\n",
    f"{INFO}/METADATA": TARGETS["metadata"].seeds[0],
    f"{INFO}/RECORD": TARGETS["record"].seeds[0],
    f"{INFO}/entry_points.txt": b"[console_scripts]\ndemo = demo:main\n",
    f"{INFO}/direct_url.json": TARGETS["direct_url"].seeds[0],
    f"{INFO}/top_level.txt": b"demo\n",
    "/usr/bin/python3": LIBRARY,
    "/usr/lib/python3.11/os.py": b"",
}


def _environment(path: str, data: bytes) -> None:
    """Examine and judge an environment whose one file holds the input."""
    from venvdoctor import diagnosis
    from venvdoctor.inspection.environment import examine
    from venvdoctor.model.environment import Candidate

    env = examine(Candidate(path="/h/env"), shared_over({**ENV, path: data}))
    findings = diagnosis.diagnose_environment(env, HOST, diagnosis.catalogue()) if env else []
    assert not [item for item in findings if item.code == "VD902"], findings


IN_AN_ENVIRONMENT = {
    "pipx_json": ("/h/env/pipx_metadata.json", PIPX.encode(), JSON_WORDS),
    "uv_receipt": ("/h/env/uv-receipt.toml", UV, b"[ ] = \" ' { } \n [tool] requirements entrypoints inf nan"),
    "conda_json": ("/h/env/conda-meta/python-3.11.2-x.json", CONDA.encode(), JSON_WORDS),
    "conda_history": ("/h/env/conda-meta/history", b"==> 2024-01-01 00:00:00 <==\n+defaults::python-3.11.2-x\n", b"==> + - :: \n"),
    "entry_points": (f"{INFO}/entry_points.txt", ENV[f"{INFO}/entry_points.txt"], b"[console_scripts] [gui_scripts] = : [ ] \n ,"),
    "editable_finder": (f"{SITE}/__editable___demo_finder.py", ENV[f"{SITE}/__editable___demo_finder.py"], b"MAPPING NAMESPACES : = { } ( ) ' \" \\ \n f' **"),
    "source": (f"{SITE}/demo/__init__.py", ENV[f"{SITE}/demo/__init__.py"], b"import from . try: except as ( ) \\ \n if else: ''' \"\"\" # __import__ def \t"),
    "env_cfg": ("/h/env/pyvenv.cfg", ENV["/h/env/pyvenv.cfg"], b"home = \n version extends-environment /proc/ ../ //"),
    "env_python": ("/h/env/bin/python", LIBRARY, b"\x7fELF #! \n \xff\xff\xff\xff"),
    "env_record": (f"{INFO}/RECORD", ENV[f"{INFO}/RECORD"], b', " ../ / \n sha256= .so .py'),
    "env_metadata": (f"{INFO}/METADATA", ENV[f"{INFO}/METADATA"], b"Name: Version: Requires-Dist: ; == extra \n ( ) @ [ ] '"),
    "env_native": (f"{SITE}/native.so", LIBRARY, b"\x7fELF \xff\xff\xff\xff"),
    "env_script": ("/h/env/bin/demo", ENV["/h/env/bin/demo"], b"#! \n python ''' exec \" PK\x05\x06"),
    "env_pth": (f"{SITE}/x.pth", ENV[f"{SITE}/x.pth"], b"import ; / .. \n \t"),
}  # fmt: skip
for _name, (_path, _seed, _words) in IN_AN_ENVIRONMENT.items():
    target(_seed, words=_words, name=_name)(partial(_environment, _path))


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
    list(part("aftermath")._as_simulation(text_of(data).splitlines()))


@cache
def _scratch() -> str:
    import atexit
    import shutil
    import tempfile

    place = tempfile.mkdtemp(prefix="fuzz")
    os.makedirs(f"{place}/transactions", mode=0o700)
    os.makedirs(f"{place}/snapshots", mode=0o700)
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return place


def _put(name: str, data: bytes) -> str:
    path = f"{_scratch()}/{name}"
    with open(path, "wb") as stream:
        stream.write(data)
    return path


JOURNAL = b'{"act": "begin", "root": "/nowhere/x", "identity": [1, 2], "summary": "s", "at": "t"}\n{"act": "aside", "path": "bin", "slot": ".venvdoctor/000001-a/1"}\n{"act": "commit"}\n'


@target(JOURNAL, words=JSON_WORDS + b' "act" "begin" "root" "identity" "commit" "slot" \n')
def journal(data: bytes) -> None:
    from venvdoctor.errors import FixError
    from venvdoctor.transaction.run import committed, undo

    _put("transactions/000001-a.jsonl", data)
    for found in committed(_scratch()):
        assert isinstance(found.begin["root"], str)
        try:
            undo(_scratch(), found)
        except FixError:
            continue


@target(b'{"version": 1, "at": "t", "reason": "r", "records": {"/x": "' + b"0" * 64 + b'"}}', words=JSON_WORDS)
def snapshot(data: bytes) -> None:
    import gzip

    from venvdoctor.snapshot import Store, differences

    _put("snapshots/000001.json", data)
    store = Store(_scratch())
    for found in store.all():
        for digest in found.records.values():
            store.record(digest)
    os.makedirs(f"{_scratch()}/snapshots/records/00", exist_ok=True)
    _put(f"snapshots/records/00/{'0' * 62}.json.gz", data if data[:1] == b"\x1f" else gzip.compress(data, 1))
    store.record("0" * 64)
    try:
        value = json.loads(data)
    except (ValueError, RecursionError):
        return
    if isinstance(value, dict):
        list(differences(value, {"distributions": [1, {"key": None}]}))
        list(differences({}, value))


REPORT = json.dumps(hostile("x")).encode()


@target(REPORT, words=JSON_WORDS)
def report(data: bytes) -> None:
    from venvdoctor import fleet, merging
    from venvdoctor.errors import VenvdoctorError
    from venvdoctor.format import Look

    path = _put("report.json", data)
    try:
        loaded = merging.load(path)
    except VenvdoctorError:
        return
    merged = merging.merge([(path, loaded), ("b", merging.load(path))])
    _render_all(merged)
    several = merging.Fleet()
    several.add(loaded, path)
    assert "\x1b" not in "".join(fleet.render(several, Look()))


@target(
    b"name",
    b"\x1b[31m\n::error::x",
    b"<script>",
    words=b"\x1b[ \n \r ::error:: ##[ ]]> <!-- & < > \" ' ` | {{ \xe2\x80\xae \xc2\x9b \xff",
)
def formats(data: bytes) -> None:
    _render_all(hostile(text_of(data)))


def _render_all(data: Any) -> None:
    import re

    from venvdoctor.format import Look
    from venvdoctor.registry import member_names

    control = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
    for name in member_names("venvdoctor.formats"):
        text = "".join(part(f"formats.{name}").format.render(data, Look()))
        assert not control.search(text), (name, control.search(text))


@target(
    b'[tool.venvdoctor]\nselect = ["VD1"]\nignore = { VD2 = "why" }\n',
    words=b'[tool.venvdoctor] select ignore exclude jobs = [ ] " { } \n true 1',
)
def settings(data: bytes) -> None:
    from venvdoctor import config
    from venvdoctor.errors import VenvdoctorError

    try:
        config.load(_scratch(), {}, file=_put("venvdoctor.toml", data))
    except VenvdoctorError:
        return


@target(b'{"venvdoctor_baseline": 1, "accepted": [{"fingerprint": "x"}]}', words=JSON_WORDS)
def baseline(data: bytes) -> None:
    from venvdoctor import baseline as reader
    from venvdoctor.errors import VenvdoctorError

    try:
        reader.read(_put("baseline.json", data))
    except VenvdoctorError:
        return
