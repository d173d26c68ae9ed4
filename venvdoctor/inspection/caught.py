"""Which exceptions of those that imports raise a handler catches."""

from __future__ import annotations

import ast

CAUGHT: dict[str, frozenset[str]] = {  # what a handler's class catches, of the exceptions that imports raise
    "ModuleNotFoundError": frozenset({"ModuleNotFoundError"}),
    "ImportError": frozenset({"ModuleNotFoundError", "ImportError"}),
    "OSError": frozenset({"PermissionError", "OSError"}),
    "SyntaxError": frozenset({"SyntaxError"}),
    "ValueError": frozenset({"ValueError"}),
    "AttributeError": frozenset({"AttributeError"}),
    "SystemExit": frozenset({"SystemExit"}),
}
CAUGHT |= {"IOError": CAUGHT["OSError"], "EnvironmentError": CAUGHT["OSError"]}
OTHERS = frozenset({"KeyError", "IndexError", "TypeError", "NameError", "RuntimeError", "NotImplementedError"})


def catches(kind: ast.expr | None, raised: str) -> bool | None:
    """Whether a handler's class (None: every one) catches an exception; None: nobody knows one of the two."""
    if isinstance(kind, ast.Tuple) and kind.elts:
        found = [catches(item, raised) for item in kind.elts]
        return True if True in found else None if None in found else False
    if raised == "crash":
        return False
    name = "BaseException" if kind is None else last_name(kind)
    if name == "BaseException" or (name == "Exception" and raised not in ("SystemExit", "")):
        return True
    if not raised:
        return None
    if name in CAUGHT:
        return raised in CAUGHT[name]
    return False if name in OTHERS else None


def last_name(node: ast.expr | None) -> str:
    """Return the last part of what a class, or the call that makes an instance of it, is named by; "" for others."""
    if isinstance(node, ast.Call):
        return last_name(node.func)
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""
