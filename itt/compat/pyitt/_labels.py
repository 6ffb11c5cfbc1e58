"""pyitt's tasks, events, frames and PT regions."""

from __future__ import annotations

from typing import Any

from itt.compat.pyitt import native
from itt.compat.pyitt._named_region import _CallSite, _NamedRegion
from itt.compat.pyitt._region import _Region, is_coroutine_function


def domain(name: Any = None) -> native.Domain:
    """The domain called name; without one, the package's own."""
    return native.Domain(name)


def id(domain: native.Domain) -> native.Id:
    """A new id for the domain."""
    return native.Id(domain)


def string_handle(string: str) -> native.StringHandle:
    return native.StringHandle(string)


def counter(name: Any, domain: Any = None, init_value: Any = None) -> native.Counter:
    """A counter that starts with a value, or with 0."""
    return native.Counter(name, domain, init_value)


def _domain_of(value: Any) -> Any:
    return domain(value) if value is None or isinstance(value, str) else value


class _Task(_NamedRegion):
    def __init__(self, task: Any = None, /, domain: Any = None, id: Any = None, parent: Any = None) -> None:
        super().__init__(task)
        self._domain = _domain_of(domain)
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


class PTRegion(_NamedRegion):
    """A region of code for Intel Processor Trace; made when its name is final."""

    def __init__(self, region: Any = None) -> None:
        super().__init__(region)
        self._region: Any = None
        self._on_name_determination = self._make

    def _make(self, name: native.StringHandle) -> None:
        self._region = native.PTRegion(name)

    def begin(self) -> None:
        self._settle()
        self._region.begin()

    def end(self) -> None:
        self._region.end()


def pt_region(region: Any = None) -> PTRegion:
    """A PT region; without a name it is called by the place of the call."""
    return PTRegion(_CallSite(_CallSite.CallerFrame) if region is None else region)


class Frame(_Region):
    """A frame of a domain. Frames of one domain without ids cannot overlap."""

    def __init__(self, region: Any = None, domain: Any = None, id: Any = None) -> None:
        super().__init__(region)
        self._domain = _domain_of(domain)
        self._id = id

    def domain(self) -> Any:
        return self._domain

    def id(self) -> Any:
        return self._id

    def begin(self) -> None:
        native.frame_begin(self._domain, self._id)

    def end(self) -> None:
        native.frame_end(self._domain, self._id)

    def __str__(self) -> str:
        return f"{{ domain: '{self._domain}', id: {self._id} }}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._domain!r}, {self._id!r})"


def frame(region: Any = None, domain: Any = None, id: Any = None) -> Frame:
    return Frame(region, domain, id)
