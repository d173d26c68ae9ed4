"""Making inputs: mutations of real content, reproducible from a number, and long repetitions that show slow grammars."""

from __future__ import annotations

import random
import signal
import time
import traceback
from dataclasses import dataclass
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

from tests.fuzz.coverage import Guide

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fuzz.target import Target

PATIENCE = 5.0  # seconds of computing for one input: a busy machine is no hang
LIMIT = 1 << 16  # bytes of one mutated input
ODD = (
    0,
    1,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0xFFFF,
    0x7FFFFFFF,
    0x80000000,
    0xFFFFFFFF,
    1 << 62,
    (1 << 63) - 1,
    1 << 63,
    (1 << 64) - 1,
)
JUNK = (
    b"\0",
    b"\n",
    b"\r",
    b"\x1b",
    b"\xff\xfe",
    b"\xed\xa0\x80",
    "\u202e".encode(),
    b"9" * 400,
    b"a" * 5000,
    b"[" * 3000,
    b"../" * 200,
)


@dataclass(frozen=True)
class Crash:
    """An input that made a reader raise."""

    data: bytes
    what: str


def mutations(target: Target, number: int, pool: list[bytes] | None = None) -> Iterator[bytes]:
    """Yield inputs without end: the same ones for the same number.

    Args:
        target: what they are for.
        number: which series.
        pool: what inputs are made from; whoever knows which of them reached something new adds them (else chance does).
    """
    chance = random.Random(number)
    led, pool = pool is not None, list(target.seeds) if pool is None else pool
    words = [*target.words, *JUNK]
    yield b""
    while True:
        late = led and len(pool) > 20 and chance.random() < 0.5
        data = bytearray(chance.choice(pool[-20:] if late else pool))
        for _ in range(min(int(chance.expovariate(0.5)) + 1, 12)):
            _mutate(data, chance, words, pool)
        del data[LIMIT:]
        if not led and len(pool) < 200 and chance.random() < 0.02:
            pool.append(bytes(data))
        yield bytes(data)


def _mutate(data: bytearray, chance: random.Random, words: list[bytes], pool: list[bytes]) -> None:
    at = chance.randrange(len(data) + 1)
    size = min(int(chance.expovariate(0.1)) + 1, len(data))
    match chance.randrange(9):
        case 0 if data:
            data[at % len(data)] ^= 1 << chance.randrange(8)
        case 1 if data:
            data[at % len(data)] = chance.randrange(256)
        case 2:
            data[at:at] = chance.choice(words)
        case 3:
            del data[at : at + size]
        case 4:
            data[at:at] = data[at : at + size] * chance.choice((1, 2, 50))
        case 5:
            width = chance.choice((1, 2, 4, 8))
            value = chance.choice(ODD) + chance.randrange(-2, 3)
            data[at : at + width] = (value & ((1 << 8 * width) - 1)).to_bytes(width, chance.choice(("little", "big")))
        case 6:
            data[at : at + len(word)] = (word := chance.choice(words))
        case 7:
            other = chance.choice(pool)
            start = chance.randrange(len(other) + 1)
            data[at : at + size] = other[start : start + size]
        case _:
            del data[at:]


@dataclass(frozen=True)
class Hunt:
    """What came of one: inputs run, places reached, inputs kept because they reached something, one crash of each kind."""

    runs: int
    places: int
    kept: int
    crashes: tuple[Crash, ...]


def hunt(target: Target, number: int, runs: int, seconds: float) -> Hunt:
    """Run so many inputs, or so long, led by what they reach where this Python can tell."""
    found: dict[str, Crash] = {}
    end = time.monotonic() + seconds
    count = 0
    with Guide() as guide:
        pool = list(target.seeds)
        for data in chain(target.seeds, mutations(target, number, pool if guide.works else None)):
            if count >= runs or time.monotonic() > end:
                break
            count += 1
            crash = attempt(target, data)
            if crash:
                found.setdefault(crash.what, crash)
            elif guide.fresh() and count > len(target.seeds):
                pool.append(data)
        return Hunt(count, guide.places, len(pool) - len(target.seeds), tuple(found.values()))


class HangError(Exception):
    """An input took longer than `PATIENCE`."""


def _alarm(*_: object) -> None:
    raise HangError


@cache
def _listen() -> None:
    signal.signal(signal.SIGVTALRM, _alarm)


def attempt(target: Target, data: bytes) -> Crash | None:
    """Run one input; a reader may only return, and soon."""
    _listen()
    signal.setitimer(signal.ITIMER_VIRTUAL, PATIENCE)
    try:
        target.run(data)
    except Exception as error:  # noqa: BLE001 - every exception is a find
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        frames = traceback.extract_tb(error.__traceback__)
        place = next((frame for frame in reversed(frames) if "/venvdoctor/" in frame.filename), frames[-1])
        return Crash(data, f"{type(error).__name__} at {place.filename.rpartition('/')[2]}:{place.name}")
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return None


def repetitions(target: Target, size: int) -> Iterator[bytes]:
    """Yield each word, and each pair of words, over and over: what a quadratic grammar drowns in."""
    words = [word for word in (*target.words, b"a", b" ", b"/", b"\\", b'"', b"\n", b"=", b"(") if word]
    for word in words:
        yield word * (size // len(word))
        for seed in target.seeds[:1]:
            if len(seed) < 2000:
                yield seed + word * (size // len(word))
                half = len(seed) // 2
                yield seed[:half] + word * (size // len(word)) + seed[half:]
    chance = random.Random(size)
    for _ in range(len(words)):
        pair = chance.choice(words) + chance.choice(words)
        yield pair * (size // len(pair))
