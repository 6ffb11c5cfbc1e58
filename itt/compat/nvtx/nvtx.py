"""nvtx's ranges and marks, on top of itt's tasks and markers."""

from __future__ import annotations

import array
import contextlib
import functools
import itertools
import os
from typing import Any, Callable, Optional, Union

import itt
from itt.compat.nvtx._counters import Counter, CounterSemantics, counter_class, counter_dtype, text_of
from itt.compat.nvtx._enums import TimestampType
from itt.compat.nvtx.colors import color_to_hex

_ENABLED = not os.environ.get("NVTX_DISABLE")
_DEFAULT_DOMAIN = "NVTX"
_DEFAULT_COLORS = (None, "blue")  # everything that was given no color has it
_RANGES = 0x6E767478  # what tells the ids of ranges from other ids
_range_numbers = itertools.count(1)
_KEEP: Any = object()


class RegisteredString:
    """A message that a domain knows."""

    def __init__(self, domain: itt.Domain, string: str | bytes | None = None) -> None:
        self.string = string
        self.domain = domain
        self.handle = "" if string is None else text_of("message", string)
        if "\0" in self.handle:
            raise ValueError("argument 'message' must not have a NUL character in it")


class EventAttributes:
    """What ranges and marks are given: a name, and what is shown as their metadata."""

    __slots__ = ("_category", "_color", "_message", "_metadata", "_name", "_payload", "domain")

    def __init__(
        self,
        domain: Domain,
        message: Any = None,
        color: Any = None,
        category: Any = None,
        payload: Any = None,
    ) -> None:
        self.domain = domain
        self._metadata: dict[str, Any] = {}
        self.message = message
        self.color = color
        self.category = category
        self.payload = payload

    @property
    def message(self) -> RegisteredString | None:
        return self._message

    @message.setter
    def message(self, value: RegisteredString | None) -> None:
        self._name = "" if value is None else value.handle
        self._message = value

    @property
    def color(self) -> Any:
        return self._color

    @color.setter
    def color(self, value: Any) -> None:
        number = color_to_hex(value)
        self._color = value
        if value in _DEFAULT_COLORS:
            self._metadata.pop("color", None)
        else:
            self._metadata["color"] = f"#{number:06x}" if isinstance(value, int) else str(value)

    @property
    def category(self) -> int:
        return self._category

    @category.setter
    def category(self, value: int | None) -> None:
        if not isinstance(value, (int, type(None))):
            raise TypeError(f"argument 'category' must be str, int or None, not {type(value).__name__}")
        self._category = value or 0
        if self._category:
            self._metadata["category"] = self.domain._category_names.get(self._category, self._category)
        else:
            self._metadata.pop("category", None)

    @property
    def payload(self) -> Any:
        return self._payload

    @payload.setter
    def payload(self, value: Any) -> None:
        self._payload = value
        if value is None:
            self._metadata.pop("payload", None)
        else:
            self._metadata["payload"] = value

    def shown(self) -> dict[str, Any]:
        """The metadata, with a payload as it is now."""
        if isinstance(self._payload, (list, tuple, range)):
            return {**self._metadata, "payload": _array_of(self._payload)}
        return self._metadata


def _array_of(values: Any) -> Any:
    """An array of numbers; whatever is none stays as it is."""
    kind = "d" if any(isinstance(value, float) for value in values) else "q"
    try:
        return array.array(kind, values)
    except (TypeError, OverflowError):
        return values


