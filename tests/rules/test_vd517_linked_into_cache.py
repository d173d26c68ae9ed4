"""VD517: links into a cache."""

from __future__ import annotations

from tests.support.package_facts import SITE, dist, findings, with_packages
from venvdoctor.model.distribution import LinkedTree, RecordFaults

RULE = "vd517_linked_into_cache"


CACHE = "/home/me/.cache/uv"
PURGED = RecordFaults(dangling=(("demo/__init__.py", f"{CACHE}/archive-v0/abc/demo/__init__.py"),), dangling_count=1)


def test_a_purged_cache_breaks_everything_at_once() -> None:
    (found,) = findings(RULE, with_packages(dist(faults=PURGED), dist("other", faults=PURGED)))
    assert (found.severity, found.impact) == ("error", "broken")
    assert found.cause is not None
    assert found.cause.id == f"cache-purged:{CACHE}"


def test_a_living_cache_is_a_warning() -> None:
    tree = LinkedTree(target=f"{CACHE}/archive-v0/abc", links=3, example=f"{SITE}/demo/__init__.py")
    (found,) = findings(RULE, with_packages(dist(linked=(tree,))))
    assert (found.severity, found.evidence["cache"]) == ("warning", CACHE)


def test_silent_for_files_of_its_own() -> None:
    assert not findings(RULE, with_packages(dist()))


def test_a_relative_link_and_one_that_cannot_be_read() -> None:
    relative = RecordFaults(dangling=(("demo.py", "../../../../../cache/demo.py"),), dangling_count=1)
    (found,) = findings(RULE, with_packages(dist(faults=relative)))
    assert found.evidence["link to"] == "../../../../../cache/demo.py"
    assert "links into /srv/cache, where they are gone" in found.message
    unknown = RecordFaults(dangling=(("demo.py", ""),), dangling_count=1)
    (found,) = findings(RULE, with_packages(dist(faults=unknown)))
    assert "links into a cache, where" in found.message


def test_a_tree_of_unknown_layout_is_named_itself() -> None:
    tree = LinkedTree(target="/data/packages", links=1, example=f"{SITE}/demo")
    (found,) = findings(RULE, with_packages(dist(linked=(tree,))))
    assert "links into /data/packages: purging" in found.message


def test_a_package_that_is_imported_without_the_files_only_lacks_them() -> None:
    (found,) = findings(RULE, with_packages(dist(faults=PURGED)))
    assert "demo 1.0 in " in found.message
    assert " lacks files: " in found.message
