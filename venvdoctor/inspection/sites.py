"""Which directories site.py adds to sys.path: upstream's way, Debian's, Fedora's, and virtualenv's own before 20.0.

Distributions patch `getsitepackages`, so the `site.py` of the standard library that would run is asked what it is.
Source: Lib/site.py of CPython and PyPy; the patches `distutils-install-layout` of Debian and 00251 of Fedora;
`virtualenv_embedded/site.py` of virtualenv 16.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from venvdoctor.inspection.shared import Shared
    from venvdoctor.model.interpreter import PythonVersion
    from venvdoctor.view import View

SITE_LIMIT = 256 << 10  # bytes; site.py has some 25 KiB


class Scheme(NamedTuple):
    """What decides where site.py looks.

    Attributes:
        name: directory below lib: `python3.13t`, `pypy3.10`.
        platlibdir: `lib` or `lib64`.
        debian: `dist-packages`, and which of its directories.
        local: `/usr/local` is added to the prefixes once user site is on.
        user_name: directory below the user base's lib.
        legacy: it is the site.py that virtualenv brought before 20.0.
    """

    name: str
    platlibdir: str = "lib"
    debian: bool = False
    deprecated: bool = False  # Debian's CPython also looks into lib/pythonX.Y/dist-packages
    local: bool = False
    user_name: str = ""
    legacy: bool = False


def scheme_of(  # noqa: PLR0917 - what decides, all of it
    stdlib: str, implementation: str, version: PythonVersion, thread: str, platlibdir: str, shared: Shared
) -> Scheme:
    """Return the scheme of the site.py in a standard library; upstream's when there is none to read."""
    store = shared.store(__name__)
    key = (stdlib, implementation, version.series, thread, platlibdir)
    if key not in store:
        text = _text(stdlib + "/site.py", shared)
        name = directory_name(implementation, version, thread)
        store[key] = Scheme(
            name=name,
            platlibdir=platlibdir,
            debian=b"dist-packages" in text,
            deprecated=b"deprecated for Debian" in text or b"libdir,\n" in text,
            local=b'"/usr/local"' in text or b"'/usr/local'" in text,
            user_name=name,
            legacy=b"orig-prefix.txt" in text,
        )
    found: Scheme = store[key]
    return found


def directory_name(implementation: str, version: PythonVersion, thread: str) -> str:
    """Return `python3.13t`, `pypy3.9`; PyPy up to 3.7 has none of its own (its site-packages is in the prefix)."""
    if implementation == "pypy":
        return f"pypy{version.series}" if version >= (3, 8) else ""
    return f"python{version.series}{thread if version >= (3, 13) else ''}"


def site_packages(prefixes: Iterable[str], scheme: Scheme, *, virtual: bool) -> list[str]:
    """Return the directories that `getsitepackages` names, existing or not, in its order.

    Args:
        prefixes: in order; repeated ones are skipped.
        scheme: of the site.py that runs.
        virtual: sys.prefix differs from sys.base_prefix.
    """
    found: list[str] = []
    for prefix in dict.fromkeys(item for item in prefixes if item):
        if scheme.legacy:
            found += _legacy(prefix, scheme)
            continue
        found += _debian(prefix, scheme, virtual=virtual) if scheme.debian else _upstream(prefix, scheme)
    return found


def legacy_base(stdlib: str, view: View) -> str | None:
    """Return the prefix that virtualenv's own site.py (before 20.0) adds the standard library of; None without one."""
    try:
        text = view.read_head(f"{stdlib}/orig-prefix.txt", 4096)
    except OSError:
        return None
    return text.decode("utf-8", "surrogateescape").strip() or None


def legacy_sees_base(stdlib: str, view: View) -> bool:
    """Whether that site.py adds the packages of its base as well (its `--system-site-packages`)."""
    return view.kind(f"{stdlib}/no-global-site-packages.txt") == "missing"


def user_site(scheme: Scheme, home: str, environ: Mapping[str, str]) -> str:
    """Return the user's own site-packages (`site._get_path`)."""
    base = environ.get("PYTHONUSERBASE") or home.rstrip("/") + "/.local"
    return f"{base}/lib/{scheme.user_name}/site-packages"


def _upstream(prefix: str, scheme: Scheme) -> list[str]:
    if not scheme.name:
        return [f"{prefix.rstrip('/')}/site-packages"]
    libraries = [scheme.platlibdir, "lib"] if scheme.platlibdir != "lib" else ["lib"]
    return [f"{prefix.rstrip('/')}/{library}/{scheme.name}/site-packages" for library in libraries]


def _debian(prefix: str, scheme: Scheme, *, virtual: bool) -> list[str]:
    top = prefix.rstrip("/")
    found = [f"{top}/lib/{scheme.name}/site-packages"] if virtual else []
    found += [f"{top}/local/lib/{scheme.name}/dist-packages", f"{top}/lib/python3/dist-packages"]
    if scheme.deprecated:
        libraries = [scheme.platlibdir, "lib"] if scheme.platlibdir != "lib" else ["lib"]
        found += [f"{top}/{library}/{scheme.name}/dist-packages" for library in libraries]
    return found


def _legacy(prefix: str, scheme: Scheme) -> list[str]:
    top = prefix.rstrip("/")
    return [
        place
        for root in (f"{top}/local", top)
        for place in (
            f"{root}/lib64/{scheme.name}/site-packages",
            f"{root}/lib/{scheme.name}/site-packages",
            f"{root}/local/lib/{scheme.name}/dist-packages",
            f"{root}/lib/python3/dist-packages",
        )
    ]


def _text(path: str, shared: Shared) -> bytes:
    try:
        return shared.view.read(path, SITE_LIMIT)
    except OSError:
        return b""
