"""Reads everything in `bin` (`Scripts`): which interpreter each script would start, and where activate files lead."""

from __future__ import annotations

import posixpath
import re
import stat
from typing import TYPE_CHECKING

from venvdoctor.inspection.access import startable_by
from venvdoctor.inspection.activate import parse_activate
from venvdoctor.inspection.former import find_former, place_of
from venvdoctor.inspection.launch import PROGRAMS, Launch, is_python, launch_of, look, presence
from venvdoctor.inspection.launcher import launcher_shebang
from venvdoctor.inspection.owners import module_found, owners_of
from venvdoctor.inspection.shebang import HEAD
from venvdoctor.model.fact import replace
from venvdoctor.model.script import ActivateFile, Script, ScriptFacts

if TYPE_CHECKING:
    from venvdoctor.inspection.launch import Presence
    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.script import ScriptKind

MOST_FILES = 10_000  # names of one directory that are looked at
_PI = "\N{MATHEMATICAL ITALIC SMALL PI}thon"  # venv 3.14 and later make this link
_INTERPRETERS = re.compile(rf"(?:(?:python|pypy|graalpy)w?[0-9.]*[a-z]{{0,2}}|{_PI})(?:\.exe)?$")
_FOR_GDB = re.compile(r"python[0-9.]+[a-z]{0,2}-gdb\.py$")  # read by gdb beside the program of its name, never started
_ENTRY = re.compile(rb"^[ \t]*from[ \t]+([\w.]+)[ \t]+import[ \t]", re.MULTILINE)
_EXIT = re.compile(rb"^[ \t]*(?:sys\.exit|raise SystemExit)\(", re.MULTILINE)
_LIBRARY = {"re", "sys", "os", "importlib.metadata", "__future__"}
_OLD_ENTRY = re.compile(rb"EASY-INSTALL-(?:DEV-|ENTRY-)?SCRIPT")
_OPTION = re.compile(r'--?[\w-]+(?:=(?:"[^"]*"|\S+))?\s+')


def read_scripts(env: Environment, shared: Shared) -> ScriptFacts:
    """Return what stands in the environment's `bin`; never raises on sickness."""
    names, links = _names(env, shared)
    activates = tuple(found for name in names if name.startswith("activate") for found in _activate(env, name, shared))
    scripts: list[Script] = []
    dead: list[tuple[str, str]] = []
    for name in names:
        path = f"{env.bin_dir}/{name}"
        if name.startswith(("activate", "deactivate")):
            continue
        script = _script(env, path, shared)
        if script.kind == "link":
            dead.append((path, script.detail))
        scripts.append(replace(script, outside=True) if name in links and _leads_out(env, path, shared) else script)
    scripts = owners_of(env, scripts, shared)
    made_at = created_at(env)
    return ScriptFacts(
        scripts=tuple(scripts),
        activates=activates,
        dead_links=tuple(dead),
        created_at=made_at,
        created_at_exists=bool(made_at and shared.view.kind(made_at) == "dir"),
        created_at_same=bool(made_at and _same(env, made_at, shared)),
        former=find_former(env, scripts, activates, made_at),
    )


def created_at(env: Environment) -> str | None:
    """Return the last word of pyvenv.cfg's `command`: where the environment was made (it may hold blanks)."""
    command = env.cfg.get("command") if env.cfg else None
    match = re.search(r"-m (?:venv|virtualenv)\s+(.*)$", command or "")
    if match is None:
        return None
    rest = match.group(1)
    while option := _OPTION.match(rest):
        rest = rest[option.end() :]
    rest = rest.strip().strip('"')
    return rest if rest.startswith("/") or re.match(r"[A-Za-z]:[\\/]", rest) else None


def _names(env: Environment, shared: Shared) -> tuple[list[str], frozenset[str]]:
    """Return the names in `bin` that are not the interpreter's own, and which of them are symbolic links."""
    known = {posixpath.basename(chain.start) for chain in env.executables}
    try:
        entries = shared.view.scandir(env.bin_dir)[:MOST_FILES] if env.bin_dir else []
        links = frozenset(entry.name for entry in entries if entry.is_symlink())
    except (OSError, ValueError):
        return [], frozenset()
    names = sorted(entry.name for entry in entries)
    return [
        name for name in names if name not in known and not (_INTERPRETERS.match(name) or _FOR_GDB.match(name))
    ], links


def _leads_out(env: Environment, path: str, shared: Shared) -> bool:
    try:
        real = shared.view.realpath(path)
    except (OSError, ValueError):
        return False
    return not real.startswith(env.real.rstrip("/") + "/")


def _same(env: Environment, path: str, shared: Shared) -> bool:
    """Return whether `path` is this environment's directory, however it is spelled."""
    if path.rstrip("/") in (env.path, env.real):
        return True
    try:
        status = shared.view.stat(path)
    except (OSError, ValueError):
        return False
    return (status.st_dev, status.st_ino) == env.identity


