"""pyitt's names, signatures and behaviour, on top of itt.

from itt.compat import pyitt    # instead of: import pyitt

docs/compat.md says what differs.
"""

from itt.compat.pyitt.collection_control import (
    ActiveRegion,
    PausedRegion,
    active_region,
    detach,
    pause,
    paused_region,
    resume,
)
from itt.compat.pyitt.counter import counter
from itt.compat.pyitt.domain import domain
from itt.compat.pyitt.event import Event, event
from itt.compat.pyitt.frame import Frame, frame
from itt.compat.pyitt.id import id
from itt.compat.pyitt.native import (
    Counter,
    Domain,
    Id,
    StringHandle,
    frame_begin,
    frame_end,
    task_begin,
    task_begin_overlapped,
    task_end,
    task_end_overlapped,
)
from itt.compat.pyitt.pt_region import PTRegion, pt_region
from itt.compat.pyitt.string_handle import string_handle
from itt.compat.pyitt.task import NestedTask, OverlappedTask, nested_task, overlapped_task, task
from itt.compat.pyitt.thread_naming import thread_set_name

__all__ = [
    "ActiveRegion",
    "Counter",
    "Domain",
    "Event",
    "Frame",
    "Id",
    "NestedTask",
    "OverlappedTask",
    "PTRegion",
    "PausedRegion",
    "StringHandle",
    "active_region",
    "counter",
    "detach",
    "domain",
    "event",
    "frame",
    "frame_begin",
    "frame_end",
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
