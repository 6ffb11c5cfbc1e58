"""What regions, frames and events do as decorators."""

import functools
from collections.abc import AsyncGenerator, Generator
from contextlib import AbstractContextManager
from typing import Any, Callable

GENERATOR, COROUTINE, ASYNC_GENERATOR = 0x20, 0x80, 0x200  # flags of a code object


def decorate(context: AbstractContextManager[Any], function: Any, name: str) -> Any:
    """The function, run in the context at each call; what is awaited or iterated, until that ends."""
    if isinstance(function, (staticmethod, classmethod)):
        return type(function)(decorate(context, function.__func__, name))
    if not callable(function) or isinstance(function, type):
        kind = "a class" if isinstance(function, type) else type(function).__name__
        raise TypeError(f"{name} can decorate functions and other callables, not {kind}")
    return functools.wraps(function)(_wrapper(context, function))


def _wrapper(context: AbstractContextManager[Any], function: Callable[..., Any]) -> Callable[..., Any]:
    flags = _flags(function)

    def call(*args: Any, **keywords: Any) -> Any:
        with context:
            return function(*args, **keywords)

    async def await_(*args: Any, **keywords: Any) -> Any:
        with context:
            return await function(*args, **keywords)

    def generate(*args: Any, **keywords: Any) -> Generator[Any, Any, Any]:
        with context:
            return (yield from function(*args, **keywords))

    async def generate_async(*args: Any, **keywords: Any) -> AsyncGenerator[Any, Any]:
        with context:
            inner = function(*args, **keywords)
            step = inner.__anext__()
            while True:
                try:
                    value = await step
                except StopAsyncIteration:
                    return
                try:
                    sent = yield value
                except GeneratorExit:
                    await inner.aclose()
                    raise
                except BaseException as error:
                    step = inner.athrow(error)
                else:
                    step = inner.asend(sent)

    if flags & COROUTINE:
        return await_
    if flags & ASYNC_GENERATOR:
        return generate_async
    return generate if flags & GENERATOR else call


def _flags(function: Any) -> int:
    """What kind of function is called in the end, behind partial objects and methods."""
    while isinstance(function, functools.partial):
        function = function.func
    return getattr(getattr(function, "__code__", None), "co_flags", 0)
