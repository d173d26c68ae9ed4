"""VD202: some packages stayed behind."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.start_facts import ENV, environment, findings, interpreter, lib, startup
from venvdoctor.model.distribution import Distribution, Library

if TYPE_CHECKING:
    from venvdoctor.finding import Finding

RULE = "vd202_stranded_packages"


def both(stranded: tuple[str, ...], seen: tuple[str, ...]) -> list[Finding]:
    library = Library(distributions=tuple(map(dist, seen)), stranded=tuple(map(dist, stranded)))
    return findings(
        RULE,
        environment(
            interpreter=interpreter("3.13.5"),
            startup=startup("python3.13"),
            lib_dirs=(lib("python3.11", len(stranded)), lib("python3.13", len(seen))),
            library=library,
        ),
    )


def dist(name: str) -> Distribution:
    site = f"{ENV}/lib/site-packages"
    return Distribution(name=name, key=name, version="1.0", site_dir=site, metadata_path=f"{site}/{name}.dist-info")


def test_names_what_is_only_there() -> None:
    (found,) = both(("pip", "six", "attrs"), ("pip", "six"))
    assert (found.severity, found.impact) == ("error", "degraded")
    assert found.evidence["only there"] == ["attrs 1.0"]


def test_silent_where_nothing_is_missing() -> None:
    assert not both(("pip", "setuptools", "six"), ("six",))
    assert not both((), ("six",))
    assert not both(("six",), ())
    assert not findings(RULE, environment())
