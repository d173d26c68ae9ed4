"""The attacks. Each function spoils an environment; adding a function adds an attack."""

from __future__ import annotations

import json
import os
import shutil
from functools import partial
from pathlib import Path

from tests.hostile.ground import ATTACKS, BASE, SERIES, Attack, attack, info_of, site_of, sparse, special

KINDS = ("fifo", "socket", "dir", "device", "loop", "proc", "sparse")
ESCAPE = "\x1b]0;owned\x07\x1b[2J\x1b[31m"
EVIL = f"a{ESCAPE}\n::error::b\r[red]x[/red]<script>alert(1)</script>\u202e\"'`$(touch /tmp/owned)`"


def _special(relative: str, kind: str, env: Path) -> None:
    special(env / relative, kind)


INFO = f"lib/{SERIES}/site-packages/demo_thing-1.0.dist-info"
for _place, _sick in (
    ("pyvenv.cfg", True),
    ("bin/python", True),
    ("bin/activate", False),
    ("bin/demo", False),
    (f"{INFO}/RECORD", False),
    (f"{INFO}/METADATA", False),
    (f"{INFO}/direct_url.json", False),
    (f"{INFO}/entry_points.txt", False),
    (f"lib/{SERIES}/site-packages/evil.pth", False),
    (f"lib/{SERIES}/site-packages/evil.egg-link", False),
    (f"lib/{SERIES}/site-packages/demo_thing/__init__.py", False),
    (f"lib/{SERIES}/site-packages/native.abi3.so", False),
    ("conda-meta", False),
    (".lock", False),
    ("pipx_metadata.json", False),
    ("uv-receipt.toml", False),
    ("share", False),
):
    for _kind in KINDS:
        if (_place, _kind) == ("bin/python", "dir") or not (_place == "conda-meta" and _kind == "dir"):
            ATTACKS.append(
                Attack(
                    f"{_kind} as {os.path.basename(_place)}",
                    partial(_special, _place, _kind),
                    sick=_sick and _kind != "loop",
                    present=False,
                )
            )


@attack(sick=True)
def bin_is_a_loop(env: Path) -> None:
    special(env / "bin", "loop")


@attack(sick=True)
def a_chain_of_41_links(env: Path) -> None:
    (env / "bin" / "python").unlink()
    (env / "bin" / "link0").symlink_to(BASE)
    for number in range(1, 42):
        (env / "bin" / f"link{number}").symlink_to(f"link{number - 1}")
    (env / "bin" / "python").symlink_to("link41")


@attack()
def a_nest_of_ten_thousand_directories(env: Path) -> None:
    here = os.open(env, os.O_RDONLY | os.O_DIRECTORY)
    for _ in range(10_000):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY | os.O_DIRECTORY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)


@attack()
def a_nest_of_ten_thousand_directories_beside_it(env: Path) -> None:
    a_nest_of_ten_thousand_directories(env.parent)


@attack()
def links_that_go_round(env: Path) -> None:
    for number in range(30):
        (env.parent / f"round{number}").symlink_to(env.parent)
        (env / f"round{number}").symlink_to(env)
        (site_of(env) / f"round{number}").symlink_to(env)


@attack(seconds=60)
def a_directory_of_a_hundred_thousand_names(env: Path) -> None:
    here = env.parent / "many"
    here.mkdir()
    for number in range(100_000):
        os.symlink("nowhere", here / f"n{number}")


@attack(sick=True)
def cfg_of_ten_gigabytes(env: Path) -> None:
    sparse(env / "pyvenv.cfg", 10 << 30)


@attack(sick=True)
def cfg_of_a_petabyte(env: Path) -> None:
    try:
        sparse(env / "pyvenv.cfg", 1 << 43)
    except OSError:
        sparse(env / "pyvenv.cfg", 1 << 40)


@attack(sick=True)
def cfg_in_utf16(env: Path) -> None:
    (env / "pyvenv.cfg").write_bytes((env / "pyvenv.cfg").read_text().encode("utf-16"))