class Domain:
    """Ranges and marks of one domain. get_domain() gives the same one for the same name."""

    def __init__(self, name: str | None = None) -> None:
        self.name = name
        self.handle = itt.Domain(_DEFAULT_DOMAIN if name is None else text_of("name", name))
        self.categories: dict[str, int] = {}
        self._category_names: dict[int, str] = {}
        self._strings: dict[Any, RegisteredString] = {}
        self._counters: dict[Any, Counter] = {}

    def get_registered_string(self, string: Any) -> RegisteredString:
        known = self._strings.get(string)
        if known is None:
            known = self._strings[string] = RegisteredString(self.handle, string)
        return known

    def get_category_id(self, name: Any) -> int:
        """The number of the category called name."""
        known = self.categories.get(name)
        if known is None:
            text = text_of("category", name)
            known = self.categories[name] = len(self.categories) + 1
            self._category_names[known] = text
        return known

    def get_event_attributes(
        self, message: Any = None, color: Any = None, category: Any = None, payload: Any = None
    ) -> EventAttributes:
        if message is not None:
            message = self.get_registered_string(message)
        if isinstance(category, str):
            category = self.get_category_id(category)
        return EventAttributes(self, message, color, category, payload)

    def set_event_attributes(
        self,
        attributes: EventAttributes,
        *,
        message: Any = _KEEP,
        color: Any = _KEEP,
        category: Any = _KEEP,
        payload: Any = _KEEP,
    ) -> None:
        _check_attributes(attributes)
        if message is not _KEEP:
            if isinstance(message, (str, bytes)):
                message = self.get_registered_string(message)
            attributes.message = message
        if color is not _KEEP:
            attributes.color = color
        if category is not _KEEP:
            attributes.category = self.get_category_id(category) if isinstance(category, str) else category
        if payload is not _KEEP:
            attributes.payload = payload

    def mark(self, attributes: EventAttributes | None = None, **kwargs: Any) -> None:
        """Mark this moment on the calling thread."""
        _mark(self._attributes(attributes, kwargs), self.handle)

    def push_range(self, attributes: EventAttributes | None = None, **kwargs: Any) -> None:
        """Begin a range on the calling thread; pop_range() ends the innermost of the domain."""
        _push(self._attributes(attributes, kwargs), self.handle)

    def pop_range(self) -> None:
        itt.task_end(self.handle)

    def start_range(self, attributes: EventAttributes | None = None, **kwargs: Any) -> int:
        """Begin a range that need not nest; end_range() of the number ends it, on any thread."""
        return _start(self._attributes(attributes, kwargs), self.handle)

    def end_range(self, range_id: int) -> None:
        _end(range_id, self.handle)

    def get_counter(
        self,
        name: Any,
        dtype: Any,
        *,
        description: Any = None,
        scope: Any = None,
        semantics: CounterSemantics | None = None,
        time_domain: TimestampType = TimestampType.TOOL_PROVIDED,
    ) -> Counter:
        """The counter called name; the same one for the same arguments."""
        dtype = counter_dtype(dtype)
        if not isinstance(semantics, (CounterSemantics, type(None))):
            raise TypeError(
                f"argument 'semantics' must be CounterSemantics or None, not {type(semantics).__name__}"
            )
        key = (name, dtype, description, scope, semantics, time_domain)
        known = self._counters.get(key)
        if known is None:
            known = counter_class(dtype)(self, name, dtype, description, scope, semantics, time_domain)
            self._counters[key] = known
        return known

    def get_timestamp(self) -> int:
        """The time now, in nanoseconds."""
        return itt.timestamp()

    def _attributes(self, attributes: EventAttributes | None, kwargs: dict[str, Any]) -> EventAttributes:
        if attributes is None:
            return self.get_event_attributes(**kwargs)
        _check_attributes(attributes)
        if kwargs:
            self.set_event_attributes(attributes, **kwargs)
        return attributes


def _check_attributes(attributes: object) -> None:
    if not isinstance(attributes, EventAttributes):
        raise TypeError(f"argument 'attributes' must be EventAttributes, not {type(attributes).__name__}")


def _push(attributes: EventAttributes, domain: itt.Domain) -> None:
    itt.task_begin(domain, attributes._name)
    if attributes._metadata:
        itt.metadata(attributes.shown(), domain=domain)


def _start(attributes: EventAttributes, domain: itt.Domain) -> int:
    number = next(_range_numbers)
    id = itt.Id.from_values(number, _RANGES)
    itt.task_begin_overlapped(domain, attributes._name, id)
    if attributes._metadata:
        itt.metadata(attributes.shown(), domain=domain, id=id)
    return number


