"""ittapi's regions that are collected, or are not."""

from __future__ import annotations

from typing import Any

from itt.compat._collection import (
    ACTIVE,
    PAUSED,
    Activator,
    Active,
    ManualCollectionRegionActivator,
    Paused,
    Switched,
)
from itt.compat.ittapi import native
from itt.compat.ittapi.native import detach, pause, resume
from itt.compat.ittapi.region import _Region

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


class _CollectionRegion(Switched, _Region):
    _native = native


class ActiveRegion(Active, _CollectionRegion):
    __doc__ = Active.__doc__


def active_region(func: Any = None, activator: Activator | None = ACTIVE) -> ActiveRegion:
    return ActiveRegion(func, activator)


class PausedRegion(Paused, _CollectionRegion):
    __doc__ = Paused.__doc__


def paused_region(func: Any = None, activator: Activator | None = PAUSED) -> PausedRegion:
    return PausedRegion(func, activator)
