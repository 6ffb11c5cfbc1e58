"""What pyitt's labels share: a region is marked by hand, by `with`, or by decorating what it spans."""

from __future__ import annotations

import functools
import inspect
import sys
from collections.abc import Coroutine, Generator
from types import MethodType
from typing import Any, Callable

_Marker = Callable[[], object]


def is_coroutine_function(function: Any) -> bool:
    if inspect.iscoroutinefunction(function):
        return True
    mark = getattr(function, "_is_coroutine", None)  # asyncio's, before Python 3.12
    return mark is not None and mark is _asyncio_mark()


def _asyncio_mark() -> object:
    import asyncio.coroutines

    return getattr(asyncio.coroutines, "_is_coroutine", None)


def _mark_as_coroutine_function(function: Any) -> None:
    if sys.version_info >= (3, 12):
        inspect.markcoroutinefunction(function)
    else:
        function._is_coroutine = _asyncio_mark()


class _Stepped:
    """Passes on what a generator or coroutine does: the region is open from its first step to its last."""

    def __init__(self, obj: Any, begin_func: _Marker, end_func: _Marker) -> None:
        self._inner = obj
        self._begin = begin_func
        self._end = end_func
        self._is_begun = self._is_ended = False

    def __next__(self) -> Any:
        return self.send(None)

    def send(self, value: Any) -> Any:
        return self._step(self._inner.send, value)

    def throw(self, *args: Any) -> Any:
        return self._step(self._inner.throw, *args)

    def close(self) -> Any:
        try:
            return self._inner.close()
        finally:
            self._finish()

    def _step(self, step: Callable[..., Any], *args: Any) -> Any:
        if not self._is_begun:
            self._is_begun = True
            self._begin()
        try:
            return step(*args)
        except BaseException:
            self._finish()
            raise

    def _finish(self) -> None:
        if self._is_begun and not self._is_ended:
            self._is_ended = True
            self._end()


class _GeneratorObjectWrapper(_Stepped, Generator):  # type: ignore[type-arg]
    def __iter__(self) -> Any:
        return self


class _AwaitableObjectWrapper(_Stepped, Coroutine):  # type: ignore[type-arg]
    def __await__(self) -> Any:
        return self


class _Region:
    """A region that is marked by begin() and end(), which its subclasses have."""

    def __init__(self, func: Any = None) -> None:
        self._function: Any = None
        self._target: Callable[..., Any] = self._wrap
        self._wrapped: Callable[[Any], object] | None = None
        if func is not None:
            self._wrap(func)

    def begin(self) -> None:
        raise NotImplementedError

    def end(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> Any:
        self.begin()
        return self

    def __exit__(self, *args: object) -> None:
        self.end()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._target(*args, **kwargs)

    def __get__(self, obj: Any, objtype: Any = None) -> Any:
        function = self._function
        if isinstance(function, classmethod):
            return MethodType(self._target, objtype or type(obj))
        if callable(function) or isinstance(function, staticmethod):
            return (
                self._target
                if obj is None or isinstance(function, staticmethod)
                else MethodType(self._target, obj)
            )
        if inspect.ismethoddescriptor(function):
            return self._wrapper(function.__get__(obj, objtype), function)
        raise TypeError("the region marks nothing that could be called: decorate a method with it")

    @staticmethod
    def _is_wrappable(func: Any) -> bool:
        return callable(func) or inspect.ismethoddescriptor(func)

    @property
    def _on_wrapping(self) -> Callable[[Any], object] | None:
        """Called with what the region is put around."""
        return self._wrapped

    @_on_wrapping.setter
    def _on_wrapping(self, callback: Callable[[Any], object]) -> None:
        self._wrapped = callback
        if self._function is not None:
            callback(self._function)
            functools.update_wrapper(self._target, self._function)

    def _wrap(self, func: Any) -> Any:
        if not self._is_wrappable(func):
            raise TypeError(f"argument 'func' must be a callable or a method, not {type(func).__name__}")
        self._function = func
        if self._wrapped is not None:
            self._wrapped(func)
        inner = func.__func__ if isinstance(func, (classmethod, staticmethod)) else func
        self._target = self._wrapper(inner, func)
        if is_coroutine_function(func):
            _mark_as_coroutine_function(self)
        functools.update_wrapper(self, func, updated=())
        return self

    def _wrapper(self, func: Callable[..., Any], shown: Any) -> Callable[..., Any]:
        """A function that calls func within the region, and looks like what is shown."""
        wrapper: Callable[..., Any]
        if is_coroutine_function(func):

            def wrapper(*args: Any, **kwargs: Any) -> Any:
                return _AwaitableObjectWrapper(func(*args, **kwargs), self.begin, self.end)

            _mark_as_coroutine_function(wrapper)
        elif inspect.isgeneratorfunction(func):

            def wrapper(*args: Any, **kwargs: Any) -> Any:
                return _GeneratorObjectWrapper(func(*args, **kwargs), self.begin, self.end)
        else:

            def wrapper(*args: Any, **kwargs: Any) -> Any:
                self.begin()
                try:
                    return func(*args, **kwargs)
                finally:
                    self.end()

        return functools.wraps(shown)(wrapper)
