"""The report for spreadsheets (RFC 4180), times in nanoseconds: one section of it."""

from __future__ import annotations

import csv
from typing import Any, TextIO

from itt.reporters import Report, columns


def write(report: Report, out: TextIO, by: str | None = None) -> None:
    (section,) = report.sections
    keys = columns(section, by)
    rows = csv.writer(out)
    rows.writerow(keys)
    for row in report.sections[section]:
        rows.writerow([cell(row[key]) for key in keys])


def cell(value: Any) -> Any:
    """Floats without a needless ".0"."""
    return f"{value:.6g}" if isinstance(value, float) and float(f"{value:.6g}") == value else value
