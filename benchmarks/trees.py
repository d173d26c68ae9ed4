"""Generate a home directory: git stores, node_modules, sources, caches, and environments, with the list of the truth.

    python benchmarks/trees.py DIRECTORY [--entries 1500000] [--environments 500] [--seed 1]

The same arguments make the same tree. DIRECTORY/environments.txt lists every environment in it (one path a line,
relative to DIRECTORY/home), which is what an exhaustive search finds.
"""

from __future__ import annotations

import argparse
import os
import random
import stat
import sys
import venv
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

HEX = "0123456789abcdef"
WORDS = (
    *("core", "util", "data", "index", "model", "view", "test", "api", "client", "server", "parse"),
    *("build", "main", "setup", "types", "common", "async", "cache"),
)
SIZES = (1, 3, 8, 20, 49, 120, 370)  # distributions of the environments that the others are clones of
SHARES = {"environments": 0.35, "node": 0.30, "git": 0.15, "sources": 0.12, "caches": 0.08}


class Tree:
    """A tree that is being generated: how many entries it has, and where its environments are."""

    def __init__(self, root: str, seed: int) -> None:
        self.root = root
        self.random = random.Random(seed)
        self.count = 0
        self.environments: list[str] = []
        self.projects: list[str] = []

    def directory(self, path: str) -> str:
        """Make a directory and its parents; return it."""
        if not os.path.isdir(path):
            parent = os.path.dirname(path)
            if not os.path.isdir(parent):
                self.directory(parent)
            os.mkdir(path)
            self.count += 1
        return path

    def file(self, path: str, text: str = "") -> None:
        """Make a file; an empty one costs one system call."""
        self.count += 1
        if not text:
            os.mknod(path, stat.S_IFREG | 0o644)
            return
        with open(path, "w", encoding="utf-8") as stream:
            stream.write(text)

    def files(self, directory: str, count: int, suffix: str) -> None:
        """Make `count` files in a directory."""
        self.directory(directory)
        for number in range(count):
            self.file(f"{directory}/{self.random.choice(WORDS)}_{number}{suffix}")


