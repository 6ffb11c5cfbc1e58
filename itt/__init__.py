"""Labels for VTune, and a recorder of your own: the ITT API for Python.

import itt

domain = itt.domain_create("com.example.program")
itt.task_begin(domain, "load")
...
itt.task_end(domain)

Run it under VTune, or under `itt record` and read `itt report`.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    import os

    from itt._record import Recording

try:
    from itt._itt import (
        Counter,
        Domain,
        Event,
        Frame,
        Id,
        Region,
        __version__,
        active,
        detach,
        domain_create,
        event,
        frame,
        frame_begin,
        frame_end,
        frame_submit,
        itt_pt_region_begin,
        itt_pt_region_create,
        itt_pt_region_end,
        marker,
        metadata,
        pause,
        paused,
        region,
        region_begin,
        region_end,
        relation,
        resume,
        resumed,
        task_begin,
        task_begin_fn,
        task_begin_overlapped,
        task_end,
        task_end_overlapped,
        task_group,
        task_submit,
        thread_set_name,
        timestamp,
    )
except ModuleNotFoundError as error:
    if error.name != "itt._itt":
        raise
    raise ImportError(
        f"itt is not built in {__path__[0]}, a folder of sources: leave it, or pip install -e . there"
    ) from None


def record(
    path: "str | os.PathLike[str] | None" = None, *, force: bool = False, start_paused: bool = False
) -> "Recording":
    """Record what this process labels, and the processes that it starts: `with itt.record("run.pftrace"):`.

    Returns an object that does this as a `with` block, or by its start() and stop(); path is the file's.

    Without a path the file is named after the program, NAME.PID.pftrace in the current folder. One that is
    there already is replaced only with force=True. With start_paused=True nothing is recorded until resume().

    Libraries that have looked for a collector before it starts stay unrecorded; a warning names them. Inside
    another recording (`itt record`) the labels go there, and path is not used. With ITT_DISABLE set nothing
    happens. Raises TypeError or ValueError for a wrong path. start() raises itt.Error where no file can be
    made, and where this process is already recording or another collector is at work: a RuntimeError too.
    """
    from itt._record import Recording

    return Recording(path, force=force, start_paused=start_paused)


pt_region_create = itt_pt_region_create
pt_region_begin = itt_pt_region_begin
pt_region_end = itt_pt_region_end


def __getattr__(name: str) -> "type[Exception]":
    # Not imported before it is needed: most programs only label.
    if name == "Error":
        from itt._errors import Error

        return Error
    raise AttributeError(f"module 'itt' has no attribute '{name}'")


__all__ = [
    "Counter",
    "Domain",
    "Error",
    "Event",
    "Frame",
    "Id",
    "Region",
    "__version__",
    "active",
    "detach",
    "domain_create",
    "event",
    "frame",
    "frame_begin",
    "frame_end",
    "frame_submit",
    "itt_pt_region_begin",
    "itt_pt_region_create",
    "itt_pt_region_end",
    "marker",
    "metadata",
    "pause",
    "paused",
    "pt_region_begin",
    "pt_region_create",
    "pt_region_end",
    "record",
    "region",
    "region_begin",
    "region_end",
    "relation",
    "resume",
    "resumed",
    "task_begin",
    "task_begin_fn",
    "task_begin_overlapped",
    "task_end",
    "task_end_overlapped",
    "task_group",
    "task_submit",
    "thread_set_name",
    "timestamp",
]
