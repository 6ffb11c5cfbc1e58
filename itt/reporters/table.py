"""The report for people: a table as wide as the terminal."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TextIO

from itt.reporters import SECTIONS, Report, Row

WIDTH = 250  # where no terminal says: names that differ late are told apart in a pipe or file too
NAMES_MIN = 12  # of the terminal's columns that a text keeps, on the average, when numbers are left out
GAP = "  "
MORE = {"tree": "rows", "frames": "rows", "sync": "rows", "others": "rows", "user_events": "events"}
INDENTS = 16  # levels of the tree that are shown as such

UNITS = ((1, "ns"), (1_000, "µs"), (1_000_000, "ms"), (1_000_000_000, "s"))


def printable(text: str) -> str:
    """Control characters and the like as escapes: a name cannot move the cursor."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else c.encode("unicode_escape", "replace").decode() for c in text)


class Column(NamedTuple):
    title: str
    key: str
    text: Callable[[Any], str]
    rank: int  # the highest goes first when the terminal is narrow


def number(value: float | None) -> str:
    if value is None:
        return "-"
    return f"{value:,}" if isinstance(value, int) else f"{value:,.6g}"


def duration(ns: int | None) -> str:
    """Three digits and a unit."""
    if ns is None:
        return "-"
    for factor, unit in UNITS:
        value = ns / factor
        if value < 999.5 or unit == "s":
            break
    if unit == "ns" or value >= 99.95:
        return f"{value:.0f}{unit}"
    return f"{value:.1f}{unit}" if value >= 9.995 else f"{value:.2f}{unit}"


def share(value: float) -> str:
    return f"{value:.1%}"


def rate(value: float | None) -> str:
    return "-" if value is None else f"{value:,.1f}/s" if value >= 10 else f"{value:.3g}/s"


TOTAL, SHARE, THREADS = (
    Column("Total", "total_ns", duration, 0),
    Column("Share", "share", share, 3),
    Column("Threads", "threads", number, 10),
)
MIN, MEAN, MAX = (
    Column("Min", "min_ns", duration, 9),
    Column("Mean", "mean_ns", duration, 7),
    Column("Max", "max_ns", duration, 5),
)
TIMES = (
    MIN,
    MEAN,
    Column("Median", "p50_ns", duration, 4),
    Column("P95", "p95_ns", duration, 8),
    Column("P99", "p99_ns", duration, 6),
    MAX,
)
COUNT = Column("Count", "count", number, 1)
SELF = Column("Self", "self_ns", duration, 2)
MOMENTS = (COUNT, Column("First", "first_ns", duration, 2), Column("Last", "last_ns", duration, 3))

COLUMNS = {
    "tasks": (COUNT, TOTAL, SELF, *TIMES, SHARE, THREADS),
    "tree": (COUNT, TOTAL, SELF, MIN, MEAN, MAX, SHARE),
    "frames": (
        Column("Frames", "count", number, 0),
        Column("Rate", "rate", rate, 1),
        Column("Jitter", "jitter_ns", duration, 2),
        *TIMES,
        THREADS,
    ),
    "regions": (COUNT, TOTAL, *TIMES, SHARE, THREADS),
    "sync": (COUNT, TOTAL, *TIMES, SHARE, THREADS),
    "counters": (
        Column("Values", "count", number, 4),
        Column("Min", "min", number, 3),
        Column("Mean", "mean", number, 2),
        Column("Max", "max", number, 1),
        Column("Last", "last", number, 0),
        Column("Unit", "unit", printable, 5),
    ),
    "user_events": (COUNT, Column("Ended", "ended", number, 3), TOTAL, *TIMES, THREADS),
    "markers": MOMENTS,
    "others": MOMENTS,
}
TEXTS = {
    "tasks": ("domain", "task"),
    "tree": ("task", "domain"),
    "markers": ("domain", "marker", "scope"),
}


def write(report: Report, out: TextIO, by: str | None = None) -> None:
    text = "\n".join(lines(report, by, terminal_width(out))) + "\n"
    try:
        text.encode(out.encoding or "utf-8")
    except UnicodeEncodeError:
        text = text.replace("µs", "us").replace("…", "~")
        text = text.encode(out.encoding, "backslashreplace").decode(out.encoding)
    out.write(text)


