"""Clients that call from where nobody expects it, or end what they did not begin: all counts are exact."""

from __future__ import annotations

import subprocess
from collections import Counter
from pathlib import Path
from typing import Any, Callable

import pytest
import traced
from driver import NO_ID, Id, Script
from shown import Trace
from static_runs import WARNINGS

from oracle import TraceSql

Fixture = Callable[..., Any]


@pytest.fixture
def odd(cc: Fixture, collector: Path, tmp_path: Path, sql: Fixture) -> Fixture:
    """odd(mode, count) -> (what it said, the trace, its counts); it ends well, and silently."""

    def run(*words: str, **env: str) -> tuple[str, TraceSql, dict[str, int]]:
        trace = tmp_path / "odd.pftrace"
        program = cc("odd.c", flags=WARNINGS)
        done = traced.run(collector, trace, program, *words, env=env, stderr=subprocess.PIPE, timeout=60)
        assert done.stderr == ""
        found = sql(trace)
        assert found.problems() == []
        return done.stdout, found, traced.head(trace).counts

    return run


def lost(counts: dict[str, int]) -> int:
    return sum(counts[name] for name in traced.COUNTS)


def test_before_main_and_after_it(odd: Fixture) -> None:
    _, trace, counts = odd("life", "70")
    places = ("constructor", "main", "at exit", "destructor")
    assert traced.tally(trace) == {("odd", place): 70 for place in places}
    assert lost(counts) == 0 and counts["threads"] == 1


def test_threads_that_are_torn_down(odd: Fixture) -> None:
    """Destructors of values that belong to the thread, run before ours and after it: still the thread's."""
    said, trace, counts = odd("keys", "3")
    assert said == "160\n"
    assert traced.tally(trace) == {
        ("odd", "main"): 3,
        **{("odd", name): 80 * 3 for name in ("thread", "key from before", "key from later")},
    }
    assert lost(counts) == 0 and counts["threads"] == 81


def test_threads_that_do_not_want_to_end(odd: Fixture) -> None:
    """Their destructors ask for another round, as often as there is one."""
    said, trace, counts = odd("keys-again", "3")
    tally = traced.tally(trace)
    assert int(said) == 80 * 2 * 4  # PTHREAD_DESTRUCTOR_ITERATIONS
    assert tally["odd", "key from before"] == tally["odd", "key from later"] == 80 * 4 * 3
    assert tally["odd", "thread"] == 80 * 3 and lost(counts) == 0


@pytest.mark.parametrize("groups", ["", "all"])
def test_inside_malloc(odd: Fixture, groups: str) -> None:
    """As with oneTBB's allocator in place of the system's; the first call, which loads the collector, too."""
    said, trace, counts = odd("malloc", "16", INTEL_ITTNOTIFY_GROUPS=groups)
    assert int(said) >= 16_000
    expected = {("malloc", "inside"): int(said)}
    if groups:
        expected["sync", "wait"] = int(said)
    tally = traced.tally(trace)
    # What the loader allocated while it loaded the collector found nobody to call.
    missing = Counter(expected) - tally
    assert tally - Counter(expected) == Counter() and sum(missing.values()) <= counts["lost_nested"]
    assert counts["unmatched_ends"] == counts["lost_space"] == counts["lost_depth"] == 0


@pytest.fixture
def play(driver: Path, collector: Path, tmp_path: Path, sql: Fixture) -> Fixture:
    def run(script: Script) -> tuple[Trace, dict[str, int]]:
        file = tmp_path / "played.pftrace"
        script.run(driver, collector, file)
        trace = Trace(sql(file))
        assert trace.problems == []
        return trace, traced.head(file).counts

    return run


def test_a_task_that_another_thread_ends(play: Fixture) -> None:
    """Tasks belong to threads: that end is ignored, and the task stays open until its own thread ends it."""
    script = Script()
    script.call(1, "task_begin", "d", NO_ID, NO_ID, "ended at home")
    script.call(1, "task_begin", "d", NO_ID, NO_ID, "left open")
    script.call(2, "task_end", "d")
    script.call(1, "task_begin", "e", NO_ID, NO_ID, "inside")
    script.call(1, "task_end", "e")
    script.call(2, "task_end", "e")
    trace, counts = play(script)
    assert [(s.name, s.dur < 0) for s in trace.slices] == [
        ("ended at home", True),
        ("left open", True),
        ("inside", False),
    ]
    assert counts["unmatched_ends"] == 2


def test_regions_of_other_threads_and_of_none(play: Fixture) -> None:
    script = Script()
    script.call(1, "region_begin", "d", Id(1), NO_ID, "by another thread")
    script.call(1, "region_begin", "d", Id(2), NO_ID, "left open")
    script.call(2, "region_end", "d", Id(1))
    script.call(2, "region_end", "d", Id(1))
    script.call(2, "region_end", "d", Id(3))
    script.call(3, "region_end", "e", Id(2))
    trace, counts = play(script)
    assert {(s.name, s.dur < 0) for s in trace.slices} == {("by another thread", False), ("left open", True)}
    assert counts["unmatched_ends"] == 3


@pytest.mark.parametrize("between", [0, 3000])
def test_a_name_that_comes_later(play: Fixture, between: int) -> None:
    """As OpenVINO has it: a region without a name, and the name by metadata; soon, or a chunk later."""
    script = Script()
    script.call(1, "region_begin", "d", Id(1), NO_ID, None)
    for _ in range(between):
        script.call(1, "task_begin", "d", NO_ID, NO_ID, "t")
        script.call(1, "task_end", "d")
    script.call(1, "metadata_str_add", "d", Id(1), "name", "convolution", 2**64 - 1)
    script.call(1, "region_end", "d", Id(1))
    trace, counts = play(script)
    region, *instants = [s for s in trace.slices if s.name != "t"]
    assert region.name == "(unnamed)" and region.dur > 0
    # Out of reach by then, it is an instant inside the region.
    (named,) = instants if between else [region]
    assert named.args["name"] == "convolution" and named.track == region.track
    assert region.ts <= named.ts <= region.ts + region.dur
    assert lost(counts) == 0


def test_null_for_everything_that_may_be_null(play: Fixture) -> None:
    script = Script()
    script.call(1, "mark_create", None, to="m")
    script.call(1, "task_begin", "d", NO_ID, NO_ID, None)
    script.call(1, "task_end", "d")
    script.call(1, "frame_begin_v3", "d", None)
    script.call(1, "frame_end_v3", "d", None)
    script.call(1, "thread_set_name", None)
    script.call(1, "metadata_str_add", "d", NO_ID, None, None, 0)
    trace, counts = play(script)
    assert Counter(s.name for s in trace.slices)["(unnamed)"] >= 1
    assert lost(counts) == 0
