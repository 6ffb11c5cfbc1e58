"""What ittapi's labels share: a region is marked by hand, by `with`, or by decorating what it spans."""

from __future__ import annotations

import functools
from types import MethodType
from typing import Any, Callable

from itt.compat._naming import CallSite as _CallSite
from itt.compat._naming import name_of as _name_of
from itt.compat.ittapi.native import StringHandle as _StringHandle


class _Region:
    """A region that is marked by begin() and end(), which its subclasses have."""

    def __init__(self, func: Any = None) -> None:
        self._function: Any = None
        self._target: Callable[..., Any] = self._wrap_later
        if func is not None:
            self._target = self._wrap(func)
            functools.update_wrapper(self, func, updated=())

    def begin(self) -> None:
        raise NotImplementedError

    def end(self) -> None:
        raise NotImplementedError

    def __enter__(self) -> None:
        self.begin()

    def __exit__(self, *args: object) -> None:
        self.end()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._target(*args, **kwargs)

    def __get__(self, obj: Any, objtype: Any = None) -> Any:
        if self._function is None:
            raise TypeError("the region marks nothing that could be called: decorate a function with it")
        is_plain = obj is None or isinstance(self._function, staticmethod)
        return self._target if is_plain else MethodType(self._target, obj)

    def _wrap_later(self, func: Any) -> Callable[..., Any]:
        return self._wrap(func)

    def _wrap(self, func: Any) -> Callable[..., Any]:
        """A function that calls func within the region."""
        if not callable(func):
            raise TypeError(f"argument 'func' must be a callable, not {type(func).__name__}")
        self._function = func

        def wrapper(*args: Any, **kwargs: Any) -> Any:
            self.begin()
            try:
                return func(*args, **kwargs)
            finally:
                self.end()

        return functools.wraps(func)(wrapper)


class _NamedRegion(_Region):
    """A region with a name: a given one, that of the first thing it marks, or the place where it was made.

    The name is final as soon as it is given, something is marked, or the region begins.
    """

    def __init__(self, func: Any = None) -> None:
        self._is_given = isinstance(func, str)
        self._is_final = not (func is None or isinstance(func, _CallSite))
        self._name = self._handle(func)
        super().__init__(func if callable(func) else None)

    @staticmethod
    def _handle(func: Any) -> Any:
        if func is None:
            return None
        return _StringHandle(_name_of(func) or f"{type(func).__name__}.__call__")

    def _settle(self) -> None:
        """Make the name that it has the final one."""
        self._is_final = True

    def _wrap_later(self, func: Any) -> Callable[..., Any]:
        wrapper = self._wrap(func)
        if not self._is_final:
            self._name = self._handle(func)
            self._settle()
        elif not self._is_given:
            raise RuntimeError("a region that is to mark more than one thing must be given a name")
        return wrapper

    def name(self) -> Any:
        return self._name

    def __str__(self) -> str:
        return str(self._name)

    def __repr__(self) -> str:
        return f"{type(self).__name__}('{self._name}')"