def lines(report: Report, by: str | None, width: int) -> list[str]:
    found = [summary(report)]
    for section, rows in report.sections.items():
        if not rows or (section == "tasks" and "tree" in report.sections):
            continue  # the tree has them
        left_out = report.counts[section] - len(rows)
        found += ["", *table(section, rows, by, width)]
        more = MORE.get(section, section)
        found += [f"({left_out:,} more {more[:-1] if left_out == 1 else more})"] if left_out else []
    return [*found, *([""] if report.notes else []), *(f"note: {note}" for note in report.notes)]


def summary(report: Report) -> str:
    totals = report.totals
    counts = (("processes", "process", "es"), ("threads", "thread", "s"), ("events", "event", "s"))
    words = [f"{totals[key]:,} {word}{'' if totals[key] == 1 else plural}" for key, word, plural in counts]
    return f"{printable(report.title)}: {', '.join(words)}, {duration(totals['duration_ns'])}"


def table(section: str, rows: Sequence[Row], by: str | None, width: int) -> list[str]:
    """The columns of texts first; where there is no room, numbers are left out, and texts shortened."""
    texts = names(section, rows, by)
    shown = [column for column in COLUMNS[section] if by != "thread" or column is not THREADS]
    columns = [(column, values(column, rows)) for column in shown]
    widest = [max(map(cells, column)) for column in texts]
    least = NAMES_MIN * (len(widest) + 2 * (section == "tree"))  # a tree needs room to indent
    wanted = min(sum(widest) + (len(widest) - 1) * len(GAP), least)

    left_out = []
    while len(columns) > 1 and wanted + numbers_width(columns) > width:
        worst = max(columns, key=lambda column: column[0].rank)
        left_out.append(worst[0])
        columns.remove(worst)
    widths = share_out(widest, width - numbers_width(columns))

    found = []
    for i in range(len(rows) + 1):
        line = [fit(column[i], width) for column, width in zip(texts, widths)]
        found.append(GAP.join([*line, *(column[i] for _, column in columns)]).rstrip())
    if left_out:
        titles = " ".join(column.title for column in COLUMNS[section] if column in left_out)
        found.append(f"(no room for {titles}: a wider terminal or --format csv shows all)")
    return found


def names(section: str, rows: Sequence[Row], by: str | None) -> list[list[str]]:
    """The columns of texts, each with its title."""
    keys = TEXTS.get(section, SECTIONS[section])
    columns = [[key.capitalize(), *(printable(row[key]) for row in rows)] for key in keys]
    if section == "tree":
        columns[0][1:] = [indent(row["depth"]) + text for row, text in zip(rows, columns[0][1:])]
    if by == "thread":
        several = len({row["pid"] for row in rows}) > 1
        columns.insert(0, ["Thread", *(owner(row, "thread", "tid") for row in rows)])
        if several:
            columns.insert(0, ["Process", *(owner(row, "process", "pid") for row in rows)])
    elif by == "process":
        columns.insert(0, ["Process", *(owner(row, "process", "pid") for row in rows)])
    return columns


def owner(row: Row, name: str, number: str) -> str:
    return f"{printable(row[name])} {row[number]}".lstrip()


def indent(depth: int) -> str:
    return GAP * depth if depth <= INDENTS else f"{GAP * INDENTS}{depth}: "


def share_out(widest: Sequence[int], width: int) -> list[int]:
    """Room for columns of texts; the later ones tell more."""
    widths: list[int] = []
    room = max(width - len(GAP) * (len(widest) - 1), len(widest))
    for i in range(len(widest)):
        rest = sum(widest[i + 1 :])
        last = i + 1 == len(widest)
        part = room if last else max(room - rest, room // (len(widest) - i + 1))
        widths.append(max(min(widest[i], part), 1))
        room -= widths[-1]
    return widths


def values(column: Column, rows: Sequence[Row]) -> list[str]:
    """A column with its title, all as wide as the widest."""
    # A row without a count is in a tree for what is inside it.
    texts = [column.title, *(column.text(row[column.key]) if row["count"] else "" for row in rows)]
    width = max(map(cells, texts))
    return [" " * (width - cells(text)) + text for text in texts]


def numbers_width(columns: list[tuple[Column, list[str]]]) -> int:
    return sum(len(GAP) + cells(column[0]) for _, column in columns)


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
