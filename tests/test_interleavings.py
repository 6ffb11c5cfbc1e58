"""Random interleavings of everything, over threads: the trace must show what the model foresees.

ITT_TEST_EXAMPLES says how many there are; 40 take some seconds.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any, Callable

import traced
from driver import Id
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from model import SCOPES, TYPES, Model
from shown import Trace

from itt._cli import main

from oracle import TraceSql

LENGTH = 80
EXAMPLES = int(os.environ.get("ITT_TEST_EXAMPLES", "40"))

DOMAINS = ["one", "two", "three"]
NAMES = ["read", "parse", "compute", "write", "näme"]
VALUES: list[tuple[str, list[Any]]] = [
    ("u64", [2**64 - 1]),
    ("s64", [-(2**63)]),
    ("u32", [4_000_000_000, 0, 1]),
    ("s32", [-7]),
    ("u16", [65_535, 1]),
    ("s16", [-300]),
    ("float", [0.25]),
    ("double", [-1e100, 0.1]),
    ("str", [""]),
    ("str", ["täxt"]),
    ("str", ["long " * 300]),
]


def id_of(a: int) -> Id:
    return Id(a % 4 + 1)


def own_id(thread: int, a: int) -> Id:
    return Id(a % 4 + 1, thread + 1)


def child(model: Model, thread: int) -> None:
    model.task_end(thread, "one")
    model.task_begin(thread, "one", "of the child")
    model.overlapped_end(thread, "one", Id(1))
    model.overlapped_begin(thread, "two", Id(2), "of the child")
    model.task_end(thread, "one")


# What a step may do, each with the numbers that hypothesis chose for it.
Step = Callable[[Model, int, int, int], None]
STEPS: dict[str, Step] = {
    "nothing": lambda m, t, a, b: None,
    "task_begin": lambda m, t, a, b: m.task_begin(t, DOMAINS[a % 3], NAMES[b % 5]),
    "task_end": lambda m, t, a, b: m.task_end(t, DOMAINS[a % 3]),
    "task_begin_with_id": lambda m, t, a, b: m.task_begin_with_id(t, DOMAINS[a % 3], NAMES[a % 5], b),
    "overlapped_task": lambda m, t, a, b: m.overlapped_task(t, DOMAINS[a % 2], NAMES[a % 5], b),
    "timed_task": lambda m, t, a, b: m.timed_task(t, "two", NAMES[a % 5], 900 * a + 50_000, 900 * b),
    "metadata_by_id": lambda m, t, a, b: m.metadata_by_id(t, b),
    "overlapped_begin": lambda m, t, a, b: m.overlapped_begin(t, DOMAINS[b % 2], id_of(a), NAMES[b % 5]),
    "overlapped_end": lambda m, t, a, b: m.overlapped_end(t, DOMAINS[b % 2], id_of(a)),
    "region_begin": lambda m, t, a, b: m.region_begin(t, DOMAINS[b % 2], id_of(a), NAMES[b % 5]),
    "region_end": lambda m, t, a, b: m.region_end(t, DOMAINS[b % 2], id_of(a)),
    "frame_begin": lambda m, t, a, b: m.frame_begin(t, DOMAINS[b % 2], id_of(a) if a % 3 else None),
    "frame_end": lambda m, t, a, b: m.frame_end(t, DOMAINS[b % 2], id_of(a) if a % 3 else None),
    "frame_submit": lambda m, t, a, b: m.frame_submit(t, DOMAINS[b % 2], 1000 * a + 50_000, 1000 * b),
    "event_start": lambda m, t, a, b: m.event_start(t, NAMES[a % 5]),
    "event_end": lambda m, t, a, b: m.event_end(t, NAMES[a % 5]),
    "mark": lambda m, t, a, b: m.mark(t, NAMES[a % 5], f"parameter {b}" if b % 3 else None),
    "mark_off": lambda m, t, a, b: m.mark_off(t, NAMES[a % 5]),
    "marker": lambda m, t, a, b: m.marker(t, DOMAINS[a % 3], NAMES[b % 5], SCOPES[a % 4]),
    "counter_set": lambda m, t, a, b: m.counter_set(t, DOMAINS[a % 2], TYPES[b % 8], a + (b % 8 > 5) / 3),
    "counter_add": lambda m, t, a, b: m.counter_add(t, DOMAINS[a % 2], TYPES[b % 6], a - b % 2 * 15),
    "metadata": lambda m, t, a, b: m.metadata(t, DOMAINS[a % 3], *VALUES[b % len(VALUES)]),
    "pause": lambda m, t, a, b: m.pause(t),
    "resume": lambda m, t, a, b: m.resume(t),
    "exit": lambda m, t, a, b: m.exit(t + 1),
    "fork": lambda m, t, a, b: m.fork(t, child),
}
OFTEN = {"task_begin": 4, "task_end": 4, "resume": 2}
KINDS = os.environ.get("ITT_TEST_STEPS", " ".join(STEPS)).split()


def step(steps: dict[str, Step]) -> st.SearchStrategy[tuple[str, int, int, int]]:
    """What, on which thread, with which numbers."""
    names = [name for name in steps if name in KINDS for _ in range(OFTEN.get(name, 1))]
    names.insert(0, "nothing")  # what a failing example shrinks to
    return st.tuples(st.sampled_from(names), st.integers(0, 3), st.integers(0, 30), st.integers(0, 30))


def run(model: Model, driver: Path, collector: Path, folder: Path, processor: TraceSql, *words: str) -> Path:
    trace = folder / "model.pftrace"
    trace.unlink(missing_ok=True)
    model.script.run(driver, collector, trace, *words)
    processor.load(trace)
    return trace


def reported(trace: Path) -> Any:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        assert main(["report", "--format", "json", str(trace)]) == 0
    return json.loads(said.getvalue())


def report_differences(model: Model, report: Any) -> list[str]:
    """Between what itt report and what the trace processor say of tasks: counts and sums must be equal."""
    expected: Counter[tuple[str, str]] = Counter()
    totals: Counter[tuple[str, str]] = Counter()
    for slice in model.slices:
        if slice.found and slice.end and slice.group in ("", "Tasks"):
            expected[slice.category, slice.name] += 1
            totals[slice.category, slice.name] += slice.found.dur
    counts = {(row["domain"], row["task"]): row["count"] for row in report["tasks"]}
    sums = {(row["domain"], row["task"]): row["total_ns"] for row in report["tasks"]}
    wrong = [] if counts == expected else [f"reported {counts}, not {dict(expected)}"]
    return wrong if sums == totals else [*wrong, f"reported {sums}, not {dict(totals)}"]


def check(model: Model, trace: Path, processor: TraceSql) -> None:
    wrong = model.differences(Trace(processor))
    counts = traced.head(trace).counts
    for name, count in (("unmatched_ends", model.unmatched), ("paused_begins", model.paused_begins)):
        if counts[name] != count:
            wrong.append(f"{name}: {counts[name]}, not {count}")
    wrong += [f"{name}: {counts[name]}" for name in counts if name.startswith("lost_") and counts[name]]
    wrong += report_differences(model, reported(trace))
    for line, (text, at) in enumerate(zip(model.script.lines, model.script.notes)):
        note(f"{line}\t{at.pid}/{at.tid} {at.before}..{at.after}\t{text}")
    assert wrong == []


PROFILE = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@settings(parent=PROFILE)
@given(steps=st.lists(step(STEPS), min_size=LENGTH, max_size=2 * LENGTH))
def test_the_trace_is_as_foreseen(
    driver: Path, collector: Path, tmp_path: Path, processor: TraceSql, steps: list[tuple[Any, ...]]
) -> None:
    model = Model()
    model.task_begin(0, "one", "first")  # makes the file
    for name, thread, a, b in steps:
        STEPS[name](model, thread, a, b)
    check(model, run(model, driver, collector, tmp_path, processor), processor)


# Those whose outcome does not depend on other threads: ids, and names on shared tracks, are of the thread.
ALONE: dict[str, Step] = {
    "nothing": STEPS["nothing"],
    "task_begin": STEPS["task_begin"],
    "task_end": STEPS["task_end"],
    "overlapped_begin": lambda m, t, a, b: m.overlapped_begin(t, "one", own_id(t, a), f"{NAMES[b % 5]} {t}"),
    "overlapped_end": lambda m, t, a, b: m.overlapped_end(t, "one", own_id(t, a)),
    "region_begin": lambda m, t, a, b: m.region_begin(t, "two", own_id(t, a), f"{NAMES[b % 5]} {t}"),
    "region_end": lambda m, t, a, b: m.region_end(t, "two", own_id(t, a)),
    "frame_begin": lambda m, t, a, b: m.frame_begin(t, f"thread {t}", own_id(t, a)),
    "frame_end": lambda m, t, a, b: m.frame_end(t, f"thread {t}", own_id(t, a)),
    "event_start": lambda m, t, a, b: m.event_start(t, f"{NAMES[a % 5]} {t}"),
    "event_end": lambda m, t, a, b: m.event_end(t, f"{NAMES[a % 5]} {t}"),
    "marker": lambda m, t, a, b: m.marker(t, DOMAINS[a % 3], f"{NAMES[b % 5]} {t}", SCOPES[a % 4]),
    "counter_set": lambda m, t, a, b: m.counter_set(t, f"thread {t}", TYPES[b % 8], a),
    "counter_add": lambda m, t, a, b: m.counter_add(t, f"thread {t}", TYPES[b % 6], a - b % 2 * 15),
    "metadata": STEPS["metadata"],
}


@settings(parent=PROFILE)
@given(steps=st.lists(step(ALONE), min_size=LENGTH, max_size=3 * LENGTH))
def test_threads_at_once(
    driver: Path, collector: Path, tmp_path: Path, processor: TraceSql, steps: list[tuple[Any, ...]]
) -> None:
    """Each thread as fast as it can."""
    model = Model()
    model.task_begin(0, "one", "first")  # makes the file
    for name, thread, a, b in steps:
        ALONE[name](model, thread, a, b)
    check(model, run(model, driver, collector, tmp_path, processor, "at-once"), processor)
