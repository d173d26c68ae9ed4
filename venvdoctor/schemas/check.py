"""Checks a document against a schema of ours: the few keywords that they use, nothing more (JSON Schema 2020-12)."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

MOST = 2**53 - 1  # numbers that every reader of JSON tells apart (RFC 8259, section 6)
TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


def violation(value: Any, schema: dict[str, Any], root: dict[str, Any] | None = None, place: str = "") -> str:
    """Return where a document breaks the schema, in words; the empty string when it keeps to it."""
    root = schema if root is None else root
    if "$ref" in schema:
        return violation(value, root["$defs"][schema["$ref"].rpartition("/")[2]], root, place)
    if "anyOf" in schema and all(violation(value, choice, root, place) for choice in schema["anyOf"]):
        return f"{place or 'it'} is of no kind that is allowed"
    if not _has_type(value, schema.get("type")):
        return f"{place or 'it'} is not of type {schema['type']}"
    if ("const" in schema and value != schema["const"]) or ("enum" in schema and value not in schema["enum"]):
        return f"{place or 'it'} has a value that is not allowed"
    if not _of_scalar(schema)(value):
        return f"{place or 'it'} has a value of the wrong form"
    if isinstance(value, dict):
        return _in_object(value, schema, root, place)
    if isinstance(value, list) and "items" in schema:
        found = (violation(item, schema["items"], root, f"{place}[{index}]") for index, item in enumerate(value))
        return next(filter(None, found), "")
    return ""


def _in_object(value: dict[str, Any], schema: dict[str, Any], root: dict[str, Any], place: str) -> str:
    for key in schema.get("required", ()):
        if key not in value:
            return f"{place or 'it'} has no {key!r}"
    known, other = schema.get("properties", {}), schema.get("additionalProperties")
    for key, item in value.items():
        inner = known.get(key, other)
        found = violation(item, inner, root, f"{place}.{key}".lstrip(".")) if isinstance(inner, dict) else ""
        if found:
            return found
    return ""


def _has_type(value: Any, wanted: str | list[str] | None) -> bool:
    if wanted is None:
        return True
    names = [wanted] if isinstance(wanted, str) else wanted
    if isinstance(value, bool):
        return "boolean" in names
    return any(isinstance(value, TYPES[name]) for name in names)


Fits = Callable[[Any], bool]


def compiled(schema: dict[str, Any]) -> Fits:
    """Return a test that says, many times faster than `violation`, whether a document keeps to a schema."""
    made: dict[str, Fits] = {}
    return _compiled(schema, schema, made)


def _compiled(schema: dict[str, Any], root: dict[str, Any], made: dict[str, Fits]) -> Fits:
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        if name not in made:
            made[name] = lambda value: made[name](value)  # noqa: PLW0108 - a definition may contain itself
            made[name] = _compiled(root["$defs"][name], root, made)
        return made[name]
    tests: list[Fits] = []
    if "anyOf" in schema:
        choices = [_compiled(choice, root, made) for choice in schema["anyOf"]]
        tests.append(lambda value: any(choice(value) for choice in choices))
    if "type" in schema:
        tests.append(_of_type(schema["type"]))
    if "const" in schema:
        tests.append(lambda value: bool(value == schema["const"]))
    if "enum" in schema:
        tests.append(lambda value: value in schema["enum"])
    if "pattern" in schema or "minimum" in schema:
        tests.append(_of_scalar(schema))
    if "properties" in schema or "required" in schema or "additionalProperties" in schema:
        tests.append(_of_object(schema, root, made))
    if "items" in schema:
        tests.append(_of_array(_compiled(schema["items"], root, made)))
    if len(tests) == 1:
        return tests[0]
    return lambda value: all(test(value) for test in tests)


def _of_type(wanted: str | list[str]) -> Fits:
    exact = {type_ for name in ([wanted] if isinstance(wanted, str) else wanted) for type_ in TYPES[name]}
    return lambda value: type(value) in exact  # what JSON is read into has these types and no others


def _of_scalar(schema: dict[str, Any]) -> Fits:
    """Test what a text looks like and how large a number is; patterns of ours describe a text from end to end."""
    least, whole = schema.get("minimum"), re.compile(schema.get("pattern", "").strip("^$") or "(?s:.*)")
    return lambda value: (
        bool(whole.fullmatch(value))
        if isinstance(value, str)
        else least is None or type(value) not in (int, float) or least <= value <= MOST
    )


def _of_array(item: Fits) -> Fits:
    return lambda value: not isinstance(value, list) or all(map(item, value))


def _of_object(schema: dict[str, Any], root: dict[str, Any], made: dict[str, Fits]) -> Fits:
    required = frozenset(schema.get("required", ()))
    known = {
        key: _compiled(inner, root, made)
        for key, inner in schema.get("properties", {}).items()
        if isinstance(inner, dict)
    }
    other = schema.get("additionalProperties")
    rest = _compiled(other, root, made) if isinstance(other, dict) else None

    def fits(value: Any) -> bool:
        if not isinstance(value, dict):
            return True
        if not required <= value.keys():
            return False
        for key, item in value.items():
            test = known.get(key, rest)
            if test is not None and not test(item):
                return False
        return True

    return fits
