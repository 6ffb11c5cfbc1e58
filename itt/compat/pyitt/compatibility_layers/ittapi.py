"""ittapi's names: pyitt's labels, whose properties are methods here."""

from __future__ import annotations

from typing import Any

from itt.compat._naming import CallSite as _CallSite
from itt.compat._tasks import PartsByCall
from itt.compat.pyitt.collection_control import (
    ActiveRegion,
    PausedRegion,
    active_region,
    detach,
    pause,
    paused_region,
    resume,
)
from itt.compat.pyitt.domain import domain
from itt.compat.pyitt.event import Event as _Event
from itt.compat.pyitt.id import id
from itt.compat.pyitt.native import (
    Domain,
    Id,
    StringHandle,
    task_begin,
    task_begin_overlapped,
    task_end,
    task_end_overlapped,
)
from itt.compat.pyitt.pt_region import PTRegion as _PTRegion
from itt.compat.pyitt.string_handle import string_handle
from itt.compat.pyitt.task import NestedTask as _NestedTask
from itt.compat.pyitt.task import OverlappedTask as _OverlappedTask
from itt.compat.pyitt.thread_naming import thread_set_name

__all__ = [
    "ActiveRegion",
    "Domain",
    "Event",
    "Id",
    "NestedTask",
    "OverlappedTask",
    "PausedRegion",
    "StringHandle",
    "active_region",
    "detach",
    "domain",
    "event",
    "id",
    "nested_task",
    "overlapped_task",
    "pause",
    "paused_region",
    "pt_region",
    "resume",
    "string_handle",
    "task",
    "task_begin",
    "task_begin_overlapped",
    "task_end",
    "task_end_overlapped",
    "thread_set_name",
]


class _NameMethod:
    _name: Any

    def name(self) -> Any:
        return self._name


class NestedTask(_NameMethod, PartsByCall, _NestedTask):
    pass


class OverlappedTask(_NameMethod, PartsByCall, _OverlappedTask):
    pass


def nested_task(task: Any = None, domain: Any = None, id: Any = None, parent: Any = None) -> NestedTask:
    """A nested task; without a name it is called by the place of the call."""
    return NestedTask(_CallSite(_CallSite.CallerFrame) if task is None else task, domain, id, parent)


def overlapped_task(
    task: Any = None, domain: Any = None, id: Any = None, parent: Any = None
) -> OverlappedTask:
    """An overlapped task; without a name it is called by the place of the call."""
    return OverlappedTask(_CallSite(_CallSite.CallerFrame) if task is None else task, domain, id, parent)


def task(
    task: Any = None, domain: Any = None, id: Any = None, parent: Any = None, overlapped: Any = False
) -> NestedTask | OverlappedTask:
    """A task, nested or overlapped; without a name it is called by the place of the call."""
    kind = OverlappedTask if overlapped else NestedTask
    return kind(_CallSite(_CallSite.CallerFrame) if task is None else task, domain, id, parent)


class Event(_NameMethod, _Event):
    pass


def event(region: Any = None) -> Event:
    """An event; without a name it is called by the place of the call."""
    return Event(_CallSite(_CallSite.CallerFrame) if region is None else region)


class PTRegion(_NameMethod, _PTRegion):
    def get_pt_region(self) -> PTRegion:
        return self


def pt_region(region: Any = None) -> PTRegion:
    """A PT region; without a name it is called by the place of the call."""
    return PTRegion(_CallSite(_CallSite.CallerFrame) if region is None else region)
