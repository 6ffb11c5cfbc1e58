"""Random interleavings of everything, over threads: the trace must show what the model foresees."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Callable

import traced
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from model import Model
from shown import Trace

from oracle import TraceSql

EXAMPLES = int(os.environ.get("ITT_TEST_EXAMPLES", "40"))

DOMAINS = ["one", "two", "three"]
NAMES = ["read", "parse", "compute", "write", "näme"]

# What a step may do, each with the numbers that hypothesis chose for it.
Step = Callable[[Model, int, int, int], None]
STEPS: dict[str, Step] = {
    "task_begin": lambda m, thread, a, b: m.task_begin(thread, DOMAINS[a % 3], NAMES[b % 5]),
    "task_end": lambda m, thread, a, b: m.task_end(thread, DOMAINS[a % 3]),
    "pause": lambda m, thread, a, b: m.pause(thread),
    "resume": lambda m, thread, a, b: m.resume(thread),
    "exit": lambda m, thread, a, b: m.exit(thread + 1),
}
OFTEN = {"task_begin": 4, "task_end": 4, "resume": 2}

STEP = st.tuples(
    st.sampled_from([name for name in STEPS for _ in range(OFTEN.get(name, 1))]),
    st.integers(0, 3),
    st.integers(0, 30),
    st.integers(0, 30),
)


def run(model: Model, driver: Path, collector: Path, folder: Path, processor: TraceSql) -> Path:
    trace = folder / "model.pftrace"
    trace.unlink(missing_ok=True)
    model.script.run(driver, collector, trace)
    processor.load(trace)
    return trace


def check(model: Model, trace: Path, processor: TraceSql) -> None:
    wrong = model.differences(Trace(processor))
    counts = traced.head(trace).counts
    for name, count in (("unmatched_ends", model.unmatched), ("paused_begins", model.paused_begins)):
        if counts[name] != count:
            wrong.append(f"{name}: {counts[name]}, not {count}")
    wrong += [f"{name}: {counts[name]}" for name in counts if name.startswith("lost_") and counts[name]]
    for line, (text, at) in enumerate(zip(model.script.lines, model.script.notes)):
        note(f"{line}\t{at.pid}/{at.tid} {at.before}..{at.after}\t{text}")
    assert wrong == []


@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(steps=st.lists(STEP, min_size=1, max_size=200))
def test_the_trace_is_as_foreseen(
    driver: Path, collector: Path, tmp_path: Path, processor: TraceSql, steps: list[tuple[Any, ...]]
) -> None:
    model = Model()
    model.task_begin(0, "one", "first")  # makes the file
    for name, thread, a, b in steps:
        STEPS[name](model, thread, a, b)
    check(model, run(model, driver, collector, tmp_path, processor), processor)
