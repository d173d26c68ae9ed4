"""What running a module comes to when some imports fail: the statements of its top level in order, guards included.

`first_failure` carries out the statements as the interpreter would as far as imports are concerned: `try` with its
handlers, `if` where version or platform decide it, `with suppress(…)`, class bodies, `import_module("…")`, loops
over constant names, attributes of modules. What cannot be decided counts as going well: a failure that is returned is
certain.
"""

from __future__ import annotations

import ast
from contextlib import suppress
from typing import TYPE_CHECKING, NamedTuple

from venvdoctor.inspection.caught import CAUGHT, OTHERS, catches, last_name
from venvdoctor.inspection.constant_text import decided, text_of, texts_of
from venvdoctor.inspection.evaluated import dotted, evaluated, expressions_of, names_bound
from venvdoctor.inspection.lasting import Lasting
from venvdoctor.inspection.python_source import parse
from venvdoctor.inspection.source_imports import Wanted, absolute
from venvdoctor.inspection.top_level import that_may_fail, without_functions

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

    from venvdoctor.inspection.constant_text import Known

_DYNAMIC = ("import_module", "__import__")
_OPEN = (b"import_module", b"__import__", b"except NameError")  # what depends on the variables of the whole source
_BEFORE_LEVEL = 4  # parameters of `__import__`
LOOP_LIMIT = 200  # names of one loop


class Failure(NamedTuple):
    """What raises: the module whose import fails ("" for a `raise`), the class of the exception ("": nobody knows)."""

    name: str
    kind: str


class Doubt(Exception):  # noqa: N818 - no error: the end of what can be told
    """Whether the module goes on here cannot be told."""


class Oracle:
    """What fails among the things that a module does; here nothing."""

    def imported(self, wanted: Wanted) -> Failure | None:
        """Return the failure that an import, taken by itself, certainly meets."""
        del wanted
        return None

    def looked_up(self, module: str, attribute: str) -> Failure | None:
        """Return the failure that looking up an attribute of a module certainly meets."""
        del module, attribute
        return None

    def joined(self, node: ast.BinOp) -> Failure | None:
        """Return the failure that an operator between two values certainly meets."""
        del node
        return None

    def wavers(self, module: str) -> bool:
        """Whether what a module holds may depend on a failure that it caught."""
        del module
        return False


def first_failure(source: bytes, ask: Oracle, known: Known, *, whole: bool = False) -> Failure | None:
    """Return the failure that certainly ends the running of a module, None where none is certain; total.

    Args:
        source: the module's text.
        ask: what fails, taken by itself.
        known: what is known of the interpreter, and the module's own name and package.
        whole: what the signatures of functions hold may fail, too.
    """
    dynamic = any(word in source for word in _OPEN)
    if not whole:
        top = without_functions(source) if dynamic else b""
        if _goes_well(source, top, ask, known):
            return None  # most handlers are prepared, and the rest of the source has no part in it
        tree = parse(top or without_functions(source))  # a tenth of the whole
        if tree is not None and _carried_out(tree, source, ask, known) is None:
            return None
    tree = parse(source)
    return None if tree is None else _carried_out(tree, source, ask, known)


def _goes_well(source: bytes, top: bytes, ask: Oracle, known: Known) -> bool:
    """Whether the few statements that may fail show that nothing does, whatever stands between them.

    Args:
        source: the module's text.
        top: the same without functions, where those depend on variables.
        ask: what fails, taken by itself.
        known: what is known of the interpreter.
    """
    short = that_may_fail(source) if not any(word in top for word in _OPEN) else None
    tree = None if short is None else parse(short)
    if tree is None:
        return False
    run = _Run(ask, known, frozenset(), expressions=False)
    with suppress(Doubt, RecursionError):
        return run.block(tree.body) is None and not (top and run.doubts)
    return not top


