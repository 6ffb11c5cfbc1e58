"""Labels for functions whose work goes on after the call: coroutines, generators and async generators.

The wrapper is a function of the same kind, so that whoever asks for the kind is told the truth. It enters the
label in a frame of its own that waits, so that each call is a task of its own.
"""

from __future__ import annotations

import functools
import sys
import types
from collections.abc import AsyncGenerator, Generator
from contextlib import AbstractContextManager
from typing import Any, Callable

# Flags of a code object, as in the module inspect.
GENERATOR, COROUTINE, ITERABLE_COROUTINE, ASYNC_GENERATOR = 0x20, 0x80, 0x100, 0x200

Function = Callable[..., Any]
Label = AbstractContextManager[Any]


def flags_of(target: Any) -> int:
    """The flags of the code that a call of any callable runs in the end."""
    while isinstance(target, (functools.partial, types.MethodType)):
        target = target.func if isinstance(target, functools.partial) else target.__func__
    if _is_marked(target, "inspect", "_is_coroutine_mark", "_is_coroutine_marker"):
        return COROUTINE
    if _is_marked(target, "asyncio.coroutines", "_is_coroutine", "_is_coroutine"):
        return COROUTINE
    code = getattr(target, "__code__", None)
    if not isinstance(code, types.CodeType):
        code = getattr(getattr(type(target), "__call__", None), "__code__", None)  # noqa: B004
    return code.co_flags if isinstance(code, types.CodeType) else 0


def _is_marked(target: Any, module: str, mark: str, attribute: str) -> bool:
    """Whether somebody says that a function is to be taken for a coroutine function."""
    sign = getattr(sys.modules.get(module), mark, None)
    return sign is not None and getattr(target, attribute, None) is sign


def wrap(target: Function, label: Label, flags: int) -> Function:
    if flags & ASYNC_GENERATOR:
        wrapper: Function = _async_generator(target, label)
    elif flags & GENERATOR:
        wrapper = _generator(target, label)
        if flags & ITERABLE_COROUTINE:
            wrapper = types.coroutine(wrapper)
    else:
        wrapper = _coroutine(target, label)
    return functools.wraps(target)(wrapper)


def _coroutine(function: Function, label: Label) -> Function:
    async def wrapper(*args: Any, **kwargs: Any) -> Any:
        work = function(*args, **kwargs)
        with label:
            return await work

    return wrapper


def _generator(function: Function, label: Label) -> Function:
    def wrapper(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        work = function(*args, **kwargs)
        with label:
            return (yield from work)

    return wrapper


def _async_generator(function: Function, label: Label) -> Function:
    async def wrapper(*args: Any, **kwargs: Any) -> AsyncGenerator[Any, Any]:
        work = function(*args, **kwargs)
        with label:
            step = _first_step(work)
            while True:
                try:
                    value = await step
                except StopAsyncIteration:
                    return
                # GeneratorExit, too: the generator inside answers to it, be it with another value.
                try:
                    sent = yield value
                except BaseException as error:
                    step = work.athrow(error)
                else:
                    step = work.asend(sent)

    return wrapper


def _first_step(work: AsyncGenerator[Any, Any]) -> Any:
    """Begins a generator that the event loop is not told of: it closes the wrapper, which closes this one."""
    if type(work) is not types.AsyncGeneratorType:
        return work.__anext__()
    hooks = sys.get_asyncgen_hooks()
    sys.set_asyncgen_hooks(None, None)
    try:
        return work.__anext__()
    finally:
        sys.set_asyncgen_hooks(*hooks)
