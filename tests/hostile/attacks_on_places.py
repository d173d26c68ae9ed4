"""Attacks by what stands where a file or a directory is expected: special files, links, names, modes."""

from __future__ import annotations

import os
import shutil
from functools import partial
from typing import TYPE_CHECKING

from tests.hostile.ground import ATTACKS, BASE, EVIL, SERIES, Attack, attack, info_of, site_of, special

if TYPE_CHECKING:
    from pathlib import Path

KINDS = ("fifo", "socket", "dir", "device", "loop", "proc", "sparse")


def _special(relative: str, kind: str, env: Path) -> None:
    special(env / relative, kind)


INFO = f"lib/{SERIES}/site-packages/demo_thing-1.0.dist-info"
for _place, _sick in (
    ("pyvenv.cfg", True),
    ("bin/python", True),
    ("bin/activate", False),
    ("bin/demo", False),
    (f"{INFO}/RECORD", False),
    (f"{INFO}/METADATA", False),
    (f"{INFO}/direct_url.json", False),
    (f"{INFO}/entry_points.txt", False),
    (f"lib/{SERIES}/site-packages/evil.pth", False),
    (f"lib/{SERIES}/site-packages/evil.egg-link", False),
    (f"lib/{SERIES}/site-packages/demo_thing/__init__.py", False),
    (f"lib/{SERIES}/site-packages/native.abi3.so", False),
    ("conda-meta", False),
    (".lock", False),
    ("pipx_metadata.json", False),
    ("uv-receipt.toml", False),
    ("share", False),
):
    for _kind in KINDS:
        if (_place, _kind) == ("bin/python", "dir") or not (_place == "conda-meta" and _kind == "dir"):
            ATTACKS.append(
                Attack(
                    f"{_kind} as {os.path.basename(_place)}",
                    partial(_special, _place, _kind),
                    sick=_sick and _kind != "loop",
                    present=False,
                )
            )


@attack(sick=True)
def bin_is_a_loop(env: Path) -> None:
    special(env / "bin", "loop")


@attack(sick=True)
def a_chain_of_41_links(env: Path) -> None:
    (env / "bin" / "python").unlink()
    (env / "bin" / "link0").symlink_to(BASE)
    for number in range(1, 42):
        (env / "bin" / f"link{number}").symlink_to(f"link{number - 1}")
    (env / "bin" / "python").symlink_to("link41")


@attack()
def a_nest_of_ten_thousand_directories(env: Path) -> None:
    here = os.open(env, os.O_RDONLY | os.O_DIRECTORY)
    for _ in range(10_000):
        os.mkdir("d", dir_fd=here)
        below = os.open("d", os.O_RDONLY | os.O_DIRECTORY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)


@attack()
def a_nest_of_ten_thousand_directories_beside_it(env: Path) -> None:
    a_nest_of_ten_thousand_directories(env.parent)


@attack()
def links_that_go_round(env: Path) -> None:
    for number in range(30):
        (env.parent / f"round{number}").symlink_to(env.parent)
        (env / f"round{number}").symlink_to(env)
        (site_of(env) / f"round{number}").symlink_to(env)


@attack()
def names_full_of_escapes(env: Path) -> None:
    name = EVIL.replace("/", "|")
    for folder in (env / "bin", site_of(env), env.parent):
        (folder / name).symlink_to(f"/nowhere/{name}")
    shutil.copytree(info_of(env), site_of(env) / f"{name}-1.0.dist-info")
    evil = env.parent / name / ".venv"
    (env.parent / name).unlink()
    evil.parent.mkdir()
    shutil.copytree(env, evil, symlinks=True)
    (evil / "bin" / "python").unlink()
    (evil / "bin" / "python").symlink_to(f"/nowhere/{name}")


@attack()
def names_that_are_no_utf8(env: Path) -> None:
    bad = os.fsencode(env.parent) + b"/\xff\xfe\x80 caf\xe9"
    os.mkdir(bad)
    shutil.copytree(env, os.fsdecode(bad) + "/env", symlinks=True)
    os.unlink(bad + b"/env/bin/python")
    os.symlink(b"/nowhere/\xff\xfe", bad + b"/env/bin/python")
    os.symlink(b"/nowhere/\xff", os.fsencode(env / "bin") + b"/\xff\x80")


@attack()
def names_of_255_bytes(env: Path) -> None:
    for folder in (env / "bin", site_of(env)):
        (folder / ("n" * 255)).symlink_to("/" + "x" * 4000)
    (site_of(env) / ("m" * 240 + ".dist-info")).mkdir()


@attack(modes=True)
def nothing_may_be_read(env: Path) -> None:
    for path in (info_of(env) / "RECORD", info_of(env) / "METADATA", env / "bin" / "demo", env / "bin" / "activate"):
        path.chmod(0)


@attack(sick=True, modes=True)
def cfg_may_not_be_read(env: Path) -> None:
    (env / "pyvenv.cfg").chmod(0)


@attack(sick=True, modes=True)
def bin_may_not_be_entered(env: Path) -> None:
    (env / "bin").chmod(0)


@attack(modes=True)
def site_may_not_be_listed(env: Path) -> None:
    site_of(env).chmod(0)


@attack(present=False, modes=True)
def environment_may_not_be_entered(env: Path) -> None:
    env.chmod(0)


@attack(sick=True, modes=True)
def base_may_not_be_entered(env: Path) -> None:
    base = env.parent / "base"
    (base / "bin").mkdir(parents=True)
    (base / "bin" / "python").symlink_to(BASE)
    (env / "bin" / "python").unlink()
    (env / "bin" / "python").symlink_to(base / "bin" / "python")
    base.chmod(0)


@attack(present=False)
def site_is_the_root(env: Path) -> None:
    shutil.rmtree(site_of(env))
    site_of(env).symlink_to("/")


@attack(present=False)
def bin_is_the_root(env: Path) -> None:
    shutil.rmtree(env / "bin")
    (env / "bin").symlink_to("/usr/bin")


@attack(present=False)
def environments_within_environments(env: Path) -> None:
    here = env
    for _ in range(40):
        here = here / "lib" / "env"
        here.mkdir(parents=True)
        shutil.copy2(env / "pyvenv.cfg", here / "pyvenv.cfg")
        (here / "bin").mkdir()
        (here / "bin" / "python").symlink_to(env / "bin" / "python")


@attack(sick=True)
def a_stack_that_goes_round(env: Path) -> None:
    other = env.parent / "other"
    shutil.copytree(env, other, symlinks=True)
    for mine, theirs in ((env, other), (other, env)):
        (mine / "bin" / "python").unlink()
        (mine / "bin" / "python").symlink_to(theirs / "bin" / "python")
        (mine / "pyvenv.cfg").write_text(f"home = {theirs / 'bin'}\nextends-environment = {theirs}\n")


@attack()
def venv_files_that_point_at_each_other(env: Path) -> None:
    for name, target in (("a", "b"), ("b", "a")):
        (env.parent / name).mkdir()
        (env.parent / name / ".venv").write_text(str(env.parent / target / ".venv"))
    (env.parent / "c").mkdir()
    (env.parent / "c" / ".venv").write_text("/dev/zero")
    special(env.parent / "c" / ".python-version", "fifo")
