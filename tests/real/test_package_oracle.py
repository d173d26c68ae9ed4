"""One environment with every shape of package, damaged in every way; importing and starting everything is the judge."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.support.compiled import Compiler
from tests.support.envs import make_venv, site_packages
from tests.support.import_oracle import disagreements, unprivileged
from tests.support.pythons import found, label, pythons, special
from tests.support.wheels import install

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.support.pythons import Python

pytestmark = pytest.mark.real

GUARDED = "try:\n    from . import _fast\nexcept ImportError:\n    _fast = None\n"
STRICT = "try:\n    from . import _core\nexcept ImportError as error:\n    raise ImportError('broken') from error\n"
EXTEND = "__path__ = __import__('pkgutil').extend_path(__path__, __name__)\n"
PURE = {
    "demo": {
        "demo/__init__.py": "from .core import run\n",
        "demo/core.py": "from . import helper\nimport single\n\n\ndef run():\n    return helper.VALUE\n",
        "demo/helper.py": "VALUE = [\n    1,\n    2,\n]\n",
        "demo/lazy.py": "import acme.alpha\n",
        "demo/command.py": "import demo.lazy\n\n\ndef main():\n    return 0\n",
        "demo/data.txt": "text\n",
    },
    "single": {"single.py": "try:\n    import nowhere\nexcept ImportError:\n    nowhere = None\n"},
    "acme-alpha": {"acme/alpha/__init__.py": "from acme.beta import VALUE\n", "acme/alpha/part.py": ""},
    "acme-beta": {"acme/beta/__init__.py": "VALUE = 1\n"},
    "old-one": {"old/__init__.py": EXTEND, "old/one.py": "from old import two\n"},
    "old-two": {"old/__init__.py": EXTEND, "old/two.py": ""},
    "hollow": {
        "hollow/__init__.py": "NUMBER = 1\n__with_fast__ = True\n",
        "hollow_stub/__init__.py": "import hollow\n\nif not getattr(hollow, '__with_fast__', False):\n"
        "    exc = ModuleNotFoundError\n    raise exc('stub')\n",
        "hollow_has.py": "import hollow as h\nif hasattr(h, 'NUMBER'):\n    pass\nelse:\n    raise ImportError(h)\n",
        "lister/__init__.py": "from . import rules\n\n\ndef __getattr__(name):\n    if name == 'other':\n"
        "        return 1\n    raise AttributeError(name)\n\n\ndef __dir__():\n    return list(globals().keys())\n",
        "lister/rules.py": "import hollow\nTEXT = f'{hollow.NUMBER}'\n",
    },
    "many": {"many_a.py": "import many_b\n", "many_b.py": "", "_many.py": "import many_a\n"},
}


def furnish(site: Path, outside: Path, compiler: Compiler) -> None:
    """Install every shape of package; `outside` holds an editable project and a library of the system."""
    for name, files in PURE.items():
        scripts = {"demo": "demo.command:main"} if name == "demo" else None
        install(site, name, "1.0", files=files, scripts=scripts, requires=["single"] if name == "demo" else [])
    (outside / "project/source").mkdir(parents=True)
    (outside / "project/source/project.py").write_text("import demo\n")
    install(site, "project", "1.0", files={"__editable__.project-1.0.pth": f"{outside}/project/source\n"})
    url = f'{{"url": "file://{outside}/project", "dir_info": {{"editable": true}}}}\n'
    (site / "project-1.0.dist-info/direct_url.json").write_text(url)
    (site / "project-1.0.dist-info/top_level.txt").write_text("project\n")
    compile_all(site, outside, compiler)


def compile_all(site: Path, outside: Path, compiler: Compiler) -> None:
    """Install what holds extension modules: required and optional ones, with libraries bundled and of the system."""
    bundled = compiler.folder / "native.libs/libinner-0a1b2c3d.so.1"
    compiler.library(bundled, "inner")
    compiler.library(outside / "lib/libsystem.so.5", "of_the_system")
    suffix = compiler.suffix
    built = {
        f"native/_core{suffix}": {"calls": "inner", "libraries": [bundled], "rpath": "$ORIGIN/../native.libs"},
        f"native/_fast{suffix}": {},
        "stable/_core.abi3.so": {"abi3": True},
        f"_bare{suffix}": {},
        f"driver/_core{suffix}": {
            "calls": "of_the_system", "libraries": [outside / "lib/libsystem.so.5"], "rpath": str(outside / "lib"),
        },
        f"deep/inner/_parts{suffix}": {},
        f"twofold/_core{suffix}": {},
        f"twofold/_fast{suffix}": {},
    }  # fmt: skip
    for path, options in built.items():
        compiler.extension(compiler.folder / path, **options)  # type: ignore[arg-type]
    texts = {
        "native": {"native/__init__.py": GUARDED + STRICT, "native/use.py": "from native._core import nothing\n"},
        "stable": {"stable/__init__.py": "from stable import _core\n"},
        "bare": {"bare.py": "import _bare\n"},
        "driver": {"driver/__init__.py": "from ._core import *\n"},
        "deep": {"deep/__init__.py": "from . import inner\n", "deep/inner/__init__.py": "from ._parts import *\n"},
        "twofold": {
            "twofold/__init__.py": "from . import _core, _fast\n",
            "twofold/_core.py": "try:\n    import cython_that_is_nowhere\nexcept ImportError:\n"
            "    raise ImportError('not compiled; is this the source, or your sys.path?')\n",
            "twofold/_fast.py": "",
        },
    }
    for name, files in texts.items():
        mine = [path for path in built if path.startswith((f"{name}/", f"_{name}."))]
        content: dict[str, str | bytes] = {**files, **{path: (compiler.folder / path).read_bytes() for path in mine}}
        if name == "native":
            content[f"native.libs/{bundled.name}"] = bundled.read_bytes()
        install(site, name, "1.0", files=content, tag="cp3-cp3-linux_x86_64")


class Place(NamedTuple):
    """What a damage is done to."""

    site: Path
    outside: Path
    suffix: str


def _cut(path: Path, keep: float = 0.5) -> None:
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * keep)])


def _nuls(path: Path) -> None:
    path.write_bytes(bytes(path.stat().st_size))


def _retag(place: Place, name: str) -> None:
    path = place.site / f"{name}{place.suffix}"
    path.rename(path.with_name(path.name.replace(".cpython-3", ".cpython-2")))


def _uninstall(place: Place, folder: str) -> None:
    for name in (folder, f"{folder}.py", f"{folder}-1.0.dist-info"):
        path = place.site / name
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


def _link_out(place: Place, folder: str, *, purge: bool) -> None:
    cache = place.outside / "cache/archive-v0/abc"
    cache.mkdir(parents=True, exist_ok=True)
    for path in [item for item in sorted((place.site / folder).rglob("*")) if item.is_file()]:
        target = cache / path.relative_to(place.site)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(path, target)
        path.symlink_to(target)
    if purge:
        shutil.rmtree(cache)


DAMAGES: dict[str, Callable[[Place], object]] = {
    "module": lambda place: (place.site / "demo/helper.py").unlink(),
    "lazy module": lambda place: (place.site / "demo/lazy.py").unlink(),
    "data": lambda place: (place.site / "demo/data.txt").unlink(),
    "single": lambda place: (place.site / "single.py").unlink(),
    "first of many": lambda place: (place.site / "many_b.py").unlink(),
    "init": lambda place: (place.site / "demo/__init__.py").unlink(),
    "emptied init": lambda place: (place.site / "demo/__init__.py").write_text(""),
    "emptied": lambda place: (place.site / "demo/helper.py").write_text(""),
    "emptied, and asked for attributes": lambda place: (place.site / "hollow/__init__.py").write_text(""),
    "print of Python 2": lambda place: (place.site / "demo/helper.py").write_text("VALUE = 1\nprint 'of Python 2'\n"),
    "except of Python 2": lambda place: (place.site / "single.py").write_text(
        "try:\n    1\nexcept OSError, e:\n    1\n"
    ),
    "tabs of Python 2": lambda place: (place.site / "demo/core.py").write_text("if 1:\n        a = 1\n\tb = 1\n" * 9),
    "Python 2 in a text": lambda place: (place.site / "demo/core.py").write_text('"""\nprint x,\n"""\nrun = 1 \n' * 9),
    "cut": lambda place: _cut(place.site / "demo/helper.py"),
    "nuls": lambda place: _nuls(place.site / "demo/core.py"),
    "folder": lambda place: shutil.rmtree(place.site / "demo"),
    "dist-info": lambda place: shutil.rmtree(place.site / "demo-1.0.dist-info"),
    "record": lambda place: (place.site / "demo-1.0.dist-info/RECORD").unlink(),
    "metadata": lambda place: (place.site / "demo-1.0.dist-info/METADATA").unlink(),
    "requirement": lambda place: _uninstall(place, "single"),
    "namespace portion": lambda place: shutil.rmtree(place.site / "acme/beta"),
    "namespace init": lambda place: (place.site / "acme/alpha/__init__.py").unlink(),
    "namespace part": lambda place: (place.site / "acme/alpha/part.py").unlink(),
    "whole namespace": lambda place: shutil.rmtree(place.site / "acme"),
    "old namespace": lambda place: (place.site / "old/two.py").unlink(),
    "half uninstalled": lambda place: (place.site / "demo").rename(place.site / "~emo"),
    "second version": lambda place: install(place.site, "single", "2.0", files=PURE["single"]),
    "links": lambda place: _link_out(place, "demo", purge=False),
    "purged cache": lambda place: _link_out(place, "demo", purge=True),
    "purged extension": lambda place: _link_out(place, "native", purge=True),
    "editable gone": lambda place: shutil.rmtree(place.outside / "project"),
    "editable module gone": lambda place: (place.outside / "project/source/project.py").unlink(),
    "editable path file gone": lambda place: (place.site / "__editable__.project-1.0.pth").unlink(),
    "broken path file": lambda place: (place.site / "other.pth").write_text("import nowhere_at_all\n"),
    "dead path line": lambda place: (place.site / "other.pth").write_text("/no/such/place\n"),
    "shadowed": lambda place: (place.site / "single").mkdir(),
    "shadowed by a package": lambda place: install(place.site, "shadow", "1", files={"single/__init__.py": ""}),
    "optional extension": lambda place: (place.site / f"native/_fast{place.suffix}").unlink(),
    "optional extension cut": lambda place: _cut(place.site / f"native/_fast{place.suffix}"),
    "extension": lambda place: (place.site / f"native/_core{place.suffix}").unlink(),
    "extension cut": lambda place: _cut(place.site / f"native/_core{place.suffix}"),
    "extension cut early": lambda place: _cut(place.site / f"native/_core{place.suffix}", 0.01),
    "extension emptied": lambda place: (place.site / f"native/_core{place.suffix}").write_bytes(b""),
    "extension nuls": lambda place: _nuls(place.site / f"native/_core{place.suffix}"),
    "extension text": lambda place: (place.site / f"native/_core{place.suffix}").write_text(
        "version https://git-lfs\n"
    ),
    "deep extension": lambda place: (place.site / f"deep/inner/_parts{place.suffix}").unlink(),
    "extension with a source that is none": lambda place: (place.site / f"twofold/_core{place.suffix}").unlink(),
    "extension with a source": lambda place: (place.site / f"twofold/_fast{place.suffix}").unlink(),
    "wrong tag, with a source that is none": lambda place: _retag(place, "twofold/_core"),
    "abi3 cut": lambda place: _cut(place.site / "stable/_core.abi3.so"),
    "top-level extension": lambda place: (place.site / f"_bare{place.suffix}").unlink(),
    "wrong tag": lambda place: _retag(place, "native/_core"),
    "wrong tag, optional": lambda place: _retag(place, "native/_fast"),
    "wrong tag, top level": lambda place: _retag(place, "_bare"),
    "bundled library": lambda place: (place.site / "native.libs/libinner-0a1b2c3d.so.1").unlink(),
    "bundled libraries": lambda place: shutil.rmtree(place.site / "native.libs"),
    "bundled library cut": lambda place: _cut(place.site / "native.libs/libinner-0a1b2c3d.so.1", 0.02),
    "library of the system": lambda place: (place.outside / "lib/libsystem.so.5").unlink(),
    "two at once": lambda place: (_uninstall(place, "single"), _cut(place.site / "stable/_core.abi3.so")),
}


class Master(NamedTuple):
    """An environment, and sound copies of what damages change."""

    env: Path
    site: Path
    outside: Path
    suffix: str
    kept: Path


def _master(folder: Path, interpreter: Python) -> Master:
    env = make_venv(interpreter, folder / "env")
    site, outside, kept = site_packages(env), folder / "outside", folder / "kept"
    compiler = Compiler(interpreter, folder / "build")
    furnish(site, outside, compiler)
    shutil.copytree(site, kept / "site")
    shutil.copytree(outside, kept / "outside")
    return Master(env, site, outside, compiler.suffix, kept)


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Master:
    newest = [item for item in pythons("3.8", "3.13") if item.version[:2] <= (3, 13)]
    if not newest:
        pytest.skip("no CPython of 3.8 to 3.13 here")
    return _master(tmp_path_factory.mktemp("packages"), newest[-1])


@pytest.fixture
def place(master: Master) -> Iterator[Place]:
    """The environment as it was made; what a test damages is put back."""
    yield Place(master.site, master.outside, master.suffix)
    for folder, name in ((master.site, "site"), (master.outside, "outside")):
        shutil.rmtree(folder)
        shutil.copytree(master.kept / name, folder)


def test_whole(master: Master) -> None:
    assert disagreements(master.env, whole=True) == []


@pytest.mark.parametrize("damage", DAMAGES)
def test_damage(damage: str, master: Master, place: Place) -> None:
    DAMAGES[damage](place)
    assert disagreements(master.env) == []


REMOVED = {  # what one version's standard library has and another's has not
    "distutils": "import distutils.util\n",
    "imp": "import imp\n",
    "asyncore": "import asyncore\n",
    "cgi": "import cgi\n",
    "audioop": "try:\n    import audioop\nexcept ImportError:\n    import pyaudioop as audioop\n",
    "mapping": "from collections import Mapping\n",
    "gcd": "try:\n    from math import gcd\nexcept ImportError:\n    from fractions import gcd\n",
    "tomllib": "import sys\nif sys.version_info >= (3, 11):\n    import tomllib\nelse:\n    import tomli as tomllib\n",
    "loop": "import importlib\nfor name in ('json', 'telnetlib'):\n    importlib.import_module(name)\n",
}
OTHERS = [item for item in found() if item.version >= (3, 8, 0) and not (item.system and item.debug)]


@pytest.mark.parametrize("interpreter", OTHERS, ids=lambda item: f"{label(item)}{item.abiflags}")
def test_packages_of_another_interpreter(interpreter: Python, master: Master, tmp_path: Path) -> None:
    """Site-packages copied, or `lib/python3.X` renamed: what the new interpreter makes of packages for the old one."""
    env = make_venv(interpreter, tmp_path / "env")
    site = site_packages(env)
    shutil.copytree(master.kept / "site", site, dirs_exist_ok=True)
    for name, text in REMOVED.items():
        install(site, f"uses-{name}", "1.0", files={f"uses_{name}.py": text})
    optional = {"uses_tomllib"}  # a dependency that it does not declare
    assert disagreements(env, optional=optional) == []


def test_over_the_systems_packages(tmp_path: Path) -> None:
    env = make_venv(special(system=True), tmp_path / "env", "--system-site-packages")
    install(site_packages(env), "demo", "1.0", files={"demo.py": ""}, requires=["pip; python_version < '3'"])
    assert disagreements(env, whole=True) == []


@pytest.mark.parametrize("interpreter", pythons("3.8", "3.13"), ids=label)
@pytest.mark.parametrize("lost", [False, True], ids=["whole", "outer-package-gone"])
def test_stacked(interpreter: Python, lost: bool, tmp_path: Path) -> None:
    """An environment made by another one's interpreter, seeing its base's packages."""
    outer = make_venv(interpreter, tmp_path / "outer")
    install(site_packages(outer), "below", "1.0", files={"below.py": ""})
    inner = make_venv(str(outer / "bin/python"), tmp_path / "inner", "--system-site-packages")
    (site_packages(inner) / "outer.pth").write_text(f"{site_packages(outer)}\n")
    install(site_packages(inner), "above", "1.0", files={"above.py": "import below\n"}, requires=["below"])
    if lost:
        (site_packages(outer) / "below.py").unlink()
    assert disagreements(inner, whole=not lost) == []


MODES: dict[str, Callable[[Path], object]] = {
    "nothing": lambda site: site,
    "module": lambda site: (site / "demo/helper.py").chmod(0),
    "init": lambda site: (site / "demo/__init__.py").chmod(0),
    "folder": lambda site: (site / "demo").chmod(0),
    "folder that may be passed": lambda site: (site / "demo").chmod(0o311),
    "folder that may be listed": lambda site: (site / "demo").chmod(0o644),
    "lazy module": lambda site: (site / "demo/lazy.py").chmod(0),
    "guarded": lambda site: (site / "optional.py").chmod(0),
    "namespace": lambda site: (site / "acme").chmod(0),
    "metadata": lambda site: (site / "demo-1.0.dist-info").chmod(0),
    "path file": lambda site: (site / "extra.pth").chmod(0),
}


@pytest.mark.parametrize("mode", MODES)
def test_modes_as_their_owner_meets_them(mode: str) -> None:
    """Permissions bind everybody but root: as root, another user owns the environment and imports."""
    interpreter = special(system=True)
    with tempfile.TemporaryDirectory(prefix="venvdoctor-modes-", dir="/tmp") as folder:
        os.chmod(folder, 0o755)  # pytest's own directories keep other users out
        env = make_venv(interpreter, Path(folder) / "env")
        site = site_packages(env)
        for name in ("demo", "single", "acme-alpha", "acme-beta"):
            install(site, name, "1.0", files=PURE[name])
        install(site, "optional", "1.0", files={"optional.py": ""})
        guarded = "try:\n    import optional\nexcept ImportError:\n    optional = None\n"
        install(site, "user", "1.0", files={"user.py": guarded})
        (site / "extra.pth").write_text("# nothing\n")
        uid = unprivileged()
        if uid is not None:
            for path in [env, *env.rglob("*")]:
                os.lchown(path, uid, uid)
        MODES[mode](site)
        assert disagreements(env, uid=uid) == []
