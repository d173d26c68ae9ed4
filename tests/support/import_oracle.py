"""The judge of what is said about packages: every name is imported by the environment's own interpreter.

`disagreements` compares name by name, then script by script, then finding by finding, in both directions.
"""

from __future__ import annotations

import configparser
import json
import os
import subprocess
from typing import TYPE_CHECKING, Any, NamedTuple

from tests.support.envs import interpreter_of
from tests.support.library import library
from tests.support.pythons import clean_environ
from tests.support.scanning import environment, scan
from venvdoctor.rules.vd901_not_examined import DOUBTS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence
    from pathlib import Path

    from venvdoctor.model.distribution import Distribution, ImportName

CHILD = r"""
import importlib, json, os, signal, sys
def attempt(name):
    module, _, attribute = name.partition(":")
    found = importlib.import_module(module)
    spec = getattr(found, "__spec__", None)
    whole = getattr(found, "__file__", None) or (spec and spec.origin not in (None, "namespace"))
    for part in filter(None, attribute.split(".")):
        found = getattr(found, part)
    return ["imports" if whole else "empty", ""]
answers = {}
for name in json.load(sys.stdin):
    reading, writing = os.pipe()
    pid = os.fork()
    if not pid:
        os.close(reading)
        nothing = os.open(os.devnull, os.O_RDWR)
        for number in (0, 1, 2):
            os.dup2(nothing, number)
        signal.alarm(120)
        sys.argv = ["oracle"]
        try:
            answer = attempt(name)
        except BaseException as error:
            answer = ["fails", type(error).__name__ + ": " + str(error)[:300]]
        os.write(writing, json.dumps(answer).encode("ascii", "replace"))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        data = pipe.read()
    answers[name] = json.loads(data.decode()) if data else ["fails", "status %d" % os.waitpid(pid, 0)[1]]
print("\n@@" + json.dumps(answers))
"""
# What says that importing something fails; the other errors about packages speak of what is declared or recorded.
IMPORTING = frozenset(
    {"VD208", "VD511", "VD512", "VD513", "VD514", "VD515", "VD516", "VD517", "VD518", "VD526", "VD527"}
)


class Answer(NamedTuple):
    """What importing a name shows: `imports`, `empty` (a namespace), `fails`; and the exception's words."""

    state: str
    words: str


def truth(env: Path, names: Sequence[str], *, uid: int | None = None) -> dict[str, Answer]:
    """Import each name in a process of its own; `module:attribute` looks the attribute up too.

    Args:
        env: the environment.
        names: what to import.
        uid: the user to do it as (only root can).
    """
    user: dict[str, Any] = {} if uid is None else {"user": uid, "group": uid, "extra_groups": []}
    done = subprocess.run(
        [interpreter_of(env), "-W", "ignore", "-c", CHILD],
        input=json.dumps(list(names)),
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
        cwd="/",
        env=clean_environ(PYTHONDONTWRITEBYTECODE="1"),
        **user,
    )
    assert "\n@@" in done.stdout, (env, done.returncode, done.stderr[-2000:])
    return {name: Answer(*answer) for name, answer in json.loads(done.stdout.rpartition("\n@@")[2]).items()}


