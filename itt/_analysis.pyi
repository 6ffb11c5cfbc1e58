from collections.abc import Sequence
from os import PathLike
from typing import Any, TypedDict

_Path = str | bytes | PathLike[str] | PathLike[bytes]

# domain, task (None: all past the limit), count, total, self, min, mean, p50, p95, p99, max, threads, open
_Task = tuple[str | None, str | None, int, int, int, int, int, int, int, int, int, int, int]

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
    recordings: list[dict[str, Any]]
    tasks: list[_Task]
    # of each path: None, an errno, "foreign" or "empty"; bytes missing at its end
    files: list[tuple[int | str | None, int]]

# bits of a head's state
PAUSED: int
DETACHED: int
STOPPED: int

def summarize(paths: Sequence[_Path], /) -> _Summary: ...
def recording_create(path: _Path, run: int, paused: bool = False, slots_dir: _Path | None = None) -> None: ...
def recording_settle(path: _Path, /) -> None: ...
def recording_head(path: _Path, /) -> dict[str, Any]: ...
def recording_counts(path: _Path, /) -> _Counts: ...
