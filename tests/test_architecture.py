"""The shape of the package, read from its source: who imports whom, what the pure part may know, how long things are."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

PACKAGE = Path(__file__).parent.parent / "venvdoctor"
# A line imports only lines above it. A name is a module of the package or a folder of it.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("model", "errors", "registry", "escape", "caching.kept", "plainfile", "schemas", "assets"),
    ("view", "finding", "report"),
    (
        "markers",
        "rule",
        "fix",
        "source",
        "format",
        "predicting.changed_view",
        "caching.recorder",
        "repairing.match",
        "repairing.cfg_text",
        "outside",
        "repairing.script_text",
        "upgrading.hooks",
    ),
    (
        "bounds",
        "selection",
        "typeset",
        "fingerprint",
        "documentation",
        "fleet.merging",
        "repairing.salvaging",
        "repairing.plan_text",
    ),
    ("repairing.builders", "advice", "fleet.gathering"),
    ("config", "portrait", "freeze", "predicting.removal", "fleet.text", "predicting.outlook"),
    ("sources", "inspection", "rules", "fixers", "formats"),
    ("fleet.page", "discovery", "diagnosis", "planning", "reporting", "transaction"),
    (
        "predicting.prediction",
        "predicting.hypothesis",
        "upgrading.snapshot",
        "baseline",
        "fleet.tally",
        "workers",
        "probe",
        "caching.packing",
    ),
    ("caching.recall", "caching.replay", "relay"),
    ("caching.memo", "session"),
    ("api",),
    ("inquiry", "repairing.repair", "repairing.repoint", "upgrading.memory", "predicting.supposing"),
    ("predicting.forecast",),
    ("upgrading.aftermath",),
    ("cli",),
    ("__main__",),
)
GATHERED = ("caching", "predicting", "repairing", "fleet", "upgrading")  # folders that only keep things tidy
PLURAL = ("sources", "rules", "fixers", "formats")
PURE = (
    "model",
    "finding",
    "rule",
    "fix",
    "report",
    "rules",
    "fixers",
    "formats",
    "diagnosis",
    "planning",
    "reporting",
    "escape",
)
IMPURE_MODULES = {
    "os",
    "io",
    "subprocess",
    "shutil",
    "tempfile",
    "socket",
    "fcntl",
    "glob",
    "mmap",
    "pwd",
    "stat",
    "urllib",
    "http",
}
BROAD_ALLOWED = {
    "diagnosis.py",
    "api.py",
    "__main__.py",
    "inspection/overlap.py",  # a thread's failure, raised again where somebody hears it
}  # one rule, one environment, the program: never the end of all
LONGEST_FILE, LONGEST_FUNCTION = 400, 40


class Module(NamedTuple):
    """One source file: its path below the package and its tree."""

    path: str
    tree: ast.Module
    lines: int

    @property
    def part(self) -> str:
        """The folder or module that the layers name."""
        return _part(self.path.removesuffix(".py").split("/"))

    @property
    def member(self) -> bool:
        """Whether it is a member of a plural folder."""
        return self.part in PLURAL and not self.path.rsplit("/", 1)[1].startswith("_")


@cache
def modules() -> tuple[Module, ...]:
    """Every source file of the package."""
    found = []
    for path in sorted(PACKAGE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        found.append(Module(path.relative_to(PACKAGE).as_posix(), ast.parse(text), text.count("\n") + 1))
    return tuple(found)


def imported(module: Module) -> Iterator[tuple[str, int]]:
    """Every dotted name that a module imports, with its line; `from a import b` counts as `a.b`."""
    package = ["venvdoctor", *module.path.split("/")[:-1]]
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) + 1 - node.level] if node.level else []
            name = ".".join([*base, *([node.module] if node.module else [])])
            yield from ((f"{name}.{alias.name}", node.lineno) for alias in node.names)


def parts_imported(module: Module) -> Iterator[tuple[str, str, int]]:
    """The package's own parts that a module imports: (part, dotted name, line)."""
    for name, line in imported(module):
        words = name.split(".")
        if words[0] == "venvdoctor" and len(words) > 1 and words[1] not in ("__version__", "version"):
            yield _part(words[1:]), name, line


def _part(words: Sequence[str]) -> str:
    """A folder or module as the layers name it: what a gathering of modules holds stands on several floors."""
    inner = words[1] if len(words) > 1 else ""
    return f"{words[0]}.{inner}" if words[0] in GATHERED and inner != "__init__" else words[0]


def layer_of(part: str) -> int:
    """The layer's number; -1 for what no layer names."""
    return next((number for number, names in enumerate(LAYERS) if part in names), -1)


def test_every_part_has_a_layer() -> None:
    assert {item.part for item in modules() if layer_of(item.part) < 0} == {"__init__", *GATHERED}


def test_a_layer_imports_only_layers_above_it() -> None:
    wrong = [
        f"{module.path}:{line} imports {name}"
        for module in modules()
        if module.part != "__init__"
        for part, name, line in parts_imported(module)
        if part != module.part and layer_of(part) >= layer_of(module.part)
    ]
    assert wrong == []


def test_imports_go_one_way() -> None:
    """Nothing imports, at any time or for its types only, what imports it by whatever way around."""
    names = {_dotted(module.path): module for module in modules()}
    graph: dict[str, set[str]] = {}
    for name, module in names.items():
        found = {inner for inner, _ in imported(module)}
        wanted = {inner if inner in names else inner.rpartition(".")[0] for inner in found}
        graph[name] = {inner for inner in wanted if inner in names and inner not in (name, "venvdoctor")}
    left = dict(graph)
    while free := [name for name, inner in left.items() if not inner & left.keys()]:
        for name in free:
            del left[name]
    assert left == {}


