"""Who made an interpreter: told by where its installation lies and by the marks that installers leave.

Layouts of pyenv, uv, rye, hatch, pdm, poetry, pipx, mise, asdf, conda, Homebrew, MacPorts, python.org, Nix, Guix,
Spack, actions/setup-python, manylinux and the Windows installers; dpkg's status file for deadsnakes.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.interpreter import Interpreter

# The first pattern that is found in the canonical path decides; the more particular ones stand first.
PLACES = (
    ("nix", r"^/nix/store/"),
    ("guix", r"^/gnu/store/"),
    ("homebrew", r"/Cellar/(python|pypy|graalpy)[^/]*/"),
    ("homebrew", r"^(/opt/homebrew|/home/linuxbrew/\.linuxbrew)/"),
    ("macports", r"^/opt/local/"),
    ("xcode", r"/(CommandLineTools|Xcode[^/]*\.app/Contents/Developer)/"),
    ("apple", r"^/System/Library/Frameworks/Python3?\.framework/"),
    ("python.org", r"^/Library/Frameworks/PythonT?\.framework/"),
    ("rye", r"/(\.rye|rye)/py/[^/]+@"),
    ("pdm", r"/pdm/python/[^/]+"),
    ("poetry", r"/pypoetry/python/[^/]+"),
    ("hatch", r"/hatch/pythons?/[^/]+"),
    ("pipx", r"/pipx/py/[^/]+"),
    ("mise", r"/mise/installs/python/"),
    ("asdf", r"/\.?asdf/installs/python/"),
    ("proto", r"/\.proto/tools/python/"),
    ("vfox", r"/\.(version-fox|vfox)/.*/python"),
    ("github-actions", r"/hostedtoolcache/(Python|PyPy|GraalPy)/"),
    ("manylinux", r"^/opt/(python/(cp|pp|graalpy)|_internal/cpython-|_internal/(pp|graalpy))"),
    (
        "uv",
        r"/(cpython|pypy|graalpy|pyodide)-\d+\.\d+[^/]*-(linux|macos|windows|darwin|freebsd|emscripten)-[^/]+(/|$)",
    ),
    ("windows-store", r"(?i)/WindowsApps/"),
    ("pymanager", r"(?i)/pythoncore-\d"),
    ("python.org", r"(?i)/(Programs/Python|Program Files( \(x86\))?)/Python\d"),
    ("scl", r"^/opt/rh/"),
    ("snap", r"^/snap/"),
    ("flatpak", r"^/app/|/flatpak/"),
    ("spack", r"/(\.spack|spack|spack-[^/]*)/(opt/)?.*/python-\d"),
    ("easybuild", r"/software/Python/\d[^/]*-(GCC|foss|intel|fosscuda)"),
)
SYSTEM_PREFIXES = ("/usr", "/", "")
DEADSNAKES = re.compile(rb"\nVersion: [^\n]*\+[a-z]+\d+(?:\n|\Z)")  # 3.12.3-1+jammy1, built for one release
DPKG_STATUS_LIMIT = 32 << 20  # bytes; a desktop has 3 to 8 MB


def provider_of(found: Interpreter, shared: Shared) -> str:
    """Return the provider's name, `unknown` where nothing tells."""
    prefix = found.prefix or ""
    for path in dict.fromkeys((prefix, found.executable, found.libpython or "")):
        if path and prefix and shared.view.kind(f"{prefix.rstrip('/')}/conda-meta") == "dir":
            return "conda"
        name = _by_place(path, shared)
        if name is not None:
            return name
    if prefix in SYSTEM_PREFIXES and prefix:
        return _system(found, shared)
    return _own_build(found, prefix)


def _by_place(path: str, shared: Shared) -> str | None:
    if not path:
        return None
    spelled = path + "/"
    pyenv = _pyenv(path, shared)
    if pyenv is not None:
        return pyenv
    managed = shared.host.environ.get("UV_PYTHON_INSTALL_DIR", "").rstrip("/")
    if managed and spelled.startswith(managed + "/"):
        return "uv"
    for name, pattern in PLACES:
        if re.search(pattern, spelled):
            return name
    return None


def _pyenv(path: str, shared: Shared) -> str | None:
    """Return `pyenv` for what lies in the `versions` of a pyenv root; a directory of that name alone proves nothing."""
    root, versions, _ = path.partition("/versions/")
    if not versions:
        return None
    named = shared.host.environ.get("PYENV_ROOT", "").rstrip("/")
    if root == named or posixpath.basename(root) in (".pyenv", "pyenv", "pyenv-win"):
        return "pyenv"
    return "pyenv" if shared.view.kind(f"{root}/libexec/pyenv") == "file" else None


def _system(found: Interpreter, shared: Shared) -> str:
    """Return the operating system's own name, or `deadsnakes` where dpkg knows better."""
    system = shared.host.os.get("id", "") or "unknown"
    if shared.view.kind("/var/lib/dpkg/info") != "dir" or found.version is None:
        return system
    package = (
        f"pypy{found.version.major}" if found.implementation == "pypy" else f"python{found.version.series}-minimal"
    )
    if system in ("ubuntu", "linuxmint", "pop") and _has_deadsnakes(shared) and _from_deadsnakes(package, shared):
        return "deadsnakes"
    return system


def _has_deadsnakes(shared: Shared) -> bool:
    """Whether the archive is configured: only then is dpkg's long list worth reading."""
    try:
        names = shared.view.listdir("/etc/apt/sources.list.d")
    except OSError:
        return False
    return any("deadsnakes" in name for name in names)


def _from_deadsnakes(package: str, shared: Shared) -> bool:
    try:
        status = b"\n" + shared.view.read("/var/lib/dpkg/status", DPKG_STATUS_LIMIT) + b"\n\n"
    except OSError:
        return False
    at = status.find(f"\nPackage: {package}\n".encode())
    paragraph = status[at : status.find(b"\n\n", at)] if at >= 0 else b""
    return bool(DEADSNAKES.search(paragraph))


def _own_build(found: Interpreter, prefix: str) -> str:
    """Return what is left: an unpacked archive of a project, or somebody's own build."""
    if found.compiled_prefix == "/install":
        return "python-build-standalone"
    if found.implementation == "pypy":
        return "pypy.org"
    if found.implementation == "graalpy":
        return "graalvm"
    if prefix and found.compiled_prefix == prefix:
        return "source"  # configure --prefix and make install, docker's official images among them
    return "unknown"
