"""The JSON Schemas that venvdoctor's output keeps to, as files inside the package."""

from __future__ import annotations

from pkgutil import get_data

REPORT = "report-v1.json"
FILES = {"report": REPORT, "prediction": "prediction-v1.json", "settings": "settings-v1.json"}


def read(name: str = REPORT) -> str:
    """Return the text of a schema, also from within a zipped package."""
    data = get_data(__name__, name)
    if data is None:
        raise FileNotFoundError(name)
    return data.decode("utf-8")
