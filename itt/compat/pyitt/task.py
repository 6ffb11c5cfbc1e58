"""pyitt's tasks."""

from __future__ import annotations

from typing import Any

from itt.compat._naming import CallSite as _CallSite
from itt.compat._tasks import Nested, Overlapped
from itt.compat.pyitt import native
from itt.compat.pyitt._named_region import _NamedRegion
from itt.compat.pyitt._region import is_coroutine_function
from itt.compat.pyitt.domain import domain_of


class _Task(_NamedRegion):
    _native = native

    def __init__(self, task: Any = None, /, domain: Any = None, id: Any = None, parent: Any = None) -> None:
        super().__init__(task)
        self._domain = domain_of(domain)
        self._id = native.Id(self._domain) if id is None else id
        self._parent_id = parent._id if isinstance(parent, _Task) else parent

    @property
    def domain(self) -> Any:
        return self._domain

    @property
    def id(self) -> Any:
        return self._id

    @property
    def parent_id(self) -> Any:
        return self._parent_id


class NestedTask(Nested, _Task):
    __doc__ = Nested.__doc__


class OverlappedTask(Overlapped, _Task):
    __doc__ = Overlapped.__doc__


def nested_task(task: Any = None, /, domain: Any = None, id: Any = None, parent: Any = None) -> NestedTask:
    """A nested task; without a name it is called by the place of the call."""
    return NestedTask(_CallSite(_CallSite.CallerFrame) if task is None else task, domain, id, parent)


def overlapped_task(
    task: Any = None, /, domain: Any = None, id: Any = None, parent: Any = None
) -> OverlappedTask:
    """An overlapped task; without a name it is called by the place of the call."""
    return OverlappedTask(_CallSite(_CallSite.CallerFrame) if task is None else task, domain, id, parent)


def task(
    task: Any = None, /, domain: Any = None, id: Any = None, parent: Any = None
) -> NestedTask | OverlappedTask:
    """A nested task, or an overlapped one around a coroutine function."""
    kind = OverlappedTask if is_coroutine_function(task) else NestedTask
    return kind(_CallSite(_CallSite.CallerFrame) if task is None else task, domain, id, parent)
