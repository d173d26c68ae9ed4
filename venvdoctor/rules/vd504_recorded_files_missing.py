"""Files of an installed package are missing or damaged.

## What it checks
Every file that `RECORD` lists, by the listing of its directory; a module that is empty, cut short or full of NUL
bytes (a power cut leaves such files); with `--deep` also the hash of each file. Compiled caches, and files that
another form of the same module replaces, are left aside. Missing test modules, documents and data are a warning;
missing modules and commands are an error, because using them fails today; an extension module that its package is
prepared to do without is a warning. So is a module of its own that a package
certainly imports and that is nowhere, where no list of files tells it: in the source of an editable project.

## Why it matters
`import` of the missing module fails with ModuleNotFoundError, although `pip check` finds nothing.

## How to fix
Install the same version again over it.
"""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from venvdoctor.model.distribution import RecordFaults
from venvdoctor.rule import Rule
from venvdoctor.rules._extensions import severity_of
from venvdoctor.rules._packages import packages, reinstall, several, shown, source_gone, told_by_conda, zeroed_commands

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from venvdoctor.finding import Finding, Severity
    from venvdoctor.model.distribution import Distribution
    from venvdoctor.model.environment import Environment
    from venvdoctor.model.host import Host

rule = Rule(
    code="VD504",
    name="recorded-files-missing",
    summary="files of an installed package are missing or damaged",
    severity="error",
    since="0.1",
    needs=frozenset({"distributions", "files", "imports", "hashes", "scripts", "native"}),
)


@rule.environment
def check(env: Environment, _host: Host) -> Iterator[Finding]:
    """Report each distribution with missing, cut or altered files, once."""
    for dist in packages(env):
        if dist.key == "pip" or source_gone(dist):
            continue
        yield from _missing(env, dist)
        yield from _damaged(env, dist)
        yield from _unrecorded(env, dist)


def _missing(env: Environment, dist: Distribution) -> Iterator[Finding]:
    faults = dist.faults
    told = {_stem(item.path) for item in dist.native if item.reason == "wrong-tag"}  # VD512
    absent = [path for path in faults.missing if not _is_told(_place(dist.site_dir, path), told)] if faults else []
    if faults is None or not absent or told_by_conda(env, dist):
        return
    count = faults.missing_count - len(faults.missing) + len(absent)
    failing = [*faults.modules, *faults.scripts, *_libraries(dist, absent)]
    spared = {item.path for item in dist.native if item.reason == "missing" and severity_of(dist, item, ()) != "error"}
    failing = [path for path in failing if _place(dist.site_dir, path) not in spared]
    names = [
        item.name for item in dist.imports if item.state == "fails" and item.reason in ("missing", "empty-namespace")
    ]
    severity = _severity(dist, bool(failing), bool(names))
    first = several(failing or absent, len(failing) or count)
    effect = f": `import {names[0]}` fails" if names else ""
    yield rule.finding(
        severity=severity,
        message=f"{first} of {dist.label} {'are' if ' more' in first else 'is'} missing in {dist.site_dir}{effect}",
        path=_place(dist.site_dir, (failing or absent)[0]),
        distribution=dist.name,
        evidence={
            "missing": shown(failing or absent),
            "count": count,
            "imports that fail": shown(names),
            "recorded in": f"{dist.metadata_path}/RECORD",
        },
        remedy=reinstall(env, dist.label),
    )


def _is_told(place: str, told: Collection[str]) -> bool:
    return place.endswith("certifi/cacert.pem") or (place.endswith((".so", ".pyd")) and _stem(place) in told)


def _stem(place: str) -> str:
    """Return the path of an extension module without its tag."""
    head, _, name = place.rpartition("/")
    return f"{head}/{name.partition('.')[0]}"


def _unrecorded(env: Environment, dist: Distribution) -> Iterator[Finding]:
    """Modules of its own that a package imports and that no list of files mentions: of an editable project, mostly."""
    if dist.faults:
        return
    failing = [item for item in dist.imports if item.state == "fails" and item.reason == "no-module"]
    tops = frozenset(dist.top_level)
    sizes = {len(name) for name in tops}
    own = [one for one in failing if any(one.detail[n : n + 1] == "." and one.detail[:n] in tops for n in sizes)]
    if not own:
        return
    yield rule.finding(
        message=f"{own[0].path} imports {own[0].detail}, which {dist.label} does not hold: "
        f"`import {own[0].name}` fails",
        path=own[0].path or dist.metadata_path,
        distribution=dist.name,
        evidence={
            "module": own[0].detail,
            "imports that fail": shown([item.name for item in own]),
            "looked in": dist.editable or dist.site_dir,
        },
        remedy=reinstall(env, dist.label),
    )


def _libraries(dist: Distribution, absent: list[str]) -> list[str]:
    """Return the missing libraries that came with it and that an extension needs whose loss no import shows (VD514)."""
    wanted = {fault.subject for item in dist.native if item.use != "required" for fault in item.faults}
    return [path for path in absent if posixpath.basename(path) in wanted]


def _severity(dist: Distribution, failing: bool, imports_fail: bool) -> Severity:
    """Recipes of conda prune what RECORD still lists, so there only a failing import counts."""
    if dist.installer == "conda":
        return "error" if imports_fail else "note"
    return "error" if failing or imports_fail else "warning"


def _damaged(env: Environment, dist: Distribution) -> Iterator[Finding]:
    """Modules that are empty or cut short fail today; an altered file may be somebody's own change."""
    faults = dist.faults or RecordFaults()
    cut = [item for item in dist.imports if item.reason == "truncated" and _is_own(dist, item.path)]
    names = [item.name for item in cut]
    truncated = faults.truncated or tuple(dict.fromkeys(item.path for item in cut))  # without RECORD, imports tell it
    told = {item.path for item in dist.native if item.reason == "unloadable"}  # VD513, with what it means
    truncated = tuple(path for path in truncated if _place(dist.site_dir, path) not in told)
    truncated = (*truncated, *zeroed_commands(env, dist))
    paths = truncated or faults.altered
    if not paths:
        return
    verb = "is" if len(paths) == 1 else "are"
    what = "empty, cut short or full of NUL bytes" if truncated else "not as installed"
    effect = f": `import {names[0]}` fails" if names else ""
    yield rule.finding(
        severity="error" if any(map(_matters, truncated)) else "warning",
        message=f"{several(paths)} of {dist.label} in {dist.site_dir} {verb} {what}{effect}",
        path=_place(dist.site_dir, paths[0]),
        distribution=dist.name,
        evidence={
            "files": shown(paths),
            "imports that fail": shown(names),
            "recorded in": f"{dist.metadata_path}/RECORD",
        },
        remedy=reinstall(env, dist.label),
    )


def _is_own(dist: Distribution, path: str) -> bool:
    """Whether a module file is one of a distribution's packages or modules."""
    places = [f"{dist.site_dir}/{name.partition('.')[0]}" for name in dist.top_level]
    return any(path.startswith((f"{place}/", f"{place}.")) for place in places)


def _matters(path: str) -> bool:
    return not {"test", "tests", "docs", "examples"} & set(path.split("/"))


def _place(site_dir: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(site_dir, path))
