"""Regions with a name: a given one, that of what they mark, or the place where they were made."""

from __future__ import annotations

from typing import Any, Callable

from itt.compat._naming import CallSite as _CallSite
from itt.compat._naming import name_of
from itt.compat.pyitt._region import _Region
from itt.compat.pyitt.native import StringHandle


class _NamedRegion(_Region):
    """The name is final as soon as it is given, something is marked, or the region begins."""

    def __init__(self, func: Any = None) -> None:
        is_named = not (func is None or isinstance(func, _CallSite))
        self._is_final = is_named
        self._determined: Callable[[StringHandle], object] | None = None
        self._name = self._handle(func)
        super().__init__(func if is_named and self._is_wrappable(func) else None)
        if not is_named:
            self._on_wrapping = self._settle

    @staticmethod
    def _handle(func: Any) -> Any:
        if func is None:
            return None
        return StringHandle(name_of(func) or f"{type(func).__qualname__}.__call__")

    def _settle(self, func: Any = None) -> None:
        """Make the name final: that of func, or the one that it has."""
        if self._is_final:
            return
        self._is_final = True
        if func is not None:
            self._name = self._handle(func)
        if self._determined is not None:
            self._determined(self._name)

    @property
    def _on_name_determination(self) -> Callable[[StringHandle], object] | None:
        """Called with the name when it is final."""
        return self._determined

    @_on_name_determination.setter
    def _on_name_determination(self, callback: Callable[[StringHandle], object]) -> None:
        self._determined = callback
        if self._is_final:
            callback(self._name)

    @property
    def name(self) -> Any:
        return self._name

    def __set_name__(self, owner: type, name: str) -> None:
        self._settle(f"{owner.__qualname__}.{name}")

    def __str__(self) -> str:
        return str(self._name)

    def __repr__(self) -> str:
        return f"{type(self).__name__}('{self._name}')"
