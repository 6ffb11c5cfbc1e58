"""What regions, frames and events do as decorators."""

import functools
from contextlib import AbstractContextManager
from typing import Any, Callable

from itt._wrap import ASYNC_GENERATOR, COROUTINE, GENERATOR, flags_of, wrap


def decorate(context: AbstractContextManager[Any], function: Any, name: str) -> Any:
    """The function, run in the context at each call; what is awaited or iterated, until that ends."""
    if isinstance(function, (staticmethod, classmethod)):
        return type(function)(decorate(context, function.__func__, name))
    if not callable(function) or isinstance(function, type):
        kind = "a class" if isinstance(function, type) else type(function).__name__
        raise TypeError(f"{name} can decorate functions and other callables, not {kind}")
    return functools.wraps(function)(_wrapper(context, function))


def _wrapper(context: AbstractContextManager[Any], function: Callable[..., Any]) -> Callable[..., Any]:
    flags = flags_of(function)
    if flags & (COROUTINE | GENERATOR | ASYNC_GENERATOR):
        return wrap(function, context, flags)

    def call(*args: Any, **keywords: Any) -> Any:
        with context:
            return function(*args, **keywords)

    return call