def _end(range_id: int, domain: itt.Domain) -> None:
    if not isinstance(range_id, int):
        raise TypeError(f"argument 'range_id' must be what start_range() returned, not {range_id!r}")
    if not 0 <= range_id < 2**64:
        raise OverflowError(f"argument 'range_id' must be what start_range() returned, not {range_id}")
    itt.task_end_overlapped(domain, itt.Id.from_values(range_id, _RANGES))


def _mark(attributes: EventAttributes, domain: itt.Domain) -> None:
    itt.marker(attributes._name, scope="thread", domain=domain, metadata=attributes.shown())


@functools.cache
def get_domain(name: str | None = None) -> Domain:
    return Domain(name)


_Color = Optional[Union[str, int]]
_Category = Optional[Union[str, int]]


class annotate:
    """A range around a block or a function.

    A function is called by its own name where no message is given. What a mutable payload is shown as, is
    looked up each time that the range begins.
    """

    def __init__(
        self,
        message: str | None = None,
        color: _Color = None,
        domain: str | None = None,
        category: _Category = None,
        payload: Any = None,
    ) -> None:
        self.init_args = message, color, domain, category, payload
        self.domain = get_domain(domain)
        self.attributes = self.domain.get_event_attributes(message, color, category, payload)

    def __reduce__(self) -> Any:
        return type(self), self.init_args

    def __enter__(self) -> Any:
        _push(self.attributes, self.domain.handle)
        return self

    def __exit__(self, *args: object) -> Any:
        itt.task_end(self.domain.handle)
        return False

    def __call__(self, func: Callable[..., Any]) -> Callable[..., Any]:
        attributes, domain = self.attributes, self.domain.handle
        if attributes.message is None:
            attributes.message = self.domain.get_registered_string(func.__name__)

        @functools.wraps(func)
        def inner(*args: Any, **kwargs: Any) -> Any:
            _push(attributes, domain)
            try:
                return func(*args, **kwargs)
            finally:
                itt.task_end(domain)

        return inner


def mark(
    message: str | None = None,
    color: _Color = "blue",
    domain: str | None = None,
    category: _Category = None,
    payload: Any = None,
) -> None:
    """Mark this moment on the calling thread."""
    found = get_domain(domain)
    _mark(found.get_event_attributes(message, color, category, payload), found.handle)


def push_range(
    message: str | None = None,
    color: _Color = "blue",
    domain: str | None = None,
    category: _Category = None,
    payload: Any = None,
) -> None:
    """Begin a range on the calling thread; pop_range() ends the innermost of the domain."""
    found = get_domain(domain)
    _push(found.get_event_attributes(message, color, category, payload), found.handle)


def pop_range(domain: str | None = None) -> None:
    itt.task_end(get_domain(domain).handle)


def start_range(
    message: str | None = None,
    color: _Color = None,
    domain: str | None = None,
    category: _Category = None,
    payload: Any = None,
) -> tuple[int, Any] | None:
    """Begin a range that need not nest; end_range() of the result ends it, on any thread."""
    found = get_domain(domain)
    return _start(found.get_event_attributes(message, color, category, payload), found.handle), found.handle


def end_range(range_id: tuple[int, Any] | None) -> None:
    if range_id is not None:
        _end(*range_id)


def enabled() -> bool:
    """False if NVTX_DISABLE was set when the package was imported: then the functions do nothing."""
    return _ENABLED


class _NoAnnotate(contextlib.nullcontext):  # type: ignore[type-arg]
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def __call__(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


if not _ENABLED:
    _NoAnnotate.__name__ = _NoAnnotate.__qualname__ = "annotate"
    annotate = _NoAnnotate  # type: ignore[assignment,misc]

    def _nothing(result: Callable[..., Any]) -> Any:
        @functools.wraps(result)
        def nothing(
            message: Any = None,
            color: Any = None,
            domain: Any = None,
            category: Any = None,
            payload: Any = None,
        ) -> None:
            pass

        return nothing

    mark, push_range, start_range = _nothing(mark), _nothing(push_range), _nothing(start_range)

    def pop_range(domain: str | None = None) -> None:
        pass

    def end_range(range_id: tuple[int, Any] | None) -> None:
        pass
