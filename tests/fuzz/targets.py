"""What is fuzzed: each reader as a function of bytes that may only return, and real content for it to start from."""

from tests.fuzz import binaries, dependents, environments, outputs, places, readers, texts
from tests.fuzz.dependents import DEPENDENTS
from tests.fuzz.target import TARGETS, Target

__all__ = [
    "DEPENDENTS",
    "TARGETS",
    "Target",
    "binaries",
    "dependents",
    "environments",
    "outputs",
    "places",
    "readers",
    "texts",
]
