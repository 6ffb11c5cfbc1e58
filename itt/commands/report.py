"""itt report: where the time went, per domain and task."""

from __future__ import annotations

import argparse
import errno
import importlib
import io
import sys

from itt import _load, _report
from itt._errors import UsageError, complain, error_text, shown
from itt.reporters import SECTIONS, Report

HELP = "show where the time went in recordings, per domain and task"
USAGE = (
    "itt report [--format table|csv|json] [--tree] [--by thread|process] [--section S]"
    " [--sort KEY] [--domain D] [--limit N] FILE..."
)
EPILOG = """\
total counts every instance, self leaves out the tasks inside; median, p95 and p99 are within 0.5 %. share is
total by the time from the first to the last event: over 100 % where threads or coroutines overlap."""

FORMATS = ("table", "csv", "json")
SORTS = (*_report.BIG_FIRST, *_report.BY_TEXT)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="a recording; several are summed")
    parser.add_argument("--format", choices=FORMATS, default="table", help="table (default), csv or json")
    parser.add_argument("--tree", action="store_true", help="tasks by what they are inside of")
    parser.add_argument("--by", choices=("thread", "process"), help="rows for each thread or process")
    parser.add_argument(
        "--section",
        action="append",
        choices=SECTIONS,
        metavar="S",
        help=f"only this one: {', '.join(SECTIONS)}; may be given again, but for csv",
    )
    parser.add_argument(
        "--sort",
        choices=SORTS,
        default="total",
        metavar="KEY",
        help=f"order of the rows: {', '.join(SORTS)}; total by default",
    )
    parser.add_argument("--domain", action="append", metavar="D", help="only this domain; may be given again")
    parser.add_argument("--limit", type=_positive, metavar="N", help="only the first N rows of each section")


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of rows, 1 or more")
    return int(text)


def run(args: argparse.Namespace) -> int:
    if "" in args.files:
        raise UsageError("an empty file name (itt report --help)")
    choice = choice_of(args)
    report, failures = _load.load(args.files, choice)
    for path, error in failures:
        text = error_text(error) if isinstance(error, int) else error
        reason = why_missing(path) if error == errno.ENOENT else ""
        complain(
            f"itt report: {shown(path)}: {text}{reason and f'; the collector could not write: {reason}'}"
        )
    if report is not None:
        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(errors="backslashreplace")
        importlib.import_module(f"itt.reporters.{args.format}").write(report, sys.stdout, args.by)
        for note in notes_of_csv(report) if args.format == "csv" else ():
            complain(f"itt report: note: {note}")
    return 1 if failures else 0


def why_missing(path: str) -> str:
    from itt import _outcome  # most reports need it not

    return _outcome.reason_for_shell(path)


def choice_of(args: argparse.Namespace) -> _report.Choice:
    tree = args.tree or "tree" in (args.section or ())
    sections = args.section or ()
    if args.format == "csv":
        if len(sections) > 1:
            raise UsageError("csv has one section: give --section once")
        sections = sections or ["tree" if tree else "tasks"]
    sections = list(dict.fromkeys(sections))
    return _report.Choice(args.by, tree, args.sort, args.domain or (), args.limit, sections)


def notes_of_csv(report: Report) -> list[str]:
    others = [section for section, count in report.counts.items() if count and section not in report.sections]
    others = [section for section in others if section != "tasks" or "tree" not in report.sections]
    more = [f"there is more, by --section: {', '.join(others)}"] if others else []
    return [*report.notes, *more]
