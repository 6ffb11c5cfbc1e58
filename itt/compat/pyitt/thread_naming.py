from __future__ import annotations

from itt.compat.pyitt.native import StringHandle
from itt.compat.pyitt.native import thread_set_name as _thread_set_name


def thread_set_name(name: str | StringHandle) -> None:
    """Call the calling thread name in the timeline."""
    _thread_set_name(name)
