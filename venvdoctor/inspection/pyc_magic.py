"""Whether compiled bytecode is of an interpreter's version."""

from __future__ import annotations

RANGES = {  # magic numbers by version: Lib/importlib/_bootstrap_external.py
    (3, 6): (3379, 3379), (3, 7): (3394, 3394), (3, 8): (3413, 3413), (3, 9): (3425, 3425), (3, 10): (3439, 3439),
    (3, 11): (3495, 3495), (3, 12): (3531, 3531), (3, 13): (3571, 3571), (3, 14): (3627, 3627),
}  # fmt: skip


def magic_problem(head: bytes, version: tuple[int, int] | None) -> str:
    """Return why an interpreter refuses a `.pyc` file that begins with these bytes, "" where it does not."""
    if len(head) < 4:
        return "it is shorter than a header"
    span = RANGES.get(version) if version else None
    number = int.from_bytes(head[:2], "little")
    return f"magic number {number}, {span[1]} is wanted" if span and not span[0] <= number <= span[1] else ""
