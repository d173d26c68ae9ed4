"""Sources that are made for a parser to choke on: each is parsed, or left alone, within a second and little memory."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from venvdoctor.inspection.python_source import parse

SIZE = 1 << 20
CHILD = """
import json, resource, sys, time
from venvdoctor.inspection.python_source import parse
source = eval(sys.argv[1], {"SIZE": int(sys.argv[2])}).encode()
before, start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.process_time()
parse(source)
used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
print(json.dumps([time.process_time() - start, used >> 10]))
"""
CASES = {
    "dotted name": "'import ' + 'a.' * (SIZE // 2) + 'a'",
    "dotted name over lines": "'import ' + 'a.\\\\\\n' * (SIZE // 4) + 'a'",
    "dotted from": "'from ' + '.' * SIZE + 'a import b'",
    "dotted name below the limit": "'import ' + 'a.' * 999 + 'a\\n'",
    "fields": "'f\"' + '{a}' * (SIZE // 3) + '\"'",
    "fields below the limit": "'f\"' + '{a}' * 9999 + '\"'",
    "statements": "'a;' * (SIZE // 2)",
    "statements below the limit": "'a;' * 99_000",
    "lists": "'[' + '[],' * (SIZE // 3) + ']'",
    "lists below the limit": "'[' + '[],' * 33_000 + ']'",
    "sums below the limit": "'x = 1' + '+1' * 69_000",
    "calls below the limit": "'x = a' + '()' * 69_000",
    "comparisons": "'x = a' + '<a' * (SIZE // 2)",
    "sums": "'x = 1' + '+1' * (SIZE // 2)",
    "attributes": "'x = a' + '.a' * (SIZE // 2)",
    "names": "'x = (' + 'a ' * (SIZE // 2)",
    "not": "'not ' * (SIZE // 4) + 'x'",
    "lambda": "'lambda:' * (SIZE // 7) + 'x'",
    "conditions": "'x = ' + 'a if a else ' * (SIZE // 12) + 'a'",
    "elif": "'if a:pass\\n' + 'elif a:pass\\n' * (SIZE // 12)",
    "texts": "'x = ' + '\"a\" ' * (SIZE // 4)",
    "one long text": "'x = \"' + 'a' * SIZE",
    "parentheses": "'(' * SIZE",
    "braces": "'{a:' * (SIZE // 3)",
    "not ASCII, an error at the end": "'x = [' + '\\u00e9,' * 20_000 + '] $ y'",
    "walrus": "'(a:=' * (SIZE // 4)",
    "number": "'x = ' + '9' * SIZE",
    "indents": "'\\n'.join(' ' * n + 'if a:' for n in range(1000))",
    "spaces": "' ' * SIZE + 'a'",
    "tabs": "'if a:\\n' + '\\t' * SIZE + 'a'",
    "stars": "'*' * SIZE",
    "backslashes": "'\\\\\\n' * (SIZE // 2)",
}


@pytest.mark.parametrize("case", CASES)
def test_no_source_takes_long_or_much(case: str) -> None:
    command = [sys.executable, "-c", CHILD, CASES[case], str(SIZE)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr[-500:]
    seconds, mebibytes = json.loads(done.stdout)
    assert (seconds < 5, mebibytes < 300) == (True, True), (seconds, mebibytes)


def test_real_modules_are_parsed() -> None:
    import argparse
    import inspect
    import typing

    for module in (argparse, inspect, typing):
        assert parse(Path(module.__file__).read_bytes()) is not None