def _dotted(path: str) -> str:
    return ".".join(["venvdoctor", *path.removesuffix(".py").split("/")]).removesuffix(".__init__")


def test_members_of_a_plural_folder_never_import_each_other() -> None:
    wrong = []
    for module in modules():
        if module.member:
            own = "venvdoctor." + module.path.removesuffix(".py").replace("/", ".")
            for part, name, line in parts_imported(module):
                leaf = name.split(".")[2] if len(name.split(".")) > 2 else ""
                if part == module.part and not leaf.startswith("_") and not name.startswith(own):
                    wrong.append(f"{module.path}:{line} imports {name}")
    assert wrong == []


def test_the_pure_part_knows_no_disk() -> None:
    wrong = [
        f"{module.path}:{line} imports {name}"
        for module in modules()
        if module.part in PURE
        for name, line in imported(module)
        if name.split(".")[0] in IMPURE_MODULES or (name.startswith("pathlib") and not name.startswith("pathlib.Pure"))
    ]
    assert wrong == []


def test_no_rule_and_no_format_imports_the_view() -> None:
    wrong = [
        f"{module.path}:{line}"
        for module in modules()
        if module.part in PURE
        for part, _, line in parts_imported(module)
        if part == "view"
    ]
    assert wrong == []


def test_no_rule_knows_whether_the_disk_is_a_real_one() -> None:
    """A prediction is the same diagnosis of another view: rules see facts, and none that says which view they are of."""
    secrets = {
        "view",
        "predicting.changed_view",
        "predicting.hypothesis",
        "predicting.supposing",
        "predicting.prediction",
        "predicting.forecast",
    }
    wrong = [
        f"{module.path}:{getattr(node, 'lineno', 0)}"
        for module in modules()
        if module.part in ("rules", "fixers", "diagnosis", "planning")
        for node in ast.walk(module.tree)
        if (isinstance(node, (ast.Name, ast.Attribute)) and _word(node) in (*secrets, "supposed"))
        or (
            isinstance(node, (ast.Import, ast.ImportFrom)) and secrets & {part for part, _, _ in parts_imported(module)}
        )
    ]
    assert wrong == []


def _word(node: ast.Name | ast.Attribute) -> str:
    return node.id if isinstance(node, ast.Name) else node.attr


def test_only_the_command_line_prints() -> None:
    wrong = [
        f"{module.path}:{node.lineno}"
        for module in modules()
        if module.part not in ("cli", "__main__")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("print", "input", "exit", "quit")
    ]
    assert wrong == []


def test_nothing_broad_is_caught_but_where_it_is_argued() -> None:
    wrong = [
        f"{module.path}:{node.lineno}"
        for module in modules()
        if module.path not in BROAD_ALLOWED and not module.path.startswith("transaction")
        for node in ast.walk(module.tree)
        if isinstance(node, ast.ExceptHandler) and _broad(node.type)
    ]
    assert wrong == []


def _broad(caught: ast.expr | None) -> bool:
    names = caught.elts if isinstance(caught, ast.Tuple) else [caught]
    return any(
        name is None or (isinstance(name, ast.Name) and name.id in ("Exception", "BaseException")) for name in names
    )


def test_no_file_is_longer_than_a_reader_can_hold() -> None:
    assert {module.path: module.lines for module in modules() if module.lines > LONGEST_FILE + 1} == {}


def test_half_of_the_files_are_short() -> None:
    lengths = sorted(module.lines for module in modules())
    assert lengths[len(lengths) // 2] <= 120


def test_no_function_is_longer_than_a_screen() -> None:
    long = {
        f"{module.path}:{node.name}": length
        for module in modules()
        for node in ast.walk(module.tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and (length := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_FUNCTION
    }
    assert long == {}


def test_no_work_is_done_at_import_time() -> None:
    """Definitions, constants and imports only: no loop, no call for its effect, no file."""
    wrong = [
        f"{module.path}:{node.lineno}"
        for module in modules()
        for node in module.tree.body
        if isinstance(node, (ast.For, ast.While, ast.With))
        or (isinstance(node, ast.Expr) and not isinstance(node.value, ast.Constant))
    ]
    assert [item for item in wrong if not item.startswith("__main__")] == []


def test_every_module_says_what_it_is_for() -> None:
    assert [module.path for module in modules() if not ast.get_docstring(module.tree)] == []


def test_every_file_postpones_annotations() -> None:
    """Python 3.10 evaluates them otherwise; rules without annotations that need it are exempt."""
    wrong = [
        module.path
        for module in modules()
        if any(isinstance(node, (ast.FunctionDef, ast.AnnAssign)) for node in ast.walk(module.tree))
        and not any(isinstance(node, ast.ImportFrom) and node.module == "__future__" for node in module.tree.body)
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("what", "forbidden"),
    [
        (
            "import venvdoctor",
            {"rich", "typer", "packaging", "email", "subprocess", "importlib.metadata", "json", "tomli", "tomllib"},
        ),
        (
            "from venvdoctor.diagnosis import catalogue; catalogue()",
            {"rich", "typer", "email", "subprocess", "importlib.metadata", "asyncio", "packaging"},
        ),
    ],
)
def test_starting_loads_nothing_heavy(what: str, forbidden: set[str]) -> None:
    code = f"import sys; sys.dont_write_bytecode = True; {what}; print(*sorted(sys.modules))"
    environ = {**os.environ, "PYTHONPATH": str(PACKAGE.parent)}
    done = subprocess.run([sys.executable, "-S", "-c", code], capture_output=True, text=True, check=True, env=environ)
    assert forbidden.intersection(done.stdout.split()) == set()
