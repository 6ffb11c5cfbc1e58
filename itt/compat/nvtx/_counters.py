"""nvtx's counters, on top of itt.Counter."""

from __future__ import annotations

import dataclasses
import importlib
import operator
from collections.abc import Iterable, Sequence
from typing import Any

import itt
from itt.compat.nvtx._enums import (
    CounterInterpolation,
    CounterNoValueReason,
    CounterValueType,
    EntryKind,
    PayloadEntryType,
    TimestampType,
)

np: Any
try:
    np = importlib.import_module("numpy")
except ImportError:
    np = None

_METADATA_KEY = "nvidia_nvtx_payload_metadata"
_INT64 = range(-(2**63), 2**63)
_UINT64 = range(2**64)


@dataclasses.dataclass(frozen=True)
class CounterSemantics:
    """What a counter's values mean. itt shows the unit; the rest is checked and kept."""

    unit: str | bytes | None = None
    value_type: CounterValueType = CounterValueType.ABSOLUTE
    interpolation: CounterInterpolation = CounterInterpolation.POINT
    min: int | float | None = None
    max: int | float | None = None
    unit_scale_numerator: int = 1
    unit_scale_denominator: int = 1

    def __post_init__(self) -> None:
        _check("unit", self.unit, (str, bytes, type(None)))
        _check("value_type", self.value_type, (CounterValueType,))
        _check("interpolation", self.interpolation, (CounterInterpolation,))
        for name in ("unit_scale_numerator", "unit_scale_denominator"):
            value = getattr(self, name)
            _check(name, value, (int,))
            if value not in _UINT64 or value == 0:
                raise ValueError(f"argument '{name}' must be in 1..2**64-1, not {value}")
        if isinstance(self.unit, str):
            object.__setattr__(self, "unit", self.unit.encode())
        limits = [limit for limit in (self.min, self.max) if limit is not None]
        for name in ("min", "max"):
            _check(name, getattr(self, name), (int, float, type(None)))
        if len({isinstance(limit, float) for limit in limits}) > 1:
            raise ValueError("arguments 'min' and 'max' must be of one type")
        if len(limits) == 2 and limits[0] > limits[1]:
            raise ValueError("argument 'min' must not be above 'max'")
        if limits and isinstance(limits[0], int):
            allowed, bits = (_INT64, "int64") if min(limits) < 0 else (_UINT64, "uint64")
            if not all(limit in allowed for limit in limits):
                raise ValueError(f"arguments 'min' and 'max' must fit in {bits}")


def _check(argument: str, value: object, types: tuple[type, ...]) -> None:
    if not isinstance(value, types):
        names = " or ".join("None" if one is type(None) else one.__name__ for one in types)
        raise TypeError(f"argument '{argument}' must be {names}, not {type(value).__name__}")


def text_of(argument: str, value: str | bytes) -> str:
    _check(argument, value, (str, bytes))
    return value.decode(errors="backslashreplace") if isinstance(value, bytes) else value


def _unit_of(semantics: CounterSemantics | None) -> str | None:
    unit = semantics.unit if semantics is not None else None
    return None if unit is None else text_of("unit", unit)


class Counter:
    """Made by Domain.get_counter(); dtype decides which of the subclasses."""

    def __init__(
        self,
        domain: Any,
        name: str | bytes,
        dtype: Any,
        description: str | bytes | None,
        scope: str | bytes | None,
        semantics: CounterSemantics | None,
        time_domain: TimestampType,
    ) -> None:
        self.domain = domain
        self.name = name
        self.dtype = dtype
        self.description = description
        self.scope = scope
        self.semantics = semantics
        self.time_domain = time_domain.value
        self._open(domain.handle, text_of("name", name))

    def _open(self, domain: itt.Domain, name: str) -> None:
        raise NotImplementedError("get a counter from Domain.get_counter()")

    def _zero(self) -> None:
        raise NotImplementedError

    def sample(self, value: Any) -> None:
        """The counter has this value now."""
        raise NotImplementedError

    def sample_no_value(self, reason: CounterNoValueReason) -> None:
        """There is no value to give: ZERO is shown as 0, the other reasons leave the counter as it is."""
        _check("reason", reason, (CounterNoValueReason,))
        if reason is CounterNoValueReason.ZERO:
            self._zero()

    def batch_submit(self, values: Iterable[Any], timestamps: Iterable[int]) -> None:
        """Values of the past: the last of them is the counter's value now; the others are not shown."""
        samples = self._samples(values)
        if len(samples) != len(_sized(timestamps)):
            raise ValueError("arguments 'values' and 'timestamps' must be of one length")
        if len(samples):
            self.sample(samples[-1])

    def _samples(self, values: Iterable[Any]) -> Sequence[Any]:
        return _sized(values)


