"""What commands take, as data: a plain command line is read with it alone, typer is told of it for all others.

Importing typer takes four times as long as starting Python. So words that are certainly right are read here, as click's
parser reads them; help, completion, what is rare (`--`, `-j4`) and what may be wrong are left to typer, which is given
the same declarations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence


class NotPlain(Exception):  # noqa: N818 - no error yet: typer decides
    """A command line that typer has to read."""


class Parameter:
    """One argument or option; what it is for typer, which says more of each: `typer.Option`.

    Args:
        kind: `str`, `int`, `bool`, or `list` for words that can be repeated.
        flags: its names, `--on/--off` for two that exclude each other; none: an argument.
        text: what the help says.
        default: its value where it is not given; `...`: it has to be.
        complete: returns the words that a beginning can become.
        least: the smallest number.
        count: whether the number is how often the flag is given.
    """

    __slots__ = ("complete", "count", "default", "flags", "kind", "least", "metavar", "show_default", "text")

    def __init__(
        self,
        kind: type,
        *flags: str,
        text: str,
        metavar: str | None = None,
        default: Any = None,
        complete: Callable[[str], list[str]] | None = None,
        least: int | None = None,
        count: bool = False,
        show_default: bool = True,
    ) -> None:
        self.kind = kind
        self.flags = flags
        self.text = text
        self.metavar = metavar
        self.default = default
        self.complete = complete
        self.least = least
        self.count = count
        self.show_default = show_default


def switch(*flags: str, text: str) -> Parameter:
    """Return an option that is off unless it is named."""
    return Parameter(bool, *flags, text=text, default=False)


def counted(*flags: str, text: str) -> Parameter:
    """Return an option whose value is how often it is named."""
    return Parameter(int, *flags, text=text, default=0, count=True, show_default=False)


def read(parameters: Mapping[str, Parameter], words: Sequence[str]) -> dict[str, Any]:
    """Return the value of each parameter.

    Raises:
        NotPlain: typer has to be asked.
    """
    given = {name: parameter.default for name, parameter in parameters.items()}
    flags = {flag: (name, value) for name, parameter in parameters.items() for flag, value in _flags(parameter)}
    left, plain = list(reversed(words)), []
    while left:
        word = left.pop()
        if not word.startswith("-") or word == "-":
            plain.append(word)
            continue
        flag, equals, text = word.partition("=")
        for part in [flag] if word.startswith("--") else [f"-{letter}" for letter in word[1:]]:
            name, value = flags.get(part, (None, None))
            if name is None or (value is not None and equals) or (value is None and part != flag):
                raise NotPlain
            if value is None and not equals:
                if not left:
                    raise NotPlain
                text = left.pop()
            _give(given, name, parameters[name], text if value is None else value)
    _place(given, parameters, plain)
    if ... in given.values():
        raise NotPlain
    return given


def _flags(parameter: Parameter) -> Iterator[tuple[str, bool | None]]:
    """Yield each flag with what it means alone, None: a word follows."""
    alone = parameter.kind is bool or parameter.count or None
    for flag in parameter.flags:
        first, slash, second = flag.partition("/")
        yield first, alone
        if slash:
            yield second, False


def _give(given: dict[str, Any], name: str, parameter: Parameter, value: Any) -> None:
    """Note one value; the last one counts, unless all do."""
    if parameter.count:
        given[name] += 1
    elif parameter.kind is list:
        given[name] = [*(given[name] or ()), value]
    elif parameter.kind is int:
        try:
            given[name] = int(value)
        except ValueError:
            raise NotPlain from None
        if parameter.least is not None and given[name] < parameter.least:
            raise NotPlain
    else:
        given[name] = value


def _place(given: dict[str, Any], parameters: Mapping[str, Parameter], words: Sequence[str]) -> None:
    """Give the words that follow no flag to the arguments, in their order; the last one may take many."""
    left = list(words)
    for name, parameter in parameters.items():
        if left and not parameter.flags:
            given[name] = left.pop(0) if parameter.kind is not list else left
            left = [] if parameter.kind is list else left
    if left:
        raise NotPlain


def for_typer(command: Callable[..., Any], parameters: Mapping[str, Parameter]) -> Callable[..., Any]:
    """Return the command with the signature that typer makes its parser and its help of."""
    from inspect import Parameter as Named  # noqa: PLC0415 - only where typer is asked
    from inspect import Signature  # noqa: PLC0415

    kinds = {name: _annotation(parameter) for name, parameter in parameters.items()}
    command.__annotations__ = kinds
    command.__signature__ = Signature(  # type: ignore[attr-defined]
        [
            Named(name, Named.POSITIONAL_OR_KEYWORD, default=parameters[name].default, annotation=kind)
            for name, kind in kinds.items()
        ]
    )
    return command


def _annotation(parameter: Parameter) -> Any:
    from typing import Annotated  # noqa: PLC0415

    import typer  # noqa: PLC0415 - what this file is there to do without

    kind: Any = list[str] if parameter.kind is list else parameter.kind
    more: dict[str, Any] = {"metavar": parameter.metavar, "help": parameter.text, "autocompletion": parameter.complete}
    more["show_default"] = parameter.show_default
    if parameter.default is None:
        kind |= None
    if not parameter.flags:
        return Annotated[kind, typer.Argument(**more)]
    return Annotated[kind, typer.Option(*parameter.flags, min=parameter.least, count=parameter.count, **more)]
