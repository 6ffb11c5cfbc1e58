"""The report for spreadsheets (RFC 4180), times in nanoseconds."""

from __future__ import annotations

import csv
from typing import TextIO

from itt.reporters import Report

TIMES = ("total_ns", "self_ns", "min_ns", "mean_ns", "p50_ns", "p95_ns", "p99_ns", "max_ns")
COLUMNS = ("domain", "task", "count", *TIMES, "share", "threads")


def write(report: Report, out: TextIO) -> None:
    rows = csv.writer(out)
    rows.writerow(COLUMNS)
    for task in report.tasks:
        values = {**task._asdict(), "share": f"{report.share(task):.6g}"}
        rows.writerow([values[column] for column in COLUMNS])