def _sized(values: Iterable[Any]) -> Sequence[Any]:
    is_sized = hasattr(values, "__len__") and hasattr(values, "__getitem__")
    return values if is_sized else list(values)  # type: ignore[return-value]


class Int64Counter(Counter):
    def _open(self, domain: itt.Domain, name: str) -> None:
        self._counter = itt.Counter(name, domain=domain, type="s64", unit=_unit_of(self.semantics))

    def _zero(self) -> None:
        self._counter.set(0)

    def sample(self, value: int) -> None:
        number = operator.index(value)
        if number not in _INT64:
            raise OverflowError(f"argument 'value' must fit in int64, not {number}")
        self._counter.set(number)


class Float64Counter(Counter):
    def _open(self, domain: itt.Domain, name: str) -> None:
        self._counter = itt.Counter(name, domain=domain, type="double", unit=_unit_of(self.semantics))

    def _zero(self) -> None:
        self._counter.set(0.0)

    def sample(self, value: float) -> None:
        if isinstance(value, (str, bytes, bytearray)):
            raise TypeError(f"argument 'value' must be a number, not {type(value).__name__}")
        self._counter.set(float(value))


class ExtCounter(Counter):
    """Values of a NumPy dtype; each field of a structured one is a counter NAME.FIELD."""

    def _open(self, domain: itt.Domain, name: str) -> None:
        fields = self.dtype.names
        parts = [(name, self.dtype)] if fields is None else [(f"{name}.{f}", self.dtype[f]) for f in fields]
        self._counters = []
        for full, dtype in parts:
            kind: Any = {"f": "double", "u": "u64"}.get(dtype.kind, "s64")
            unit = _unit_of(_semantics_of(dtype) or self.semantics)
            self._counters.append(itt.Counter(full, domain=domain, type=kind, unit=unit))

    def _zero(self) -> None:
        for counter in self._counters:
            counter.set(0)

    def _samples(self, values: Iterable[Any]) -> Any:
        return np.ascontiguousarray(values, self.dtype).reshape(-1)

    def sample(self, value: Any) -> None:
        array = self._samples(value)
        if array.size != 1:
            raise ValueError(
                f"argument 'value' must be one sample, not {array.size}: batch_submit() takes more"
            )
        row = array[0].item()
        for counter, part in zip(self._counters, row if self.dtype.names is not None else (row,)):
            counter.set(part)


def counter_class(dtype: Any) -> type[Counter]:
    if dtype is int or (np is not None and dtype == np.dtype(np.int64)):
        return Int64Counter
    if dtype is float or (np is not None and dtype == np.dtype(np.float64)):
        return Float64Counter
    return ExtCounter


def counter_dtype(dtype: Any) -> Any:
    """The dtype of a counter: scalars and flat groups of them are allowed."""
    if np is None:
        if dtype is int or dtype is float:
            return dtype
        raise RuntimeError("counters of other types than int and float need NumPy: pip install numpy")
    try:
        dtype = np.dtype(np.int64 if dtype is int else dtype)
    except TypeError as error:
        raise TypeError("argument 'dtype' must be int, float or a NumPy dtype") from error
    if dtype.subdtype is not None and dtype.subdtype[0].fields is not None:
        raise TypeError("argument 'dtype' must not be a fixed-size array of a structured dtype")
    for name in dtype.names or ():
        if dtype[name].subdtype is not None:
            raise TypeError(f"argument 'dtype': array fields are not supported, as is {name!r}")
        if dtype[name].fields is not None:
            raise TypeError(f"argument 'dtype': Nested counter groups are not supported, as is {name!r}")
    return dtype


@dataclasses.dataclass(frozen=True)
class _DtypeMetadata:
    counter_semantics: CounterSemantics | None
    entry_kind: EntryKind | None
    entry_type: PayloadEntryType | None


def _semantics_of(dtype: Any) -> CounterSemantics | None:
    metadata = (dtype.metadata or {}).get(_METADATA_KEY)
    return metadata.counter_semantics if isinstance(metadata, _DtypeMetadata) else None


def numpy_dtype(
    *args: Any,
    counter_semantics: CounterSemantics | None = None,
    entry_kind: EntryKind | None = None,
    entry_type: PayloadEntryType | None = None,
    **kwargs: Any,
) -> Any:
    """numpy.dtype(*args, **kwargs) that says what a field means; itt shows the unit of counter_semantics."""
    if np is None:
        raise RuntimeError("numpy_dtype() needs NumPy: pip install numpy")
    _check("entry_kind", entry_kind, (EntryKind, type(None)))
    _check("entry_type", entry_type, (PayloadEntryType, type(None)))
    dtype = np.dtype(*args, **kwargs)
    if counter_semantics is None and entry_kind is None and entry_type is None:
        return dtype
    metadata = {_METADATA_KEY: _DtypeMetadata(counter_semantics, entry_kind, entry_type)}
    return np.dtype(dtype, metadata={**metadata, **(dtype.metadata or {})})
