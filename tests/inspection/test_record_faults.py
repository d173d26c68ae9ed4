"""Commands that an interrupted installation left empty or cut, told from those that somebody only shortened."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from venvdoctor.inspection.listings import Listings
from venvdoctor.inspection.record import Row
from venvdoctor.inspection.record_faults import cut_commands
from venvdoctor.view import View

if TYPE_CHECKING:
    from pathlib import Path

WRAPPER = "#!/srv/env/bin/python\nimport sys\nfrom demo import main\nif __name__ == '__main__':\n    sys.exit(main())\n"


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("", True),
        (WRAPPER[:-4], True),
        ("\0" * len(WRAPPER), False),  # no first line: whose it is nobody can tell
        (WRAPPER.replace("/srv/env", "/e"), False),
        ("#!/bin/sh\nexec demo (\n", False),
        (WRAPPER, False),
        (None, False),
    ],
)
def test_commands(tmp_path: Path, text: str | None, cut: bool) -> None:
    site = tmp_path / "lib/python3.11/site-packages"
    site.mkdir(parents=True)
    (tmp_path / "bin").mkdir()
    if text is not None:
        (tmp_path / "bin/demo").write_text(text)
    rows = (Row("../../../bin/demo", "", len(WRAPPER)), Row("demo.py", "", 9))
    found = cut_commands(rows, str(site), str(tmp_path / "bin"), Listings(View()))
    assert found == (["../../../bin/demo"] if cut else [])
