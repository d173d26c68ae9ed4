"""Debian's and Ubuntu's pip up to 20.3: what upstream bundles are wheels of the system, which an upgrade takes away.

Source: Debian's patch `debundled` of pip/_vendor/__init__.py, as installed into environments by its `ensurepip`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.model.distribution import ImportName
from venvdoctor.model.fact import replace

if TYPE_CHECKING:
    from venvdoctor.inspection.importer import Importer
    from venvdoctor.model.distribution import Distribution
    from venvdoctor.model.environment import Environment

_WANTED = ("packaging", "requests")  # pip imports both before it reads its arguments
_LIMIT = 64 << 10  # bytes; the file has 5 KiB


def with_wheels_gone(dist: Distribution, env: Environment, importer: Importer) -> Distribution:
    """Return pip's distribution with the import that fails because its wheels are gone; any other as it is."""
    prefix = env.startup.base_prefix
    if dist.key != "pip" or not prefix or any(item.state == "fails" for item in dist.imports):
        return dist
    place = f"{dist.site_dir}/pip/_vendor/__init__.py"
    listings = importer.listings
    try:
        text = listings.view.read_head(place, _LIMIT)
    except (OSError, ValueError):
        return dist
    if b"\nDEBUNDLED = True" not in text or b"'python-wheels'" not in text:
        return dist
    wheels = f"{prefix if b'base_prefix' in text else env.path}/share/python-wheels"
    found = listings.get(wheels)
    if found.problem not in ("", "missing"):
        return dist
    heads = {name.partition("-")[0] for name in found.names if name.endswith(".whl")}
    gone = next((name for name in _WANTED if name not in heads and importer.find(name) is None), None)
    if gone is None:
        return dist
    detail = f"{gone}, of which {wheels} holds no wheel"
    lost = ImportName(name="pip._internal.cli.main", state="fails", reason="no-module", path=place, detail=detail)
    return replace(dist, imports=(*(item for item in dist.imports if item.name != lost.name), lost))
