"""Which modules a piece of code reaches: read off compiled code, without running it."""

import inspect
from collections.abc import Callable, Iterator
from functools import partial
from types import CodeType, FunctionType, MethodType, ModuleType


def modules_used_by(code: Callable[..., object], owner: type, inside: str) -> set[str]:
    """Modules whose classes and functions a callable names, directly or through code of the package `inside`.

    `owner` is the class that its `self` is of: `self.make_it()` is followed there.
    """
    found: set[str] = set()
    waiting: list[object] = [code]
    seen: set[int] = set()
    while waiting:
        here = waiting.pop()
        if id(here) in seen:
            continue
        seen.add(id(here))
        module = str(getattr(here, "__module__", ""))
        found.add(module)
        if here is code or f"{module}.".startswith(f"{inside}."):
            waiting.extend(_named_in(here, owner))
    return found


def modules_used_in(module: ModuleType) -> set[str]:
    """Modules whose classes and functions a module has imported by name."""
    return {str(known.__module__) for known in vars(module).values()
            if inspect.isclass(known) or inspect.isfunction(known)}


def _named_in(here: object, owner: type) -> Iterator[object]:
    match here:
        case partial():
            yield from (here.func, *here.args, *here.keywords.values())
        case MethodType():
            yield here.__func__
        case property():
            yield here.fget
        case type():
            yield from (*here.__bases__, *vars(here).values())
        case FunctionType():
            for name in _names(here.__code__):
                if name in here.__globals__:
                    yield here.__globals__[name]
                if (member := inspect.getattr_static(owner, name, None)) is not None:
                    yield member


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
