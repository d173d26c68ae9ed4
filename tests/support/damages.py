"""Two environments to damage in every way of the catalogue, or by chance, and what is kept of them to ruin."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
import time
import venv
from pathlib import Path
from typing import TYPE_CHECKING

from venvdoctor.caching import kept

if TYPE_CHECKING:
    import random
    from collections.abc import Callable

EXTENSION = list(Path(sysconfig.get_path("platstdlib"), "lib-dynload").glob("_json*.so"))
PACKAGE = {
    "__init__.py": "from demo import inner\nimport json\n",
    "inner.py": "from . import other\n",
    "other.py": "VALUE = [\n" + "    1,\n" * 50 + "]\n",
}


def distribution(site: Path, name: str, requires: str = "") -> None:
    (site / name).mkdir()
    rows = []
    for file, text in PACKAGE.items():
        (site / name / file).write_text(text.replace("demo", name))
        rows.append(f"{name}/{file},,{(site / name / file).stat().st_size}")
    info = site / f"{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n{requires}")
    (info / "WHEEL").write_text("Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    (info / "entry_points.txt").write_text(f"[console_scripts]\n{name} = {name}.inner:main\n")
    rows += [f"{info.name}/{part},," for part in ("METADATA", "WHEEL", "RECORD", "entry_points.txt")]
    (info / "RECORD").write_text("\n".join([*rows, f"../../../bin/{name},,", ""]))


def make_ground(tmp_path: Path) -> Path:
    """Two environments on an interpreter of their own name, one with packages, one stacked upon it."""
    (tmp_path / "base").mkdir()
    (tmp_path / "base/python3").symlink_to(os.path.realpath(sys.executable))
    env = tmp_path / "home/env"
    venv.EnvBuilder(symlinks=True).create(env)
    (env / "bin/python").unlink()
    (env / "bin/python").symlink_to(tmp_path / "base/python3")
    site = next(env.glob("lib/python*/site-packages"))
    distribution(site, "demo", "Requires-Dist: second>=1\n")
    distribution(site, "second")
    (site / "path.pth").write_text("/nowhere\n")
    for name in ("demo", "second"):
        script = env / "bin" / name
        script.write_text(f"#!{env}/bin/python\nimport sys\nfrom {name}.inner import main\nsys.exit(main())\n")
        script.chmod(0o755)
    for library in EXTENSION:
        shutil.copy(library, site / library.name)
        with (site / "demo-1.0.dist-info/RECORD").open("a") as stream:
            stream.write(f"{library.name},,\n")
    other = tmp_path / "home/other"
    venv.EnvBuilder(symlinks=True).create(other)
    (other / "bin/python").unlink()
    (other / "bin/python").symlink_to(env / "bin/python")
    return tmp_path


def _site(env: Path) -> Path:
    return next(env.glob("lib/python*/site-packages"))


DAMAGES: dict[str, Callable[[Path], object]] = {
    "base gone": lambda env: (env.parents[1] / "base/python3").unlink(),
    "base a file": lambda env: (
        (env.parents[1] / "base/python3").unlink(missing_ok=True),
        (env.parents[1] / "base/python3").write_text("x"),
    ),
    "interpreter dangling": lambda env: _link(env / "bin/python", "/usr/bin/python3.5"),
    "interpreter a loop": lambda env: _link(env / "bin/python", "python"),
    "interpreter gone": lambda env: (env / "bin/python").unlink(),
    "interpreter not executable": lambda env: _file(env / "bin/python", b"\x7fELF"),
    "configuration gone": lambda env: (env / "pyvenv.cfg").unlink(),
    "configuration garbled": lambda env: (env / "pyvenv.cfg").write_bytes(b"\xff\xfe\0"),
    "home wrong": lambda env: (env / "pyvenv.cfg").write_text("home = /nowhere\nversion = 3.6.0\n"),
    "system site": lambda env: (env / "pyvenv.cfg").write_text(
        f"home = {os.path.dirname(os.path.realpath(sys.executable))}\ninclude-system-site-packages = true\n"
    ),
    "module gone": lambda env: (_site(env) / "demo/other.py").unlink(),
    "module cut": lambda env: os.truncate(_site(env) / "demo/other.py", 13),
    "module garbled, same size": lambda env: _same_size(_site(env) / "demo/other.py"),
    "package renamed": lambda env: (_site(env) / "second").rename(_site(env) / "third"),
    "metadata gone": lambda env: (_site(env) / "demo-1.0.dist-info/METADATA").unlink(),
    "metadata wants more": lambda env: _append(_site(env) / "demo-1.0.dist-info/METADATA", "Requires-Dist: third\n"),
    "record gone": lambda env: (_site(env) / "demo-1.0.dist-info/RECORD").unlink(),
    "metadata twice": lambda env: shutil.copytree(_site(env) / "demo-1.0.dist-info", _site(env) / "demo-2.0.dist-info"),
    "distribution gone": lambda env: shutil.rmtree(_site(env) / "second-1.0.dist-info"),
    "leftover": lambda env: (_site(env) / "~emo").mkdir(),
    "path file": lambda env: (_site(env) / "more.pth").write_text("import nothing_at_all\n"),
    "library of another version": lambda env: _site(env).parent.rename(_site(env).parent.with_name("python3.6")),
    "library gone": lambda env: shutil.rmtree(env / "lib"),
    "script's interpreter gone": lambda env: (env / "bin/demo").write_text("#!/nowhere/python\nimport demo\n"),
    "script of the moved": lambda env: (env / "bin/second").write_text("#!/old/env/bin/python\nimport demo\n"),
    "script not executable": lambda env: (env / "bin/demo").chmod(0o644),
    "activate of the moved": lambda env: (env / "bin/activate").write_text('VIRTUAL_ENV="/old/env"\n'),
    "extension cut": lambda env: [os.truncate(path, 4000) for path in _site(env).glob("*.so")],
    "extension garbled": lambda env: [_same_size(path) for path in _site(env).glob("*.so")],
    "extension of another python": lambda env: [
        path.rename(path.with_name("_json.cpython-36m-x86_64-linux-gnu.so")) for path in _site(env).glob("*.so")
    ],
    "all of it moved": lambda env: env.rename(env.with_name("moved")),
}


def _link(path: Path, target: str) -> None:
    path.unlink(missing_ok=True)
    path.symlink_to(target)


def _file(path: Path, data: bytes) -> None:
    path.unlink(missing_ok=True)
    path.write_bytes(data)


def _append(path: Path, text: str) -> None:
    with path.open("a") as stream:
        stream.write(text)


def _same_size(path: Path) -> None:
    path.write_bytes(b"(" * path.stat().st_size)


SILENT = {"script not executable", "library of another version", "module garbled, same size"}  # by design, or so far


def change(ground: Path, chance: random.Random) -> None:
    """Change one thing, anywhere in the environments or at their base."""
    if not (ground / "home/env").is_dir():
        return
    path = chance.choice([*sorted((ground / "home").rglob("*")), ground / "base/python3"])
    what = chance.randrange(8)
    try:
        if what == 0:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
        elif what == 1 and path.is_file() and not path.is_symlink():
            os.truncate(path, chance.randrange(1 + path.stat().st_size))
        elif what == 2 and path.is_file() and not path.is_symlink():
            _same_size(path)
        elif what == 3:
            path.with_name(path.name + "-copy").write_text("x = 1\n")
        elif what == 4:
            path.rename(path.with_name(f"~{path.name}"))
        elif what == 5 and not path.is_dir():
            _link(path, chance.choice(["/nowhere", path.name, os.path.realpath(sys.executable), str(ground)]))
        elif what == 6 and not path.is_symlink():
            path.chmod(chance.choice([0o755, 0o644, 0o600]) if path.is_file() else 0o755)
        elif path.is_dir():
            (path / "pyvenv.cfg").write_text("home = /usr/bin\nversion = 3.9\n")
    except OSError:
        return


def ruin(folder: Path, how: str, chance: random.Random | None = None) -> None:
    """Ruin every kept file of a folder, or the folder."""
    for path in list(folder.iterdir()):
        data = path.read_bytes()
        place = chance.randrange(len(data)) if chance and data else len(data) // 2
        if how in CONTENTS:
            path.write_bytes(CONTENTS[how](data, place))
        elif how == "a directory":
            path.unlink()
            path.mkdir()
        elif how == "a link":
            path.rename(folder.parent / path.name)
            path.symlink_to(folder.parent / path.name)
        elif how == "open to all":
            forge(path)
            path.chmod(0o666)
        elif os.geteuid() == 0:
            forge(path)
            os.chown(path, 65534, 65534)
    if how == "gone":
        shutil.rmtree(folder)
        folder.write_bytes(b"no directory")


CONTENTS: dict[str, Callable[[bytes, int], bytes]] = {
    "empty": lambda _data, _place: b"",
    "cut": lambda data, place: data[:place],
    "garbled": lambda data, _place: bytes(byte ^ 1 for byte in data),
    "one bit": lambda data, place: (
        data[:place] + bytes(byte ^ 1 for byte in data[place : place + 1]) + data[place + 1 :]
    ),
    "another version": lambda data, _place: data.replace(b"venvdoctor-", b"venvdoctor+", 1),
    "words": lambda data, _place: data.replace(b"healthy", b"broken!").replace(b"degraded", b"healthy!"),
}
RUINS = (*CONTENTS, "a directory", "a link", "open to all", "another user's", "gone")


def forge(path: Path) -> None:
    """Make a kept file say another thing and be whole all the same, as whoever may write it could."""
    body = path.read_bytes()[len(kept.MAGIC) + kept.DIGEST :]
    for word, other in ((b"healthy", b"broken!"), (b"degraded", b"healthy!"), (b"broken", b"health")):
        body = body.replace(word, other)
    path.write_bytes(kept.MAGIC + kept.digest(body) + body)


def settle() -> None:
    """Let the clock tick, so that no change of ours shares its time with a look."""
    time.sleep(0.02)
