"""What a reader of a report's numbers should know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from itt._analysis import DETACHED, PAUSED, STOPPED
from itt._errors import count, error_text, shown
from itt._limits import ring_text, stop_text

MANY_NAMES = 10_000
NAMED_OPEN = 5
OF_A_RING = (
    "count, total and share are of what is left, "
    "and self of what began before it has in it what was overwritten"
)


def explain(
    summary: Any,
    sections: Mapping[str, Sequence[Any]],
    there: Sequence[str],  # all domains
    domains: Sequence[str],  # the wanted ones, if only some
    by: str | None,
) -> list[str]:
    notes = []
    heads = summary["recordings"]
    if not summary["events"]:
        broken = summary["damaged_bytes"] or any(missing for _, missing in summary["files"])
        notes.append("no events in what can be read" if broken else f"no events: {why_empty(heads)}")
    elif domains and not any(sections.values()):
        names = ", ".join(map(shown, there))
        notes.append(f"nothing of the domain {' or '.join(map(shown, domains))}; there are: {names}")
    elif not any(sections.values()):
        notes.append("no task ended")
    notes += [f"{text}; {OF_A_RING}" for text in map(ring_text, heads) if text]
    notes += losses(heads)
    if summary["open"]:
        notes.append(f"{open_tasks(summary)}, not in the table: {open_names(summary)}")
    ends = unmatched_ends(summary)
    if ends:
        notes.append(f"{count(ends, 'end')} without a begin, ignored")
    meanwhile = total(heads, "paused_begins")
    if summary["events"] and (meanwhile or summary["paused_ns"]):
        ns = summary["paused_ns"]
        time = f" for {ns / 1e9:,.3f} s" if ns >= 1e9 else f" for {ns / 1e6:.3f} ms" if ns else ""
        notes.append(f"paused{time}: {count(meanwhile, 'task')} begun meanwhile, not recorded")
    accepted = total(heads, "accepted")
    if accepted:
        notes.append(f"{count(accepted, 'call')} of functions that have no place in a timeline, not shown")
    return notes + limits(summary, by)


def limits(summary: Any, by: str | None) -> list[str]:
    """Where the numbers are not all, or not exact."""
    notes = []
    more = any(row[0][3] is None for row in summary["tasks"])
    if by and more:
        notes.append(f"too many rows: those past the first {summary['names']:,} are summed")
    elif summary["names"] > MANY_NAMES:
        names = f"{'more than ' if more else ''}{summary['names']:,} distinct names"
        notes.append(f"{names}: put the varying part into metadata, so that they add up")
    if summary["rough_quantiles"]:
        notes.append("too many names for exact statistics: some medians and percentiles are rough")
    if summary["inexact_threads"]:
        notes.append("too many threads: the numbers of threads are at least these")
    if summary["inexact_open"]:
        notes.append("too many tasks open at once: the number of those never ended is a guess")
    if summary["inexact_paces"]:
        notes.append("too many values out of order: rates, jitter and means of counters are near, not exact")
    if summary["inexact_tree"]:
        notes.append("too many paths of tasks: those past the first 262,144 are summed")
    if summary["damaged_bytes"]:
        damaged = summary["damaged_bytes"]
        are = "is" if damaged == 1 else "are"
        notes.append(f"damaged: {count(damaged, 'byte')} could not be read and {are} not counted")
    longest = [numbers[8] for _, numbers, _, _ in summary["tasks"] if numbers[0]]
    spoiled = sum(ns > summary["duration_ns"] for ns in longest)
    if spoiled:
        notes.append(f"{count(spoiled, 'row')} with a max longer than the recording: a time in it is spoiled")
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
        lost = total(heads, key)
        if lost:
            notes.append(f"{count(lost, 'event')} lost {why}")
    for head in stopped:
        notes.append(f"recording stopped early: {stop_text(head)}")
    failed = total(heads, "failed_joins")
    if failed:
        reasons = {error_text(head["join_error"]) for head in heads if head["failed_joins"]}
        notes.append(f"{count(failed, 'thread')} could not write: {', '.join(sorted(reasons))}")
    return notes


def why_empty(heads: Sequence[dict[str, Any]]) -> str:
    if any(head["state"] & STOPPED for head in heads):
        return "recording was stopped before the first one"
    if total(heads, "failed_joins"):
        return "nothing could be written"
    if not total(heads, "processes"):
        return "the program never loaded the collector"
    if total(heads, "paused_begins") or any(head["state"] & PAUSED for head in heads):
        return f"recording was paused ({count(total(heads, 'paused_begins'), 'task')} begun meanwhile)"
    if any(head["state"] & DETACHED for head in heads):
        return "the program detached the collector before its first task"
    return "the program began no task"


def open_tasks(summary: Any) -> str:
    tasks = all(row_id[0] == 0 for row_id, _, left, _ in summary["tasks"] if left > 0)
    return f"{count(summary['open'], 'task' if tasks else 'slice')} begun and never ended"


def open_names(summary: Any) -> str:
    number: dict[str, int] = {}
    for (_, _, _, name), _, left, _ in summary["tasks"]:
        if left > 0:
            name = "(other names)" if name is None else name
            number[name] = number.get(name, 0) + left
    names = sorted(number, key=lambda name: -number[name])
    texts = [f"{shown(name)} ({number[name]:,})" if number[name] > 1 else shown(name) for name in names]
    more = len(texts) - NAMED_OPEN
    return ", ".join(texts[:NAMED_OPEN]) + (f" and {more:,} more" if more > 0 else "")


def unmatched_ends(summary: Any) -> int:
    return int(summary["unmatched_ends"] + total(summary["recordings"], "unmatched_ends"))


def total(heads: Iterable[dict[str, Any]], key: str) -> int:
    return sum(int(head[key]) for head in heads)
