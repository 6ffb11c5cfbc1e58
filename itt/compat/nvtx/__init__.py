"""nvtx's names, signatures and behaviour, on top of itt.

from itt.compat import nvtx    # instead of: import nvtx

docs/compat.md says what maps to what, and what differs.
"""

from itt.compat.nvtx._counters import (
    Counter,
    CounterSemantics,
    ExtCounter,
    Float64Counter,
    Int64Counter,
    numpy_dtype,
)
from itt.compat.nvtx._enums import (
    BatchOrdering,
    CounterInterpolation,
    CounterNoValueReason,
    CounterValueType,
    EntryKind,
    EventKind,
    PayloadEntryType,
    PredefinedScope,
    TimestampType,
)
from itt.compat.nvtx._profile import Profile
from itt.compat.nvtx.nvtx import (
    Domain,
    annotate,
    enabled,
    end_range,
    get_domain,
    mark,
    pop_range,
    push_range,
    start_range,
)

__all__ = [
    "BatchOrdering",
    "Counter",
    "CounterInterpolation",
    "CounterNoValueReason",
    "CounterSemantics",
    "CounterValueType",
    "Domain",
    "EntryKind",
    "EventKind",
    "ExtCounter",
    "Float64Counter",
    "Int64Counter",
    "PayloadEntryType",
    "PredefinedScope",
    "Profile",
    "TimestampType",
    "annotate",
    "enabled",
    "end_range",
    "get_domain",
    "mark",
    "numpy_dtype",
    "pop_range",
    "push_range",
    "start_range",
]