@attack()
def cfg_of_a_million_keys(env: Path) -> None:
    with (env / "pyvenv.cfg").open("a") as file:
        file.writelines(f"key{number} = x\n" for number in range(200_000))


@attack()
def cfg_of_one_long_line(env: Path) -> None:
    with (env / "pyvenv.cfg").open("a") as file:
        file.write("x" * 3_000_000 + " = y")


@attack(sick=True)
def cfg_of_nul_bytes(env: Path) -> None:
    (env / "pyvenv.cfg").write_bytes(b"home = /usr\0/bin\n\0\0\0 = \0\n\xff\xfe")


def _home(value: str, env: Path) -> None:
    (env / "pyvenv.cfg").write_text(
        f"home = {value}\nversion = {value}\ninclude-system-site-packages = true\nextends-environment = {value}\n"
    )


for _value in (
    "/proc/self/fd",
    "/dev",
    "/proc/self/root/usr/bin",
    "/dev/stdin",
    "//server/share",
    "/" + "x" * 5000,
    "/net/host/export",
    EVIL.split("\n", maxsplit=1)[0],
    "../../../..",
    "",
    "%s%n{0}{}",
):
    ATTACKS.append(Attack(f"home is {_value[:24]!r}", partial(_home, _value)))


@attack()
def every_text_is_evil(env: Path) -> None:
    one_line = EVIL.replace("\n", " ").replace("\r", " ")
    (env / "pyvenv.cfg").write_text(
        f"home = {one_line}\nversion = {one_line}\nuv = {one_line}\ncommand = {one_line}\nprompt = {one_line}\n"
    )
    (info_of(env) / "METADATA").write_text(
        f"Name: {one_line}\nVersion: {one_line}\nRequires-Dist: {one_line}\nRequires-Python: {one_line}\n"
    )
    (info_of(env) / "RECORD").write_text(f'"{EVIL}",,\n{one_line}/x,sha256={one_line},9\n')
    (env / "bin" / "demo").write_text(f"#!{one_line}\n")
    (env / "bin" / "demo").chmod(0o755)
    (site_of(env) / "evil.pth").write_text(f"{EVIL}\n/nowhere/{one_line}\nimport {one_line}\n")
    (info_of(env) / "direct_url.json").write_text(json.dumps({"url": f"file://{EVIL}", "dir_info": {"editable": True}}))


@attack()
def names_full_of_escapes(env: Path) -> None:
    name = EVIL.replace("/", "|")
    for folder in (env / "bin", site_of(env), env.parent):
        (folder / name).symlink_to(f"/nowhere/{name}")
    shutil.copytree(info_of(env), site_of(env) / f"{name}-1.0.dist-info")
    evil = env.parent / name / ".venv"
    (env.parent / name).unlink()
    evil.parent.mkdir()
    shutil.copytree(env, evil, symlinks=True)
    (evil / "bin" / "python").unlink()
    (evil / "bin" / "python").symlink_to(f"/nowhere/{name}")


@attack()
def names_that_are_no_utf8(env: Path) -> None:
    bad = os.fsencode(env.parent) + b"/\xff\xfe\x80 caf\xe9"
    os.mkdir(bad)
    shutil.copytree(env, os.fsdecode(bad) + "/env", symlinks=True)
    os.unlink(bad + b"/env/bin/python")
    os.symlink(b"/nowhere/\xff\xfe", bad + b"/env/bin/python")
    os.symlink(b"/nowhere/\xff", os.fsencode(env / "bin") + b"/\xff\x80")


@attack()
def names_of_255_bytes(env: Path) -> None:
    for folder in (env / "bin", site_of(env)):
        (folder / ("n" * 255)).symlink_to("/" + "x" * 4000)
    (site_of(env) / ("m" * 240 + ".dist-info")).mkdir()


@attack()
def record_that_climbs_out(env: Path) -> None:
    (info_of(env) / "RECORD").write_text(
        "../../../../../../../etc/passwd,,\n/etc/shadow,,\n/proc/self/mem,,\n/dev/zero,,\n"
        + "../" * 3000
        + "x,,\n\0,,\n,,\n"
        + "y" * 100_000
        + ",,\n"
    )


