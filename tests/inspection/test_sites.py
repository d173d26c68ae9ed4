"""The directories that site.py adds: the file of the standard library says whose site.py it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from venvdoctor.inspection import sites
from venvdoctor.inspection.shared import Shared
from venvdoctor.model.host import Host
from venvdoctor.model.interpreter import PythonVersion
from venvdoctor.view import View

if TYPE_CHECKING:
    from pathlib import Path


def test_virtualenv_before_20_brings_its_own(tmp_path: Path) -> None:
    stdlib = tmp_path / "lib/python3.7"
    stdlib.mkdir(parents=True)
    (stdlib / "site.py").write_text("open('orig-prefix.txt'); 'dist-packages'\n")
    (stdlib / "orig-prefix.txt").write_text("/opt/python3.7\n")
    view = View()
    scheme = sites.scheme_of(str(stdlib), "cpython", PythonVersion(3, 7, 16), "", "lib", Shared(view=view, host=Host()))
    found = sites.site_packages([str(tmp_path)], scheme, virtual=False)
    assert f"{stdlib}/site-packages" in found
    assert f"{tmp_path}/lib/python3/dist-packages" in found
    assert sites.legacy_base(str(stdlib), view) == "/opt/python3.7"
    assert sites.legacy_sees_base(str(stdlib), view)
    (stdlib / "no-global-site-packages.txt").touch()
    assert not sites.legacy_sees_base(str(stdlib), view)
