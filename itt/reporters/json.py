"""The report for programs: one JSON object, a line for each task."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TextIO

from itt.reporters import Report

SCHEMA = 1


def write(report: Report, out: TextIO) -> None:
    def text(value: object) -> str:
        return json.dumps(value, ensure_ascii=(out.encoding or "").lower() not in ("utf-8", "utf8"))

    def fields(values: Mapping[str, object]) -> str:
        return ", ".join(f"{text(key)}: {text(value)}" for key, value in values.items())

    head = {
        "schema": SCHEMA,
        "duration_ns": report.duration_ns,
        "processes": report.processes,
        "threads": report.threads,
        "events": report.events,
        "lost": report.lost,
        "open": report.open,
    }
    out.write(f'{{{fields(head)}, "tasks": [')
    before = "\n"
    for task in report.tasks:
        row = {key: value for key, value in task._asdict().items() if key != "open"}
        row["share"] = float(f"{report.share(task):.6g}")
        out.write(f"{before}  {{{fields(row)}}}")
        before = ",\n"
    out.write(f"\n], {fields({**report.more, 'warnings': report.notes})}}}\n")
