"""pyitt's events."""

from __future__ import annotations

from typing import Any

from itt.compat._naming import CallSite as _CallSite
from itt.compat.pyitt import native
from itt.compat.pyitt._named_region import _NamedRegion


class Event(_NamedRegion):
    """An event without a domain; made when its name is final."""

    def __init__(self, region: Any = None) -> None:
        super().__init__(region)
        self._event: Any = None
        self._on_name_determination = self._make

    def _make(self, name: native.StringHandle) -> None:
        self._event = native.Event(name)

    def begin(self) -> None:
        self._settle()
        self._event.begin()

    def end(self) -> None:
        self._event.end()


def event(region: Any = None) -> Event:
    """An event; without a name it is called by the place of the call."""
    return Event(_CallSite(_CallSite.CallerFrame) if region is None else region)
