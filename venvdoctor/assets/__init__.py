"""The style and the script of the HTML report, as files inside the package."""

from __future__ import annotations

from pkgutil import get_data


def read(name: str) -> str:
    """Return the text of an asset, also from within a zipped package."""
    data = get_data(__name__, name)
    if data is None:
        raise FileNotFoundError(name)
    return data.decode("utf-8")
