"""conda, mamba, micromamba: the environments they list, their roots, and every `envs` directory of their settings.

Source: conda/base/context.py (`envs_dirs`, `$CONDA_ENVS_PATH`, search path of .condarc),
conda/core/envs_manager.py (`~/.conda/environments.txt`), mamba's `$MAMBA_ROOT_PREFIX`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.model.environment import Candidate, Unreadable
from venvdoctor.source import Source
from venvdoctor.sources._places import children, config_dirs, data_dirs, expand, matching, there, variable
from venvdoctor.sources._settings import read_text, yaml_list

if TYPE_CHECKING:
    from collections.abc import Iterator

    from venvdoctor.model.host import Home, Host
    from venvdoctor.view import View

source = Source(
    name="conda",
    summary="`~/.conda/environments.txt`, `envs_dirs` of .condarc, `$CONDA_ENVS_PATH`, `$MAMBA_ROOT_PREFIX`, roots",
)
FAMILIES = ("miniconda", "anaconda", "miniforge", "mambaforge", "mambaforge-pypy", "micromamba", "conda", "mamba")
ROOTS = tuple(f"{family}{number}" for family in FAMILIES for number in ("", "2", "3"))
ELSEWHERE = ("/opt", "/usr/local", "/usr/local/Caskroom", "/opt/homebrew/Caskroom")


@source.finder
def find(view: View, host: Host, home: Home) -> Iterator[Candidate | Unreadable]:
    """Yield listed environments, roots, and what stands in `envs` directories."""
    roots = list(dict.fromkeys(_roots(view, host, home)))
    for root in roots:
        yield Candidate(path=root, manager="conda", name="base")
    folders = [f"{root}/envs" for root in roots] + [f"{home.path}/.conda/envs", f"{home.path}/.mamba/envs"]
    for folder in dict.fromkeys([*_env_folders(view, host, home, roots), *folders]):
        yield from children(view, folder, "conda")
    for line in read_text(view, f"{home.path}/.conda/environments.txt").splitlines():
        path = expand(line, host, home)
        if path:
            yield Candidate(path=path, manager="conda")


def _roots(view: View, host: Host, home: Home) -> Iterator[str]:
    """Yield the prefixes that may be a base environment."""
    for name in ("CONDA_PREFIX", "CONDA_PREFIX_1", "MAMBA_ROOT_PREFIX", "CONDA_ROOT_PREFIX"):
        path = variable(host, home, name)
        if path:
            yield path
    program = variable(host, home, "CONDA_EXE")
    if program and program.count("/") > 2:
        yield program.rsplit("/", 2)[0]
    for name in ROOTS:
        yield from (f"{home.path}/{name}", f"{home.path}/.{name}", f"{home.path}/opt/{name}")
        yield from (f"{place}/{name}" for place in ELSEWHERE[:2])
        yield from (f"{place}/{name}/base" for place in ELSEWHERE[2:])
    yield from (f"{data}/mamba" for data in data_dirs(host, home))
    for version in matching(view, f"{home.path}/.pyenv/versions", r"(?:mini|ana|mamba)\w*.*"):
        if there(view, f"{version}/conda-meta"):
            yield version


def _env_folders(view: View, host: Host, home: Home, roots: list[str]) -> Iterator[str]:
    """Yield the directories of environments that variables and settings name."""
    variables = [host.environ.get(name, "") for name in ("CONDA_ENVS_PATH", "CONDA_ENVS_DIRS")]
    texts = [part for value in variables for part in value.split(":")]
    files = [
        variable(host, home, "CONDARC"),
        variable(host, home, "MAMBARC"),
        "/etc/conda/.condarc",
        "/etc/conda/condarc",
    ]
    files += [f"{config}/conda/.condarc" for config in config_dirs(host, home)]
    files += [f"{home.path}/{name}" for name in (".conda/.condarc", ".conda/condarc", ".condarc", ".mambarc")]
    files += [f"{root}/.condarc" for root in roots]
    for file in files:
        text = read_text(view, file) if file else ""
        texts += [*yaml_list(text, "envs_dirs"), *yaml_list(text, "envs_path")]
    for text in texts:
        path = expand(text, host, home) if text else None
        if path:
            yield path


@source.recogniser
def recognise(view: View, host: Host, path: str) -> Candidate | None:  # noqa: ARG001 - every recogniser's signature
    """Recognise a conda environment by its `conda-meta` (but pixi's are pixi's)."""
    if not there(view, f"{path}/conda-meta") or "/.pixi/" in path or there(view, f"{path}/conda-meta/pixi"):
        return None
    return Candidate(path=path, manager="conda")
