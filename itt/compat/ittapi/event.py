"""ittapi's events."""

from __future__ import annotations

from typing import Any

from itt.compat._naming import CallSite as _CallSite
from itt.compat.ittapi import native
from itt.compat.ittapi.region import _NamedRegion


class Event(_NamedRegion):
    """An event without a domain; made when its name is final."""

    def __init__(self, region: Any = None) -> None:
        super().__init__(region)
        self._event: Any = None
        if self._is_final:
            self._make()

    def _make(self) -> None:
        self._event = native.Event(self._name)

    def _settle(self) -> None:
        if not self._is_final:
            self._make()
            self._is_final = True

    def begin(self) -> None:
        self._settle()
        self._event.begin()

    def end(self) -> None:
        self._event.end()


def event(region: Any = None) -> Event:
    """An event; without a name it is called by the place of the call."""
    return Event(_CallSite(_CallSite.CallerFrame) if region is None else region)