@attack(seconds=60)
def record_of_a_million_rows(env: Path) -> None:
    with (info_of(env) / "RECORD").open("w") as file:
        file.writelines(f"demo_thing/m{number}.py,sha256=AAAA,1\n" for number in range(1_000_000))


@attack()
def record_of_ten_million_rows(env: Path) -> None:
    with (info_of(env) / "RECORD").open("wb") as file:
        for _ in range(100):
            file.write(b"demo_thing/many.py,sha256=AAAA,1\n" * 100_000)


@attack()
def record_of_ten_gigabytes(env: Path) -> None:
    sparse(info_of(env) / "RECORD", 10 << 30)


@attack()
def record_with_an_open_quote(env: Path) -> None:
    (info_of(env) / "RECORD").write_text('"demo_thing/__init__.py,sha256=x,1\n' * 20_000)


@attack()
def metadata_of_many_requirements(env: Path) -> None:
    with (info_of(env) / "METADATA").open("w") as file:
        file.write("Metadata-Version: 2.1\nName: demo-thing\nVersion: 1.0\n")
        file.writelines(
            f"Requires-Dist: package-{number} (>=1,<2) ; python_version > '3' and extra == 'x'\n"
            for number in range(20_000)
        )


@attack()
def metadata_with_hostile_requirements(env: Path) -> None:
    nested = "(" * 2000 + "a" + ")" * 2000
    deep = " and ".join(["python_version > '3'"] * 3000)
    big = "9" * 100_000
    lines = [
        f"Requires-Dist: a ; {nested}",
        f"Requires-Dist: a ; {deep}",
        f"Requires-Dist: a>={big}",
        f"Requires-Python: >={big}",
        f"Version: {big}.{'1.' * 5000}",
    ]
    lines += [
        "Requires-Dist: a" + "[" * 5000,
        "Requires-Dist: " + "a" * 100_000 + " !",
        "Requires-Python: " + "=" * 50_000,
    ]
    (info_of(env) / "METADATA").write_text("Name: demo-thing\n" + "\n".join(lines) + "\n")


@attack()
def json_that_nests(env: Path) -> None:
    deep = "[" * 100_000
    for name in ("pipx_metadata.json",):
        (env / name).write_text(deep)
    (info_of(env) / "direct_url.json").write_text('{"a":' * 50_000)
    (env / "conda-meta").mkdir()
    (env / "conda-meta" / "history").write_text("")
    (env / "conda-meta" / "python-3.11.7-0.json").write_text('{"files": ' + deep)
    (env / "conda-meta" / "numbers.json").write_text('{"version": ' + "9" * 100_000 + "}")


@attack()
def toml_that_nests(env: Path) -> None:
    (env / "uv-receipt.toml").write_text("a = " + "[" * 20_000)


@attack()
def pth_that_would_run(env: Path) -> None:
    (site_of(env) / "run.pth").write_text(
        f"import os; os.system('touch {env.parent}/owned')\nimport\tsys; open({str(env.parent / 'owned')!r}, 'w')\n"
    )
    (site_of(env) / "sitecustomize.py").write_text(f"open({str(env.parent / 'owned')!r}, 'w')\n")
    (site_of(env) / "usercustomize.py").write_text(f"open({str(env.parent / 'owned')!r}, 'w')\n")
    (site_of(env) / "__editable___demo_finder.py").write_text(
        f"MAPPING: dict = {{'demo': __import__('os').system('touch {env.parent}/owned')}}\n"
    )


@attack()
def pth_of_many_lines(env: Path) -> None:
    (site_of(env) / "many.pth").write_text("".join(f"/nowhere/{number}\n" for number in range(50_000)))


