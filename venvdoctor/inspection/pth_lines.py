"""What an `import` line of a `.pth` file would do, for the lines that packaging tools write; never executed."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

EffectKind = Literal[
    "none", "finder", "module", "namespace", "distutils", "addsitedir", "path", "egg-insert", "exit", "unknown"
]


class Effect(NamedTuple):
    """The effect of one line.

    Attributes:
        kind: `finder`: setuptools' `__editable__…_finder`; `module`: a module of the same directory is imported and may
            install anything; `namespace`: a `-nspkg.pth` makes the package `names[0]` with `names` below the site
            directory; `distutils`: setuptools' shim; `path`, `addsitedir`, `egg-insert`: sys.path changes; `exit`: the
            process ends here (site.py catches no SystemExit).
        modules: what it imports beyond the standard library, and fails without.
    """

    kind: EffectKind
    modules: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    names: tuple[str, ...] = ()


# Modules whose start-up hook changes nothing about which modules are found.
HARMLESS = frozenset(
    {
        "_virtualenv", "coverage", "pytest_cov", "a1_coverage", "sitecustomize", "usercustomize", "os", "sys", "site",
        "types", "matplotlib", "pipx", "ddtrace", "sentry_sdk", "truststore", "pip_system_certs", "beartype", "rich",
        "betterproto", "certifi_win32", "python_certifi_win32", "pyximport", "torch_xla", "google", "setuptools",
        "wrapt", "autowrapt", "future_fstrings", "hunter", "pdbpp", "pretty_errors", "better_exceptions", "icecream",
        "faulthandler", "threading", "warnings", "importlib", "distutils", "gi", "pywin32_bootstrap", "vext",
        "jax_plugins",
        "pyodide", "line_profiler", "scalene", "pyinstrument", "newrelic", "opentelemetry", "nvtx", "pymca", "logfire",
    }
)  # fmt: skip

_FINDER = re.compile(r"import (__editable___\w+?_finder)\s*;\s*\1\.install\(\)")
_NAMESPACE = re.compile(r"f_locals\[['\"]sitedir['\"]\],\s*\*\(([^)]*)\)")
_LITERAL = re.compile(r"""['"]([^'"\\]*)['"]""")
_ADDSITEDIR = re.compile(r"""\baddsitedir\(\s*r?(['"])([^'"]*)\1\s*\)""")
_PATH_CALL = re.compile(r"""\bsys\.path\.(?:append\(|insert\(\s*\d+\s*,)\s*r?(['"])([^'"]*)\1\s*\)""")
_IMPORTED = re.compile(
    r"import[ \t]+([\w.]+(?:[ \t]+as[ \t]+\w+)?(?:[ \t]*,[ \t]*[\w.]+(?:[ \t]+as[ \t]+\w+)?)*)[ \t]*(?:;|#|$)"
)
_ENDING = ("SystemExit", "exit(", "KeyboardInterrupt", "abort(")
_EXITS = ("sys.exit", "os._exit", "os.abort")
_STDLIB = frozenset({"os", "sys", "site", "types", "importlib", "warnings", "threading", "faulthandler"})


def interpret(line: str) -> Effect:
    """Return what an import line would do."""
    finder = _FINDER.match(line)
    if finder:
        return Effect("finder", (finder[1],))
    if any(word in line for word in _ENDING) and (imported := what_ends(line)) is not None:
        return Effect("exit", imported)
    if "_distutils_hack" in line:
        return Effect("distutils", ("_distutils_hack",))
    if "sys.__plen" in line:
        return Effect("egg-insert" if "__egginsert" in line else "none")
    namespace = _NAMESPACE.search(line)
    if namespace:
        return Effect("namespace", names=tuple(_LITERAL.findall(namespace[1])))
    if "addsitedir" in line:
        places = tuple(found[1] for found in _ADDSITEDIR.findall(line))
        return Effect("addsitedir", paths=places) if places else Effect("unknown")
    if "sys.path" in line:
        places = tuple(found[1] for found in _PATH_CALL.findall(line))
        return Effect("path", paths=places) if places else Effect("unknown")
    return _plain(line)


def what_ends(text: str, known: tuple[str, ...] = ("sys", "os")) -> tuple[str, ...] | None:
    """Return what a line or module imports before it certainly ends the process, None when it does not plainly do that.

    Args:
        text: a line, which runs in `site.addpackage`, or a module.
        known: the modules that it has without importing them; what it lacks is a NameError, which `site` survives.
    """
    import ast  # noqa: PLC0415 - hardly any line asks for it

    from venvdoctor.inspection.python_source import parse  # noqa: PLC0415

    tree = parse(text.strip("\0 \t\r\n"))
    if tree is None:
        return None
    imported: list[str] = []
    for node in tree.body:
        if isinstance(node, ast.Import) and not any(alias.asname for alias in node.names):
            imported += [alias.name for alias in node.names]
        elif isinstance(node, ast.Raise) and node.exc is not None and node.cause is None:
            called = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
            ends = ast.unparse(called) in ("SystemExit", "KeyboardInterrupt")
            return _beyond_stdlib(imported) if ends else None
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            continue
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            called = node.value.func
            holder = ast.unparse(called).partition(".")[0]
            ends = ast.unparse(called) in _EXITS and holder in {*known, *(name.partition(".")[0] for name in imported)}
            return _beyond_stdlib(imported) if ends else None
        else:
            return None
    return None


def _beyond_stdlib(names: list[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name.partition(".")[0] not in _STDLIB)


def _plain(line: str) -> Effect:
    """Judge a line by the modules it imports."""
    match = _IMPORTED.match(line)
    names = tuple(part.split()[0] for part in match[1].split(",")) if match else ()
    firsts = {name.partition(".")[0] for name in names}
    rest = line[match.end() :] if match else line
    wanted = tuple(name for name in names if name.partition(".")[0] not in _STDLIB)
    if not names:
        return Effect("unknown")
    if len(names) == 1 and wanted and not (firsts & HARMLESS):
        return Effect("module", wanted)
    if firsts <= HARMLESS and not re.search(r"meta_path|path_hooks|__path__|sys\.modules", rest):
        return Effect("none", wanted)
    return Effect("unknown", wanted)
