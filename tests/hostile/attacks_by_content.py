"""Attacks by what a file says: texts and binaries that lie, nest, or are endless."""

from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path

from tests.hostile.ground import ATTACKS, BASE, EVIL, Attack, attack, info_of, site_of, sparse


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
def record_that_climbs_out(env: Path) -> None:
    (info_of(env) / "RECORD").write_text(
        "../../../../../../../etc/passwd,,\n/etc/shadow,,\n/proc/self/mem,,\n/dev/zero,,\n"
        + "../" * 3000
        + "x,,\n\0,,\n,,\n"
        + "y" * 100_000
        + ",,\n"
    )


@attack()
def record_of_ten_gigabytes(env: Path) -> None:
    sparse(info_of(env) / "RECORD", 10 << 30)


@attack()
def record_with_an_open_quote(env: Path) -> None:
    (info_of(env) / "RECORD").write_text('"demo_thing/__init__.py,sha256=x,1\n' * 20_000)


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
def texts_that_are_one_megabyte_of_one_letter(env: Path) -> None:
    for name in ("entry_points.txt", "top_level.txt", "direct_url.json", "INSTALLER", "WHEEL"):
        (info_of(env) / name).write_text("[" * (1 << 20))
    (site_of(env) / "brackets.pth").write_text("import " + "(" * (1 << 20))
    (site_of(env) / "x.egg-link").write_text("/" * (1 << 20))
