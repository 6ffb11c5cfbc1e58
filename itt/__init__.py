"""Labels for VTune, and a recorder of your own: the ITT API for Python.

import itt

domain = itt.domain_create("com.example.program")
itt.task_begin(domain, "load")
...
itt.task_end(domain)

Run it under VTune, or under `itt record` and read `itt report`.
"""

try:
    from itt._itt import (
        Domain,
        Id,
        __version__,
        detach,
        domain_create,
        itt_pt_region_begin,
        itt_pt_region_create,
        itt_pt_region_end,
        pause,
        resume,
        task_begin,
        task_begin_fn,
        task_end,
        thread_set_name,
    )
except ModuleNotFoundError as error:
    if error.name != "itt._itt":
        raise
    raise ImportError(
        f"itt is not built in {__path__[0]}, a folder of sources: leave it, or pip install -e . there"
    ) from None

pt_region_create = itt_pt_region_create
pt_region_begin = itt_pt_region_begin
pt_region_end = itt_pt_region_end

__all__ = [
    "Domain",
    "Id",
    "__version__",
    "detach",
    "domain_create",
    "itt_pt_region_begin",
    "itt_pt_region_create",
    "itt_pt_region_end",
    "pause",
    "pt_region_begin",
    "pt_region_create",
    "pt_region_end",
    "resume",
    "task_begin",
    "task_begin_fn",
    "task_end",
    "thread_set_name",
]
