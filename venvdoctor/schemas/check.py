"""Checks a document against a schema of ours: the few keywords that they use, nothing more (JSON Schema 2020-12)."""

from __future__ import annotations

from typing import Any

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
