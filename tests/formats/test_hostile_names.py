"""Whatever a name on the disk holds comes out inert in every format: it forges no line, markup, order or record."""

from __future__ import annotations

import html.parser
import json
import re
import xml.etree.ElementTree as ET
from importlib import import_module

import pytest

from tests.support.reports import hostile
from venvdoctor.format import Look
from venvdoctor.registry import member_names

NAMES = {
    "newline": "a\n::error::owned\nb",
    "return": "a\rb",
    "leading order": "x ::error file=a::owned",
    "only order": "::error::owned",
    "old order": "x##[error]owned",
    "azure": "##vso[task.setvariable variable=x]y",
    "percent": "a%0A::error::owned%0D",
    "script": "<script>alert(1)</script>",
    "attribute": '" onmouseover="alert(1)" x=\'',
    "cdata": "]]><failure message='x'/>",
    "entity": "&lt;b&gt; &#x41;",
    "escape": "\x1b[31m\x1b]0;title\x07red",
    "c1": "\x9b31m",
    "delete": "a\x7fb",
    "nul": "a\x00b",
    "bidi": "abc\u202etxt.exe\u202c\u2066",
    "separators": "a\u2028b\u2029c\x85d",
    "zero width": "a\u200bb\ufeff",
    "bytes": "caf\udce9\udcff",
    "noncharacter": "a\ufffeb\uffff",
    "backslash": 'a\\n"b\\',
    "markdown": "`x` **b** [l](javascript:alert(1)) ![i](http://e/x) # h | c |",
    "ticks": "``` `` `",
    "mention": "@everyone www.evil.example https://evil.example",
    "formula": "=cmd|'/C calc'!A0",
    "unicode": "naïve-环境-𝜋",
    "template": "{{ x }} ${x} %(x)s {x}",
    "comment": "--><!-- x",
}
FORMATS = member_names("venvdoctor.formats")
LOOKS = (Look(width=80, base="/home"), Look(width=60, unicode=False, verbosity=1))
CONTROL = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u200b\ufeff\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]"
)


def rendered(name: str, form: str, look: Look) -> str:
    render = import_module(f"venvdoctor.formats.{form}").format.render
    return "".join(render(hostile(name), look))


@pytest.mark.parametrize("look", LOOKS, ids=["normal", "narrow"])
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
@pytest.mark.parametrize("form", FORMATS)
def test_nothing_moves_the_cursor_or_orders_the_runner(form: str, name: str, look: Look) -> None:
    text = rendered(name, form, look)
    assert not CONTROL.search(text.replace("\t", "") if form == "html" else text)
    assert len(text.splitlines()) == text.count("\n"), "a line break that is not ours"
    for line in text.splitlines():
        assert not re.search(r"##(vso|teamcity)?\[", line)
        if form != "github":
            assert not line.lstrip().startswith("::")


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_the_number_of_lines_of_the_text_does_not_depend_on_line_breaks_in_names(name: str) -> None:
    text = rendered(name, "text", Look(width=10_000))
    assert text.count("\n") == rendered("plain", "text", Look(width=10_000)).count("\n")


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_every_github_line_is_one_order_of_ours(name: str) -> None:
    lines = rendered(name, "github", LOOKS[0]).splitlines()
    assert len(lines) == len(rendered("plain", "github", LOOKS[0]).splitlines())
    for line in lines[:-1]:
        match = re.fullmatch(r"::(error|warning|notice) ([^:]*)::(.*)", line)
        assert match, line
        keys = [part.partition("=")[0] for part in match[2].split(",")]
        assert keys in (["title"], ["file", "line", "title"])


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
@pytest.mark.parametrize("form", ["json", "jsonl", "sarif", "gitlab"])
def test_json_is_ascii_and_holds_the_records_we_wrote(form: str, name: str) -> None:
    text = rendered(name, form, LOOKS[0])
    text.encode("ascii")
    shape = rendered("plain", form, LOOKS[0])
    if form == "jsonl":
        assert [json.loads(line)["type"] for line in text.splitlines()] == [
            json.loads(line)["type"] for line in shape.splitlines()
        ]
    elif form == "json":
        report = json.loads(text)
        assert report["environments"][0]["path"] == f"/home/{name}/env", "recoverable"
        assert report["causes"][0]["summary"] == f"{name} is gone"
    else:
        assert _keys(json.loads(text)) == _keys(json.loads(shape))


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_xml_holds_the_elements_we_wrote(name: str) -> None:
    def shape(text: str) -> list[tuple[str, list[str]]]:
        return [(element.tag, sorted(element.attrib)) for element in ET.fromstring(text).iter()]

    assert shape(rendered(name, "junit", LOOKS[0])) == shape(rendered("plain", "junit", LOOKS[0]))


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_metrics_parse_line_by_line(name: str) -> None:
    sample = re.compile(r'venvdoctor_\w+(\{(\w+="([^"\\]|\\["\\n])*",?)*\})? [0-9.]+')
    lines = rendered(name, "prometheus", LOOKS[0]).splitlines()
    assert len(lines) == len(rendered("plain", "prometheus", LOOKS[0]).splitlines())
    for line in lines:
        assert line.startswith("# ") or sample.fullmatch(line), line


@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_markdown_renders_to_our_own_elements_only(name: str) -> None:
    markdown_it = pytest.importorskip("markdown_it", reason="markdown-it-py is not installed")
    parser = markdown_it.MarkdownIt("commonmark", {"html": True}).enable("table")

    def shape(text: str) -> list[str]:
        tags: list[str] = []
        for token in parser.parse(text):
            tags.append(token.type)
            tags += [child.type + child.content * (child.type == "html_inline") for child in token.children or []]
        return [tag for tag in tags if tag not in ("text", "softbreak", "html_inline<!-- -->", "text_special")]

    assert shape(rendered(name, "markdown", LOOKS[0])) == shape(rendered("plain", "markdown", LOOKS[0]))


class Elements(html.parser.HTMLParser):
    """Collects the elements of a page with the names of their attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, tuple(sorted(key for key, _ in attrs))))


@pytest.mark.skipif("html" not in FORMATS, reason="there is no html format yet")
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES.keys())
def test_html_holds_the_elements_we_wrote(name: str) -> None:
    def shape(text: str) -> list[tuple[str, tuple[str, ...]]]:
        parser = Elements()
        parser.feed(text)
        return parser.found

    assert shape(rendered(name, "html", LOOKS[0])) == shape(rendered("plain", "html", LOOKS[0]))


def _keys(value: object) -> object:
    if isinstance(value, dict):
        return {key: _keys(item) for key, item in value.items() if key != "rules"}
    return [_keys(item) for item in value] if isinstance(value, list) else type(value).__name__