def _carried_out(tree: ast.Module, source: bytes, ask: Oracle, known: Known) -> Failure | None:
    lasting: Container[str] = Lasting(tree, source) if any(word in source for word in _OPEN) else frozenset()
    try:
        return _Run(ask, known, lasting).block(tree.body)
    except (Doubt, RecursionError):
        return None


def doubt_of(source: bytes, ask: Oracle, known: Known) -> Failure | None:
    """Return the failure of which nobody can tell whether it ends the running of a module; total."""
    tree = parse(source)
    if tree is None:
        return None
    run = _Run(ask, known, Lasting(tree, source))
    with suppress(Doubt, RecursionError):
        run.block(tree.body)
    return run.doubts[0] if run.doubts else None


class _Run:
    """One module being carried out.

    Attributes:
        doubts: failures of which nobody can tell whether they end it.
    """

    def __init__(self, ask: Oracle, known: Known, lasting: Container[str], *, expressions: bool = True) -> None:
        self._ask = ask
        self._expressions = expressions  # whether what is no import may fail
        self._known = known
        self._lasting = lasting  # variables that keep what they are given
        self.doubts: list[Failure] = []
        self._bound: dict[str, str] = {}  # variables that are modules → which
        self._annotations = known.version is not None and known.version < (3, 14)  # PEP 649

    def block(self, body: Sequence[ast.stmt], current: Failure | None = None) -> Failure | None:
        """Return the failure that ends a block; `current` is the one that its handler deals with."""
        for node in body:
            failure = self._statement(node, current)
            if failure:
                return failure
        return None

    def _statement(self, node: ast.stmt, current: Failure | None) -> Failure | None:
        if isinstance(node, (ast.Import, ast.ImportFrom)):
            self._bind(node)
            return self._first(wanted_of(node))
        failure = self._evaluates(node) if self._expressions else None
        if failure:
            return failure
        if isinstance(node, ast.Try):
            return self._try(node, current)
        if isinstance(node, ast.If):
            return self._if(node, current)
        if isinstance(node, ast.With):
            return self._with(node, current)
        if isinstance(node, ast.ClassDef):
            return self.block(node.body, current)
        if isinstance(node, ast.For):
            return self._for(node, current)
        if isinstance(node, ast.Raise):
            return self._raise(node, current)
        if isinstance(node, (ast.Return, ast.Break, ast.Continue)):
            raise Doubt
        if isinstance(node, (ast.Expr, ast.Assign, ast.AnnAssign)):
            return self._expression(node, current)
        return None

    def _first(self, imports: Sequence[Wanted]) -> Failure | None:
        return next((failure for wanted in imports if (failure := self._ask.imported(wanted))), None)

    def _bind(self, node: ast.Import | ast.ImportFrom) -> None:
        """Note which modules an import gives names to."""
        if isinstance(node, ast.Import):
            firsts = {alias.name.partition(".")[0] for alias in node.names if not alias.asname}
            self._bound.update({name: name for name in firsts})
            self._bound.update({alias.asname: alias.name for alias in node.names if alias.asname})
            return
        if node.module == "__future__" and any(alias.name == "annotations" for alias in node.names):
            self._annotations = False
        base = absolute(wanted_of(node)[0], self._known.package)
        self._bound.update({alias.asname or alias.name: f"{base}.{alias.name}" for alias in node.names})

    def _evaluates(self, node: ast.stmt) -> Failure | None:
        """Return the failure of an expression that a statement surely evaluates."""
        for part in expressions_of(node, annotations=self._annotations):
            failure = self._evaluate(part)
            if failure:
                return failure
        for name in names_bound(node):
            self._bound.pop(name, None)
        return None

    def _evaluate(self, part: ast.expr) -> Failure | None:
        if isinstance(part, ast.BinOp):
            return self._ask.joined(part)
        names = dotted(part) if isinstance(part, ast.Attribute) else ()
        module = self._bound.get(names[0]) if names else None
        return self._ask.looked_up(".".join([module, *names[1:-1]]), names[-1]) if module else None

    def _try(self, node: ast.Try, current: Failure | None) -> Failure | None:
        if self._asks_whether_bound(node):
            return self.block(node.handlers[0].body, current) or self.block(node.finalbody, current)
        failure = self.block(node.body, current)
        left = self._handled(node.handlers, failure) if failure else self.block(node.orelse, current)
        return self.block(node.finalbody, current) or left

    def _asks_whether_bound(self, node: ast.Try) -> bool:
        """`try: __SETUP__` with a handler that sets it: whoever builds the package has put it into the builtins."""
        first, handler = node.body[0], node.handlers[0] if node.handlers else None
        if not (isinstance(first, ast.Expr) and isinstance(first.value, ast.Name) and handler):
            return False
        name = first.value.id
        one = len(node.body) == len(node.handlers) == 1 and last_name(handler.type) == "NameError"
        sets = (part for part in handler.body if isinstance(part, ast.Assign))
        return (
            one
            and any(name in map(last_name, part.targets) for part in sets)
            and name not in self._known.values
            and name in self._lasting
        )

    def _handled(self, handlers: Sequence[ast.ExceptHandler], failure: Failure) -> Failure | None:
        """Return what is left of a failure after its handler; a handler that fails too keeps the first culprit."""
        for handler in handlers:
            caught = catches(handler.type, failure.kind)
            if caught is None:
                self.doubts += [failure] if failure.name else []
                raise Doubt
            if caught:
                again = self.block(handler.body, failure)
                return again and Failure(failure.name, again.kind)
        return failure

    def _if(self, node: ast.If, current: Failure | None) -> Failure | None:
        truth = decided(node.test, self._known)
        if truth is not None:
            return self.block(node.body if truth else node.orelse, current)
        lacking = self._lacking(node.test)
        if lacking:
            failure = self.block(node.body if lacking[1] else node.orelse, current)
            return failure and Failure(failure.name or lacking[0], failure.kind)
        before, ways = self._bound, []
        for body in (node.body, node.orelse):
            self._bound = dict(before)
            ways.append(self._attempt(body, current))
            before = {name: module for name, module in before.items() if self._bound.get(name) == module}
        self._bound = before
        failures = [failure for failure in ways if failure]
        named = [failure for failure in failures if failure.name]
        if len(failures) < len(ways):
            self.doubts += named or self._wavering(node)
            return None
        kinds = {failure.kind for failure in failures}
        return Failure((named or failures)[0].name, kinds.pop() if len(kinds) == 1 else "")

    def _lacking(self, test: ast.expr) -> tuple[str, bool] | None:
        """Return the module that certainly lacks an attribute that a condition asks for, and what it then comes to."""
        if isinstance(test, ast.UnaryOp) and isinstance(test.op, ast.Not):
            found = self._lacking(test.operand)
            return found and (found[0], not found[1])
        if not isinstance(test, ast.Call) or not 2 <= len(test.args) <= 3:
            return None
        default = test.args[2:]
        if last_name(test.func) != ("getattr" if default else "hasattr"):
            return None
        names, attribute = dotted(test.args[0]), text_of(test.args[1], self._known)
        if not names or names[0] not in self._bound or not attribute:
            return None
        module = ".".join([self._bound[names[0]], *names[1:]])
        known = all(isinstance(item, ast.Constant) for item in default)
        if not known or not self._ask.looked_up(module, attribute):
            return None
        return module, any(item.value for item in default if isinstance(item, ast.Constant))

    def _wavering(self, node: ast.If) -> list[Failure]:
        """Return what decides whether a branch raises, where that may have become another by a failure."""
        if not any(isinstance(item, ast.Raise) for item in (*node.body, *node.orelse)):
            return []
        names = {part.id for part in ast.walk(node.test) if isinstance(part, ast.Name)}
        modules = [self._bound[name] for name in names if name in self._bound]
        return [Failure(module, "") for module in modules if self._ask.wavers(module)][:1]

    def _attempt(self, body: Sequence[ast.stmt], current: Failure | None) -> Failure | None:
        """Carry out a block that may not be reached: doubt in it is no doubt about the module."""
        try:
            return self.block(body, current)
        except Doubt:
            if current:
                raise
            return None

    def _with(self, node: ast.With, current: Failure | None) -> Failure | None:
        """Context managers may swallow what happens in them; those that surely do not are few."""
        names = [last_name(item.context_expr) for item in node.items]
        failure = self.block(node.body, current)
        if not failure or all(name == "catch_warnings" or name.lower().endswith("lock") for name in names):
            return failure
        call = node.items[0].context_expr
        if len(node.items) == 1 and names[0] == "suppress" and isinstance(call, ast.Call):
            caught = [catches(kind, failure.kind) for kind in call.args]
            if all(found is False for found in caught):
                return failure
            if True in caught:
                return None
        self.doubts += [failure] if failure.name else []
        return None

    def _for(self, node: ast.For, current: Failure | None) -> Failure | None:
        """A loop over names that stand in the source."""
        names = texts_of(node.iter, self._known)
        if names is None or not isinstance(node.target, ast.Name):
            return None
        kept = self._known
        try:
            for name in names[:LOOP_LIMIT]:
                self._known = kept.having(node.target.id, name)
                failure = self.block(node.body, current)
                if failure:
                    return failure
        except Doubt:
            return None
        finally:
            self._known = kept
        return None

    def _raise(self, node: ast.Raise, current: Failure | None) -> Failure | None:
        kind = last_name(node.exc) if node.exc is not None else ""
        known = kind if kind in CAUGHT or kind in OTHERS else ""
        if current is None:
            return Failure("", known)  # the module's own
        return Failure(current.name, known if node.exc else current.kind)

    def _expression(self, node: ast.Expr | ast.Assign | ast.AnnAssign, current: Failure | None) -> Failure | None:
        """Imports by function, and constants that loops go over."""
        target = node.targets[0] if isinstance(node, ast.Assign) else None
        if isinstance(target, ast.Name) and node.value is not None:
            value = _value_of(node.value, self._known)
            if (value is not None or target.id in self._known.values) and target.id in self._lasting:
                self._known = self._known.having(target.id, value)
        if node.value is None:
            return None
        for call in (part for part in evaluated(node.value) if isinstance(part, ast.Call)):
            if current and ast.unparse(call.func) in ("sys.exit", "exit", "quit", "os._exit"):
                return Failure(current.name, "SystemExit")
            wanted = called_import(call, self._known)
            failure = self._ask.imported(wanted) if wanted else None
            if failure:
                return failure
        return None


def _value_of(node: ast.expr, known: Known) -> str | bool | Sequence[str] | None:
    if isinstance(node, ast.Constant) and isinstance(node.value, bool):
        return node.value
    texts = texts_of(node, known)
    return text_of(node, known) if texts is None else texts


def called_import(call: ast.Call, known: Known) -> Wanted | None:
    """Return what `importlib.import_module("…")` or `__import__("…")` imports, None for other calls."""
    if last_name(call.func) not in _DYNAMIC or not call.args:
        return None
    name = text_of(call.args[0], known)
    if not name or len(call.args) > _BEFORE_LEVEL or any(item.arg == "level" for item in call.keywords):
        return None
    bare = name.lstrip(".")
    level = len(name) - len(bare)
    if level and last_name(call.func) == "__import__":
        return None
    return Wanted(bare, level)


def wanted_of(node: ast.Import | ast.ImportFrom) -> list[Wanted]:
    """Return what a statement imports."""
    if isinstance(node, ast.Import):
        return [Wanted(alias.name) for alias in node.names]
    return [Wanted(node.module or "", node.level, tuple(alias.name for alias in node.names))]