def generate(root: str, entries: int, environments: int, seed: int = 1) -> list[str]:
    """Generate the tree below `root`; return the environments in it, relative to `root/home`."""
    tree = Tree(f"{root}/home", seed)
    tree.directory(tree.root)
    for number in range(max(4, entries // 12000)):
        project = f"{tree.root}/{'work' if number % 3 else 'src'}/group{number % 7}/project{number}"
        tree.projects.append(tree.directory(project))
    for name, make in (("node", _node), ("git", _git), ("sources", _sources), ("caches", _caches)):
        goal = tree.count + int(entries * SHARES[name])
        while tree.count < goal:
            make(tree, tree.random.choice(tree.projects), goal)
    _environments(tree, f"{root}/templates", entries, environments)
    found = sorted(os.path.relpath(path, tree.root) for path in tree.environments)
    with open(f"{root}/environments.txt", "w", encoding="utf-8") as stream:
        stream.writelines(f"{path}\n" for path in found)
    return found


def _git(tree: Tree, project: str, goal: int) -> None:
    """A repository with loose objects in all their fan-out directories."""
    git = f"{project}/repo{tree.count}/.git"
    tree.directory(f"{git}/refs/heads")
    tree.directory(f"{git}/refs/remotes/origin")
    tree.files(f"{git}/hooks", 13, ".sample")
    tree.file(f"{git}/HEAD", "ref: refs/heads/main\n")
    tree.directory(f"{git}/objects/pack")
    tree.directory(f"{git}/objects/info")
    for high in HEX:
        for low in HEX:
            if tree.count < goal:
                fan = tree.directory(f"{git}/objects/{high}{low}")
                for number in range(tree.random.randint(2, 12)):
                    tree.file(f"{fan}/{number:038x}")


def _node(tree: Tree, project: str, goal: int) -> None:
    """A `node_modules` of some hundred packages, some of them with their own, some scoped."""
    modules = f"{project}/web{tree.count}/node_modules"
    for number in range(tree.random.randint(150, 500)):
        if tree.count >= goal:
            return
        scope = f"@scope{number % 9}/" if number % 5 == 0 else ""
        package = f"{modules}/{scope}{tree.random.choice(WORDS)}-{number}"
        _node_package(tree, package)
        if number % 17 == 0:
            _node_package(tree, f"{package}/node_modules/{tree.random.choice(WORDS)}-inner")


def _node_package(tree: Tree, package: str) -> None:
    tree.directory(package)
    for name in ("package.json", "README.md", "LICENSE", "index.js"):
        tree.file(f"{package}/{name}")
    for part in ("dist", "dist/esm", "lib", "src")[: tree.random.randint(0, 4)]:
        tree.files(f"{package}/{part}", tree.random.randint(2, 12), ".js")


def _sources(tree: Tree, project: str, goal: int) -> None:
    """A source tree with compiled caches beside the modules."""
    top = f"{project}/{tree.random.choice(WORDS)}{tree.count}"
    for _ in range(tree.random.randint(5, 40)):
        if tree.count >= goal:
            return
        package = f"{top}/{tree.random.choice(WORDS)}/{tree.random.choice(WORDS)}{tree.count}"
        tree.files(package, tree.random.randint(2, 20), ".py")
        tree.files(f"{package}/__pycache__", tree.random.randint(2, 20), ".cpython-311.pyc")


def _caches(tree: Tree, _project: str, goal: int) -> None:
    """Pip's and npm's content-addressed caches."""
    digest = f"{tree.random.getrandbits(256):064x}"
    pip = tree.directory(f"{tree.root}/.cache/pip/http-v2/" + "/".join(digest[:5]))
    tree.file(f"{pip}/{digest}")
    npm = tree.directory(f"{tree.root}/.npm/_cacache/content-v2/sha512/{digest[:2]}/{digest[2:4]}")
    tree.file(f"{npm}/{digest[4:]}")
    if not os.path.lexists(f"{tree.root}/.cache/uv/CACHEDIR.TAG"):
        tree.file(
            f"{tree.directory(tree.root + '/.cache/uv')}/CACHEDIR.TAG", "Signature: 8a477f597d28d172789f06886806bc55\n"
        )
    if tree.count % 40 == 0 and tree.count < goal:
        unpacked = f"{tree.root}/.cache/uv/archive-v0/{digest[:20]}/{tree.random.choice(WORDS)}"
        tree.files(unpacked, 20, ".py")


def _environments(tree: Tree, templates: str, entries: int, count: int) -> None:
    """Clone environments with hard links until the share of entries and the number are reached."""
    sizes = [_template(f"{templates}/{size}", size) for size in SIZES]
    budget = entries * SHARES["environments"] / max(1, count)
    for number in range(count):
        fitting = [item for item in sizes if item[1] <= budget * 4] or sizes[:1]
        weights = [1 / (1 + abs(item[1] - budget)) for item in fitting]
        template = tree.random.choices(fitting, weights)[0][0]
        path = next(place for place in _places(tree, number) if not os.path.lexists(place))
        tree.directory(os.path.dirname(path))
        _clone(tree, template, path)
        tree.environments.append(path)
        _damage(path, number)


def _places(tree: Tree, number: int) -> Iterator[str]:
    """Yield where people and tools put environments; odd places too."""
    project = tree.projects[number % len(tree.projects)]
    odd = (
        f"{tree.root}/.virtualenvs/env{number}",
        f"{tree.root}/.local/share/pipx/venvs/app{number}",
        f"{project}/.tox/py3{number % 9}",
        f"{project}/web{number}/node_modules/gyp-{number}/.venv",
        f"{tree.root}/.cache/pypoetry/virtualenvs/p{number}-AbCdEfGh-py3.11",
        f"{tree.root}/.cache/uv/environments-v2/s{number}-0123456789abcdef",
        f"{project}/deep/er/and/deeper/e{number}",
        f"{project}/.git/hooks-env{number}",
        f"{project}/many/e{number}",
    )
    if number % 2:
        yield from (f"{project}/.venv", f"{project}/venv", f"{project}/service{number}/.venv")
    yield odd[number // 2 % (len(odd) - 1)]
    yield odd[-1]


def _template(path: str, distributions: int) -> tuple[str, int]:
    """Make an environment with made-up distributions; return it and its number of entries."""
    if not os.path.isdir(path):
        venv.EnvBuilder(symlinks=True).create(path)
        site = f"{path}/lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
        for number in range(distributions):
            _distribution(site, f"made{number}")
    return path, sum(len(directories) + len(files) for _, directories, files in os.walk(path))


def environment(path: str, distributions: int) -> None:
    """Make an environment with pip and made-up distributions, each of which requires the two before it."""
    builder = venv.EnvBuilder(symlinks=True, with_pip=distributions > 0)
    builder.create(path)
    site = f"{path}/lib/python{sys.version_info.major}.{sys.version_info.minor}/site-packages"
    there = sum(name.endswith(".dist-info") for name in os.listdir(site))
    for number in range(distributions - there):
        _distribution(site, f"made{number}", [f"made{other}>=1,<2" for other in range(max(0, number - 2), number)])
    Tree(path, 0).file(f"{path}/made")


def _distribution(site: str, name: str, requires: Sequence[str] = ()) -> None:
    """Write one distribution of twelve modules with metadata and RECORD."""
    made = Tree(site, len(name))
    info = made.directory(f"{site}/{name}-1.0.dist-info")
    made.directory(f"{site}/{name}/__pycache__")
    modules = [f"{name}/m{number}.py" for number in range(11)] + [f"{name}/__init__.py"]
    for module in modules:
        made.file(f"{site}/{module}", f"NAME = {module!r}\n")
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\nRequires-Python: >=3.8\n"
    metadata += "".join(f"Requires-Dist: {item}\n" for item in requires) + "\nA made-up package.\n"
    made.file(f"{info}/METADATA", metadata)
    made.file(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    made.file(f"{info}/INSTALLER", "pip\n")
    rows = [*modules, *(f"{name}-1.0.dist-info/{part}" for part in ("METADATA", "WHEEL", "INSTALLER", "RECORD"))]
    made.file(f"{info}/RECORD", "".join(f"{row},,\n" for row in rows))


def _clone(tree: Tree, source: str, target: str) -> None:
    """Copy a tree with hard links for files."""
    os.mkdir(target)
    tree.count += 1
    with os.scandir(source) as entries:
        for entry in entries:
            place = f"{target}/{entry.name}"
            if entry.is_dir(follow_symlinks=False):
                _clone(tree, entry.path, place)
                continue
            tree.count += 1
            if entry.is_symlink():
                os.symlink(os.readlink(entry.path), place)
            else:
                os.link(entry.path, place)


def _damage(path: str, number: int) -> None:
    """Break every tenth environment as an upgrade would, and lose the mark of every fortieth."""
    if number % 10 == 3:
        os.unlink(f"{path}/bin/python")
        os.symlink("/usr/bin/python3.5", f"{path}/bin/python")
    if number % 40 == 7:
        os.unlink(f"{path}/pyvenv.cfg")


def main() -> None:
    """Generate the tree that the command line describes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory")
    parser.add_argument("--entries", type=int, default=1_500_000)
    parser.add_argument("--environments", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    wanted = parser.parse_args()
    found = generate(wanted.directory, wanted.entries, wanted.environments, wanted.seed)
    print(f"{len(found)} environments below {wanted.directory}/home")


if __name__ == "__main__":
    main()