def disagreements(
    env: Path,
    *,
    whole: bool = False,
    undecided: Collection[str] = (),
    optional: Collection[str] = (),
    uid: int | None = None,
) -> list[str]:
    """Return where the static answers and the run part, as sentences; empty: they agree everywhere.

    Args:
        env: an environment that starts.
        whole: nothing is wrong with it: no error, and no warning but that it consists of links (VD517).
        undecided: names about which nothing may be said.
        uid: who imports (only root can be somebody else).
        optional: names and scripts of extras that nobody installed: they may fail without an error.
    """
    own = [dist for dist in library(env).distributions if not dist.from_base]
    points = {point: (dist, script) for dist in own for script, point in scripts_of(dist)}
    names = {item.name: (dist, item) for dist in own for item in dist.imports}
    real = truth(env, [*names, *points], uid=uid)
    report = environment(scan(env), env)
    told = _errors(report)
    found = [text for name, (_, item) in names.items() for text in _of_name(item, real[name], name in undecided)]
    failing = {dist.key for name, (dist, _) in names.items() if real[name].state != "imports"}
    for name, (dist, item) in names.items():
        culprits = {dist.key, *_owners(item, names)}
        if (item.reason == "no-module" and not dist.unsatisfied) or item.state == "unknown":
            continue  # what nobody declares belongs to a part that is not for everybody; of others nobody can tell
        if real[name].state == "fails" and not culprits & {*told} and "" not in told and name not in optional:
            found.append(f"{dist.label}: `import {name}` fails, and no error says so: {real[name].words}")
    for point, (dist, script) in points.items():
        if real[point].state == "fails" and not told and script not in optional:
            found.append(f"{dist.label}: {script} does not start, and no error says so: {real[point].words}")
    accused = [dist for dist in own if told.get(dist.key, set()) & IMPORTING and dist.key not in failing]
    found += [
        f"{dist.label}: {told[dist.key]} though everything of it imports"
        for dist in accused
        if not _fails_inside(report, dist, env)
    ]
    if any(item.state == "unknown" for _, item in names.values()) and report["status"] == "healthy" and not undecided:
        found.append("of some names nobody can tell, and the environment is called healthy")
    if whole:
        found += [
            f"{item['severity']} {item['code']} is not due: {item['message']}"
            for item in report["findings"]
            if item["severity"] != "note" and item["code"] != "VD517"
        ]
    return found


def _owners(item: ImportName, names: Mapping[str, tuple[Distribution, ImportName]]) -> Iterator[str]:
    """Yield the distributions whose modules are on the way to what makes a name fail."""
    way = [name.partition(".")[0] for name in (*item.through, item.detail)]
    for name, (dist, _) in names.items():
        if name.partition(".")[0] in way:
            yield dist.key


def scripts_of(dist: Distribution) -> Iterator[tuple[str, str]]:
    """Yield the commands that a distribution declares, with their `module:attribute`."""
    parser = configparser.ConfigParser(delimiters=("=",), strict=False, interpolation=None)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(f"{dist.metadata_path}/entry_points.txt", encoding="utf-8")
    for section in ("console_scripts", "gui_scripts"):
        if parser.has_section(section):
            for script, point in parser.items(section):
                yield script, point.partition("[")[0].replace(" ", "")


def _of_name(item: ImportName, real: Answer, undecided: bool) -> Iterator[str]:
    if item.state == "unknown":
        if not undecided and item.reason not in DOUBTS:
            yield f"{item.name}: nobody can tell ({item.reason}), and the run shows {real}"
        return
    hollow = item.reason == "truncated" and real.state == "imports"  # an emptied module imports, and is of no use
    works = real.state == "imports" or (real.state == "empty" and item.state == "imports")
    if (item.state == "imports") != works and not hollow:
        yield f"{item.name}: said {item.state} {item.reason} {item.detail} {item.through}, the run shows {real}"


def _errors(report: dict[str, Any]) -> dict[str, set[str]]:
    """Return the codes of errors by the distribution they name ("": the environment as a whole)."""
    told: dict[str, set[str]] = {}
    for item in report["findings"]:
        if item["severity"] == "error":
            told.setdefault((item["distribution"] or "").lower().replace("_", "-").replace(".", "-"), set()).add(
                item["code"]
            )
    return told


def _fails_inside(report: dict[str, Any], dist: Distribution, env: Path) -> bool:
    """Whether a module that the findings name fails, where no top-level name does."""
    modules: set[str] = set()
    for item in report["findings"]:
        if item["distribution"] == dist.name and item["severity"] == "error":
            modules.update(item["evidence"].get("modules") or ())
            modules.update(item["evidence"].get("fails_with_it") or ())
    return bool(modules) and any(answer.state == "fails" for answer in truth(env, sorted(modules)).values())


def unprivileged() -> int | None:
    """Return a user id to run as when the tests run as root, None when they do not."""
    return 65534 if os.geteuid() == 0 else None
