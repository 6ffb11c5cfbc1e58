"""The report for people: a table as wide as the terminal."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import NamedTuple, TextIO

from itt.reporters import Report, Task

WIDTH = 120  # where no terminal says
NAMES_MIN = 24  # columns that domain and task keep when others are left out
GAP = "  "

UNITS = ((1, "ns"), (1_000, "µs"), (1_000_000, "ms"), (1_000_000_000, "s"))


class Column(NamedTuple):
    title: str
    text: Callable[[Report, Task], str]
    rank: int  # the highest goes first when the terminal is narrow


COLUMNS = (
    Column("Count", lambda report, task: f"{task.count:,}", 1),
    Column("Total", lambda report, task: duration(task.total_ns), 0),
    Column("Self", lambda report, task: duration(task.self_ns), 2),
    Column("Min", lambda report, task: duration(task.min_ns), 9),
    Column("Mean", lambda report, task: duration(task.mean_ns), 7),
    Column("Median", lambda report, task: duration(task.p50_ns), 4),
    Column("P95", lambda report, task: duration(task.p95_ns), 8),
    Column("P99", lambda report, task: duration(task.p99_ns), 6),
    Column("Max", lambda report, task: duration(task.max_ns), 5),
    Column("Share", lambda report, task: f"{report.share(task):.1%}", 3),
    Column("Threads", lambda report, task: f"{task.threads:,}", 10),
)


def write(report: Report, out: TextIO) -> None:
    text = "\n".join(lines(report, terminal_width(out))) + "\n"
    try:
        text.encode(out.encoding or "utf-8")
    except UnicodeEncodeError:
        text = text.replace("µs", "us").replace("…", "~")
        text = text.encode(out.encoding, "backslashreplace").decode(out.encoding)
    out.write(text)


def lines(report: Report, width: int) -> list[str]:
    found = [
        summary(report),
        *(["", *table(report, width)] if report.tasks else []),
        *([f"({report.left_out:,} more tasks)"] if report.left_out else []),
        *([""] if report.notes else []),
        *(f"note: {note}" for note in report.notes),
    ]
    return found


def summary(report: Report) -> str:
    counts = (
        (report.processes, "process", "es"),
        (report.threads, "thread", "s"),
        (report.events, "event", "s"),
    )
    words = [f"{n:,} {word}{'' if n == 1 else plural}" for n, word, plural in counts]
    return f"{printable(report.title)}: {', '.join(words)}, {duration(report.duration_ns)}"


def table(report: Report, width: int) -> list[str]:
    columns = [(column, numbers(column, report)) for column in COLUMNS]
    domains = ["Domain", *(printable(task.domain) for task in report.tasks)]
    tasks = ["Task", *(printable(task.task) for task in report.tasks)]
    widest = (max(map(cells, domains)), max(map(cells, tasks)))
    wanted = min(sum(widest) + len(GAP), NAMES_MIN)

    left_out = []
    while len(columns) > 1 and wanted + numbers_width(columns) > width:
        worst = max(columns, key=lambda column: column[0].rank)
        left_out.append(worst[0].title)
        columns.remove(worst)
    room = max(width - numbers_width(columns) - len(GAP), 2)
    domain_width = min(widest[0], max(room - widest[1], room // 3, 1))
    task_width = min(widest[1], max(room - domain_width, 1))

    rows = []
    for i in range(len(tasks)):
        row = [fit(domains[i], domain_width), fit(tasks[i], task_width)]
        row += [values[i] for _, values in columns]
        rows.append(GAP.join(row).rstrip())
    if left_out:
        names = " ".join(column.title for column in COLUMNS if column.title in left_out)
        rows.append(f"(no room for {names}: a wider terminal or --format csv shows all)")
    return rows


def numbers(column: Column, report: Report) -> list[str]:
    """A column with its title, all as wide as the widest."""
    texts = [column.title, *(column.text(report, task) for task in report.tasks)]
    width = max(map(len, texts))
    return [text.rjust(width) for text in texts]


def numbers_width(columns: list[tuple[Column, list[str]]]) -> int:
    return sum(len(GAP) + len(values[0]) for _, values in columns)


def duration(ns: int) -> str:
    """Three digits and a unit."""
    for factor, unit in UNITS:
        value = ns / factor
        if value < 999.5 or unit == "s":
            break
    if unit == "ns" or value >= 99.95:
        return f"{value:.0f}{unit}"
    return f"{value:.1f}{unit}" if value >= 9.995 else f"{value:.2f}{unit}"


def printable(text: str) -> str:
    """Control characters and the like as escapes: a name cannot move the cursor."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "replace").decode() for c in text)


def cells(text: str) -> int:
    """Columns of the terminal that a text takes."""
    return len(text) if text.isascii() else sum(map(cell, text))


def cell(c: str) -> int:
    import unicodedata  # most reports need it not

    if unicodedata.category(c) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(c) in "WF" else 1


def fit(text: str, width: int) -> str:
    """Exactly as wide; a longer text loses its middle."""
    room = cells(text)
    if room > width:
        tail = take(reversed(text), (width - 1) // 2)[::-1]
        text = take(text, width - 1 - cells(tail)) + "…" + tail
        room = cells(text)
    return text + " " * (width - room)


def take(text: Iterable[str], width: int) -> str:
    taken = ""
    for c in text:
        width -= cell(c)
        if width < 0:
            break
        taken += c
    return taken


def terminal_width(out: TextIO) -> int:
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) > 0:
        return int(columns)
    try:
        return os.get_terminal_size(out.fileno()).columns or WIDTH
    except (OSError, ValueError):
        return WIDTH
