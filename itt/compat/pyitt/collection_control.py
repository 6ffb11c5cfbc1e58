"""pyitt's regions that are collected, or are not."""

from __future__ import annotations

from typing import Any

from itt.compat._collection import Activator, ManualCollectionRegionActivator, Switched
from itt.compat.pyitt._region import _Region
from itt.compat.pyitt.native import detach as _detach
from itt.compat.pyitt.native import pause as _pause
from itt.compat.pyitt.native import resume as _resume

__all__ = [
    "ActiveRegion",
    "ManualCollectionRegionActivator",
    "PausedRegion",
    "active_region",
    "detach",
    "pause",
    "paused_region",
    "resume",
]

# Regions that were given no activator share one.
_ACTIVE = ManualCollectionRegionActivator()
_PAUSED = ManualCollectionRegionActivator()


def detach() -> None:
    """End the collection for good."""
    _detach()


def pause() -> None:
    """Stop collecting."""
    _pause()


def resume() -> None:
    """Go on collecting."""
    _resume()


class _CollectionRegion(Switched, _Region):
    def __init__(self, func: Any = None, activator: Activator | None = None) -> None:
        super().__init__(func)
        self.activator = activator


class ActiveRegion(_CollectionRegion):
    """Collects within the region, if the activator says so: for programs that are started paused."""

    def __init__(self, func: Any = None, activator: Activator | None = _ACTIVE) -> None:
        super().__init__(func, activator)

    def _begin(self) -> None:
        resume()

    def _end(self) -> None:
        pause()


def active_region(func: Any = None, activator: Activator | None = _ACTIVE) -> ActiveRegion:
    return ActiveRegion(func, activator)


class PausedRegion(_CollectionRegion):
    """Does not collect within the region, if the activator says so."""

    def __init__(self, func: Any = None, activator: Activator | None = _PAUSED) -> None:
        super().__init__(func, activator)

    def _begin(self) -> None:
        pause()

    def _end(self) -> None:
        resume()


def paused_region(func: Any = None, activator: Activator | None = _PAUSED) -> PausedRegion:
    return PausedRegion(func, activator)
