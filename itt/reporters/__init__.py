"""What a report consists of. Each module beside this one writes it in one format: write(report, out)."""

from __future__ import annotations

from typing import Any, NamedTuple

Row = dict[str, Any]  # as JSON has it; all rows of a section have the same keys

# Of each section the texts that say whose or what a row is; its other keys are numbers.
SECTIONS = {
    "tasks": ("domain", "task"),
    "tree": ("domain", "task"),
    "frames": ("domain",),
    "regions": ("domain", "region"),
    "sync": ("domain", "sync"),
    "counters": ("domain", "counter"),
    "user_events": ("kind", "event"),
    "markers": ("domain", "marker"),
    "others": ("kind", "domain", "name"),
}
OWNER_KEYS = ("process", "pid", "thread", "tid")  # of a report by thread or process: in every row, first


class Report(NamedTuple):
    """One or more recordings, summed."""

    title: str
    totals: dict[str, int]  # duration_ns, processes, threads, events, lost, open
    sections: dict[str, list[Row]]
    counts: dict[str, int]  # rows of each section, those past the limit included
    notes: list[str]
    more: dict[str, int]  # further numbers for machines


def columns(section: str, by: str | None) -> list[str]:
    """The keys of a section's rows, in order."""
    times = ["min_ns", "mean_ns", "p50_ns", "p95_ns", "p99_ns", "max_ns"]
    keys = {
        "tasks": ["count", "total_ns", "self_ns", *times, "share", "threads"],
        "tree": ["depth", "count", "total_ns", "self_ns", "min_ns", "mean_ns", "max_ns", "share"],
        "frames": ["count", "rate", "jitter_ns", "total_ns", *times, "threads"],
        "regions": ["count", "total_ns", *times, "share", "threads"],
        "sync": ["count", "total_ns", *times, "share", "threads"],
        "counters": ["unit", "count", "min", "mean", "max", "last"],
        "user_events": ["count", "ended", "total_ns", *times, "threads"],
        "markers": ["scope", "count", "first_ns", "last_ns"],
        "others": ["count", "first_ns", "last_ns"],
    }
    owner = {"thread": OWNER_KEYS, "process": OWNER_KEYS[:2]}.get(by or "", ())
    return [*owner, *SECTIONS[section], *keys[section]]


def as_dict(report: Report) -> dict[str, Any]:
    """The report as JSON has it, and itt.read() gives it."""
    return {"schema": 1, **report.totals, **report.sections, **report.more, "warnings": report.notes}
