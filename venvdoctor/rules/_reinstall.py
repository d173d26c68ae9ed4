"""The remedy "install that interpreter again, in place", in the words of whoever made it."""

from __future__ import annotations

from posixpath import dirname
from shlex import quote
from typing import TYPE_CHECKING

from venvdoctor.finding import Remedy

if TYPE_CHECKING:
    from venvdoctor.model.interpreter import Interpreter

# {text}: X.Y.Z, {series}: X.Y, {root}: its installation.
# Only commands that keep the place, so that the environments survive.
COMMANDS = {
    "pyenv": "pyenv install --force {text}",
    "uv": "uv python install --reinstall {text}",
    "rye": "rye toolchain fetch --force {text}",
    "mise": "mise install --force python@{text}",
    "asdf": "asdf uninstall python {text} && asdf install python {text}",
    "homebrew": "brew reinstall python@{series}",
    "conda": "conda install -p {root} --force-reinstall python={series}",
    "hatch": "hatch python update {series}",
    "debian": "apt-get install --reinstall python{series}-minimal libpython{series}-minimal libpython{series}-stdlib",
    "fedora": "dnf reinstall python{series} python{series}-libs",
    "arch": "pacman -S python",
    "alpine": "apk fix python3",
}
SAME_AS = {"ubuntu": "debian", "deadsnakes": "debian", "linuxmint": "debian", "raspbian": "debian", "pop": "debian"}


def reinstall(interpreter: Interpreter) -> Remedy:
    """Return the step that puts the interpreter's own files back."""
    version = interpreter.version
    label = f"Python {version.text}" if version else interpreter.executable
    template = COMMANDS.get(SAME_AS.get(interpreter.provider, interpreter.provider), "")
    if interpreter.implementation != "cpython" or version is None or (version.micro is None and "{text}" in template):
        template = ""
    root = quote(dirname(dirname(interpreter.executable)))
    command = template.format(text=quote(version.text), series=version.series, root=root) if version else ""
    return Remedy(
        kind="reinstall-base",
        summary=f"install {label} again in the same place; the environments on it stay as they are",
        command=command,
    )
