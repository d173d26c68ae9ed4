"""Each format against the schema of those who read it."""

from __future__ import annotations

import json
from importlib import import_module
from pathlib import Path

import jsonschema
import pytest

from tests.support.reports import hostile, sample
from venvdoctor import schemas
from venvdoctor.format import Look

OFFICIAL = Path(__file__).resolve().parents[2].parent / "shared" / "schemas"
REPORTS = {"sample": sample(), "hostile": hostile('a"<b>\n\x1b\udcff%::'), "order": hostile("##[x]")}


def text_of(form: str, which: str, **look: object) -> str:
    render = import_module(f"venvdoctor.formats.{form}").format.render
    return "".join(render(REPORTS[which], Look(**look)))


@pytest.mark.parametrize("which", REPORTS)
def test_json_keeps_to_the_published_schema(which: str) -> None:
    schema = json.loads(schemas.read())
    jsonschema.Draft202012Validator.check_schema(schema)
    document = json.loads(text_of("json", which))
    jsonschema.Draft202012Validator(schema).validate(document)
    assert document == REPORTS[which], "nothing is lost on the way"


def test_the_schema_names_every_field_of_the_report() -> None:
    schema = json.loads(schemas.read())
    document = REPORTS["sample"]
    definitions = schema["$defs"]
    assert set(document) == set(schema["properties"])
    for part, name in (
        (document["scan"], "scan"),
        (document["environments"][0], "environment"),
        (document["causes"][0], "cause"),
    ):
        assert set(part) == set(definitions[name]["properties"]) - {"probe"}, "only --probe adds it"
    assert set(document["environments"][0]["python"]) == set(definitions["python"]["properties"])


@pytest.mark.parametrize("base", ["/home/ann", None])
@pytest.mark.parametrize("which", REPORTS)
def test_sarif_keeps_to_the_oasis_schema(which: str, base: str | None) -> None:
    path = OFFICIAL / "sarif-schema-2.1.0.json"
    if not path.exists():
        pytest.skip("the OASIS schema is not beside the checkout (../shared/schemas)")
    schema = json.loads(path.read_text(encoding="utf-8"))
    jsonschema.Draft4Validator(schema).validate(json.loads(text_of("sarif", which, base=base)))


def test_sarif_places_are_relative_and_its_fingerprints_do_not_know_the_machine() -> None:
    run = json.loads(text_of("sarif", "sample", base="/home/ann"))["runs"][0]
    uris = [result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for result in run["results"]]
    assert "app/.venv/bin/python" in uris
    moved = json.loads(json.dumps(sample()).replace("/home/ann", "/runner/work"))
    render = import_module("venvdoctor.formats.sarif").format.render
    there = json.loads("".join(render(moved, Look(base="/runner/work"))))["runs"][0]
    marks = [result["partialFingerprints"] for result in run["results"]]
    assert marks == [result["partialFingerprints"] for result in there["results"]]
    assert len({str(mark) for mark in marks}) == len(marks)


@pytest.mark.parametrize("fail_on", ["error", "note", "never"])
@pytest.mark.parametrize("which", REPORTS)
def test_junit_keeps_to_the_jenkins_schema(which: str, fail_on: str) -> None:
    path = OFFICIAL / "junit-10.xsd"
    etree = pytest.importorskip("lxml.etree", reason="lxml, which knows XML Schema, is not installed")
    if not path.exists():
        pytest.skip("the Jenkins schema is not beside the checkout (../shared/schemas)")
    schema = etree.XMLSchema(etree.parse(str(path)))
    schema.assertValid(etree.fromstring(text_of("junit", which, fail_on=fail_on).encode()))


GITLAB: dict[
    str, object
] = {  # what GitLab's parser asks of an item, and its manual besides; one bad item ends the reading
    "type": "object",
    "required": ["description", "check_name", "fingerprint", "severity", "location"],
    "additionalProperties": False,
    "properties": {
        "description": {"type": "string", "minLength": 1},
        "check_name": {"type": "string", "pattern": r"^VD\d{3} [a-z0-9-]+$"},
        "fingerprint": {"type": "string", "pattern": "^[0-9a-f]{40}$"},
        "severity": {"enum": ["info", "minor", "major", "critical", "blocker"]},
        "location": {
            "type": "object",
            "required": ["path", "lines"],
            "properties": {
                "path": {"type": "string", "pattern": r"^(?!\./)(?!.*/\.\./)."},
                "lines": {
                    "type": "object",
                    "required": ["begin"],
                    "properties": {"begin": {"type": "integer", "minimum": 1}},
                },
            },
        },
    },
}


@pytest.mark.parametrize("base", ["/home/ann", None])
@pytest.mark.parametrize("which", REPORTS)
def test_gitlab_takes_every_item(which: str, base: str | None) -> None:
    """docs.gitlab.com/ci/testing/code_quality; gitlab, app/validators/json_schemas/codeclimate.json."""
    items = json.loads(text_of("gitlab", which, base=base))
    assert items
    jsonschema.Draft202012Validator({"type": "array", "items": GITLAB}).validate(items)
    marks = [item["fingerprint"] for item in items]
    assert len(set(marks)) == len(marks)


def test_metrics_are_what_the_client_library_reads() -> None:
    parser = pytest.importorskip("prometheus_client.parser", reason="prometheus_client is not installed")
    families = {
        family.name: family for family in parser.text_string_to_metric_families(text_of("prometheus", "hostile"))
    }
    assert {item.labels["status"] for item in families["venvdoctor_environments"].samples} == {
        "healthy",
        "degraded",
        "broken",
        "unknown",
    }
