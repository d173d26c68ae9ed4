"""Facts of one interpreter file and of what surrounds it, without running it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.model.fact import replace
from venvdoctor.model.interpreter import Fault, Interpreter

if TYPE_CHECKING:
    from venvdoctor.inspection.shared import Shared

HEAD = 4096  # bytes that tell which format a file has
MACHO_MAGICS = (
    b"\xcf\xfa\xed\xfe",
    b"\xce\xfa\xed\xfe",
    b"\xfe\xed\xfa\xcf",
    b"\xfe\xed\xfa\xce",
    b"\xca\xfe\xba\xbe",
    b"\xca\xfe\xba\xbf",
)


def read_interpreter(path: str, shared: Shared) -> Interpreter:
    """Return the facts of an executable; total: any file whatsoever, or none, gives facts.

    Args:
        path: canonical path of the executable within the view (every link followed).
        shared: the context of the scan; the answer is kept in `shared.interpreters`.
    """
    known = shared.interpreters.get(path)
    if known is None:
        known = shared.interpreters[path] = _read(path, shared)
    return known


def _read(path: str, shared: Shared) -> Interpreter:
    try:
        head = shared.view.read_head(path, HEAD)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        return Interpreter(executable=path, undecided=(f"{path} cannot be read: {reason}",))
    found = _by_format(path, head, shared)
    if found.implementation is None:
        return found
    from venvdoctor.inspection.provider import provider_of  # noqa: PLC0415 - only for what is a Python
    from venvdoctor.inspection.stdlib import with_stdlib  # noqa: PLC0415

    found = with_stdlib(found, shared)
    if "native" in shared.needs:
        from venvdoctor.inspection.dynload import with_modules  # noqa: PLC0415 - costly: only when a rule asks

        found = with_modules(found, shared)
    return replace(found, provider=provider_of(found, shared))


def _by_format(path: str, head: bytes, shared: Shared) -> Interpreter:
    """Hand the file to the reader of its format."""
    if head[:4] == b"\x7fELF":
        from venvdoctor.inspection.interpreter_elf import read_elf_interpreter  # noqa: PLC0415 - one of three

        return read_elf_interpreter(path, shared)
    if head[:4] in MACHO_MAGICS:
        from venvdoctor.inspection.interpreter_macho import read_macho_interpreter  # noqa: PLC0415

        return read_macho_interpreter(path, shared)
    if head[:2] == b"MZ":
        from venvdoctor.inspection.interpreter_pe import read_pe_interpreter  # noqa: PLC0415

        return read_pe_interpreter(path, shared)
    return _no_binary(path, head)


def _no_binary(path: str, head: bytes) -> Interpreter:
    """Say what stands there instead; a script may well start an interpreter (pyenv's shims, Nix' wrappers)."""
    if head[:2] == b"#!":
        line = head[2:].split(b"\n", 1)[0].strip().decode("utf-8", "backslashreplace")[:200]
        return Interpreter(
            executable=path, undecided=(f"a script run by `{line}`: which interpreter it starts is not known",)
        )
    if not head:
        return Interpreter(executable=path, faults=(Fault("empty", path, "", "the file is empty"),))
    if b"\0" not in head:
        return Interpreter(executable=path, faults=(Fault("text", path, "", "a text file, which no kernel starts"),))
    detail = f"no executable format: it starts with {head[:4].hex(' ')}"
    return Interpreter(executable=path, faults=(Fault("not-binary", path, "", detail),))
