"""What the rules about packages share: which distributions they judge, how they name files, what they propose."""

from __future__ import annotations

import posixpath
from shlex import quote
from typing import TYPE_CHECKING

from venvdoctor.finding import Remedy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from venvdoctor.model.distribution import Distribution, ImportName
    from venvdoctor.model.environment import Environment

SHOWN = 20  # names in the evidence


def packages(env: Environment) -> Iterator[Distribution]:
    """Yield the environment's own distributions; none while its interpreter does not start: that is told already."""
    if env.library is None or env.startup.starts is False:
        return
    for dist in env.library.distributions:
        if not dist.from_base:
            yield dist


def reinstall(env: Environment, *labels: str) -> Remedy:
    """Return the step that installs distributions again from their own records, by what installed them."""
    what = ", ".join(labels[:3]) + (f" and {len(labels) - 3} more" if len(labels) > 3 else "")
    command = f"venvdoctor fix {quote(env.path)}" if env.kind != "conda" else _by_conda(env, labels)
    return Remedy(kind="repair-packages", summary=f"install {what} again, as it is", command=command)


def _by_conda(env: Environment, labels: Iterable[str]) -> str:
    """Return conda's command for what it installed, pip's for the rest: venvdoctor leaves its environments alone."""
    installers = {item.label: item.installer for item in env.library.distributions} if env.library else {}
    specs = [quote(label.replace(" ", "==")) for label in labels]
    own = [spec for label, spec in zip(labels, specs, strict=True) if installers.get(label) == "conda"]
    pip = f"{quote(env.bin_dir)}/python -m pip install --force-reinstall --no-deps"
    conda = f"conda install -p {quote(env.path)} --force-reinstall"
    return f"{conda} {' '.join(own)}" if own else f"{pip} {' '.join(specs)}"


def told_by_conda(env: Environment, dist: Distribution) -> bool:
    """Whether conda's own record says which of the distribution's modules are gone (VD603)."""
    gone = {path for item in env.conda.packages for path in item.missing} if env.conda else set()
    base = dist.site_dir.removeprefix(env.path.rstrip("/") + "/")
    return dist.faults is not None and any(f"{base}/{path}" in gone for path in dist.faults.modules)


def upgrade(env: Environment, dist: Distribution, summary: str) -> Remedy:
    """Return the step that only a person decides on: another version, by the tool that the environment belongs to."""
    owner = {"pipx": f"pipx upgrade {quote(env.name)}", "uv-tool": f"uv tool upgrade {quote(env.name)}"}
    keys = {item.key for item in env.library.distributions} if env.library else set()
    pip = (
        f"{quote(env.bin_dir)}/python -m pip install" if "pip" in keys else f"uv pip install --python {quote(env.path)}"
    )
    own = owner.get(env.manager or "") if dist.key == env.name else None
    return Remedy(kind="edit", summary=summary, command=own or f"{pip} --upgrade {quote(dist.name)}")


def several(paths: Iterable[str], count: int | None = None) -> str:
    """Return the first of several things and how many more there are, for a sentence."""
    items = list(paths)
    total = count if count is not None else len(items)
    return items[0] if total == 1 else f"{items[0]} and {total - 1} more"


def shown(paths: Iterable[str]) -> list[str]:
    """Return the first names for the evidence."""
    return list(paths)[:SHOWN]


def is_root(dist: Distribution, item: ImportName) -> bool:
    """Whether the module that fails by its own import is this distribution's, not one of a package that it uses."""
    gone = item.through[-1].partition(".")[0] if item.through else ""  # `import distutils.util` passes two names of it
    importers = [name for name in item.through if name.partition(".")[0] != gone]
    importer = importers[-1] if importers else item.name
    return importer.partition(".")[0] in {name.partition(".")[0] for name in dist.top_level or (item.name,)}


def zeroed_commands(env: Environment, dist: Distribution) -> list[str]:
    """Return the commands of a distribution that hold NUL bytes where their program should stand."""
    name = posixpath.basename(dist.metadata_path).partition("-")[0]
    scripts = env.scripts.scripts if env.scripts else ()
    return [item.path for item in scripts if item.problem == "zeros" and item.distribution == name]


def lost_parts(env: Environment) -> frozenset[str]:
    """Return the modules that the standard library has lost: what fails for want of them is told by VD106."""
    faults = env.interpreter.stdlib_faults if env.interpreter else ()
    return frozenset(item.partition("/")[0].removesuffix(".py") for item in faults)


def source_gone(dist: Distribution) -> bool:
    """Whether a package's sources are gone altogether, so that it imports as an empty namespace (VD518)."""
    faults = dist.faults
    empty = any(item.reason == "empty-namespace" for item in dist.imports)
    return empty and faults is not None and bool(faults.modules) and faults.modules_left == 0
