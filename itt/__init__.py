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
    from typing import Any, Literal

    from itt._record import Recording

try:
    from itt._itt import (
        Counter,
        Domain,
        Event,
        Frame,
        Id,
        Region,
        Task,
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
        task,
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

del TYPE_CHECKING


# Here, as a module with a __getattr__ that would import it has slower functions: CPython looks each up anew.
class Error(Exception):
    """What a user can mend: one line that says what is wrong and what to do.

    Raised by itt.record() and its start(); RecordError and ReadError are kinds of it.
    """

    exit_code = 1


class RecordError(Error, RuntimeError):
    """Another recording or collector is in the way of start() of itt.record()."""


class ReadError(Error, ValueError):
    """What itt.read() is given is no recording."""


def record(
    path: "str | os.PathLike[str] | None" = None,
    *,
    force: bool = False,
    start_paused: bool = False,
    sync: bool = False,
    cmdline: bool = True,
    max_size: "int | str | None" = None,
    ring: "int | str | None" = None,
) -> "Recording":
    """Record what this process labels, and the processes that it starts: `with itt.record("run.pftrace"):`.

    Returns an object that does this as a `with` block, or by its start() and stop(); path is the file's.

    Without a path the file is named after the program, NAME.PID.pftrace in the current folder. One that is
    there already is replaced only with force=True. With start_paused=True nothing is recorded until resume().
    With sync=True waits, locks and stitched stacks are recorded, too: docs/record.md. With cmdline=False the
    file has the names of the processes, but not their command lines.
    With max_size recording stops before the file exceeds it; with ring, a flight recorder, only the newest
    events are kept. Both are bytes, or a str such as "64M"; not both at once.

    Libraries that have looked for a collector before it starts stay unrecorded; a warning names them. Inside
    another recording (`itt record`) the labels go there, and path is not used. With ITT_DISABLE set nothing
    happens. Raises TypeError or ValueError for a wrong argument, itt.Error for the name of a folder. start()
    raises itt.Error where no file can be made; RecordError, which is a RuntimeError too, where this process
    is already recording or another collector is at work.
    """
    from itt._record import Recording

    return Recording(
        path,
        force=force,
        start_paused=start_paused,
        sync=sync,
        cmdline=cmdline,
        max_size=max_size,
        ring=ring,
    )


def read(
    path: "str | os.PathLike[str]",
    *paths: "str | os.PathLike[str]",
    by: "Literal['thread', 'process'] | None" = None,
    tree: bool = False,
) -> "dict[str, Any]":
    """Read a recording and return what `itt report --format json` prints, as a dict; several are summed.

    In it are lists of rows, each a dict: "tasks", "frames", "regions", "sync", "counters", "user_events",
    "markers", "others"; numbers of the whole: "duration_ns", "processes", "threads", "events", "lost" ...;
    and "warnings", texts that say what the numbers leave out. All times are nanoseconds. docs/report.md
    tells what each key means.

    by="thread" or by="process" gives rows for each, told apart by the keys "process", "pid" and, by thread,
    "thread", "tid". tree=True adds "tree": tasks by what they are inside of, outer ones first, with "depth".

    It reads at any time, also what is being recorded. Raises OSError where a file cannot be read; ReadError,
    a ValueError too, where it is no recording; TypeError or ValueError for wrong arguments.
    """
    from itt._load import read_dict

    return read_dict((path, *paths), by, tree)


pt_region_create = itt_pt_region_create
pt_region_begin = itt_pt_region_begin
pt_region_end = itt_pt_region_end


__all__ = [
    "Counter",
    "Domain",
    "Error",
    "Event",
    "Frame",
    "Id",
    "ReadError",
    "RecordError",
    "Region",
    "Task",
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
    "read",
    "record",
    "region",
    "region_begin",
    "region_end",
    "relation",
    "resume",
    "resumed",
    "task",
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
