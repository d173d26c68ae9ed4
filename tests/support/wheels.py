"""Made-up distributions: wheels as bytes, and installs as an installer would leave them; no network, no pip."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path


def metadata(
    name: str, version: str, *, requires: Sequence[str] = (), requires_python: str = "", extra: Sequence[str] = ()
) -> str:
    """Return the text of METADATA."""
    lines = ["Metadata-Version: 2.1", f"Name: {name}", f"Version: {version}"]
    lines += [f"Requires-Python: {requires_python}"] if requires_python else []
    lines += [f"Requires-Dist: {item}" for item in requires]
    return "\n".join([*lines, *extra]) + "\n"


def dist_info_name(name: str, version: str) -> str:
    """Return the name of the metadata directory."""
    return f"{name.replace('-', '_')}-{version}.dist-info"


def files_of(
    name: str,
    version: str,
    *,
    files: Mapping[str, str | bytes] | None = None,
    requires: Sequence[str] = (),
    requires_python: str = "",
    scripts: Mapping[str, str] | None = None,
    tag: str = "py3-none-any",
) -> dict[str, bytes]:
    """Return every file of a wheel but RECORD; `scripts` maps a command to `module:function`."""
    info = dist_info_name(name, version)
    module = name.replace("-", "_")
    content: dict[str, str | bytes] = dict(
        files if files is not None else {f"{module}/__init__.py": f"VERSION = {version!r}\n"}
    )
    pure = "true" if tag.endswith("none-any") else "false"
    content[f"{info}/METADATA"] = metadata(name, version, requires=requires, requires_python=requires_python)
    content[f"{info}/WHEEL"] = f"Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: {pure}\nTag: {tag}\n"
    if scripts:
        body = "".join(f"{command} = {target}\n" for command, target in scripts.items())
        content[f"{info}/entry_points.txt"] = f"[console_scripts]\n{body}"
    return {path: data.encode() if isinstance(data, str) else data for path, data in content.items()}


def record_line(path: str, data: bytes) -> str:
    """Return one line of RECORD."""
    digest = base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()
    return f"{path},sha256={digest},{len(data)}\n"


def make_wheel(folder: Path, name: str, version: str, *, tag: str = "py3-none-any", **content: object) -> Path:
    """Write a wheel that pip, uv and pipx install; see `files_of` for `content`."""
    files = files_of(name, version, tag=tag, **content)  # type: ignore[arg-type]
    record = dist_info_name(name, version) + "/RECORD"
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name.replace('-', '_')}-{version}-{tag}.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for member, data in files.items():
            archive.writestr(zipfile.ZipInfo(member, (2024, 1, 1, 0, 0, 0)), data)
        listing = "".join(record_line(member, data) for member, data in files.items()) + f"{record},,\n"
        archive.writestr(zipfile.ZipInfo(record, (2024, 1, 1, 0, 0, 0)), listing)
    return path


def install(
    site: Path, name: str, version: str, *, bin_dir: Path | None = None, shebang: str = "", **content: object
) -> Path:
    """Write a distribution into a site-packages directory as pip would; return its `*.dist-info`.

    With `scripts` and `bin_dir`, launchers with the given shebang are written too and recorded.
    """
    files = files_of(name, version, **content)  # type: ignore[arg-type]
    info = dist_info_name(name, version)
    files[f"{info}/INSTALLER"] = b"pip\n"
    lines = [record_line(path, data) for path, data in files.items()]
    for path, data in files.items():
        target = site / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
    scripts = content.get("scripts")
    if bin_dir is not None and isinstance(scripts, dict):
        for command, target_text in scripts.items():
            module, _, function = target_text.partition(":")
            body = f"#!{shebang}\nimport sys\nfrom {module} import {function}\nsys.exit({function}())\n".encode()
            (bin_dir / command).write_bytes(body)
            (bin_dir / command).chmod(0o755)
            lines.append(record_line(f"../../../bin/{command}", body))
    lines.append(f"{info}/RECORD,,\n")
    (site / info / "RECORD").write_text("".join(lines))
    return site / info
