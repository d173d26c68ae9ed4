"""One target under atheris (coverage-guided): `python -m tests.fuzz.guided TARGET -runs=N …`; needs `pip install atheris`."""

from __future__ import annotations

import hashlib
import sys
import tempfile
from pathlib import Path


def main() -> None:
    """Instrument venvdoctor, then hand over; each kind of crash is kept once and the hunt goes on."""
    import atheris

    with atheris.instrument_imports(include=["venvdoctor"]):
        from tests.fuzz import engine
        from tests.fuzz.targets import TARGETS

        name = sys.argv[1]
        chosen = TARGETS[name]
        for seed in chosen.seeds:
            engine.attempt(chosen, seed)  # what is imported late is instrumented, too
    seen: set[str] = set()

    def one(data: bytes) -> None:
        crash = engine.attempt(chosen, data)
        if crash and crash.what not in seen:
            seen.add(crash.what)
            place = Path(__file__).parent / "crashes" / name
            place.mkdir(parents=True, exist_ok=True)
            (place / hashlib.sha256(data).hexdigest()[:12]).write_bytes(data)
            sys.__stderr__.write(f"FOUND {crash.what}\n")  # type: ignore[union-attr]

    with tempfile.TemporaryDirectory() as corpus:
        for number, seed in enumerate(chosen.seeds):
            (Path(corpus) / str(number)).write_bytes(seed)
        words = Path(corpus) / "words"
        atheris.Setup([sys.argv[0], corpus, *sys.argv[2:], "-max_len=20000", f"-artifact_prefix={words}"], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
