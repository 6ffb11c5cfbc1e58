"""What pyitt and ittapi call native: handles, and functions that take nothing else.

Each of the two packages has classes of its own, which differ in little but their names. The functions take
the classes of either.
"""

from __future__ import annotations

import builtins
from typing import Any, NoReturn

import itt
from itt import detach, pause, resume

__all__ = ["detach", "pause", "resume"]


def refuse(argument: str, wanted: str, value: object) -> NoReturn:
    raise TypeError(f"argument '{argument}' must be {wanted}, not {type(value).__name__}")


def text_of(value: object, argument: str) -> str:
    """The text of a str or a StringHandle."""
    if isinstance(value, str):
        return value
    if isinstance(value, StringHandle):
        return value._str
    refuse(argument, "str or StringHandle", value)


class Handle:
    """Shown as the package shows it."""

    __slots__ = ()
    _package = ""

    def _text(self) -> str:
        raise NotImplementedError

    def _arguments(self) -> str:
        return f"'{self._text()}'"

    def __str__(self) -> str:
        check_self(self, Handle)
        return self._text()

    def __repr__(self) -> str:
        check_self(self, Handle)
        return f"{self._package}.native.{type(self).__name__}({self._arguments()})"


def check_self(value: object, kind: type) -> None:
    """For methods that are called as functions of the class, as C types check it."""
    if not isinstance(value, kind):
        refuse("self", kind.__name__, value)


class Named(Handle):
    """With a name that cannot be changed."""

    __slots__ = ("_name",)
    _name: str

    @property
    def name(self) -> str:
        return self._name

    def _text(self) -> str:
        return self._name


class StringHandle(Handle):
    __slots__ = ("_str",)
    _str: str

    def __init__(self, str: str) -> None:
        if not isinstance(str, builtins.str):
            refuse("str", "str", str)
        if "\0" in str:
            raise ValueError("argument 'str' must not have a NUL character in it")
        self._str = str

    def _text(self) -> builtins.str:
        return self._str


class Domain(Named):
    __slots__ = ("_domain",)

    def __init__(self, name: str | StringHandle | None = None) -> None:
        self._name = self._package if name is None else text_of(name, "name")
        self._domain = itt.Domain(self._name)


class Id(Handle):
    __slots__ = ("_created", "_domain", "_id")

    def __init__(self, domain: Domain) -> None:
        if not isinstance(domain, Domain):
            refuse("domain", "Domain", domain)
        self._domain = domain
        # The collector is told of the first, also of its end; the second is good for all domains.
        self._created = itt.Id(domain._domain)
        self._id = itt.Id.from_values(self._created.d1, self._created.d2, self._created.d3)

    @property
    def domain(self) -> Domain:
        return self._domain

    def _text(self) -> str:
        return f"({self._arguments()})"

    def _arguments(self) -> str:
        return f"{self._id.d1}, {self._id.d2}"


class Event(Named):
    __slots__ = ("_event",)

    def __init__(self, name: str | StringHandle) -> None:
        self._name = text_of(name, "name")
        self._event = itt.Event(self._name)

    def begin(self, /) -> None:
        self._event.begin()

    def end(self, /) -> None:
        self._event.end()


def domain_of(domain: Any) -> itt.Domain:
    if isinstance(domain, Domain):
        return domain._domain
    refuse("domain", "Domain", domain)


def _id_of(id: Any, argument: str) -> itt.Id:
    if isinstance(id, Id):
        return id._id
    refuse(argument, "Id", id)


def optional_id_of(id: Any, argument: str) -> itt.Id | None:
    return None if id is None else _id_of(id, argument)


def _name_of(name: Any) -> str:
    if isinstance(name, StringHandle):
        return name._str
    refuse("name", "StringHandle", name)


def task_begin(
    domain: Domain, name: StringHandle, id: Id | None = None, parent_id: Id | None = None, /
) -> None:
    """Begin a task on the calling thread."""
    itt.task_begin(
        domain_of(domain),
        _name_of(name),
        id=optional_id_of(id, "id"),
        parent=optional_id_of(parent_id, "parent_id"),
    )


def task_end(domain: Domain, /) -> None:
    """End the calling thread's innermost task of the domain."""
    itt.task_end(domain_of(domain))


def task_begin_overlapped(domain: Domain, name: StringHandle, id: Id, parent_id: Id | None = None, /) -> None:
    """Begin a task that need not nest: task_end_overlapped() of the same id ends it, on any thread."""
    itt.task_begin_overlapped(
        domain_of(domain), _name_of(name), _id_of(id, "id"), parent=optional_id_of(parent_id, "parent_id")
    )


def task_end_overlapped(domain: Domain, id: Id, /) -> None:
    """End the task that was begun with the id."""
    itt.task_end_overlapped(domain_of(domain), _id_of(id, "id"))


def thread_set_name(name: str | StringHandle, /) -> None:
    """Call the calling thread name in the timeline."""
    itt.thread_set_name(text_of(name, "name"))
