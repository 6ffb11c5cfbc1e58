"""ittapi's handles, and the functions that take them."""

from __future__ import annotations

import itt
from itt.compat import _handles
from itt.compat._handles import (
    detach,
    pause,
    resume,
    task_begin,
    task_begin_overlapped,
    task_end,
    task_end_overlapped,
    thread_set_name,
)

__all__ = [
    "Domain",
    "Event",
    "Id",
    "PT_Region",
    "StringHandle",
    "detach",
    "pause",
    "pt_region_begin",
    "pt_region_end",
    "resume",
    "task_begin",
    "task_begin_overlapped",
    "task_end",
    "task_end_overlapped",
    "thread_set_name",
]


class StringHandle(_handles.StringHandle):
    __slots__ = ()
    _package = "ittapi"


class Domain(_handles.Domain):
    __slots__ = ()
    _package = "ittapi"


class Id(_handles.Id):
    __slots__ = ()
    _package = "ittapi"


class Event(_handles.Event):
    __slots__ = ()
    _package = "ittapi"


class PT_Region(_handles.Named):
    """A region of code for Intel Processor Trace. There are 8 in a process."""

    __slots__ = ("_region",)
    _package = "ittapi"

    def __init__(self, name: str | StringHandle) -> None:
        self._name = _handles.text_of(name, "name")
        self._region = itt.pt_region_create(self._name)


def _region_of(region: object) -> int:
    if isinstance(region, PT_Region):
        return region._region
    _handles.refuse("region", "PT_Region", region)


def pt_region_begin(region: PT_Region, /) -> None:
    """Mark that the region begins."""
    itt.pt_region_begin(_region_of(region))


def pt_region_end(region: PT_Region, /) -> None:
    """Mark that the region ends."""
    itt.pt_region_end(_region_of(region))
