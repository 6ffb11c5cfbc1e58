"""pyitt's handles, and the functions that take them."""

from __future__ import annotations

from typing import Any

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
    "Counter",
    "Domain",
    "Event",
    "Id",
    "PTRegion",
    "StringHandle",
    "detach",
    "frame_begin",
    "frame_end",
    "pause",
    "resume",
    "task_begin",
    "task_begin_overlapped",
    "task_end",
    "task_end_overlapped",
    "thread_set_name",
]

_UINT64_MAX = 2**64 - 1


class StringHandle(_handles.StringHandle):
    __slots__ = ()
    _package = "pyitt"


class Domain(_handles.Domain):
    __slots__ = ()
    _package = "pyitt"


class Id(_handles.Id):
    __slots__ = ()
    _package = "pyitt"


class Event(_handles.Event):
    __slots__ = ()
    _package = "pyitt"


class PTRegion(_handles.Handle):
    """A region of code for Intel Processor Trace. There are 8 in a process."""

    __slots__ = ("_name", "_region")
    _package = "pyitt"

    def __init__(self, name: str | StringHandle | None = None) -> None:
        self._name = None if name is None else _handles.text_of(name, "name")
        self._region = itt.pt_region_create(self._name or "")

    @property
    def name(self) -> str | None:
        return self._name

    def begin(self, /) -> None:
        itt.pt_region_begin(self._region)

    def end(self, /) -> None:
        itt.pt_region_end(self._region)

    def _text(self) -> str:
        return self._name or ""


def _int_of(value: Any) -> int | None:
    """What int() makes of a number of any type; None: it is no number."""
    if isinstance(value, int):
        return value
    convert = getattr(type(value), "__int__", None)
    try:
        return None if convert is None else int(convert(value))
    except Exception:
        return None


class Counter(_handles.Handle):
    """A counter of whole numbers from 0 to 2**64-1."""

    __slots__ = ("_counter", "_domain", "_name", "_value")
    _package = "pyitt"
    _value: int

    def __init__(self, name: str | StringHandle, domain: Any = None, value: Any = None) -> None:
        self._name = _handles.text_of(name, "name")
        try:
            self._domain = domain if isinstance(domain, Domain) else Domain(domain)
        except Exception as error:
            raise ValueError(f"argument 'domain' does not name a domain: {error}") from error
        number = 0 if value is None else _int_of(value)
        if number is None:
            raise TypeError(f"argument 'value' must be a number, not {type(value).__name__}")
        self._counter = itt.Counter(self._name, domain=self._domain._domain, type="u64")
        _put(self, number)

    @property
    def name(self) -> str:
        return self._name

    @property
    def domain(self) -> Domain:
        return self._domain

    @property
    def value(self) -> int:
        return self._value

    def inc(self, delta: Any = 1, /) -> None:
        """Add to the value."""
        _add(self, _number("delta", delta))

    def dec(self, delta: Any = 1, /) -> None:
        """Take from the value."""
        _add(self, -_number("delta", delta))

    def set(self, value: Any, /) -> None:
        _put(self, _number("value", value))

    def __iadd__(self, delta: Any) -> Counter:
        _add(self, _number("delta", delta))
        return self

    def __isub__(self, delta: Any) -> Counter:
        _add(self, -_number("delta", delta))
        return self

    def _text(self) -> str:
        return f"{{ name: '{self._name}', domain: '{self._domain}', value: {self._value} }}"

    def _arguments(self) -> str:
        return f"{self._name!r}, {self._domain!r}, {self._value!r}"


def _number(argument: str, value: Any) -> int:
    number = _int_of(value)
    if number is None:
        raise ValueError(f"argument '{argument}' must be a number, not {type(value).__name__}")
    return number


def _add(counter: Counter, delta: int) -> None:
    _handles.check_self(counter, Counter)
    _put(counter, counter._value + delta)


def _put(counter: Counter, value: int) -> None:
    _handles.check_self(counter, Counter)
    if not 0 <= value <= _UINT64_MAX:
        raise OverflowError(f"the value of a counter must be in 0..2**64-1, not {value}")
    counter._value = value
    counter._counter.set(value)


def frame_begin(domain: Domain, id: Id | None = None, /) -> None:
    """Begin a frame of the domain."""
    itt.frame_begin(_handles.domain_of(domain), _handles.optional_id_of(id, "id"))


def frame_end(domain: Domain, id: Id | None = None, /) -> None:
    """End the frame of the domain, or the one that was begun with the id."""
    itt.frame_end(_handles.domain_of(domain), _handles.optional_id_of(id, "id"))
