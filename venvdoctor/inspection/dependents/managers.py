"""Records that managers keep outside of (or about) environments: tox, pre-commit's cache, pdm, poetry, pyenv, projects.

Sources: virtualenvwrapper and pipenv (`.project`), tox (`.tox-info.json`), pre-commit (store.py), pdm (`.pdm-python`),
poetry (`envs.toml`), conda (`environments.txt`, `conda init`), pyenv (`.python-version`: pyenv-version-file).
"""

from __future__ import annotations

import json
import posixpath
import re
from functools import partial
from typing import TYPE_CHECKING, Any

from venvdoctor.inspection.dependents.place import Spot, dependent, judge
from venvdoctor.model.dependent import Dependent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from venvdoctor.inspection.dependents.place import Places

_CLONE = re.compile(rb"/repo[a-z0-9_]{8}")  # tempfile.mkdtemp(prefix="repo")
_VERSION = re.compile(r"[0-9]+(?:\.[0-9]+){0,2}$")
_CONDA_BLOCK = "# >>> conda initialize >>>"
_CONDA = re.compile(r"""(?<=['"\s(])/[^'"\n]*/bin/conda(?=['"\s])""")
_POETRY = re.compile(r'^\[?"?([\w.-]+-[\w-]{8})"?\]?$')


def read(places: Places) -> Iterator[Dependent]:
    """Yield what managers recorded."""
    for part in parts(places):
        yield from part()


def parts(places: Places) -> Iterator[Callable[[], Iterator[Dependent]]]:
    """Yield the single readings, none of which needs another one: on a slow disk they are waited for side by side."""
    for env in places.environments:
        if places.marked(env, ".project"):
            yield partial(_project_of, places, env)
        if places.marked(env, ".tox-info.json"):
            yield partial(_tox, places, env)
    for home in places.homes:
        yield partial(_pre_commit, places, home)
        yield partial(_poetry, places, home)
        yield partial(_conda, places, home)
    for project in places.projects:
        if places.marked(project, ".pdm-python"):
            yield partial(_pdm, places, project)
        own = [home for home in places.homes if f"{project}/".startswith(f"{home.rstrip('/')}/")]
        for home in (own or places.homes)[:1] if places.marked(project, ".python-version") else ():
            yield partial(_pyenv, places, home, project)


def _project_of(places: Places, env: str) -> Iterator[Dependent]:
    """A `.project` file in an environment names the directory that the environment was made for."""
    project = (places.text(f"{env}/.project", 1 << 14) or "").strip()
    if not project.startswith("/") or "\n" in project:
        return
    kind = places.shared.view.kind(project)
    state: Any = "missing" if kind == "missing" else "ok" if kind == "dir" else "undecided"
    yield Dependent(
        kind="project", path=f"{env}/.project", name=posixpath.basename(project), target=project, state=state,
        environment=env, certain=False,
    )  # fmt: skip


def _tox(places: Places, env: str) -> Iterator[Dependent]:
    path = f"{env}/.tox-info.json"
    text = places.text(path)
    if text is None:
        return
    try:
        data: Any = json.loads(text)
        executable = data["Python"]["executable"]
    except (ValueError, RecursionError, LookupError, TypeError):
        return
    if isinstance(executable, str) and executable.startswith("/"):
        state, detail = judge(places, executable)
        yield Dependent(
            kind="tox", path=path, name=posixpath.basename(env), target=executable, state=state, detail=detail,
            environment=env, certain=False,
        )  # fmt: skip


