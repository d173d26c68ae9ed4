"""The grammars of dependents: known lines, and any text at all."""

from __future__ import annotations

import json
import shutil
import subprocess
import time
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from venvdoctor.inspection.dependents import grammar

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("/a/b c", ["/a/b", "c"]),
        ('"/sp ace/python" -m "x y"', ["/sp ace/python", "-m", "x y"]),
        (r"/a\x20b\055 c", ["/a b-", "c"]),
        (r"/a\sb", ["/a b"]),
        ("'it' ''", ["it", ""]),
        ("", []),
    ],
)
def test_systemd_words(text: str, words: list[str]) -> None:
    assert grammar.split_systemd(text) == words


def test_units() -> None:
    text = (
        "[Unit]\nDescription=x\n[Service]\n# c\nExecStart=/a \\\n  # inside\n  -b \\\n  -c\nExecStart=\n; c\nUser = u\n"
    )
    found = [(item.section, item.key, item.value, item.line) for item in grammar.settings(text)]
    assert [item[:2] for item in found] == [
        ("Unit", "Description"), ("Service", "ExecStart"), ("Service", "ExecStart"), ("Service", "User"),
    ]  # fmt: skip
    assert found[1][2].split() == ["/a", "-b", "-c"]
    assert [item[3] for item in found] == [2, 5, 9, 11]


def test_specifiers() -> None:
    values = {"h": "/home/u", "%": "%"}
    assert grammar.expand_specifiers("%h/.venv/bin/x%%y", values) == "/home/u/.venv/bin/x%y"
    assert grammar.expand_specifiers("/srv/%i/bin/x", values) is None
    assert grammar.expand_specifiers("100%", values) is None


@pytest.mark.parametrize(
    ("line", "user", "command"),
    [
        ("*/5 * * * * /a/b c", False, "/a/b c"),
        ("@daily /a/b", False, "/a/b"),
        ("@reboot root /a/b", True, "/a/b"),
        ("0 3 * * *\troot\t/a/b c", True, "/a/b c"),
        ("@daily root", True, None),
        ("0 3 * * mon-fri root /a/b >/dev/null 2>&1", True, "/a/b >/dev/null 2>&1"),
        ("0 3 1,2 jan * /a/b%input%more", False, "/a/b"),
        ("# 0 3 * * * /a/b", False, None),
        ("PATH=/usr/bin:/bin", False, None),
        ('  MAILTO = ""', False, None),
        ("", False, None),
        ("junk", False, None),
    ],
)
def test_cron(line: str, user: bool, command: str | None) -> None:
    assert grammar.cron_command(line, user_field=user) == command


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1, // c\n "b": [1, 2, /* x */ ], }',
        '{"url": "http://x//y", "c": "/* no */", "q": "\\"//"}',
        '\ufeff{"a": "b,}"}',
    ],
)
def test_jsonc(text: str) -> None:
    assert isinstance(json.loads(grammar.strip_jsonc(text)), dict)


def test_jsonc_keeps_strings() -> None:
    assert json.loads(grammar.strip_jsonc('{"a": "x//y /* z */ ,]", }')) == {"a": "x//y /* z */ ,]"}


def test_shell_paths() -> None:
    text = (
        'export PATH="$HOME/.venv/bin:/opt/x/bin:$PATH"; alias p=~/e/bin/python; . ${HOME}/v/bin/activate; $X/bin/y a/b'
    )
    assert grammar.shell_paths(text, "/home/u") == [
        "/home/u/.venv/bin",
        "/opt/x/bin",
        "/home/u/e/bin/python",
        "/home/u/v/bin/activate",
    ]


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=200))
def test_total(text: str) -> None:
    list(grammar.settings(text))
    grammar.split_systemd(text)
    grammar.expand_specifiers(text, {"h": "/h"})
    grammar.cron_command(text, user_field=True)
    grammar.strip_jsonc(text)
    grammar.shell_paths(text, "/home/u")


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=300, deadline=None)
@given(JSON)
def test_plain_json_stays_what_it_is(value: object) -> None:
    assert json.loads(grammar.strip_jsonc(json.dumps(value, indent=1))) == value


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize(
    "line", ['"/no such/bin/x" a', "-/no/such", "@/no/such argv0", "/no/such \\\n  b", "+/no/such"]
)
def test_agrees_with_systemd(tmp_path: Path, line: str) -> None:
    unit = tmp_path / "vd-test.service"
    unit.write_text(f"[Service]\nExecStart={line}\n")
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False)
    entry = next(item for item in grammar.settings(unit.read_text()) if item.key == "ExecStart")
    program = grammar.split_systemd(entry.value)[0].lstrip("@-:+!|")
    if "is not executable" not in done.stderr:
        pytest.skip("this systemd does not look at programs here")
    assert f"Command {program} is not executable" in done.stderr


HOSTILE = {
    "continuations": "[Service]\n" + "\\\n" * 200_000,
    "one word": "ExecStart=" + "a" * 400_000,
    "commas": ",/* */" * 60_000,
    "open strings": '"' + '\\"' * 200_000,
    "open comments": "/*" * 200_000,
    "blanks": " " * 400_000 + "x",
    "paths": "/a" * 200_000,
    "stars": "* " * 200_000,
}


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_time_is_bounded(name: str) -> None:
    start = time.process_time()
    text = HOSTILE[name]
    list(grammar.settings(text))
    grammar.split_systemd(text)
    grammar.expand_specifiers(text, {"h": "/h"})
    grammar.cron_command(text, user_field=True)
    grammar.strip_jsonc(text)
    grammar.shell_paths(text, "/home/u")
    assert time.process_time() - start < 5
