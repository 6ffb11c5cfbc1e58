"""ittapi's tasks."""

from __future__ import annotations

from typing import Any

from itt.compat._naming import CallSite as _CallSite
from itt.compat._tasks import Nested, Overlapped, PartsByCall
from itt.compat.ittapi import native
from itt.compat.ittapi.domain import domain_of
from itt.compat.ittapi.region import _NamedRegion


class _Task(PartsByCall, _NamedRegion):
    _native = native

    def __init__(self, task: Any = None, domain: Any = None, id: Any = None, parent: Any = None) -> None:
        super().__init__(task)
        self._domain = domain_of(domain)
        self._id = native.Id(self._domain) if id is None else id
        self._parent_id = parent._id if isinstance(parent, _Task) else parent


class NestedTask(Nested, _Task):
    __doc__ = Nested.__doc__


class OverlappedTask(Overlapped, _Task):
    __doc__ = Overlapped.__doc__


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
