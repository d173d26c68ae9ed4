"""VD519: owners and modes."""

from __future__ import annotations

from tests.support.package_facts import SITE, dist, fails, findings, with_library, with_packages
from venvdoctor.model.distribution import Access, Library, RecordFaults
from venvdoctor.model.host import Home, Host
from venvdoctor.rules import vd519_package_access

RULE = "vd519_package_access"


def test_unreadable_is_an_error_and_foreign_a_warning() -> None:
    closed = Access(path=f"{SITE}/demo", problem="unreadable", owner=0, mode=0o700)
    foreign = Access(path=f"{SITE}/other", problem="foreign", owner=0, mode=0o755)
    found = findings(RULE, with_packages(dist(access=(closed,)), dist("other", access=(foreign,)), owner=1000))
    assert [item.severity for item in found] == ["error", "warning"]


def test_a_site_packages_closed_to_the_owner_is_told_once_and_breaks_all() -> None:
    closed = Access(path=f"{SITE}/demo", problem="unreadable", owner=0, mode=0o700)
    env = with_library(Library(path=(SITE,), distributions=(dist(access=(closed,)),), closed=(SITE,)), owner=1000)
    (found,) = findings(RULE, env)
    assert (found.severity, found.impact, found.path) == ("error", "broken", SITE)


def test_an_environment_of_root_in_the_home_of_another_user() -> None:
    host = Host(homes=(Home("/home/ada", 1000, "ada"), Home("/root", 0, "root"), Home("/", 65534, "nobody")))
    check = vd519_package_access.rule.on_environment
    assert check is not None
    (found,) = check(with_packages(dist(), path="/home/ada/e", real="/home/ada/e", owner=0), host)
    assert (found.severity, found.path) == ("warning", "/home/ada/e")
    for place, owner in (("/home/ada/e", 1000), ("/root/e", 0), ("/opt/e", 0)):
        assert not list(check(with_packages(dist(), path=place, real=place, owner=owner), host))


def test_what_the_scan_may_not_see_is_undecided() -> None:
    (found,) = findings(RULE, with_packages(dist(faults=RecordFaults(denied=("demo/__init__.py",)))))
    assert found.undecided


def test_silent_for_files_of_its_owner() -> None:
    assert not findings(RULE, with_packages(dist(), owner=1000))


def test_a_module_deeper_down() -> None:
    item = fails("demo", "unreadable", path=f"{SITE}/demo/core.py", through=("demo.core",))
    (found,) = findings(RULE, with_packages(dist(imports=item), owner=1000))
    assert (found.severity, found.path) == ("error", f"{SITE}/demo/core.py")
    other = fails("other", "unreadable", path=f"{SITE}/demo/core.py", through=("demo", "demo.core"))
    assert not findings(RULE, with_packages(dist("other", imports=other), owner=1000))
