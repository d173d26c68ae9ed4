"""Names that a module takes from another one whose whole source does not bind them: `cannot import name …`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from venvdoctor.inspection.import_spread import Trouble, package_of
from venvdoctor.inspection.source_imports import TAMPERING, absolute, bindings, may_bind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from venvdoctor.inspection.import_spread import Spread
    from venvdoctor.inspection.importer import Importer, Spec
    from venvdoctor.inspection.source_texts import Texts

MOST_ABSENT = 100  # names of one module that are asked for everywhere: whether somebody sets them from outside
OPEN = (b"import *", b"__getattr__", b"globals()")  # what such a module binds, its own text does not tell
REPLACING = re.compile(rb"sys\.modules\[[^\n]*\] *=|sys\.modules\.(?:setdefault|update)|meta_path|path_hooks")


class TakenNames:
    """What modules take from each other by `from module import name`, gathered while they are followed.

    Args:
        importer: finds modules.
        specs: what was found for each module; grows while they are followed.
        texts: their sources.
        spread: knows which modules change how others are found.
    """

    def __init__(self, importer: Importer, specs: Mapping[str, Spec], texts: Texts, spread: Spread) -> None:
        self._importer = importer
        self._specs = specs
        self._texts = texts
        self._spread = spread
        self._taken: dict[str, list[tuple[str, tuple[str, ...]]]] = {}  # module → modules that take names from it
        self._asked: dict[str, set[str]] = {}  # module → the names that these take
        self._held: dict[str, set[str]] = {}  # module → names taken from it that its source surely holds
        self._replacing: dict[str, bool] = {}  # package → it puts modules in the places of others

    def note(self, target: str, user: str, names: tuple[str, ...]) -> None:
        """Remember that a module takes names from another one."""
        uses = self._taken.get(target)
        if uses is None:
            self._taken[target] = [(user, names)]
            self._asked[target] = set(names)
        else:
            uses.append((user, names))
            self._asked[target].update(names)

    def note_source(self, name: str, data: bytes) -> None:
        """While the source of a module is at hand, look for the names that others took from it so far."""
        names = self._asked.get(name)
        if names:
            self._held[name] = may_bind(data, names)

    def check(self, troubles: dict[str, Trouble]) -> None:
        """Add those that take a name in vain to the troubles; what damage took away is not looked for here."""
        for target, asked in self._asked.items():
            left = asked.difference(self._held.get(target, ()))
            spec = self._specs.get(target) if left else None
            if spec is not None and spec.kind in ("source", "namespace") and target not in troubles:
                self._check(target, spec, left, troubles)

    def _check(self, target: str, spec: Spec, left: set[str], troubles: dict[str, Trouble]) -> None:
        names: dict[str, list[str]] = {}
        for user, group in self._taken[target]:
            for name in group:
                if name in left and not name.startswith("__"):
                    names.setdefault(name, []).append(user)
        names = {name: users for name, users in names.items() if self._was_never_there(f"{target}.{name}", troubles)}
        source = (self._texts.source(target) if names else b"") or b""
        empty = spec.kind == "namespace"  # it has submodules, and nothing else
        bindable = may_bind(source, names)
        absent = [name for name in names if name not in bindable][:MOST_ABSENT]
        if not absent or not (source or empty) or any(word in source for word in OPEN):
            return
        if self._spread.tampers(target, TAMPERING):
            return
        bound = bindings(source, target if spec.dirs else "")
        if bound is None:
            return
        for name, user in ((item, user) for item in absent if item not in bound for user in names[item]):
            if user not in troubles and self._takes_in_vain(user, target, name):
                troubles[user] = Trouble("name-gone", spec.file, f"{target}.{name}")

    def _was_never_there(self, name: str, troubles: Mapping[str, Trouble]) -> bool:
        trouble = troubles.get(name)
        return (trouble is None or trouble.reason == "no-module") and self._importer.find(name) is None

    def _takes_in_vain(self, user: str, target: str, name: str) -> bool:
        """Whether a module certainly takes a name from another one that does not bind it, and nobody puts it there."""
        if self._put_from_outside(target, name, user):
            return False
        parsed = self._texts.facts(user)
        if parsed is None:
            return False
        package = package_of(user, self._specs)
        return any(name in wanted.names and absolute(wanted, package) == target for wanted in parsed.imports)

    def _put_from_outside(self, target: str, name: str, user: str) -> bool:
        """Whether some module of the packages concerned may set an attribute of that name, or replace the module."""
        near = dict.fromkeys((target.partition(".")[0], user.partition(".")[0]))
        if any(self._replaces(package) for package in near):
            return True
        text = re.escape(name.encode())
        sets = re.compile(rb"\." + text + rb"\b[^=\n]*=|['\"]" + text + rb"['\"]")
        known = [module for module in self._specs if module.partition(".")[0] in near]
        return any(sets.search(self._texts.source(module) or b"") for module in known)

    def _replaces(self, package: str) -> bool:
        """Whether some module of a package may put modules in the places of others."""
        known = self._replacing.get(package)
        if known is None:
            modules = [module for module in self._specs if module.partition(".")[0] == package]
            found = any(REPLACING.search(self._texts.source(module) or b"") for module in modules)
            known = self._replacing[package] = found
        return known
