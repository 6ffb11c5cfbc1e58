"""Regions of pyitt and ittapi that pause or resume the collection."""

from __future__ import annotations

from typing import Any, Callable


class ManualCollectionRegionActivator:
    """Says whether the regions that ask it are to do anything: switched by hand."""

    INACTIVE = 0
    ACTIVE = 1

    def __init__(self, state: int = ACTIVE) -> None:
        self._state = state

    def __call__(self) -> bool:
        return self._state == self.ACTIVE

    def activate(self) -> None:
        self._state = self.ACTIVE

    def deactivate(self) -> None:
        self._state = self.INACTIVE


Activator = Callable[[], Any]


class Switched:
    """begin() asks the activator; if it says no, neither that begin() nor its end() does anything."""

    activator: Activator | None
    _is_active = False

    def _begin(self) -> None:
        raise NotImplementedError

    def _end(self) -> None:
        raise NotImplementedError

    def begin(self) -> None:
        self._is_active = bool(self.activator()) if callable(self.activator) else True
        if self._is_active:
            self._begin()

    def end(self) -> None:
        if self._is_active:
            self._end()
