"""What the collector writes, read by Perfetto's own trace processor."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any, Callable

import pytest
import traced
from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace

Fixture = Callable[..., Any]


@pytest.fixture
def scene(cc: Fixture, collector: Path, tmp_path: Path) -> Fixture:
    """scene("nest", 10) -> (trace, what the program printed)."""
    program = cc("scenes.c")

    def run(*words: object, **more: Any) -> tuple[Path, str]:
        trace = tmp_path / "scene.pftrace"
        done = traced.run(collector, trace, program, *map(str, words), **more)
        return trace, done.stdout

    return run


def test_nested_tasks(scene: Fixture, sql: Fixture) -> None:
    trace, _ = scene("nest", 1000)
    found = sql(trace)
    slices = found.slices()
    outer = [s for s in slices if s.name == "outer"]
    inner = [s for s in slices if s.name == "inner"]
    assert (len(outer), len(inner)) == (1, 1000)
    assert {s.category for s in slices} == {"one"}
    assert {s.depth for s in inner} == {1} and outer[0].depth == 0
    assert all(outer[0].ts <= s.ts and s.ts + s.dur <= outer[0].ts + outer[0].dur for s in inner)
    assert len({s.tid for s in slices}) == 1 and slices[0].tid == slices[0].pid
    assert found.problems() == []


def test_process_and_thread_are_described(scene: Fixture, sql: Fixture) -> None:
    trace, _ = scene("nest", 3)
    rows = sql(trace).query(
        "select p.name, p.cmdline, t.name from thread t join process p using (upid) "
        "where t.tid = p.pid and p.pid > 0"
    )
    ((process, command, thread),) = rows
    assert Path(process).name == "scenes" and command.endswith("scenes nest 3") and thread == "scenes"


def test_every_duration_of_interleaved_domains_is_exact(scene: Fixture, sql: Fixture) -> None:
    """Random begins and ends of three domains; each slice lies within the bounds its program saw, to a µs."""
    slack = 2000
    for seed in range(3):
        trace, said = scene("walk", 4000, seed)
        found = sql(trace)
        expected: dict[tuple[str, str], tuple[int, ...]] = {}
        for line in said.splitlines():
            name, domain, *times = line.split()
            expected[name, ["", "one", "two", "three"][int(domain)]] = tuple(map(int, times))
        slices = found.slices()
        assert len(slices) == len(expected) == 4000
        # Times in the trace are of BOOTTIME: shift by what the snapshots say.
        ((shift,),) = found.query(
            "select b.clock_value - m.clock_value from clock_snapshot b join clock_snapshot m using (ts) "
            "where b.clock_id = 6 and m.clock_id = 3 limit 1"
        )
        for s in slices:
            begin_before, begin_after, end_before, end_after = expected[s.name, s.category]
            assert begin_before - slack <= s.ts - shift <= begin_after + slack
            assert end_before - begin_after - slack <= s.dur <= end_after - begin_before + slack
        assert len({s.track for s in slices}) > 1
        assert found.problems() == []
        trace.unlink()


def test_first_interleaving_moves_the_inner_task(cc: Fixture, scene: Fixture, sql: Fixture) -> None:
    trace, _ = scene("regions")
    found = sql(trace)
    load, store = (next(s for s in found.slices() if s.name == name) for name in ("load", "store"))
    assert load.ts <= store.ts <= load.ts + load.dur <= store.ts + store.dur
    assert load.track != store.track and load.tid == store.tid
    assert found.problems() == []


@pytest.mark.parametrize("depth", [511, 512, 513, 1025, 20000])
def test_deep_nesting_takes_further_tracks(scene: Fixture, sql: Fixture, depth: int) -> None:
    trace, _ = scene("deep", depth)
    found = sql(trace)
    slices = found.slices()
    assert len(slices) == depth
    assert max(s.depth for s in slices) <= 511
    assert len({s.track for s in slices}) == (depth + 511) // 512
    assert all(s.dur >= 0 for s in slices)
    # The one begun first ends last.
    ends = [s.ts + s.dur for s in sorted(slices, key=lambda s: (s.ts, s.track, s.depth))]
    assert all(a >= b for a, b in zip(ends, ends[1:]))
    assert found.problems() == []


def test_deeper_than_the_stack_is_counted(scene: Fixture, sql: Fixture) -> None:
    trace, _ = scene("deep", 131072 + 50)
    assert traced.head(trace).counts["lost_depth"] == 100
    found = sql(trace)
    assert found.query("select count(*), sum(dur >= 0) from slice") == [(131072, 131072)]
    assert found.problems() == []


def test_threads_at_once(scene: Fixture, sql: Fixture) -> None:
    trace, _ = scene("threads", 40)
    found = sql(trace)
    per_thread = Counter((s.thread, s.tid) for s in found.slices())
    assert sorted(count for count in per_thread.values()) == [100 + i for i in range(40)]
    assert all(name == f"worker {count}" for (name, _), count in per_thread.items())
    assert found.problems() == []


def test_threads_one_after_the_other_share_a_slot(scene: Fixture, sql: Fixture) -> None:
    trace, _ = scene("short_threads", 1000)
    found = sql(trace)
    assert found.query("select count(*) from slice") == [(10000,)]
    assert traced.head(trace).counts["threads"] == 1000
    assert trace.stat().st_size <= 2 << 20
    assert found.problems() == []


def test_a_thread_id_that_comes_again_is_another_thread(scene: Fixture, sql: Fixture) -> None:
    trace, _ = scene("short_threads", 300)
    tracks = {s.track for s in sql(trace).slices()}
    assert len(tracks) == 300


def test_forks_count_exactly(scene: Fixture, sql: Fixture) -> None:
    trace, said = scene("forks", 15)
    found = sql(trace)
    assert traced.tally(found) == {
        ("one", "inner"): 15 * (10 + 20 + 7 + 5),
        ("one", "outer"): 15,
        ("two", "inner"): int(said),
    }
    counts = traced.head(trace).counts
    assert counts["processes"] == 1 + 2 * 15
    assert counts["unmatched_ends"] == 15
    assert counts["lost_nested"] == counts["lost_space"] == 0
    assert len({s.pid for s in found.slices()}) == 31
    assert found.problems() == []


def test_exec_goes_on_in_the_same_recording(scene: Fixture, sql: Fixture) -> None:
    trace, _ = scene("exec", 5)
    found = sql(trace)
    assert traced.tally(found) == {("one", "inner"): 10, ("one", "outer"): 1}
    assert found.problems() == []


def test_labels_in_a_signal_handler_do_no_harm(scene: Fixture, sql: Fixture) -> None:
    trace, said = scene("signals", 1_000_000)
    found = sql(trace)
    counted = traced.tally(found)
    lost = traced.head(trace).counts["lost_nested"]
    assert counted["one", "inner"] == 1_000_000
    assert int(said) > 0
    # A handler's begin and end are both recorded, or both nested in the call that it interrupted.
    assert 2 * counted["two", "outer"] + lost == 2 * int(said)
    assert found.problems() == []


def test_names_beyond_the_limit_are_right_and_memory_flat(scene: Fixture, sql: Fixture) -> None:
    trace, said = scene("names", 200_000)
    found = sql(trace)
    rows = found.query("select count(*), count(distinct name) from slice where name glob 'name *'")
    assert rows == [(200_000, 200_000)]
    more = scene("names", 600_000, env={"ITT_TRACE": str(trace.with_name("more"))})[1]
    assert int(more) < int(said) * 1.3 + 2000
    assert found.problems() == []


def test_odd_names(scene: Fixture, sql: Fixture) -> None:
    trace, _ = scene("odd_names")
    found = sql(trace)
    names = [(s.category, s.name) for s in found.slices()]
    assert names[:4] == [(n, n) for n in ("", "café", "�� raw", "tab\tnew\nline")]
    long = names[4][1]
    assert long.startswith("xxxx") and long.endswith("x…") and 3990 <= len(long.encode()) <= 4000
    assert names[5:] == [("one", "a handle of the client's own"), ("one", "(unnamed)")]
    assert found.problems() == []


def test_pause_resume_and_detach(scene: Fixture, sql: Fixture) -> None:
    trace, _ = scene("paused")
    found = sql(trace)
    assert traced.tally(found) == {("one", "outer"): 1, ("one", "inner"): 7, ("itt", "paused"): 2}
    slices = found.slices()
    (outer,) = (s for s in slices if s.name == "outer")
    paused = [s for s in slices if s.name == "paused"]
    assert {s.track_name for s in paused} == {"itt collection"}
    assert all(s.dur > 0 for s in paused)
    # It was open across the first pause, and ended during the second.
    assert outer.ts < paused[0].ts and paused[1].ts < outer.ts + outer.dur < paused[1].ts + paused[1].dur
    assert traced.head(trace).counts["paused_begins"] == 7
    assert traced.head(trace).state == 2
    assert found.problems() == []


def test_start_paused(scene: Fixture, sql: Fixture) -> None:
    trace, _ = scene("nest", 5, env={"ITT_START_PAUSED": "1"})
    found = sql(trace)
    assert [(s.name, s.dur) for s in found.slices()] == [("paused", -1)]
    assert traced.head(trace).counts["paused_begins"] == 6
    assert found.problems() == []


def test_regions_are_named_once(scene: Fixture) -> None:
    _, said = scene("regions")
    assert said.split() == ["0", "1", "0", "2", "3", "4", "5", "6", "7", "7", "7", "7"]


def test_functions_are_named_by_their_symbols(scene: Fixture, sql: Fixture) -> None:
    trace, _ = scene("functions")
    found = traced.tally(sql(trace))
    assert found["one", "hidden_work"] == 3
    assert found["one", "0x10"] == 1
    assert found["one", "(unnamed)"] == 1
    assert sum(found.values()) == 6 and any("printf" in name for _, name in found)


def test_ends_without_begin_are_ignored_and_counted(scene: Fixture, sql: Fixture) -> None:
    trace, _ = scene("unmatched")
    found = sql(trace)
    assert [(s.name, s.dur >= 0) for s in found.slices()] == [("inner", True), ("outer", False)]
    assert traced.head(trace).counts["unmatched_ends"] == 3
    assert found.problems() == []


def test_a_host_that_closes_every_descriptor(scene: Fixture, sql: Fixture) -> None:
    trace, _ = scene("closes")
    found = sql(trace)
    assert found.query("select count(*) from slice") == [(60000,)]
    assert found.problems() == []


def test_a_pair_takes_at_most_30_bytes(scene: Fixture) -> None:
    trace, _ = scene("nest", 1_000_000)
    assert trace.stat().st_size / 1_000_000 <= 30


def test_time_stamps_never_go_back(scene: Fixture, sql: Fixture) -> None:
    trace, _ = scene("nest", 200_000)
    back = "select ts < lag(ts) over (order by id) as back from slice where name = 'inner'"
    assert sql(trace).query(f"select count(*), sum(back) from ({back})") == [(200_000, 0)]


def test_a_handle_kept_beyond_the_limit_is_never_wild(scene: Fixture, sql: Fixture) -> None:
    trace, _ = scene("kept_name", 100_000)
    found = sql(trace)
    assert next(s.name for s in found.slices()) == "kept" and len(found.slices()) == 2
    assert traced.head(trace).counts["names_beyond"] > 100_000
    assert found.problems() == []


def test_a_label_is_no_cancellation_point(scene: Fixture) -> None:
    assert scene("cancel")[1] == "2\n"


def test_labels_on_small_stacks(scene: Fixture, sql: Fixture) -> None:
    trace, _ = scene("small_stack", 8)
    counted = traced.tally(sql(trace))
    assert counted == {("one", "inner"): 1, ("two", "first seen in a handler"): 1, ("three", "inner"): 1}
    trace, _ = scene("small_thread", env={"ITT_TRACE": str(trace.with_name("thread.pftrace"))})
    assert traced.tally(sql(trace.with_name("thread.pftrace"))) == {("one", "inner"): 1}


def test_levels_count_what_is_on_the_track(scene: Fixture, sql: Fixture) -> None:
    trace, _ = scene("stale_level")
    found = sql(trace)
    ended = found.query("select name, count(*) from slice where dur >= 0 and category = 'one' group by 1")
    assert sorted(ended) == [("inner", 1), ("outer", 512)]
    assert found.problems() == []


def test_a_fork_in_a_handler_spares_the_parents_slot(scene: Fixture, sql: Fixture) -> None:
    trace, said = scene("fork_in_handler", 20)
    found = sql(trace)
    parents = found.query("select count(*) from slice where category = 'two' and dur >= 0")[0][0]
    # A child may finish the label that it was forked in.
    assert int(said) <= parents <= int(said) + traced.head(trace).counts["processes"]
    assert [row for row in found.problems() if "misplaced" not in row[0]] == []


def test_an_end_with_very_much_inside_moves_the_outer_task(scene: Fixture, sql: Fixture) -> None:
    trace, _ = scene("much_inside", 20000)
    found = sql(trace)
    assert traced.tally(found) == {("one", "outer"): 1, ("two", "inner"): 20000}
    outer = next(s for s in found.slices() if s.name == "outer")
    assert min(s.dur for s in found.slices()) >= 0
    first = min(s.ts for s in found.slices() if s.name == "inner")
    assert outer.ts <= first <= outer.ts + outer.dur
    assert found.problems() == []


def test_a_stranger_s_call_leaves_the_thread_as_it_was(collector: Path) -> None:
    """What is no client is left alone, and the thread can still be cancelled."""
    code = (
        "import ctypes, sys\n"
        "ctypes.CDLL(sys.argv[1]).__itt_api_init(None, 0)\n"
        "before = ctypes.c_int(-1)\n"
        "ctypes.CDLL(None).pthread_setcancelstate(0, ctypes.byref(before))\n"
        "print(before.value)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, collector], capture_output=True, text=True, check=True)
    assert done.stdout == "0\n"  # PTHREAD_CANCEL_ENABLE


def test_segments_of_a_thread_do_not_meet(scene: Fixture) -> None:
    """A slot lies before its copies in the file: its ends would be read before begins of their nanosecond."""
    trace, _ = scene("nest", "60000")
    times: dict[int, list[int]] = defaultdict(list)
    for packet in Trace.FromString(trace.read_bytes()).packet:
        sequence = packet.trusted_packet_sequence_id
        for clock in packet.clock_snapshot.clocks:
            if clock.clock_id == 64:
                times[sequence].append(clock.timestamp)
        if packet.HasField("track_event"):
            assert packet.timestamp_clock_id == 0
            times[sequence].append(times[sequence][-1] + packet.timestamp)
    segments = sorted((min(found), max(found)) for found in times.values())
    assert len(segments) > 5
    assert all(before[1] < after[0] for before, after in zip(segments, segments[1:]))
