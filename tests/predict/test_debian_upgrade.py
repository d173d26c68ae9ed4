"""A real release upgrade, Debian 12 to 13, by the real apt: what was predicted before is the diagnosis made after."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import pytest

from tests.predict.oracle import agree, foretell
from tests.support import debian, session
from tests.support.scanning import scan

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.real, pytest.mark.slow]


class Upgrade(NamedTuple):
    """The trees before, after the upgrade, and after the old interpreter's removal; what apt said before each."""

    before: Path
    after: Path
    purged: Path
    full_upgrade: str
    purge: str


@pytest.fixture(scope="module")
def upgrade() -> Upgrade:
    base = debian.bookworm()

    def build(place: Path) -> None:
        place.mkdir()
        before = debian.copy_of(base, place / "before")
        debian.populate(before)
        after = debian.copy_of(before, place / "after")
        sources = after / "etc/apt/sources.list"
        sources.write_text(sources.read_text().replace("bookworm", "trixie"))
        if debian.inside(after, "apt-get", "-q", "update").returncode != 0:
            pytest.skip("the Debian mirror cannot be reached")
        (place / "full-upgrade").write_text(debian.must(after, "apt-get", "-s", "full-upgrade"))
        debian.must(after, "apt-get", "-q", "-y", "full-upgrade")
        purged = debian.copy_of(after, place / "purged")
        words = ("libpython3.11-stdlib", "libpython3.11-minimal", "python3.11-minimal", "python3.11")
        (place / "purge").write_text(debian.must(purged, "apt-get", "-s", "purge", *words))
        debian.must(purged, "apt-get", "-q", "-y", "purge", *words)

    place = session.once("debian-upgrade", build)
    texts = [(place / name).read_text() for name in ("full-upgrade", "purge")]
    return Upgrade(place / "before", place / "after", place / "purged", *texts)


def ran(tree: Path) -> dict[str, bool]:
    """Return for each environment whether it starts as itself and imports what was installed, by running it."""
    modules = {"system": "pure_thing, needs_yaml", "empty": "sys"}
    found = {}
    for env in sorted((tree / "srv/envs").iterdir()):
        code = f"import sys, {modules.get(env.name, 'pure_thing, native_thing')}; print(sys.prefix)"
        done = debian.inside(tree, f"/srv/envs/{env.name}/bin/python", "-I", "-c", code)
        found[env.name] = done.stdout.strip() == f"/srv/envs/{env.name}"
    return found


def survivors(outcomes: dict[str, str]) -> dict[str, bool]:
    return {name: outcome == "survives" for name, outcome in outcomes.items() if not name.startswith("python3.")}


def test_all_is_well_before(upgrade: Upgrade) -> None:
    assert set(ran(upgrade.before).values()) == {True}


def test_the_upgrade_by_the_image_of_the_next_release(upgrade: Upgrade) -> None:
    result = foretell(sysroot=upgrade.before, os_root=upgrade.after)
    outcomes = agree(result, scan(sysroot=upgrade.after))
    assert survivors(outcomes) == ran(upgrade.after)


def test_the_upgrade_by_what_apt_says_it_will_do(upgrade: Upgrade) -> None:
    result = foretell(sysroot=upgrade.before, apt=upgrade.full_upgrade)
    outcomes = agree(result, scan(sysroot=upgrade.after))
    assert survivors(outcomes) == ran(upgrade.after)
    assert outcomes["plain"] == "relinks"  # Python 3.11 is still there


def test_the_removal_of_the_old_interpreter_by_what_apt_says(upgrade: Upgrade) -> None:
    result = foretell(sysroot=upgrade.after, apt=upgrade.purge)
    outcomes = agree(result, scan(sysroot=upgrade.purged))
    assert outcomes["versioned"] == outcomes["copies"] == "rebuilds"


def test_both_at_once(upgrade: Upgrade) -> None:
    gone = ("/usr/bin/python3.11", "/usr/lib/python3.11")
    result = foretell(sysroot=upgrade.before, os_root=upgrade.after, without=gone)
    outcomes = agree(result, scan(sysroot=upgrade.purged))
    assert survivors(outcomes) == ran(upgrade.purged)
    entry = next(item for item in result["environments"] if item["path"] == "/srv/envs/plain")
    packages = entry["packages"]
    assert sorted(packages.pop("carried")) == ["old-thing==1.0", "pure-thing==1.0"]
    assert packages == {"another_build": ["native-thing==1.0"], "none": [], "lacking": ["old-thing==1.0"]}


def test_a_version_said_in_words_comes_near(upgrade: Upgrade) -> None:
    """`--python 3.11=3.13` knows no patch level and nothing of the other packages; what breaks is the same."""
    result = foretell(sysroot=upgrade.before, pythons=("3.11=3.13",))
    version = re.compile(r"3\.13\.\d+")
    for env in result["after"]["environments"]:
        assert not any(version.search(item["message"]) for item in env["findings"])
    agree(result, scan(sysroot=upgrade.purged), loosely=True)