@attack()
def source_that_chokes_a_parser(env: Path) -> None:
    (site_of(env) / "demo_thing" / "__init__.py").write_text("(" * 50_000 + "\n" + "import " + ".".join(["a"] * 20_000))
    (site_of(env) / "__editable___demo_thing_1_0_finder.py").write_text("MAPPING: dict[str, str] = " + "{'a':" * 20_000)
    (site_of(env) / "__editable__.demo_thing-1.0.pth").write_text(
        "import __editable___demo_thing_1_0_finder; __editable___demo_thing_1_0_finder.install()\n"
    )


@attack(sick=True)
def interpreter_with_a_lying_header(env: Path) -> None:
    data = bytearray(Path(BASE).read_bytes()[:4096])
    data[32:40] = (1 << 62).to_bytes(8, "little")
    data[56:58] = b"\xff\xff"
    (env / "bin" / "python").unlink()
    (env / "bin" / "python").write_bytes(data)
    (env / "bin" / "python").chmod(0o755)


@attack(sick=True)
def interpreter_of_garbage(env: Path) -> None:
    (env / "bin" / "python").unlink()
    (env / "bin" / "python").write_bytes(b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 64)
    (env / "bin" / "python").chmod(0o755)


@attack()
def interpreter_of_a_sparse_terabyte(env: Path) -> None:
    head = Path(BASE).read_bytes()[:65536]
    (env / "bin" / "python").unlink()
    (env / "bin" / "python").write_bytes(head)
    os.truncate(env / "bin" / "python", 1 << 40)
    (env / "bin" / "python").chmod(0o755)


@attack()
def libraries_that_need_each_other(env: Path) -> None:
    from tests.support.elf_writer import Elf

    names = [f"ring{number}.abi3.so" for number in range(200)]
    for number, name in enumerate(names):
        others = [names[(number + step) % len(names)] for step in range(1, 20)]
        body = Elf(
            soname=name,
            needed=["$ORIGIN/" + other for other in others],
            runpath="$ORIGIN:" * 50,
            exports={f"PyInit_ring{number}": b""},
        )
        (site_of(env) / name).write_bytes(body.build())


@attack(name="mach-o and pe that lie")
def mach_o_and_pe(env: Path) -> None:
    for name, head in (
        ("fat.so", b"\xca\xfe\xba\xbe" + b"\xff" * 4096),
        ("thin.so", b"\xcf\xfa\xed\xfe" + b"\xff" * 4096),
        ("pe.pyd", b"MZ" + b"\xff" * 4096),
    ):
        (site_of(env) / name).write_bytes(head)
    (env / "Scripts").mkdir()
    (env / "Scripts" / "python.exe").write_bytes(
        b"MZ" + b"\xff" * 58 + (1 << 31).to_bytes(4, "little") + b"PE\0\0" + b"\xff" * 4096
    )


@attack()
def scripts_without_an_end(env: Path) -> None:
    (env / "bin" / "long").write_bytes(b"#!" + b"/" * 5_000_000)
    (env / "bin" / "nul").write_bytes(b"#!\0\0\0\n")
    (env / "bin" / "trampoline").write_bytes(b"#!/bin/sh\n'''exec' " + b"a" * 3_000_000)
    sparse(env / "bin" / "sparse", 10 << 30)
    for name in ("long", "nul", "trampoline", "sparse"):
        (env / "bin" / name).chmod(0o755)


@attack()
def twenty_thousand_distributions(env: Path) -> None:
    for number in range(5_000):
        (site_of(env) / f"p{number}-1.0.dist-info").mkdir()


@attack()
def leftovers_by_the_thousand(env: Path) -> None:
    for number in range(2_000):
        (site_of(env) / f"~p{number}").mkdir()
        (site_of(env) / f"demo_thing-{number}.dist-info").mkdir()


@attack(modes=True)
def nothing_may_be_read(env: Path) -> None:
    for path in (info_of(env) / "RECORD", info_of(env) / "METADATA", env / "bin" / "demo", env / "bin" / "activate"):
        path.chmod(0)


@attack(sick=True, modes=True)
def cfg_may_not_be_read(env: Path) -> None:
    (env / "pyvenv.cfg").chmod(0)


