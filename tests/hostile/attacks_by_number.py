"""Attacks by number: what costs a little each, a hundred thousand times, or as many times as there are others."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from tests.hostile.ground import ATTACKS, Attack, attack, info_of, site_of

if TYPE_CHECKING:
    from pathlib import Path


@attack(seconds=60)
def a_directory_of_a_hundred_thousand_names(env: Path) -> None:
    here = env.parent / "many"
    here.mkdir()
    for number in range(100_000):
        os.symlink("nowhere", here / f"n{number}")


@attack()
def cfg_of_a_million_keys(env: Path) -> None:
    with (env / "pyvenv.cfg").open("a") as file:
        file.writelines(f"key{number} = x\n" for number in range(200_000))


@attack(seconds=60)
def record_of_a_million_rows(env: Path) -> None:
    with (info_of(env) / "RECORD").open("w") as file:
        file.writelines(f"demo_thing/m{number}.py,sha256=AAAA,1\n" for number in range(1_000_000))


@attack()
def record_of_ten_million_rows(env: Path) -> None:
    with (info_of(env) / "RECORD").open("wb") as file:
        for _ in range(100):
            file.write(b"demo_thing/many.py,sha256=AAAA,1\n" * 100_000)


@attack()
def metadata_of_many_requirements(env: Path) -> None:
    with (info_of(env) / "METADATA").open("w") as file:
        file.write("Metadata-Version: 2.1\nName: demo-thing\nVersion: 1.0\n")
        file.writelines(
            f"Requires-Dist: package-{number} (>=1,<2) ; python_version > '3' and extra == 'x'\n"
            for number in range(20_000)
        )


@attack()
def pth_of_many_lines(env: Path) -> None:
    (site_of(env) / "many.pth").write_text("".join(f"/nowhere/{number}\n" for number in range(50_000)))


@attack()
def twenty_thousand_distributions(env: Path) -> None:
    for number in range(5_000):
        (site_of(env) / f"p{number}-1.0.dist-info").mkdir()


@attack()
def leftovers_by_the_thousand(env: Path) -> None:
    for number in range(2_000):
        (site_of(env) / f"~p{number}").mkdir()
        (site_of(env) / f"demo_thing-{number}.dist-info").mkdir()


@attack(seconds=30)
def conda_record_of_empty_lists(env: Path) -> None:
    """Sixty megabytes of JSON that would be more than a gigabyte of lists."""
    (env / "conda-meta").mkdir()
    (env / "conda-meta" / "history").write_text("")
    (env / "conda-meta" / "python-3.11.7-0.json").write_text('{"files": [' + "[]," * 20_000_000 + "[]]}")
    (env / "conda-meta" / "small-1-0.json").write_text('{"files": [' + "[]," * 5_000_000 + "[]]}")


@attack(seconds=30)
def archive_of_a_million_names(env: Path) -> None:
    """The central directory of an egg on `sys.path`: a megabyte of it is twenty thousand objects."""
    record = b"PK\x01\x02" + bytes(24) + (1).to_bytes(2, "little") + bytes(16) + b"a"
    directory = record * 1_300_000
    end = b"PK\x05\x06" + bytes(4) + b"\xff\xff" * 2 + len(directory).to_bytes(4, "little") + (4).to_bytes(4, "little") + bytes(2)  # fmt: skip
    (site_of(env) / "many.egg").write_bytes(b"PK\x03\x04" + directory + end)
    (site_of(env) / "easy-install.pth").write_text("./many.egg\n")


@attack()
def libraries_that_need_each_other(env: Path) -> None:
    from tests.support.elf_writer import Elf

    names = [f"ring{number}.abi3.so" for number in range(200)]
    for number, name in enumerate(names):
        others = [names[(number + step) % len(names)] for step in range(1, 20)]
        body = Elf(
            soname=name,
            needed=["$ORIGIN/" + other for other in others],
            runpath="$ORIGIN:" * 50,
            exports={f"PyInit_ring{number}": b""},
        )
        (site_of(env) / name).write_bytes(body.build())


@attack(seconds=60)
def scripts_by_the_ten_thousand(env: Path) -> None:
    """Each imports a module that may be on any of the directories, one of which holds all these scripts."""
    for number in range(10_000):
        script = env / "bin" / f"s{number}"
        script.write_text(f"#!{env}/bin/python\nimport sys\nfrom absent{number} import main\nsys.exit(main())\n")
        script.chmod(0o755)


@attack(seconds=60)
def extras_that_ask_for_each_other(env: Path) -> None:
    """Ten thousand requirements of five thousand extras, all of them asked for."""
    names = [f"a{number}" for number in range(5_000)]
    requires = [f"Requires-Dist: absent ; extra == '{name}'" for name in names]
    requires += [f"Requires-Dist: absent ; extra == '{name}' or 'b' == extra" for name in names]
    (info_of(env) / "METADATA").write_text("\n".join(["Name: demo-thing", "Version: 1.0", *requires]) + "\n")
    asking = site_of(env) / "asking-1.0.dist-info"
    asking.mkdir()
    (asking / "METADATA").write_text(f"Name: asking\nVersion: 1.0\nRequires-Dist: demo-thing[{','.join(names)}]\n")


@attack(seconds=60)
def requirements_that_end_in_blanks(env: Path) -> None:
    with (info_of(env) / "METADATA").open("w") as file:
        file.write("Name: demo-thing\nVersion: 1.0\nRequires-Dist: a ; extra == 'x'" + " " * 500_000 + "and\n")


@attack(seconds=60)
def requirements_by_the_hundred_thousand(env: Path) -> None:
    for number in range(100):
        info = site_of(env) / f"p{number}-1.0.dist-info"
        info.mkdir()
        lines = "".join(f"Requires-Dist: absent{number}x{one} (>=2)\n" for one in range(1500))
        (info / "METADATA").write_text(f"Name: p{number}\nVersion: 1.0\n{lines}")


@attack(seconds=60)
def record_of_the_shortest_rows(env: Path) -> None:
    """Four bytes a row, and a hundred in memory; three files of it."""
    for number in range(3):
        info = site_of(env) / f"p{number}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Name: p{number}\nVersion: 1.0\n")
        (info / "RECORD").write_bytes(b"a,,\n" * 8_000_000)


@attack(seconds=60)
def top_levels_by_the_ten_thousand(env: Path) -> None:
    for number in range(10):
        info = site_of(env) / f"p{number}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Name: p{number}\nVersion: 1.0\n")
        (info / "top_level.txt").write_text("".join(f"t{name}\n" for name in range(30_000)))


@attack(seconds=60)
def conda_history_of_a_hundred_thousand_blocks(env: Path) -> None:
    (env / "pyvenv.cfg").unlink()
    (env / "conda-meta").mkdir()
    (env / "conda-meta" / "python-3.11.2-0.json").write_text('{"name": "python", "version": "3.11.2", "build": "0"}')
    blocks = (f"==> 2024-01-01 00:00:00 <==\n+x::p{number}-1-0\n" for number in range(100_000))
    (env / "conda-meta" / "history").write_text("".join(blocks))


@attack(name="record with a path of a hundred thousand folders")
def record_with_an_endless_path(env: Path) -> None:
    """Each folder on the way to what is missing would be looked for; the ways alone are gigabytes."""
    (info_of(env) / "RECORD").write_text("a/" * 100_000 + "x.py,,\n")


@attack(seconds=60)
def records_of_deep_and_missing_folders(env: Path) -> None:
    with (info_of(env) / "RECORD").open("w") as file:
        file.writelines(f"demo_thing/u{number}/{'a/' * 1900}x.py,,\n" for number in range(4_000))


@attack(seconds=60)
def folders_that_are_missing_by_the_hundred_thousand(env: Path) -> None:
    with (info_of(env) / "RECORD").open("w") as file:
        file.writelines(f"m{number}/x,,\n" for number in range(200_000))


def _losing(env: Path, source: str) -> None:
    """A module beside a lost one: what it imports is asked for, each import of it."""
    with (info_of(env) / "RECORD").open("a") as file:
        file.write("demo_thing/lost.py,,\n")
    (site_of(env) / "demo_thing" / "__init__.py").write_text(source)


IMPORTS = {
    "tried": "try:\n import a\nexcept ImportError:\n pass\n" * 12_000,
    "below conditions": "if x:\n import a\n" * 30_000,
    "of names": f"from demo_thing import ({','.join(f'a{number}' for number in range(90_000))})\n",
    "of names, and as many texts": f"import sys\nx = {[f'a{number}' for number in range(40_000)]}\n"
    f"from demo_thing import ({','.join(f'a{number}' for number in range(40_000))})\n",
    "one by one": "".join(f"import a{number}\n" for number in range(40_000)),
    "from a name without an end": f"from {'N' * 1_000_000}\n",
    "on lines without an end": "import \\\n" * 60_000 + "a\n",
}
for _kind, _source in IMPORTS.items():
    ATTACKS.append(
        Attack(f"imports {_kind}", partial(_losing, source=_source + "import demo_thing.lost\n"), seconds=60)
    )
