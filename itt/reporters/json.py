"""The report for programs: one JSON object, a line for each task."""

from __future__ import annotations

import json
from typing import TextIO

from itt.reporters import Report

SCHEMA = 1


def write(report: Report, out: TextIO) -> None:
    utf8 = (out.encoding or "").lower() in ("utf-8", "utf8")
    encode = json.JSONEncoder(ensure_ascii=not utf8).encode
    head = {
        "schema": SCHEMA,
        "duration_ns": report.duration_ns,
        "processes": report.processes,
        "threads": report.threads,
        "events": report.events,
        "lost": report.lost,
        "open": report.open,
    }
    out.write(f'{encode(head)[:-1]}, "tasks": [')
    before = "\n  "
    for task in report.tasks:
        row = task._asdict()
        del row["open"]
        row["share"] = float(f"{report.share(task):.6g}")
        out.write(before + encode(row))
        before = ",\n  "
    out.write(f"\n], {encode({**report.more, 'warnings': report.notes})[1:]}\n")
