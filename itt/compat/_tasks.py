"""What the tasks of pyitt and ittapi share, to be mixed into each package's own named region.

They call the functions of that package.
"""

from __future__ import annotations

from typing import Any


class Task:
    _native: Any
    _name: Any
    _domain: Any
    _id: Any
    _parent_id: Any
    _settle: Any  # of the named region

    def __str__(self) -> str:
        ids = f"id: {self._id}, parent_id: {self._parent_id}"
        return f"{{ name: '{self._name}', domain: '{self._domain}', {ids} }}"

    def __repr__(self) -> str:
        parts = ", ".join(map(repr, (self._name, self._domain, self._id, self._parent_id)))
        return f"{type(self).__name__}({parts})"


class Nested(Task):
    """A task on the thread that begins it; its end ends the thread's innermost task of the domain."""

    def begin(self) -> None:
        self._settle()
        self._native.task_begin(self._domain, self._name, self._id, self._parent_id)

    def end(self) -> None:
        self._native.task_end(self._domain)


class Overlapped(Task):
    """A task that need not nest, told by its id: one object is one task at a time."""

    def begin(self) -> None:
        self._settle()
        self._native.task_begin_overlapped(self._domain, self._name, self._id, self._parent_id)

    def end(self) -> None:
        self._native.task_end_overlapped(self._domain, self._id)


class PartsByCall:
    """The parts of a task as ittapi has them: by methods."""

    _domain: Any
    _id: Any
    _parent_id: Any

    def domain(self) -> Any:
        return self._domain

    def id(self) -> Any:
        return self._id

    def parent_id(self) -> Any:
        return self._parent_id
