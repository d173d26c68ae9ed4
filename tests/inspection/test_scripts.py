"""The reader of `bin`: any content is survived, and hostile entries are only looked at."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from venvdoctor.inspection.scripts import created_at, read_scripts
from venvdoctor.inspection.shared import Shared
from venvdoctor.model.cfg import PyvenvCfg
from venvdoctor.model.environment import Environment
from venvdoctor.model.host import Host
from venvdoctor.view import View

if TYPE_CHECKING:
    from pathlib import Path

    from venvdoctor.model.script import ScriptFacts


def read(place: Path, command: str = "") -> ScriptFacts:
    cfg = PyvenvCfg(path=f"{place}/pyvenv.cfg", entries=(("command", command),)) if command else None
    status = place.stat()
    env = Environment(
        path=str(place), real=os.path.realpath(place), identity=(status.st_dev, status.st_ino), bin_dir=f"{place}/bin",
        cfg=cfg,
    )  # fmt: skip
    return read_scripts(env, Shared(view=View(), host=Host(environ={"PATH": "/usr/bin:/bin"})))


PIECES = st.sampled_from([
    b"#!", b"/bin/sh", b"/usr/bin/env ", b"-S ", b"python3", b" ", b"\0", b"\r\n", b"\n", b"'''exec' ", b'"$0" "$@"',
    b"$(dirname $0)/", b"/old/env/bin/python", b"from x import y\n", b"sys.exit(", b"\xff", b"VIRTUAL_ENV=", b"'", b"/p\0q",
])  # fmt: skip


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(script=st.lists(PIECES, max_size=12), activate=st.lists(PIECES, max_size=8), command=st.text(max_size=40))
def test_any_content(tmp_path: Path, script: list[bytes], activate: list[bytes], command: str) -> None:
    (tmp_path / "bin").mkdir(exist_ok=True)
    for name, content in (("tool", script), ("activate", activate)):
        path = tmp_path / "bin" / name
        path.write_bytes(b"".join(content))
        path.chmod(0o755)
    read(tmp_path, f"/usr/bin/python3 -m venv {command}")


def test_hostile_entries(tmp_path: Path) -> None:
    place = tmp_path / "bin"
    place.mkdir()
    os.mkfifo(place / "activate")
    os.mkfifo(place / "fifo")
    (place / "loop").symlink_to("loop")
    (place / "to-null").symlink_to("/dev/null")
    (place / "dead").symlink_to("/no/such")
    with (place / "giant").open("wb") as file:
        file.truncate(1 << 40)
    (place / "giant").chmod(0o755)
    facts = read(tmp_path)
    problems = {os.path.basename(item.path): item.problem for item in facts.scripts}
    assert problems["fifo"] == "not-a-file"
    assert problems["loop"] == "loop"
    assert problems["giant"] == "zeros"
    assert dict(facts.dead_links)[f"{place}/dead"] == "/no/such"
    assert facts.former is None


def test_the_last_word_of_command() -> None:
    def of(text: str) -> str | None:
        cfg = PyvenvCfg(path="/e/pyvenv.cfg", entries=(("command", text),))
        return created_at(Environment(path="/e", real="/e", identity=(0, 0), cfg=cfg))

    assert of("/usr/bin/python3 -m venv /home/u/my env") == "/home/u/my env"
    assert of('/usr/bin/python3 -m venv --copies --prompt="x y" --without-pip /e') == "/e"
    assert of("/usr/bin/python3 -m virtualenv /e") == "/e"
    assert of("C:\\Python\\python.exe -m venv C:\\e") == "C:\\e"
    assert of("nonsense") is None