@attack(sick=True, modes=True)
def bin_may_not_be_entered(env: Path) -> None:
    (env / "bin").chmod(0)


@attack(modes=True)
def site_may_not_be_listed(env: Path) -> None:
    site_of(env).chmod(0)


@attack(present=False, modes=True)
def environment_may_not_be_entered(env: Path) -> None:
    env.chmod(0)


@attack(sick=True, modes=True)
def base_may_not_be_entered(env: Path) -> None:
    base = env.parent / "base"
    (base / "bin").mkdir(parents=True)
    (base / "bin" / "python").symlink_to(BASE)
    (env / "bin" / "python").unlink()
    (env / "bin" / "python").symlink_to(base / "bin" / "python")
    base.chmod(0)


@attack(present=False)
def site_is_the_root(env: Path) -> None:
    shutil.rmtree(site_of(env))
    site_of(env).symlink_to("/")


@attack(present=False)
def bin_is_the_root(env: Path) -> None:
    shutil.rmtree(env / "bin")
    (env / "bin").symlink_to("/usr/bin")


@attack(present=False)
def environments_within_environments(env: Path) -> None:
    here = env
    for _ in range(40):
        here = here / "lib" / "env"
        here.mkdir(parents=True)
        shutil.copy2(env / "pyvenv.cfg", here / "pyvenv.cfg")
        (here / "bin").mkdir()
        (here / "bin" / "python").symlink_to(env / "bin" / "python")


@attack(sick=True)
def a_stack_that_goes_round(env: Path) -> None:
    other = env.parent / "other"
    shutil.copytree(env, other, symlinks=True)
    for mine, theirs in ((env, other), (other, env)):
        (mine / "bin" / "python").unlink()
        (mine / "bin" / "python").symlink_to(theirs / "bin" / "python")
        (mine / "pyvenv.cfg").write_text(f"home = {theirs / 'bin'}\nextends-environment = {theirs}\n")


@attack()
def venv_files_that_point_at_each_other(env: Path) -> None:
    for name, target in (("a", "b"), ("b", "a")):
        (env.parent / name).mkdir()
        (env.parent / name / ".venv").write_text(str(env.parent / target / ".venv"))
    (env.parent / "c").mkdir()
    (env.parent / "c" / ".venv").write_text("/dev/zero")
    special(env.parent / "c" / ".python-version", "fifo")


@attack(seconds=30)
def conda_record_of_empty_lists(env: Path) -> None:
    """Sixty megabytes of JSON that would be more than a gigabyte of lists."""
    (env / "conda-meta").mkdir()
    (env / "conda-meta" / "history").write_text("")
    (env / "conda-meta" / "python-3.11.7-0.json").write_text('{"files": [' + "[]," * 20_000_000 + "[]]}")
    (env / "conda-meta" / "small-1-0.json").write_text('{"files": [' + "[]," * 5_000_000 + "[]]}")


@attack(seconds=30)
def archive_of_a_million_names(env: Path) -> None:
    """The central directory of an egg on `sys.path`: a megabyte of it is twenty thousand objects."""
    record = b"PK\x01\x02" + bytes(24) + (1).to_bytes(2, "little") + bytes(16) + b"a"
    directory = record * 1_300_000
    end = b"PK\x05\x06" + bytes(4) + b"\xff\xff" * 2 + len(directory).to_bytes(4, "little") + (4).to_bytes(4, "little") + bytes(2)  # fmt: skip
    (site_of(env) / "many.egg").write_bytes(b"PK\x03\x04" + directory + end)
    (site_of(env) / "easy-install.pth").write_text("./many.egg\n")


@attack()
def texts_that_are_one_megabyte_of_one_letter(env: Path) -> None:
    for name in ("entry_points.txt", "top_level.txt", "direct_url.json", "INSTALLER", "WHEEL"):
        (info_of(env) / name).write_text("[" * (1 << 20))
    (site_of(env) / "brackets.pth").write_text("import " + "(" * (1 << 20))
    (site_of(env) / "x.egg-link").write_text("/" * (1 << 20))