def _pre_commit(places: Places, home: str) -> Iterator[Dependent]:
    """Name the clones that pre-commit's database lists and that are gone (deleted rows may linger: a note)."""
    cache = places.variable("PRE_COMMIT_HOME") or f"{places.variable('XDG_CACHE_HOME') or home + '/.cache'}/pre-commit"
    try:
        data = places.shared.view.read(f"{cache}/db.db", 16 << 20)
    except (OSError, ValueError):
        return
    if not data.startswith(b"SQLite format 3\0"):
        return
    place = cache.encode("utf-8", "surrogateescape")
    clones = {match.group() for match in _CLONE.finditer(data) if data.endswith(place, 0, match.start())}
    for clone in sorted(cache + name.decode() for name in clones):
        if places.shared.view.kind(clone) == "missing":
            yield Dependent(
                kind="pre-commit-cache", path=f"{cache}/db.db", name=posixpath.basename(clone), target=clone,
                state="missing", detail=clone, certain=False,
            )  # fmt: skip


def _poetry(places: Places, home: str) -> Iterator[Dependent]:
    """Name the environments that poetry's `envs.toml` activates and that are gone."""
    for cache in (f"{home}/.cache/pypoetry/virtualenvs", f"{home}/Library/Caches/pypoetry/virtualenvs"):
        text = places.text(f"{cache}/envs.toml")
        for name, values in (_toml(text) if text else {}).items():
            minor = values.get("minor") if isinstance(values, dict) else None
            if not isinstance(minor, str) or not _POETRY.match(name) or "/" in minor:
                continue
            env = f"{cache}/{name}-py{minor}"
            missing = places.shared.view.kind(env) == "missing"
            yield Dependent(
                kind="receipt", path=f"{cache}/envs.toml", name=name, target=env, state="missing" if missing else "ok",
                environment=env, certain=False,
            )  # fmt: skip


def _conda(places: Places, home: str) -> Iterator[Dependent]:
    """Name the lines of conda's list of environments, and the conda that start-up files initialise."""
    path = f"{home}/.conda/environments.txt"
    for number, raw in enumerate((places.text(path) or "").split("\n"), 1):
        env = raw.strip()
        if env.startswith("/"):
            missing = places.shared.view.kind(env) == "missing"
            yield Dependent(
                kind="conda-registry", path=path, name=posixpath.basename(env), target=env, line=number,
                state="missing" if missing else "ok", environment=env, certain=False,
            )  # fmt: skip
    for name in (".bashrc", ".bash_profile", ".zshrc", ".config/fish/config.fish"):
        text = places.text(f"{home}/{name}") or ""
        at = text.find(_CONDA_BLOCK)
        match = _CONDA.search(text, at, at + 2000) if at >= 0 else None
        if match:
            line = text.count("\n", 0, match.start()) + 1
            missing = places.shared.view.kind(match.group()) == "missing"
            yield Dependent(
                kind="conda-init", path=f"{home}/{name}", name="conda", target=match.group(), line=line,
                state="missing" if missing else "ok", certain=False,
            )  # fmt: skip


def _toml(text: str) -> dict[str, Any]:
    from venvdoctor.inspection.receipts import load_toml  # noqa: PLC0415 - only where there is one

    return load_toml(text)


def _pdm(places: Places, project: str) -> Iterator[Dependent]:
    target = (places.text(f"{project}/.pdm-python", 1 << 14) or "").strip()
    found = None
    if target.startswith("/") and "\n" not in target:
        found = dependent(places, Spot("version-file", f"{project}/.pdm-python", "pdm", 1), target, certain=False)
    if found is not None:
        yield found


def _pyenv(places: Places, home: str, project: str) -> Iterator[Dependent]:
    """Name the version that pyenv is asked for and does not have; without pyenv, the file means another tool."""
    root = places.variable("PYENV_ROOT") or f"{home}/.pyenv"
    installed = places.names(f"{root}/versions")
    path = f"{project}/.python-version"
    text = places.text(path, 1 << 14) if installed else None
    for number, line in enumerate((text or "").split("\n"), 1):
        word = line.strip()
        if not _VERSION.match(word):
            continue  # a name of an environment, `system`, a comment, another tool's syntax
        there = any(name == word or name.startswith(word + ".") for name in installed)
        yield Dependent(
            kind="version-file", path=path, name="pyenv", target=f"{root}/versions/{word}", line=number,
            state="ok" if there else "missing", certain=False,
        )  # fmt: skip
