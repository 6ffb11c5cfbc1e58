"""itt report: where the time went, per domain and task."""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

from itt import _analysis
from itt._analysis import DETACHED, PAUSED, STOPPED
from itt._errors import UsageError, complain, error_text
from itt.reporters import Report, Task

HELP = "show where the time went in recordings, per domain and task"
USAGE = "itt report [--format table|csv|json] [--sort KEY] [--domain D] [--limit N] FILE..."
EPILOG = """\
total counts every instance, self leaves out the tasks inside; median, p95 and p99 are within 0.5 %. share is
total by the time from the first to the last event: over 100 % where threads work side by side."""

FORMATS = ("table", "csv", "json")
BIG_FIRST: dict[str, Callable[[Task], int]] = {
    "total": lambda task: task.total_ns,
    "self": lambda task: task.self_ns,
    "count": lambda task: task.count,
    "min": lambda task: task.min_ns,
    "mean": lambda task: task.mean_ns,
    "median": lambda task: task.p50_ns,
    "p95": lambda task: task.p95_ns,
    "p99": lambda task: task.p99_ns,
    "max": lambda task: task.max_ns,
    "threads": lambda task: task.threads,
}
BY_TEXT: dict[str, Callable[[Task], str]] = {
    "name": lambda task: task.task,
    "domain": lambda task: task.domain,
}

OTHER_DOMAINS = "(other domains)"
OTHER_NAMES = "(other names)"  # past the first 65,536
MANY_NAMES = 10_000
NAMED_OPEN = 5


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="a recording; several are summed")
    parser.add_argument("--format", choices=FORMATS, default="table", help="table (default), csv or json")
    parser.add_argument(
        "--sort",
        choices=[*BIG_FIRST, *BY_TEXT],
        default="total",
        metavar="KEY",
        help=f"order of the rows: {', '.join([*BIG_FIRST, *BY_TEXT])}; total by default",
    )
    parser.add_argument("--domain", action="append", metavar="D", help="only this domain; may be given again")
    parser.add_argument("--limit", type=_positive, metavar="N", help="only the first N rows")


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of rows, 1 or more")
    return int(text)


def run(args: argparse.Namespace) -> int:
    if "" in args.files:
        raise UsageError("an empty file name (itt report --help)")
    notes = [note for path in args.files for note in settle(path)]
    summary = _analysis.summarize(args.files)
    failures = 0
    read = []
    for path, (error, missing) in zip(args.files, summary["files"]):
        if error is not None:
            failures += 1
            complain(f"itt report: {_shown(path)}: {_reason(error)}")
            continue
        read.append(path)
        if missing:
            notes.append(f"{_shown(path)} is cut short: {missing:,} bytes are missing at its end")
    if read:
        report = make_report(summary, read, notes, args)
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")
        importlib.import_module(f"itt.reporters.{args.format}").write(report, sys.stdout)
        for note in report.notes if args.format == "csv" else ():
            complain(f"itt report: note: {note}")
    return 1 if failures else 0


def settle(path: str) -> list[str]:
    """Where slots of a recording lie in another file, what is left in them belongs into the recording."""
    try:
        head = _analysis.recording_head(path)
    except OSError:
        return []  # no recording: what reads it says so
    try:
        if head["in_slots"]:
            _analysis.recording_settle(path)
        elif head["slots_path"]:
            where = _shown(head["slots_path"])
            return [f"events left in {where} are not counted: it is not there, or of another file"]
    except OSError as error:
        return [f"what is still in the program's slots is not counted: {os.strerror(error.errno or 0)}"]
    return []


def make_report(summary: Any, paths: Sequence[str], notes: Sequence[str], args: argparse.Namespace) -> Report:
    rows = [
        Task(OTHER_DOMAINS if row[0] is None else row[0], OTHER_NAMES if row[1] is None else row[1], *row[2:])
        for row in summary["tasks"]
    ]
    tasks = [task for task in rows if task.count and (not args.domain or task.domain in args.domain)]
    tasks.sort(key=lambda task: (-task.total_ns, task.domain, task.task))
    if args.sort in BIG_FIRST:
        tasks.sort(key=BIG_FIRST[args.sort], reverse=True)
    else:
        tasks.sort(key=BY_TEXT[args.sort])
    shown = tasks[: args.limit]
    return Report(
        title=title(paths),
        duration_ns=summary["duration_ns"],
        processes=summary["processes"],
        threads=summary["threads"],
        events=summary["events"],
        lost=summary["lost"],
        open=summary["open"],
        tasks=shown,
        left_out=len(tasks) - len(shown),
        notes=[*notes, *explain(summary, rows, tasks, args.domain)],
        more={
            "unmatched_ends": unmatched_ends(summary),
            "paused_ns": summary["paused_ns"],
            "damaged_bytes": summary["damaged_bytes"],
        },
    )