def _activate(env: Environment, name: str, shared: Shared) -> list[ActivateFile]:
    """Return the one fact of an activate file, none when it names nothing."""
    path = f"{env.bin_dir}/{name}"
    try:
        text = shared.view.read(path, 1 << 18).decode("utf-8", "surrogateescape")
    except (OSError, ValueError):
        return []
    named = parse_activate(text)
    if named is None:
        return []
    if named.computed:
        return [ActivateFile(path=path, names="", same=True, exists=True, relocatable=True)]
    kind = shared.view.kind(named.path) if named.path.startswith("/") else "error"
    return [
        ActivateFile(
            path=path,
            names=named.path,
            same=_same(env, named.path, shared),
            exists=kind == "dir",
            relocatable=named.fallback and kind == "missing",
            environment=kind == "dir" and is_environment(named.path, shared),
            decided=kind in ("dir", "missing", "file"),
        )
    ]


def is_environment(path: str, shared: Shared) -> bool:
    """Return whether a directory carries an environment's marker."""
    return shared.view.kind(f"{path}/pyvenv.cfg") == "file" or shared.view.kind(f"{path}/conda-meta") == "dir"


def _script(env: Environment, path: str, shared: Shared) -> Script:
    """Return the facts of one file of `bin`."""
    here = look(shared, path, canonical=False)
    if _denied(here, env.owner):
        generated = bool(entry_module(here.head))
        kind: ScriptKind = "binary" if here.head.startswith(PROGRAMS) else "shebang"
        return Script(path=path, kind=kind, problem="denied", generated=generated, python=generated)
    found = launch_of(shared, path, here, beside=env.bin_dir)
    head = here.head
    if found.kind == "binary" and head.startswith(b"MZ"):
        return _windows(env, path, shared)
    base = Script(path=path, kind=found.kind, problem=found.problem, detail=found.detail)
    if found.problem == "not-executable":
        return _not_executable(base, head)
    if found.kind == "data" and not found.problem and entry_module(head):
        base = replace(base, kind="shebang", problem="no-first-line", python=True)
        return _with_body(env, base, head, shared)
    if found.kind == "data" and not found.problem and head and not head.strip(b"\0"):
        return replace(base, problem="zeros")
    if not found.interpreter:
        return base
    script = replace(base, interpreter=found.interpreter, resolved=found.resolved, relative=found.relative)
    return _with_place(env, _with_body(env, script, head, shared), found, shared)


def _denied(here: Presence, owner: int) -> bool:
    """Whether the environment's owner may not start a file that somebody may start."""
    status = here.status
    if status is None or here.state not in ("ok", "undecided") or not status.st_mode & 0o111:
        return False
    return stat.S_ISREG(status.st_mode) and not startable_by(status, owner, script=not here.head.startswith(PROGRAMS))


def _not_executable(script: Script, head: bytes) -> Script:
    """A file without the mode to run: sick only when an installer wrote it to be run."""
    shebang = head.startswith(b"#!")
    generated = shebang and bool(entry_module(head))
    kind: ScriptKind = "shebang" if shebang else "binary" if head.startswith(PROGRAMS) else "data"
    return replace(script, kind=kind, generated=generated, python=generated)


def _with_body(env: Environment, script: Script, head: bytes, shared: Shared) -> Script:
    """Add what the body shows: whether an installer wrote it, and which module it wants."""
    module = entry_module(head)
    missing = bool(module) and not module_found(env, module.split(".")[0], shared)
    generated = bool(module or _OLD_ENTRY.search(head))
    return replace(script, generated=generated, module=module, module_missing=missing)


def entry_module(head: bytes) -> str:
    """Return the one module that an installer's entry point imports (distlib, uv, conda), `""` for any other script."""
    if len(head) >= HEAD or not _EXIT.search(head):
        return ""
    modules = {found.decode("utf-8", "replace") for found in _ENTRY.findall(head)} - _LIBRARY
    return modules.pop() if len(modules) == 1 else ""


def _with_place(env: Environment, script: Script, found: Launch, shared: Shared) -> Script:
    """Add whose interpreter it is."""
    if found.problem == "undecided" and not found.wanted:
        return replace(script, own=found.relative)
    script = replace(script, python=is_python(found.wanted))
    if not found.wanted.startswith("/"):
        return script
    place, state = place_of(env, found.wanted, shared)
    return replace(script, place=place, place_state=state, own=state == "own")


def _windows(env: Environment, path: str, shared: Shared) -> Script:
    """Return the facts of a Windows launcher; its interpreter is a path of another system, so most is undecided."""
    try:
        with shared.view.open(path) as blob:
            command = launcher_shebang(blob)
    except (OSError, ValueError) as error:
        return Script(path=path, kind="binary", problem="undecided", detail=str(error))
    if command is None:
        return Script(path=path, kind="binary")
    script = Script(path=path, kind="launcher", interpreter=command, python=is_python(command), generated=True)
    plain = re.split(r"[/\\]", command)
    beside = presence(shared, f"{env.bin_dir}/{plain[-1]}").state == "ok"
    if len(plain) == 1:
        return replace(script, relative=True, own=beside)
    return replace(script, problem="undecided", detail="a path of another system", place="\\".join(plain[:-2]))
