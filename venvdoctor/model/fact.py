"""`@fact` and `@record`: what `@dataclass(slots=True, kw_only=True)` means, frozen or not, made when it is first used.

The standard decorator writes and compiles up to seven functions for every class (1.6 ms), a third of a program's start
when it has eighty such classes and uses ten; `dataclasses` alone imports the parser. Here a class costs its own body;
its `__init__` is compiled at its first instance, and comparison, hash and text are the same functions for all.
`dataclasses.replace`, `fields` and `pickle` work.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from dataclasses import Field

    from typing_extensions import dataclass_transform
else:

    def dataclass_transform(**_: Any) -> Any:
        """Stand in for what only type checkers read, and Python has from 3.11 on."""
        return lambda decorator: decorator


Kind = TypeVar("Kind", bound=type[Any])
Value = TypeVar("Value")
MISSING: Any = object()
# class → how to get all its values, and how to set each
_parts: dict[type[Any], tuple[Callable[[Any], tuple[Any, ...]], dict[str, Callable[[Any, Any], None]]]] = {}


class _Made:
    """A default that each instance gets made for itself."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make


def field(*, default: Any = MISSING, default_factory: Callable[[], Any] | None = None, init: bool = True) -> Any:
    """Return what `dataclasses.field` does; `init` is for type checkers only."""
    del init
    return default if default_factory is None else _Made(default_factory)


class _Fields:
    """The standard library's description of a class, made for whoever asks for it."""

    __slots__ = ("values",)

    def __init__(self, values: dict[str, Any]) -> None:
        self.values = values

    def __get__(self, _instance: object, owner: type[Any]) -> dict[str, Field[Any]]:
        import dataclasses  # noqa: PLC0415

        parts: list[Any] = []
        for name, value in self.values.items():
            made = dataclasses.field(default_factory=value.make) if isinstance(value, _Made) else value
            parts.append((name, Any) if value is MISSING else (name, Any, made))
        described: Any = dataclasses.make_dataclass("Described", parts, kw_only=True)
        owner.__dataclass_fields__ = described.__dataclass_fields__
        return dict(described.__dataclass_fields__)


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(field,))
def fact(cls: Kind) -> Kind:
    """Return the class with slots, one keyword argument for each annotation, and values that never change."""
    return _made(cls, {**_COMMON, **_FROZEN})


@dataclass_transform(kw_only_default=True, field_specifiers=(field,))
def record(cls: Kind) -> Kind:
    """Return the same for what changes while it is used."""
    return _made(cls, _COMMON)


def _made(cls: Kind, methods: Mapping[str, Any]) -> Kind:
    body = dict(cls.__dict__)
    names = tuple(cls.__annotations__)
    values = {name: body.pop(name, MISSING) for name in names}
    for name in ("__dict__", "__weakref__"):
        body.pop(name, None)
    body.update(__slots__=names, __init__=_first_init, __dataclass_fields__=_Fields(values), **methods)
    made: Any = type(cls.__name__, cls.__bases__, body)
    made.__qualname__ = cls.__qualname__
    made.fact_values = values
    return cast("Kind", made)


def replace(item: Value, /, **changes: Any) -> Value:
    """Return a fact with some values changed: `dataclasses.replace` in a quarter of its time."""
    cls: Any = item.__class__
    known = _parts.get(cls)
    if known is None:
        names = cls.__slots__
        values_of = attrgetter(*names) if len(names) > 1 else _values_of
        known = _parts[cls] = values_of, {name: getattr(cls, name).__set__ for name in names}
    get, setters = known
    made = object.__new__(cls)
    for put, value in zip(setters.values(), get(item), strict=True):
        put(made, value)
    for name, value in changes.items():
        if name not in setters:
            raise TypeError(f"{cls.__name__} has no {name}")
        setters[name](made, value)
    return cast("Value", made)


def _first_init(self: Any, **given: Any) -> None:
    """Compile the real `__init__` of the class, and go on with it."""
    cls = type(self)
    cls.__init__ = _init_of(cls)
    cls.__init__(self, **given)


def _init_of(cls: type[Any]) -> Any:
    scope: dict[str, Any] = {"_absent": MISSING}
    arguments, lines = [], []
    for name, value in cls.fact_values.items():
        scope[f"_set_{name}"] = getattr(cls, name).__set__  # a slot's own descriptor: `__setattr__` refuses
        given = name
        if isinstance(value, _Made):
            scope[f"_make_{name}"] = value.make
            arguments.append(f"{name}=_absent")
            given = f"_make_{name}() if {name} is _absent else {name}"
        elif value is MISSING:
            arguments.append(name)
        else:
            scope[f"_default_{name}"] = value
            arguments.append(f"{name}=_default_{name}")
        lines.append(f"    _set_{name}(self, {given})")
    head = f"def __init__(self, *, {', '.join(arguments)}):" if arguments else "def __init__(self):"
    exec("\n".join([head, *lines, "    return None"]), scope)  # noqa: S102 - as the standard library does
    init = scope["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    return init


def _values_of(self: Any) -> tuple[Any, ...]:
    return tuple([getattr(self, name) for name in self.__slots__])


def _eq(self: Any, other: object) -> Any:
    return _values_of(self) == _values_of(other) if other.__class__ is self.__class__ else NotImplemented


def _hash(self: Any) -> int:
    return hash(_values_of(self))


def _repr(self: Any) -> str:
    inside = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.__slots__)
    return f"{type(self).__qualname__}({inside})"


def _refuse(self: Any, name: str, *_: object) -> None:
    from dataclasses import FrozenInstanceError  # noqa: PLC0415

    raise FrozenInstanceError(f"{type(self).__name__}.{name} does not change")


def _reduce(self: Any) -> tuple[Any, ...]:
    return _restored, (type(self), _values_of(self))


def _restored(cls: type[Any], values: tuple[Any, ...]) -> Any:
    return cls(**dict(zip(cls.__slots__, values, strict=True)))


_COMMON = {"__eq__": _eq, "__repr__": _repr, "__reduce__": _reduce}
_FROZEN = {"__hash__": _hash, "__setattr__": _refuse, "__delattr__": _refuse}
