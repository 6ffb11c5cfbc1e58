"""From what itt._analysis found to the report: its sections, their order, and what a reader should know."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Literal, NamedTuple, Optional

from itt import _notes
from itt.reporters import OWNER_KEYS, SECTIONS, Report, Row, columns

OTHER_DOMAINS = "(other domains)"
OTHER_NAMES = "(other names)"  # past the first 65,536
DEEPER = "(deeper tasks)"

# --sort: the key of a row, greatest first
BIG_FIRST = {
    "total": "total_ns",
    "self": "self_ns",
    "count": "count",
    "min": "min_ns",
    "mean": "mean_ns",
    "median": "p50_ns",
    "p95": "p95_ns",
    "p99": "p99_ns",
    "max": "max_ns",
    "threads": "threads",
}
BY_TEXT = ("name", "domain")

# enum itt_kind: of what has a duration, and of what has none
KINDS = {0: "tasks", 2: "regions", 3: "frames", 4: "event", 5: "mark", 13: "sync"}
MOMENTS = {
    4: "event",
    5: "mark",
    6: "marker",
    7: "metadata",
    8: "group",
    9: "relation",
    10: "histogram",
    13: "sync",
}
SCOPES = ("unknown", "global", "process", "thread", "task", "marker")
NUMBERS = (
    "count",
    "total_ns",
    "self_ns",
    "min_ns",
    "mean_ns",
    "p50_ns",
    "p95_ns",
    "p99_ns",
    "max_ns",
    "threads",
)
NODE_NUMBERS = ("count", "total_ns", "self_ns", "min_ns", "mean_ns", "max_ns")
TREE_DEPTH = 256

Id = tuple[int, int, Optional[str], Optional[str]]  # kind, owner, domain, name


class Choice(NamedTuple):
    """What of a report is wanted."""

    by: Literal["thread", "process"] | None = None
    tree: bool = False
    sort: str = "total"
    domains: Sequence[str] = ()
    limit: int | None = None
    sections: Sequence[str] = ()


def make(summary: Any, paths: Sequence[str], notes: Sequence[str], choice: Choice) -> Report:
    found = _Builder(summary, choice).sections()
    domains = sorted({row["domain"] for rows in found.values() for row in rows if "domain" in row})
    sections, counts = {}, {}
    for section, rows in found.items():
        if section != "tree":
            rows = [row for row in rows if not choice.domains or row.get("domain") in choice.domains]
            rows = ordered(rows, section, choice.sort)
        keys = columns(section, choice.by)
        sections[section] = [{key: row[key] for key in keys} for row in rows[: choice.limit]]
        counts[section] = len(rows)
    empty = [f"no {section}" for section in choice.sections if summary["events"] and not counts[section]]
    keys = ["duration_ns", "processes", "threads", "events", "lost", "open"]
    return Report(
        title=", ".join(paths) if len(paths) <= 3 else f"{paths[0]} and {len(paths) - 1} more",
        totals={key: summary[key] for key in keys},
        sections={key: sections[key] for key in choice.sections or sections},
        counts=counts,
        notes=[*notes, *_notes.explain(summary, sections, domains, choice.domains, choice.by), *empty],
        more={
            "unmatched_ends": _notes.unmatched_ends(summary),
            "paused_ns": summary["paused_ns"],
            "damaged_bytes": summary["damaged_bytes"],
        },
    )


def ordered(rows: Iterable[Row], section: str, sort: str) -> list[Row]:
    """Greatest total first, or by name where there is none; or as is asked for, where a row has that."""
    texts = SECTIONS[section]
    found = sorted(rows, key=lambda row: (-row.get("total_ns", 0), *(row[key] for key in texts)))
    if found and BIG_FIRST.get(sort) in found[0]:
        found.sort(key=lambda row: row[BIG_FIRST[sort]] or 0, reverse=True)
    elif found and sort in BY_TEXT:
        key = texts[-1] if sort == "name" or "domain" not in texts else "domain"
        found.sort(key=lambda row: row[key])
    return found


class _Builder:
    """All rows, in no order; they may have more keys than the report shows."""

    def __init__(self, summary: Any, choice: Choice) -> None:
        self.summary, self.choice = summary, choice
        self.duration = summary["duration_ns"]
        self.owners = {number: dict(zip(OWNER_KEYS, owner)) for number, owner in summary["owners"].items()}

    def sections(self) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {section: [] for section in SECTIONS}
        events: dict[tuple[Any, ...], Row] = {}
        for row_id, numbers, _, pace in self.summary["tasks"]:
            row = {**self.names(row_id), **dict(zip(NUMBERS, numbers))}
            kind = KINDS.get(row_id[0])
            if kind in ("event", "mark"):
                events[row_id] = {**row, "kind": kind, "ended": row["count"]}
            elif kind and row["count"]:
                found[kind].append({**row, "share": self.share(row["total_ns"]), **frame_pace(pace)})
        for row_id, *values in self.summary["counters"]:
            found["counters"].append({**self.names(row_id), **counter_values(*values)})
        for row_id, scope, *values in self.summary["markers"]:
            row = {**self.names(row_id), **dict(zip(("count", "first_ns", "last_ns"), values))}
            kind = MOMENTS.get(row_id[0])
            if kind == "marker":
                found["markers"].append({**row, "scope": SCOPES[scope]})
            elif kind in ("event", "mark"):
                none = {**dict.fromkeys(NUMBERS), "count": 0, "ended": 0, "total_ns": 0, "threads": 0}
                known = events.setdefault(row_id, {**row, "kind": kind, **none})
                known["count"] += row["count"]
            elif kind:
                found["others"].append({**row, "kind": kind})
        found["user_events"] = list(events.values())
        if self.choice.tree:
            found["tree"] = list(self.tree())
        else:
            del found["tree"]
        return found

    def names(self, row_id: Id) -> Row:
        """Whose and what a row is, under every key by which a section may have that."""
        _, owner, domain, name = row_id
        text = OTHER_NAMES if name is None else name
        row = dict.fromkeys(("task", "region", "sync", "counter", "event", "marker", "name"), text)
        row["domain"] = OTHER_DOMAINS if domain is None else domain
        return {**self.owner(owner), **row}

    def owner(self, number: int) -> Row:
        found = self.owners.get(number, {"process": "(others)", "pid": 0, "thread": "(others)", "tid": 0})
        return {key: "" if value is None else value for key, value in found.items()}

    def share(self, total: int) -> float:
        """Of wall time; more than 1 where threads work side by side."""
        return float(f"{total / self.duration:.6g}") if self.duration else 0.0

    def tree(self) -> Iterator[Row]:
        """In the order of the tree, without nodes in which nothing ended, with those around wanted ones."""
        nodes = self.summary["tree"]
        inside: dict[int, list[Row]] = {}
        wanted = [False] * len(nodes)
        for number in range(len(nodes) - 1, 0, -1):  # what is inside a node comes later than it
            row = self.node(number, *nodes[number][1:])
            chosen = not self.choice.domains or row["domain"] in self.choice.domains
            if wanted[number] or (row["count"] and chosen):
                parent = nodes[number][0]
                wanted[parent] = True
                inside.setdefault(parent, []).append(row)
        ahead = [0]
        rows: dict[int, Row] = {}
        while ahead:
            number = ahead.pop()
            if number:
                yield rows.pop(number)
            for row in reversed(ordered(inside.get(number, ()), "tree", self.choice.sort)):
                rows[row["number"]] = row
                ahead.append(row["number"])

    def node(
        self, number: int, depth: int, domain: str | None, task: str | None, owner: int, *numbers: int
    ) -> Row:
        row: Row = {"number": number, "depth": depth - 1, **dict(zip(NODE_NUMBERS, numbers))}
        row["domain"] = domain if domain is not None else "" if task is None else OTHER_DOMAINS
        row["task"] = task if task is not None else DEEPER if depth > TREE_DEPTH else OTHER_NAMES
        return {**self.owner(owner), **row, "share": self.share(row["total_ns"])}


def frame_pace(pace: tuple[float | None, float | None]) -> Row:
    """Frames a second, unknown of a single one, and how unsteady they come, unknown of two."""
    rate, jitter = pace
    return {
        "rate": None if rate is None else float(f"{rate:.6g}"),
        "jitter_ns": None if jitter is None else round(jitter),
    }


def counter_values(count: int, low: float, mean: float, high: float, last: float, unit: str | None) -> Row:
    mean = float(f"{mean:.12g}") if math.isfinite(mean) else 0.0
    return {"unit": unit or "", "count": count, "min": low, "mean": mean, "max": high, "last": last}
