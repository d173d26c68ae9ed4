"""The judge of diagnoses: run the environment, and compare with what was said about it without running it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from tests.support.envs import imports, run, truth
from tests.support.scanning import codes

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def verdict(env: Path, modules: Sequence[str] = (), commands: Sequence[str] = ()) -> str:
    """Return what running shows: `broken` (does not start, is not isolated, sees none of its modules), `degraded`, `healthy`.

    Args:
        env: the environment.
        modules: what was installed into it and has to be importable.
        commands: names in its `bin` that have to run and end with 0.
    """
    ran = truth(env)
    if ran is None or not os.path.samefile(ran["prefix"], env):
        return "broken"
    seen = [imports(env, module) for module in modules]
    if seen and not any(seen):
        return "broken"
    works = all(seen) and all(run([env / "bin" / command]).ok for command in commands)
    return "healthy" if works else "degraded"


def agree(env: Path, item: dict[str, Any], modules: Sequence[str] = (), commands: Sequence[str] = ()) -> str:
    """Assert that the report's entry of an environment says what running it shows; return that verdict."""
    shown = verdict(env, modules, commands)
    ran = truth(env)
    about = f"\n{env}: running shows {shown} {ran}\nreport: {item['status']} {[(f['code'], f['severity'], f['message']) for f in item['findings']]}"
    assert item["status"] == shown, about
    if ran is not None:
        python = item["python"]
        assert python["actual_version"] == ran["version"], about
        assert python["implementation"] == ran["implementation"], about
        if ran["prefix"] == str(env):
            assert python["base_prefix"] == ran["base_prefix"], f"{python['base_prefix']}{about}"
    if shown == "healthy":
        assert codes(item, "error") == [], about
    else:
        assert codes(item, "error"), about
    return shown