def title(paths: Sequence[str]) -> str:
    return ", ".join(paths) if len(paths) <= 3 else f"{paths[0]} and {len(paths) - 1} more"


def explain(
    summary: Any, rows: Sequence[Task], tasks: Sequence[Task], domains: Sequence[str] | None
) -> list[str]:
    """What a reader of the numbers should know."""
    notes = []
    heads = summary["recordings"]
    if not summary["events"]:
        notes.append(f"no events: {why_empty(heads)}")
    elif domains and not tasks:
        there = ", ".join(sorted({_shown(task.domain) for task in rows}))
        notes.append(f"no task of the domain {' or '.join(map(_shown, domains))}; there are: {there}")
    elif not tasks:
        notes.append("no task ended")
    notes += losses(heads)
    if summary["open"]:
        never = _count(summary["open"], "task")
        notes.append(f"{never} begun and never ended, not in the table: {open_tasks(rows)}")
    ends = unmatched_ends(summary)
    if ends:
        notes.append(f"{_count(ends, 'end')} without a begin, ignored")
    meanwhile = _sum(heads, "paused_begins")
    if summary["events"] and (meanwhile or summary["paused_ns"]):
        seconds = f" for {summary['paused_ns'] / 1e9:,.3f} s" if summary["paused_ns"] else ""
        notes.append(f"paused{seconds}: {_count(meanwhile, 'task')} begun meanwhile, not recorded")
    if summary["names"] > MANY_NAMES:
        more = "more than " if any(row[1] is None for row in summary["tasks"]) else ""
        names = f"{more}{summary['names']:,} distinct names"
        notes.append(f"{names}: put the varying part into metadata, so that they add up")
    if summary["rough_quantiles"]:
        notes.append("too many names for exact statistics: some medians and percentiles are rough")
    if summary["inexact_threads"]:
        notes.append("too many threads: the numbers of threads are at least these")
    if summary["inexact_open"]:
        notes.append("too many tasks open at once: the number of those never ended is a guess")
    if summary["damaged_bytes"]:
        notes.append(f"damaged: {summary['damaged_bytes']:,} bytes could not be read and are not counted")
    if summary["newer"]:
        notes.append("parts were written by a newer version of itt and are not counted: update itt")
    return notes


def losses(heads: Sequence[dict[str, Any]]) -> list[str]:
    notes = []
    stopped = [head for head in heads if head["state"] & STOPPED]
    for key, why in (
        ("lost_space", "because there was no room left" if stopped else "because they could not be written"),
        ("lost_nested", "in signal handlers or hooks that interrupted another label"),
        ("lost_depth", "of tasks nested too deep"),
    ):
        lost = _sum(heads, key)
        if lost:
            notes.append(f"{_count(lost, 'event')} lost {why}")
    for head in stopped:
        notes.append(f"recording stopped early: {error_text(head['stop_reason'])}")
    failed = _sum(heads, "failed_joins")
    if failed:
        reasons = {error_text(head["join_error"]) for head in heads if head["failed_joins"]}
        notes.append(f"{_count(failed, 'thread')} could not write: {', '.join(sorted(reasons))}")
    return notes


def why_empty(heads: Sequence[dict[str, Any]]) -> str:
    if any(head["state"] & STOPPED for head in heads):
        return "recording was stopped before the first one"
    if _sum(heads, "failed_joins"):
        return "nothing could be written"
    if not _sum(heads, "processes"):
        return "no program loaded the collector"
    if _sum(heads, "paused_begins") or any(head["state"] & PAUSED for head in heads):
        return f"recording was paused ({_count(_sum(heads, 'paused_begins'), 'task')} begun meanwhile)"
    if any(head["state"] & DETACHED for head in heads):
        return "the program detached the collector before its first task"
    return "the program began no task"


def open_tasks(rows: Sequence[Task]) -> str:
    left = sorted((task for task in rows if task.open), key=lambda task: -task.open)
    texts = [f"{_shown(task.task)} ({task.open:,})" if task.open > 1 else _shown(task.task) for task in left]
    more = len(texts) - NAMED_OPEN
    return ", ".join(texts[:NAMED_OPEN]) + (f" and {more:,} more" if more > 0 else "")


def unmatched_ends(summary: Any) -> int:
    return int(summary["unmatched_ends"] + _sum(summary["recordings"], "unmatched_ends"))


def _sum(heads: Sequence[dict[str, Any]], key: str) -> int:
    return sum(int(head[key]) for head in heads)


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


def _reason(error: int | str) -> str:
    if error == "empty":
        return "an empty file, not a recording of itt"
    if isinstance(error, str):
        return "not a recording of itt (itt record makes one)"
    return os.strerror(error)


def _shown(text: str) -> str:
    return text if text.isprintable() else text.encode("unicode_escape", "replace").decode()
