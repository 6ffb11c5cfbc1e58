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

# Regions that were given no activator share one.
ACTIVE = ManualCollectionRegionActivator()
PAUSED = ManualCollectionRegionActivator()


class Switched:
    """begin() asks the activator; if it says no, neither that begin() nor its end() does anything.

    To be mixed into a package's own region, and told the package's own functions.
    """

    _native: Any
    _is_active = False

    def __init__(self, func: Any = None, activator: Activator | None = None) -> None:
        super().__init__(func)  # type: ignore[call-arg]  # the package's region
        self.activator = activator

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


class Active(Switched):
    """Collects within the region, if the activator says so: for programs that are started paused."""

    def __init__(self, func: Any = None, activator: Activator | None = ACTIVE) -> None:
        super().__init__(func, activator)

    def _begin(self) -> None:
        self._native.resume()

    def _end(self) -> None:
        self._native.pause()


class Paused(Switched):
    """Does not collect within the region, if the activator says so."""

    def __init__(self, func: Any = None, activator: Activator | None = PAUSED) -> None:
        super().__init__(func, activator)

    def _begin(self) -> None:
        self._native.pause()

    def _end(self) -> None:
        self._native.resume()
