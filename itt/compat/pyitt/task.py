"""pyitt's tasks."""

from __future__ import annotations

from typing import Any

from itt.compat._naming import CallSite as _CallSite
from itt.compat.pyitt import native
from itt.compat.pyitt._named_region import _NamedRegion
from itt.compat.pyitt._region import is_coroutine_function
from itt.compat.pyitt.domain import domain_of


class _Task(_NamedRegion):
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

    def __str__(self) -> str:
        ids = f"id: {self._id}, parent_id: {self._parent_id}"
        return f"{{ name: '{self._name}', domain: '{self._domain}', {ids} }}"

    def __repr__(self) -> str:
        parts = ", ".join(map(repr, (self._name, self._domain, self._id, self._parent_id)))
        return f"{type(self).__name__}({parts})"


class NestedTask(_Task):
    """A task on the thread that begins it; its end ends the thread's innermost task of the domain."""

    def begin(self) -> None:
        self._settle()
        native.task_begin(self._domain, self._name, self._id, self._parent_id)

    def end(self) -> None:
        native.task_end(self._domain)


class OverlappedTask(_Task):
    """A task that need not nest, told by its id: one object is one task at a time."""

    def begin(self) -> None:
        self._settle()
        native.task_begin_overlapped(self._domain, self._name, self._id, self._parent_id)

    def end(self) -> None:
        native.task_end_overlapped(self._domain, self._id)


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
