"""ittapi's names, signatures and behaviour, on top of itt.

from itt.compat import ittapi    # instead of: import ittapi

docs/compat.md says what differs.
"""

from itt.compat.ittapi.collection_control import (
    ActiveRegion,
    PausedRegion,
    active_region,
    detach,
    pause,
    paused_region,
    resume,
)
from itt.compat.ittapi.domain import domain
from itt.compat.ittapi.event import Event, event
from itt.compat.ittapi.id import id
from itt.compat.ittapi.native import (
    Domain,
    Id,
    StringHandle,
    task_begin,
    task_begin_overlapped,
    task_end,
    task_end_overlapped,
)
from itt.compat.ittapi.pt_region import pt_region
from itt.compat.ittapi.string_handle import string_handle
from itt.compat.ittapi.task import NestedTask, OverlappedTask, nested_task, overlapped_task, task
from itt.compat.ittapi.thread_naming import thread_set_name

__all__ = [
    "ActiveRegion",
    "Domain",
    "Event",
    "Id",
    "NestedTask",
    "OverlappedTask",
    "PausedRegion",
    "StringHandle",
    "active_region",
    "detach",
    "domain",
    "event",
    "id",
    "nested_task",
    "overlapped_task",
    "pause",
    "paused_region",
    "pt_region",
    "resume",
    "string_handle",
    "task",
    "task_begin",
    "task_begin_overlapped",
    "task_end",
    "task_end_overlapped",
    "thread_set_name",
]
