"""The words for other people's builders (venv, virtualenv, uv, pip): how to make an environment like the old one."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING

from venvdoctor.fix import Run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from venvdoctor.model.environment import Environment
    from venvdoctor.model.repair import Choice, Salvage, Workshop

# what builders write into `bin`: Lib/venv/scripts, virtualenv/activation, uv-virtualenv/activator, as of 2026
ACTIVATION = (
    *("activate", "activate.bat", "activate.csh", "activate.fish", "activate.nu", "activate.ps1", "activate.xsh"),
    *("activate_this.py", "Activate.ps1", "deactivate.bat", "deactivate.nu", "pydoc.bat"),
)
ROOT_FILES = ("pyvenv.cfg", ".gitignore", "CACHEDIR.TAG", ".lock")


def set_aside(env: Environment, workshop: Workshop, new_lib: str) -> Iterator[str]:
    """Yield what is the old environment's own, relative to its root; a user's files are not among it."""
    for chain in env.executables:
        yield posixpath.relpath(chain.start, env.path)
    yield from (f"bin/{name}" for name in ACTIVATION if f"bin/{name}" in workshop.texts)
    for item in workshop.salvage:
        yield from sorted(path for path in (_outside(item, row) for row in item.files) if path)
    folders = {posixpath.relpath(posixpath.dirname(lib.path), env.path) for lib in env.lib_dirs}
    yield from sorted(folders | {new_lib})
    if "lib64" in workshop.names:
        yield "lib64"
    yield "pyvenv.cfg"


def creation(env: Environment, workshop: Workshop, choice: Choice) -> Run:
    """Return the step that makes an empty environment like the old one, by the same builder where it is there."""
    creates = [
        *(name for name in ROOT_FILES),
        *(f"bin/{name}" for name in ACTIVATION),
        "lib64",
        "lib",
        "include",
        "bin",
        "share",
    ]
    version = choice.interpreter.version
    series = version.series if version else "3"
    lib = f"python{series}{'t' if 't' in choice.interpreter.abi_flags else ''}"
    creates += [
        "bin/python",
        "bin/python3",
        f"bin/python{series}",
        "bin/𝜋thon",
        f"lib/{lib}",
        f"lib/pypy{series}",
        f"include/{lib}",
    ]
    return Run(
        argv=tuple(_words(env, workshop, choice)),
        purpose=f"making an empty environment with {choice.path}",
        creates=tuple(creates),
        fills=("bin",),
    )


def installations(items: Sequence[Salvage], workshop: Workshop, choice: Choice) -> Iterator[Run]:
    """Yield the steps that install distributions at their versions into the new environment, without dependencies."""
    plain = [requirement(item, choice) for item in items if not (item.editable and item.url)]
    if plain:
        names = ", ".join(item.label for item in items if not (item.editable and item.url))
        yield _installation(plain, f"installing {names}", workshop, choice)
    for item in items:
        if item.editable and item.url:
            yield _installation(["-e", item.url.removeprefix("file://")], f"installing {item.label}", workshop, choice)


def requirement(item: Salvage, choice: Choice) -> str:
    """Return what is asked for: the same version, the same URL, or a seed that the new interpreter can run."""
    if too_old_a_seed(item, choice):
        return {"pip": "pip>=23.2", "setuptools": "setuptools>=67,<82"}[item.key]  # 82 has no pkg_resources
    return f"{item.name} @ {item.url}" if item.url else item.label


def too_old_a_seed(item: Salvage, choice: Choice) -> bool:
    """Whether this pip or setuptools cannot run under the interpreter: 3.12 removed what older ones use."""
    version = choice.interpreter.version
    floors = {"pip": 23, "setuptools": 67}
    head = item.version.partition(".")[0]
    return bool(
        version and version >= (3, 12) and item.key in floors and head.isdigit() and int(head) < floors[item.key]
    )


def _installation(wanted: list[str], purpose: str, workshop: Workshop, choice: Choice) -> Run:
    building = any(" @ " in word or word == "-e" for word in wanted)  # what has no wheel anywhere is built from its URL
    if "uv" in workshop.tools:
        words = [workshop.tools["uv"], "pip", "install", "--quiet", "--no-deps", "--python", "{root}/bin/python"]
        words += ["--offline"] if workshop.offline else []
        words += [] if building else ["--only-binary", ":all:"]
    else:
        words = [
            *pip_words(workshop, choice),
            "install",
            "--quiet",
            "--no-deps",
            "--disable-pip-version-check",
            "--no-input",
        ]
        words += ["--no-index"] if workshop.offline else []
        words += [] if building else ["--only-binary", ":all:"]
    return Run(
        argv=(*words, *wanted),
        purpose=purpose,
        fills=("bin",),
        network=not workshop.offline,
        environ={"UV_PYTHON_DOWNLOADS": "never"},
    )


def pip_words(workshop: Workshop, choice: Choice) -> list[str]:
    """Return the words that start a pip from outside the sick environment, acting on the new one (`pip --python`)."""
    runner = workshop.tools.get("pip-python", choice.path)
    pip = workshop.tools.get("pip", "")
    return [runner, *([pip] if pip else ["-m", "pip"]), "--python", "{root}/bin/python"]


def _words(env: Environment, workshop: Workshop, choice: Choice) -> Iterator[str]:
    get = env.cfg.get if env.cfg else lambda _key: None
    prompt = (get("prompt") or "").strip("'\"")
    system = env.cfg.system_site if env.cfg and env.cfg.get("include-system-site-packages") is not None else False
    copied = env.python is not None and not env.python.is_link and env.python.end == "file"
    if env.kind == "uv" and "uv" in workshop.tools:
        yield from (
            workshop.tools["uv"],
            "venv",
            "--quiet",
            "--allow-existing",
            "--no-project",
            "--no-config",
            "--python",
            choice.path,
        )
        yield from ["--relocatable"] if (get("relocatable") or "") == "true" else []
    elif env.kind == "virtualenv" and "virtualenv" in workshop.tools:
        yield from (
            workshop.tools["virtualenv"],
            "--quiet",
            "--no-download",
            "--no-seed",
            "--no-periodic-update",
            "-p",
            choice.path,
        )
        yield from ["--copies"] if copied else []
    else:
        yield from (choice.path, "-m", "venv", "--without-pip")
        yield from ["--copies"] if copied else []
    yield from ["--system-site-packages"] if system else []
    yield from ["--prompt", prompt] if prompt else []
    yield "{root}"


def _outside(item: Salvage, row: str) -> str | None:
    """Return where a RECORD row outside site-packages lies, relative to the root; None for one inside or astray."""
    if not row.startswith("../"):
        return None
    path = posixpath.normpath(posixpath.join(posixpath.dirname(item.metadata), row))
    return None if path.startswith("..") else path
