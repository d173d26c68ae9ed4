"""The reader of glibc's library index."""

from __future__ import annotations

import struct
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.binaries import mutated
from venvdoctor.inspection.ld_cache import parse_cache

X86_64 = 0x303


def new(*rows: tuple[str, str, int, int], order: str = "<", flag: int = 2) -> bytes:
    """Return a cache in the new format: (name, path, flags, hwcap)."""
    strings, body = b"", b""
    start = 48 + 24 * len(rows)
    for name, path, flags, hwcap in rows:
        at = start + len(strings)
        strings += name.encode() + b"\0" + path.encode() + b"\0"
        body += struct.pack(order + "iIIIQ", flags, at, at + len(name) + 1, 0, hwcap)
    head = b"glibc-ld.so.cache1.1" + struct.pack(order + "IIB3xI12x", len(rows), len(strings), flag, 0)
    return head + body + strings


def old(*rows: tuple[str, str, int]) -> bytes:
    strings, body = b"", b""
    for name, path, flags in rows:
        at = len(strings)
        strings += name.encode() + b"\0" + path.encode() + b"\0"
        body += struct.pack("=iII", flags, at, at + len(name) + 1)
    return b"ld.so-1.7.0\0" + struct.pack("=I", len(rows)) + body + strings


def test_the_machine_decides() -> None:
    cache = parse_cache(new(("libz.so.1", "/lib32/libz.so.1", 3, 0), ("libz.so.1", "/lib/libz.so.1", X86_64, 0)))
    assert cache.find("libz.so.1", "x86_64") == ["/lib/libz.so.1"]
    assert cache.find("libz.so.1", "i386") == ["/lib32/libz.so.1"]
    assert cache.find("libz.so.1", "aarch64") == []
    assert cache.find("libz.so", "x86_64") == []


def test_libraries_for_some_processors_come_last() -> None:
    rows = (("liba.so", "/hw/liba.so", X86_64, 1 << 62), ("liba.so", "/lib/liba.so", X86_64, 0))
    assert parse_cache(new(*rows)).find("liba.so", "x86_64") == ["/lib/liba.so", "/hw/liba.so"]


def test_big_endian_with_and_without_its_flag() -> None:
    row = ("liba.so", "/lib64/liba.so", 0x403, 0)
    for flag in (3, 0):
        assert parse_cache(new(row, order=">", flag=flag)).find("liba.so", "s390x") == ["/lib64/liba.so"]


def test_the_old_format_and_both_in_one() -> None:
    first = old(("liba.so", "/lib/liba.so", X86_64))
    assert parse_cache(first).find("liba.so", "x86_64") == ["/lib/liba.so"]
    empty = old()
    both = empty + bytes(-len(empty) % 8) + new(("libb.so", "/lib/libb.so", X86_64, 0))
    assert parse_cache(both).find("libb.so", "x86_64") == ["/lib/libb.so"]


@pytest.mark.parametrize("data", [b"", b"garbage", b"glibc-ld.so.cache1.1", b"ld.so-1.7.0\0", new()[:30]])
def test_garbage_is_a_problem(data: bytes) -> None:
    cache = parse_cache(data)
    assert cache.problem
    assert cache.find("libc.so.6", "x86_64") == []


@settings(max_examples=200, deadline=1000)
@given(data=mutated((new(("liba.so", "/lib/liba.so", X86_64, 0)), old(("liba.so", "/l/liba.so", 3)))) | st.binary())
def test_mutations_give_facts(data: bytes) -> None:
    parse_cache(data).find("liba.so", "x86_64")


@pytest.mark.skipif(not Path("/sbin/ldconfig").exists(), reason="needs ldconfig")
def test_agrees_with_ldconfig() -> None:
    if not Path("/etc/ld.so.cache").exists():
        pytest.skip("no ld.so.cache here")
    cache = parse_cache(Path("/etc/ld.so.cache").read_bytes())
    lines = subprocess.run(["/sbin/ldconfig", "-p"], capture_output=True, text=True, check=True).stdout.splitlines()[1:]
    rows = [
        line.strip().partition(" => ") for line in lines if "x86-64" in line and "=>" in line and "hwcap" not in line
    ]
    if not rows:
        pytest.skip("no libraries for x86-64 in the cache")
    for head, _, path in rows:
        assert path in cache.find(head.partition(" ")[0], "x86_64")
