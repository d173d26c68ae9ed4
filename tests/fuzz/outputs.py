"""Readers of venvdoctor's own files, and what it prints."""

from __future__ import annotations

import json
import os
from functools import cache
from typing import Any

from tests.fuzz.target import JSON_WORDS, part, target, text_of
from tests.support.reports import hostile


@cache
def _scratch() -> str:
    import atexit
    import shutil
    import tempfile

    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # a file a run: no disk is asked
    place = tempfile.mkdtemp(prefix="fuzz", dir=memory)
    os.makedirs(f"{place}/transactions", mode=0o700)
    os.makedirs(f"{place}/snapshots", mode=0o700)
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    return place


def put(name: str, data: bytes) -> str:
    path = f"{_scratch()}/{name}"
    with open(path, "wb") as stream:
        stream.write(data)
    return path


JOURNAL = b'{"act": "begin", "root": "/nowhere/x", "identity": [1, 2], "summary": "s", "at": "t"}\n{"act": "aside", "path": "bin", "slot": ".venvdoctor/000001-a/1"}\n{"act": "commit"}\n'


@target(JOURNAL, words=JSON_WORDS + b' "act" "begin" "root" "identity" "commit" "slot" \n')
def journal(data: bytes) -> None:
    from venvdoctor.errors import FixError
    from venvdoctor.transaction.undoing import committed, undo

    put("transactions/000001-a.jsonl", data)
    for found in committed(_scratch()):
        assert isinstance(found.begin["root"], str)
        try:
            undo(_scratch(), found)
        except FixError:
            continue


@target(b'{"version": 1, "at": "t", "reason": "r", "records": {"/x": "' + b"0" * 64 + b'"}}', words=JSON_WORDS)
def snapshot(data: bytes) -> None:
    import gzip

    from venvdoctor.upgrading.snapshot import Store, differences

    put("snapshots/000001.json", data)
    store = Store(_scratch())
    for found in store.all():
        for digest in found.records.values():
            store.record(digest)
    os.makedirs(f"{_scratch()}/snapshots/records/00", exist_ok=True)
    put(f"snapshots/records/00/{'0' * 62}.json.gz", data if data[:1] == b"\x1f" else gzip.compress(data, 1))
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
    from venvdoctor.errors import VenvdoctorError
    from venvdoctor.fleet import gathering, merging
    from venvdoctor.fleet import text as fleet
    from venvdoctor.format import Look

    path = put("report.json", data)
    try:
        loaded = merging.load(path)
    except VenvdoctorError:
        return
    _render(gathering.gather([path, path]), sum(data))
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
    _render(hostile(text_of(data)), sum(data))


@cache
def _format_names() -> list[str]:
    from venvdoctor.registry import member_names

    return member_names("venvdoctor.formats")


def _render(report: Any, which: int) -> None:
    """Print a report in one of the formats; the number of inputs makes up for the others."""
    import re

    from venvdoctor.format import Look

    names = _format_names()
    control = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
    name = names[which % len(names)]
    text = "".join(part(f"formats.{name}").format.render(report, Look()))
    assert not control.search(text), (name, control.search(text))


@target(
    b'[tool.venvdoctor]\nselect = ["VD1"]\nignore = { VD2 = "why" }\n',
    words=b'[tool.venvdoctor] select ignore exclude jobs = [ ] " { } \n true 1',
)
def settings(data: bytes) -> None:
    from venvdoctor import config
    from venvdoctor.errors import VenvdoctorError

    try:
        config.load(_scratch(), {}, file=put("venvdoctor.toml", data))
    except VenvdoctorError:
        return


@target(b'{"venvdoctor_baseline": 1, "accepted": [{"fingerprint": "x"}]}', words=JSON_WORDS)
def baseline(data: bytes) -> None:
    from venvdoctor import baseline as reader
    from venvdoctor.errors import VenvdoctorError

    try:
        reader.read(put("baseline.json", data))
    except VenvdoctorError:
        return
