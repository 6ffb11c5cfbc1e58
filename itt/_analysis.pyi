from collections.abc import Sequence
from os import PathLike
from typing import Any, Literal, TypedDict

_Path = str | bytes | PathLike[str] | PathLike[bytes]

# kind, owner, domain, name; None: all past the limit
_Id = tuple[int, int, str | None, str | None]
# count, total, self, min, mean, p50, p95, p99, max, threads
_Numbers = tuple[int, int, int, int, int, int, int, int, int, int]
# and how many are open; of frames the rate and its jitter in ns
_Task = tuple[_Id, _Numbers, int, tuple[float, float] | tuple[None, None]]
# count, min, mean, max, last, unit
_Counter = tuple[_Id, int, float, float, float, float, str | None]
# scope, count, first and last time since the first event
_Marker = tuple[_Id, int, int, int, int]
# parent, depth, domain, task, owner; count, total, self, min, mean, max
_Node = tuple[int, int, str | None, str | None, int, int, int, int, int, int, int]

class _Counts(TypedDict):
    events: int
    lost: int

class _Summary(TypedDict):
    duration_ns: int
    processes: int
    threads: int
    events: int
    lost: int
    open: int
    unmatched_ends: int
    damaged_bytes: int
    paused_ns: int
    segments: int
    names: int
    newer: bool
    rough_quantiles: bool
    inexact_open: bool
    inexact_threads: bool
    inexact_paces: bool
    inexact_tree: bool
    recordings: list[dict[str, Any]]
    tasks: list[_Task]
    counters: list[_Counter]
    markers: list[_Marker]
    tree: list[_Node | None]  # by number, from 1; a parent comes before what is in it
    owners: dict[int, tuple[str | None, int, str | None, int]]  # process, pid, thread, tid
    # of each path: None, an errno, "foreign", "empty" or "pipe"; bytes missing at its end
    files: list[tuple[int | str | None, int]]
    read_ahead: int  # parts that threads have read, ahead of their turn

# bits of a head's state
PAUSED: int
DETACHED: int
STOPPED: int
MAX_SIZE: int  # of its stop_reason, an errno otherwise
LEAST_SIZE: int  # of max_size and ring

def summarize(
    paths: Sequence[_Path],
    /,
    *,
    by: Literal["thread", "process"] | None = None,
    tree: bool = False,
    threads: int = 0,
    part: int = 0,
) -> _Summary: ...
def recording_create(
    path: _Path,
    run: int,
    paused: bool = False,
    slots_dir: _Path | None = None,
    sync: bool = False,
    cmdline: bool = True,
    max_size: int = 0,
    ring: int = 0,
) -> None: ...
def recording_settle(path: _Path, /) -> None: ...
def recording_head(path: _Path, /) -> dict[str, Any]: ...
def recording_counts(path: _Path, /) -> _Counts: ...
