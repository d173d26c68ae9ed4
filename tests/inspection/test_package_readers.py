"""The readers of packages: total on anything, and equal to the standard library where that is the judge."""

from __future__ import annotations

import csv
import email
import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from venvdoctor.inspection.editable import read_loader
from venvdoctor.inspection.import_names import is_module_file, names_of, names_of_top_level, stem_of
from venvdoctor.inspection.import_search import quick
from venvdoctor.inspection.metadata import parse_metadata, read_requires_txt
from venvdoctor.inspection.metadata_dirs import editable_target
from venvdoctor.inspection.pth_lines import interpret
from venvdoctor.inspection.record import parse_record, parse_rows
from venvdoctor.inspection.source_imports import Wanted, certain

if TYPE_CHECKING:
    from collections.abc import Callable

METADATA = (
    b"Metadata-Version: 2.1\nName: demo-pkg\nVersion: 1.0\nRequires-Python: >=3.8\n"
    b"Requires-Dist: six (>=1)\nRequires-Dist: pytest ; extra == 'test'\nSummary: a\n  b\n\nName: other\n"
)
FINDER = b"""
MAPPING: dict[str, str] = {'pa': '/src/pa'}
NAMESPACES: dict[str, list[str]] = {'ns': ['/src/ns']}
"""
REDIRECTOR = b"""from editables.redirector import RedirectingFinder as F
F.install()
F.map_module('pe', '/src/pe/__init__.py')
"""
MESON = b"""def install(*a): pass
install('demo', {'demo', '_demo'}, '/build/cp311', ['ninja'], False)
"""
RECORD = b'demo/__init__.py,sha256=abc,10\ndemo/core.py,,\n"demo/a,b.py",sha256=x,3\ndemo-1.dist-info/RECORD,,\n'
DIRECT = b'{"dir_info": {"editable": true}, "url": "file:///home/me/a%20b"}'
SOURCE = b"import os, demo.core\nfrom . import (\n    a,  # why\n    b as c,\n)\ntry:\n    import fast\nexcept ImportError:\n    raise\n"
SEEDS = (METADATA, FINDER, REDIRECTOR, MESON, RECORD, DIRECT, SOURCE, b"import os; os.x\n/path\n\xff\n")


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A real file with bytes cut, changed and repeated."""
    data = bytearray(draw(st.sampled_from(SEEDS)))
    for _ in range(draw(st.integers(0, 6))):
        at = draw(st.integers(0, max(len(data) - 1, 0)))
        kind = draw(st.integers(0, 3))
        if kind == 0:
            data[at : at + draw(st.integers(1, 20))] = b""
        elif kind == 1:
            data[at:at] = draw(st.binary(max_size=8))
        elif kind == 2:
            data[at:at] = data[at : at + 30]
        else:
            data = data[:at]
    return bytes(data)


READERS: tuple[Callable[[bytes], object], ...] = (
    parse_metadata,
    read_requires_txt,
    lambda data: parse_record(data).rows,
    read_loader,
    names_of_top_level,
    quick,
    certain,
    lambda data: editable_target(data.decode("utf-8", "surrogateescape")),
    lambda data: [interpret(line) for line in data.decode("utf-8", "surrogateescape").splitlines()],
    lambda data: names_of(data.decode("utf-8", "surrogateescape").split("\n")),
)


@pytest.mark.parametrize("reader", READERS)
@settings(max_examples=150, deadline=None)
@given(data=st.one_of(mutated(), st.binary(max_size=300)))
def test_no_content_raises(reader: Callable[[bytes], object], data: bytes) -> None:
    reader(data)


@settings(max_examples=200, deadline=None)
@given(
    body=st.text(
        st.characters(codec="utf-8", exclude_characters="\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029\0"), max_size=200
    )
)
def test_headers_mean_what_the_email_parser_says(body: str) -> None:
    text = f"Name: demo\nVersion: 1\nRequires-Dist: {body}"
    said = email.message_from_string(text)
    found = parse_metadata(text.encode())
    assert list(found.requires) == [value.strip() for value in said.get_all("Requires-Dist", [])]


@settings(max_examples=200, deadline=None)
@given(
    names=st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=("Cc", "Zl", "Zp", "Cs")), min_size=1, max_size=20)
    )
)
def test_records_mean_what_csv_says(names: list[str]) -> None:
    names = [name for name in names if "\\" not in name]
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows([name, "sha256=x", "1"] for name in names)
    assert [row.path for row in parse_record(out.getvalue().encode()).rows] == names


PIECES = (*'a/\\,\n\r"\0 \x0b\x1c\u2028\udcff', "\r\n", "12", ".py", "a,b,1\n", "../b,,3\n", "x" * 4095)


@settings(max_examples=300, deadline=None)
@given(text=st.lists(st.sampled_from(PIECES), max_size=14).map("".join), most=st.integers(1, 4))
def test_what_is_said_of_a_record_before_its_rows_are_read_holds(text: str, most: int) -> None:
    record = parse_record(text.encode("utf-8", "surrogateescape"), most)
    state, bound, may_hold = record.state, record.most(), record.may_hold(".py")
    rows, odd = parse_rows("\n".join(text.split("\n")[:most]) if text.count("\n") > most else text)
    assert (record.rows, record.odd, state == "ok") == (rows, odd, bool(rows))
    assert len(rows) <= bound
    assert may_hold or not any(".py" in row.path for row in rows)


def test_metadata_states() -> None:
    found = parse_metadata(METADATA)
    assert (found.state, found.name, found.version, found.requires_python) == ("ok", "demo-pkg", "1.0", ">=3.8")
    assert found.requires == ("six (>=1)", "pytest ; extra == 'test'")
    assert parse_metadata(b" \n").state == "empty"
    assert parse_metadata(b"\0\xff junk").state == "garbled"
    assert parse_metadata(b"Name: x\n").state == "garbled"


def test_loaders() -> None:
    assert read_loader(FINDER).mapping == {"pa": "/src/pa"}
    assert read_loader(FINDER).namespaces == {"ns": ("/src/ns",)}
    assert read_loader(REDIRECTOR).mapping == {"pe": "/src/pe"}
    meson = read_loader(MESON)
    assert (meson.kind, set(meson.names), meson.root) == ("meson", {"demo", "_demo"}, "/build/cp311")
    assert read_loader(b"import sys\nsys.meta_path.append(1)\n").kind == "unknown"
    assert read_loader(b"x = 1\n").kind == "none"


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("import _virtualenv", "none"),
        ("import __editable___pa_1_finder; __editable___pa_1_finder.install()", "finder"),
        ("import os; var = 'X'; enabled = True; enabled and __import__('_distutils_hack').add_shim();", "distutils"),
        ("import sys; sys.__plen = len(sys.path)", "none"),
        ("import sys; new=sys.path[sys.__plen:]; p=getattr(sys,'__egginsert',0); sys.path[p:p]=new", "egg-insert"),
        ("import site; site.addsitedir('/opt/x')", "addsitedir"),
        ("import sys; sys.path.append('/opt/x')", "path"),
        ("import sys; sys.path.append(compute())", "unknown"),
        ("import coverage; coverage.process_startup()", "none"),
        ("import mystery; mystery.install(1)", "module"),
    ],
)
def test_import_lines(line: str, kind: str) -> None:
    assert interpret(line).kind == kind


def test_imports_at_the_first_column() -> None:
    assert quick(SOURCE) == [Wanted("os"), Wanted("demo.core"), Wanted("", 1, ("a", "b")), Wanted("fast")]
    exact = certain(SOURCE)
    assert exact is not None
    assert exact.imports == (Wanted("os"), Wanted("demo.core"), Wanted("", 1, ("a", "b")), Wanted("fast"))
    guarded = certain(b"try:\n    import fast\nexcept ImportError:\n    fast = None\nif x:\n    import y\n")
    assert guarded is not None
    assert guarded.imports == ()


def test_names() -> None:
    paths = [
        "demo/__init__.py",
        "demo/x.py",
        "mod.py",
        "_fast.cpython-311-x86_64-linux-gnu.so",
        "libz.so",
        "ns/sub/__init__.py",
    ]
    assert set(names_of(paths)) == {"demo", "mod", "_fast", "ns.sub"}
    assert is_module_file("demo/core.py")
    assert not is_module_file("demo/tests/core.py")
    assert not is_module_file("demo/{{name}}/core.py")
    assert stem_of("/s/demo/__init__.py") == "/s/demo"
    assert stem_of("/s/demo/x.cpython-311.so") == "/s/demo/x"
