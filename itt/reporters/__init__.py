"""What a report consists of. Each module beside this one writes it in one format: write(report, out)."""

from __future__ import annotations

from typing import NamedTuple


class Task(NamedTuple):
    """One row: a task of a domain, in the order in which itt._analysis gives it."""

    domain: str
    task: str
    count: int  # type: ignore[assignment]  # hides tuple.count
    total_ns: int
    self_ns: int
    min_ns: int
    mean_ns: int
    p50_ns: int
    p95_ns: int
    p99_ns: int
    max_ns: int
    threads: int
    open: int


class Report(NamedTuple):
    """One or more recordings, summed."""

    title: str
    duration_ns: int
    processes: int
    threads: int
    events: int
    lost: int
    open: int
    tasks: list[Task]
    left_out: int  # rows past the limit
    notes: list[str]
    more: dict[str, int]  # further numbers for machines

    def share(self, task: Task) -> float:
        """Of wall time; more than 1 where threads work side by side."""
        return task.total_ns / self.duration_ns if self.duration_ns else 0.0
