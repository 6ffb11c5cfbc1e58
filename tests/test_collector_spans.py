"""Overlapped tasks, regions and frames: on lanes, each with its own time, whatever order they end in."""

from __future__ import annotations

import platform
import random
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path
from typing import Any, Callable, NamedTuple

import pytest
import traced

from oracle import TraceSql

Fixture = Callable[..., Any]

SLACK = 3000  # ns by which the program's clock and the collector's may differ


class Run(NamedTuple):
    trace: Path
    said: list[str]
    found: TraceSql

    def losses(self) -> dict[str, int]:
        counts = traced.head(self.trace).counts
        return {name: counts[name] for name in traced.COUNTS if counts[name]}

    def shift(self) -> int:
        """Times in the trace are of BOOTTIME: what the program's are behind."""
        ((shift,),) = self.found.query(
            "select b.clock_value - m.clock_value from clock_snapshot b join clock_snapshot m using (ts) "
            "where b.clock_id = 6 and m.clock_id = 3 limit 1"
        )
        return int(shift)

    def places(self) -> Counter[tuple[str, ...]]:
        """Slices by the names of their track and its parents, and their own."""
        rows = self.found.query(
            "select coalesce(g.name, ''), coalesce(t.name, ''), s.name, s.category from slice s "
            "join track t on t.id = s.track_id left join track g on g.id = t.parent_id"
        )
        return Counter(tuple(row) for row in rows)

    def crossings(self) -> int:
        """Slices inside another on one lane: there must be none."""
        ((count,),) = self.found.query(
            "select count(*) from slice s join track t on t.id = s.track_id where s.depth > 0 "
            "and t.type like 'process%'"
        )
        return int(count)


@pytest.fixture
def scene(cc: Fixture, collector: Path, tmp_path: Path, sql: Fixture) -> Fixture:
    """scene("walk", 10) -> Run of tests/c/spans.c or times.c; the trace has no problems."""
    count = 0

    def run(*words: object, **more: Any) -> Run:
        nonlocal count
        count += 1
        trace = tmp_path / f"scene{count}.pftrace"
        program = cc("times.c" if words[0] in ("timed", "clocks", "tracks") else "spans.c")
        done = traced.run(collector, trace, program, *map(str, words), **more)
        found = sql(trace)
        assert found.problems() == []
        return Run(trace, done.stdout.splitlines(), found)

    return run


def test_what_crosses_lies_on_lanes(scene: Fixture) -> None:
    run = scene("crossing")
    assert run.places() == {
        ("", "", "outer", "one"): 1,
        ("Tasks", "one", "inner", "one"): 1,
        ("Tasks", "one", "third", "one"): 1,
        ("Regions", "two", "inner", "two"): 1,
        ("Regions", "two", "(unnamed)", "two"): 1,
        ("Frames", "three", "three", "three"): 2,
    }
    first, second = (
        next(s for s in run.found.slices() if s.track_name and s.name == n) for n in ("inner", "third")
    )
    assert first.ts < second.ts < first.ts + first.dur < second.ts + second.dur
    assert first.dur >= 20_000 and second.dur >= 40_000
    assert run.losses() == {}
    # The groups are the process's, in the order of their names.
    groups = run.found.query(
        "select t.name, p.pid from process_track t join process p using (upid) where t.parent_id is null "
        "and t.name is not null order by 1"
    )
    assert [name for name, _ in groups] == ["Frames", "Regions", "Tasks"]
    assert len({pid for _, pid in groups}) == 1


def test_a_childs_arrow_comes_from_its_parent(scene: Fixture) -> None:
    rows = scene("crossing").found.query(
        "select o.name, i.name from flow f join slice o on o.id = f.slice_out "
        "join slice i on i.id = f.slice_in"
    )
    assert rows == [("inner", "third")]


def check_walk(run: Run, count: int) -> None:
    expected: dict[tuple[int, str, str], list[tuple[int, ...]]] = {}
    for line in run.said:
        kind, domain, serial, *times = line.split()
        category = ["", "one", "two", "three"][int(domain)]
        name = [f"task {serial}", f"region {serial}", category][int(kind)]
        expected.setdefault((int(kind), category, name), []).append(tuple(map(int, times)))
    shift = run.shift()
    rows = run.found.query(
        "select g.name, s.category, s.name, s.ts, s.dur from slice s join track t on t.id = s.track_id "
        "join track g on g.id = t.parent_id order by s.ts"
    )
    found: dict[tuple[int, str, str], list[tuple[int, int]]] = {}
    for group, category, name, ts, dur in rows:
        kind = ["Tasks", "Regions", "Frames"].index(group)
        found.setdefault((kind, category, name), []).append((ts - shift, dur))
    assert len(rows) <= count and {key: len(all) for key, all in found.items()} == {
        key: len(all) for key, all in expected.items()
    }
    for key, all in expected.items():
        # Frames of one domain have one name: by the order of their begins.
        for (before, begun, ending, ended), (ts, dur) in zip(sorted(all), found[key]):
            assert before - SLACK <= ts <= begun + SLACK
            assert ending - begun - SLACK <= dur <= ended - before + SLACK
    assert run.crossings() == 0 and run.losses() == {}


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_random_spans_are_as_the_program_saw_them(scene: Fixture, threads: int, seed: int) -> None:
    """Begun and ended in any order, by any of the threads, with ids that are open several times."""
    run = scene("walk", 3000, seed, threads)
    assert len(run.said) > 2500
    check_walk(run, 3000)


@pytest.mark.parametrize("count", [10, 3000, 40_000])
def test_thousands_open_at_once(scene: Fixture, count: int) -> None:
    run = scene("many", count)
    assert run.found.query("select count(*), count(distinct track_id), min(dur) > 0 from slice") == [
        (count, count, 1)
    ]
    assert run.crossings() == 0 and run.losses() == {}


def test_more_than_there_are_lanes(scene: Fixture) -> None:
    """Lost ones are counted, and their ends end nothing else."""
    run = scene("many", 70_000)
    assert run.found.query("select count(*), min(dur) > 0 from slice") == [(65_536, 1)]
    lost = 70_000 - 65_536
    assert run.losses() == {"lost_depth": lost, "lost_space": lost}


def test_more_than_the_table_holds(scene: Fixture) -> None:
    run = scene("many", 400_000)
    assert run.found.query("select count(*) from slice where dur >= 0") == [(65_536,)]
    losses = run.losses()
    assert losses["lost_depth"] + losses["lost_space"] == 2 * (400_000 - 65_536)
    assert set(losses) == {"lost_depth", "lost_space"}


def test_wrong_use_is_counted_and_ends_nothing_else(scene: Fixture) -> None:
    run = scene("wrong")
    assert run.losses() == {"unmatched_ends": 9}
    slices = {s.name: s for s in run.found.slices()}
    never = {s.name for s in run.found.slices() if s.dur < 0}
    assert never == {"open0", "open1", "two"}
    assert slices["outer"].dur >= 20_000 > slices["inner"].dur >= 10_000
    inner, middle, last = (slices[f"null{i}"] for i in (2, 1, 0))
    assert inner.ts + inner.dur <= middle.ts + middle.dur <= last.ts + last.dur
    assert run.places()["Frames", "one", "one", "one"] == 1
    assert run.places()["Regions", "one", "null region0", "one"] == 1


def test_threads_end_what_others_began(scene: Fixture) -> None:
    run = scene("relay", 4)
    assert run.found.query("select count(*), min(dur) >= 0 from slice") == [(80_000, 1)]
    assert run.crossings() == 0 and run.losses() == {}


def test_lanes_outlive_their_threads(scene: Fixture) -> None:
    run = scene("chain", 2000)
    # One stays open; two lanes serve all 2,000 threads.
    assert run.found.query("select count(*), sum(dur < 0), count(distinct track_id) from slice") == [
        (2000, 1, 2)
    ]
    assert run.losses() == {}


def test_many_threads_at_once(scene: Fixture) -> None:
    run = scene("crowd", 2000, timeout=300)
    assert run.found.query("select count(*), min(dur) >= 0 from slice") == [(4000, 1)]
    assert run.crossings() == 0 and run.losses() == {}


def test_submitted_frames_have_the_times_they_say(scene: Fixture) -> None:
    run = scene("submitted")
    start, shift = int(run.said[0]), run.shift()
    frames = {"one": [], "two": [], "three": [], "four": [], "after99": []}  # type: dict[str, list[tuple[int, int]]]
    for s in sorted(run.found.slices(), key=lambda s: (s.ts, s.dur)):
        frames[s.name].append((s.ts - shift - start, s.dur))
    assert frames["one"][:3] == [(1000, 2000), (2000, 2000), (3000, 2000)]
    ((begin, dur),) = frames["one"][3:]
    assert begin == 50_000 and dur >= 50_000
    assert frames["two"][1] == (7000, 0)
    assert frames["two"][0][0] == 6000 and 90_000 < frames["two"][0][1] < 10**9
    assert frames["two"][2][0] > 100_000 and frames["two"][2][1] == 0
    assert frames["three"] == frames["four"] == [(i * 100, 50) for i in range(100)]
    assert run.crossings() == 0 and run.losses() == {}
    # Backwards or not, they need no more lanes than were open at once.
    assert run.found.query("select count(distinct track_id) from slice where name = 'three'") == [(1,)]
    assert run.found.query("select count(distinct track_id) from slice where name = 'four'") == [(1,)]
    ((name, ts),) = run.found.query("select name, ts from flow join slice on slice.id = slice_out")
    assert (name, ts - shift - start) == ("four", 9900)


def test_paused_and_detached(scene: Fixture) -> None:
    run = scene("paused")
    assert Counter((s.name, s.dur >= 0) for s in run.found.slices()) == {
        ("across0", True): 1,
        ("paused", True): 1,
        ("one", True): 1,
        ("open0", False): 1,
    }
    assert run.losses() == {"paused_begins": 5}


def test_a_child_starts_empty(scene: Fixture) -> None:
    run = scene("forked", 5)
    found = Counter((s.name, s.dur >= 0) for s in run.found.slices())
    assert found == {("parent0", True): 5, ("child0", True): 5, ("two", True): 10}
    assert run.losses() == {"unmatched_ends": 5}
    pids = {name: {s.pid for s in run.found.slices() if s.name == name} for name in ("parent0", "child0")}
    assert len(pids["parent0"]) == 1 and len(pids["child0"]) == 5


def test_old_frames_are_frames(scene: Fixture) -> None:
    run = scene("old_frames")
    assert run.places() == {("Frames", "old frame", "old frame", "old frame"): 1}
    assert run.losses() == {"unmatched_ends": 1}


def test_names_beyond_the_limit(scene: Fixture) -> None:
    run = scene("names", 66_000)
    assert Counter(s.name for s in run.found.slices() if s.dur >= 0) == {f"late {i}": 1 for i in range(300)}


def test_nothing_finished_is_lost_by_sigkill(
    cc: Fixture, collector: Path, tmp_path: Path, sql: Fixture
) -> None:
    for seed in range(8):
        trace = tmp_path / f"{seed}.pftrace"
        child = subprocess.Popen([cc("spans.c"), "endless"], env=traced.environment(collector, trace))
        while not trace.exists() or traced.head(trace).counts["threads"] < 1:
            assert child.poll() is None
            time.sleep(0.0005)
        time.sleep(random.Random(seed).uniform(0, 0.02))
        child.kill()
        assert child.wait() == -signal.SIGKILL
        found = sql(trace)
        assert found.problems() == []
        tasks, regions, frames, open_ones = (
            found.query(f"select count(*) from slice s {where}")[0][0]
            for where in (
                "join track t on t.id = track_id join track g on g.id = t.parent_id where g.name = 'Tasks'",
                "join track t on t.id = track_id join track g on g.id = t.parent_id where g.name = 'Regions'",
                "where s.name = 'two'",
                "where dur < 0",
            )
        )
        assert frames <= regions <= frames + 1 and regions <= tasks <= regions + 1 and open_ones <= 2
        assert found.query("select count(*) from slice where name = 'two' and dur < 0") == [(0,)]
        trace.unlink()


def test_events_and_marks(scene: Fixture) -> None:
    run = scene("events")
    assert run.said == ["1", "-1 -1 -1", "0"]
    tasks = ("", "", "inner", "one")
    places = run.places()
    assert places.pop(tasks) == 30_000
    lanes = {key: n for key, n in places.items() if key[0] == "Events"}
    assert lanes == {
        ("Events", "load", "load", "event"): 1,
        ("Events", "twice", "twice", "event"): 2,
        ("Events", "across", "across", "event"): 1,
        ("Events", "a mark", "a mark", "mark"): 1,
        ("Events", "global", "global", "mark"): 2,
    }
    # What never ended, or not soon enough, stays an instant; so does a global one that another thread ended.
    instants = {key[2]: n for key, n in places.items() if key[0] != "Events" and key[2] != "paused"}
    assert instants == {"never": 1, "across": 1, "load": 1, "single": 100, "global alone": 1, "global": 1}
    assert run.found.query("select count(*) from slice where dur < 0") == [(0,)]
    by_name = {s.name: s for s in run.found.slices() if s.track_name == s.name}
    assert by_name["load"].dur >= 20_000 and by_name["a mark"].dur >= 10_000
    outer, inner = sorted((s for s in run.found.slices() if s.name == "twice"), key=lambda s: s.ts)
    assert outer.ts < inner.ts <= inner.ts + inner.dur < outer.ts + outer.dur and outer.dur >= 20_000
    assert run.crossings() == 0
    parameters = run.found.query(
        "select s.name, a.string_value from slice s join args a on a.arg_set_id = s.arg_set_id "
        "where a.key = 'debug.parameter' order by 1, 2"
    )
    expected = [("a mark", "value 7"), ("global", "here"), ("global", "there"), ("global", "there")]
    assert parameters == [*expected, ("global alone", "alone")]
    assert run.losses() == {"unmatched_ends": 5, "paused_begins": 2}


def test_times_that_the_program_gives(scene: Fixture) -> None:
    run = scene("timed")
    start, shift = int(run.said[0]), run.shift()
    found = {s.name: (s.ts - shift - start, s.dur) for s in run.found.slices()}
    exact = {
        "timed 0": (1000, 4000),
        "backwards 0": (20_000, 0),
        "around 0": (30_000, 10_000),
        "within 0": (31_000, 1000),
        "overlapped 0": (50_000, 10_000),
        "id_of": (70_000, 0),
    }
    assert {name: found[name] for name in exact} == exact
    assert found["ends now 0"][0] == 10_000 and found["ends now 0"][1] > 190_000
    assert found["overlapped 1"][1] == 0 and found["never 0"][1] == -1
    assert found["never 0"][0] > 200_000  # a time of 0 is none: now
    # The plain tasks around them stay on their thread's track, nested.
    places = run.places()
    assert places["", "", "outer", "one"] == places["", "", "inner", "two"] == 1
    outer, inner = found["outer"], found["inner"]
    assert outer[0] < inner[0] <= inner[0] + inner[1] <= outer[0] + outer[1]
    assert sum(n for key, n in places.items() if key[0] == "Tasks") == len(found) - 2
    assert run.crossings() == 0 and run.losses() == {"unmatched_ends": 1}


def test_clocks_of_the_program(scene: Fixture) -> None:
    run = scene("clocks")
    (before, after), (then, later) = map(int, run.said[0].split()), map(int, run.said[1:])
    found = {s.name: (s.ts - run.shift(), s.dur) for s in run.found.slices() if s.category == "two"}
    ms = 1_000_000
    first, second = found["clock 0"], found["clock 1"]
    assert first[1] == 7 * ms and before - 10 * ms <= first[0] <= after - 10 * ms
    assert second[1] == ms and then - ms <= second[0] <= later - ms
    # Clocks that lie: a time all the same, none of them far from here.
    ((count, early, late, least),) = run.found.query(
        "select count(*), min(ts), max(ts + dur), min(dur) from slice where category = 'three'"
    )
    assert count == 364 and least >= 0
    assert early - run.shift() > 0 and late - run.shift() < later + 120 * 10**9
    assert run.crossings() == 0 and run.losses() == {}


def test_tracks_of_the_program(scene: Fixture) -> None:
    run = scene("tracks")
    assert run.said == ["1 1", "4094 254"]
    places = run.places()
    shared = {("GPU 0", "queue 0", f"shared {i}", "one"): 100 for i in range(4)}
    assert places == {
        **shared,
        ("", "", "before 0", "one"): 1,
        ("GPU 0", "queue 0", "outer", "one"): 1,
        ("GPU 0", "queue 0", "inner", "two"): 1,
        ("", "lonely 0", "third", "two"): 1,
        ("", "", "after 0", "two"): 1,
        ("", "", "last 0", "one"): 1,
    }
    assert run.crossings() == 0 and run.losses() == {}


def test_handlers_that_label(scene: Fixture) -> None:
    """What comes inside another label is lost, and counted; the rest is whole."""
    run = scene("signals", 100_000)
    made, handled = map(int, run.said[0].split())
    tally = traced.tally(run.found)
    by_program = [tally[key] for key in (("one", "inner"), ("two", "inner"), ("three", "three"))]
    assert by_program == [made] * 3 and tally["event", "event"] == made
    begun = run.found.query("select count(*), sum(dur >= 0) from slice where name = 'outer'")[0]
    losses = run.losses()
    assert set(losses) <= {"lost_nested", "unmatched_ends"} and handled > 0
    lost_ends = losses.get("unmatched_ends", 0)
    assert 2 * handled == begun[0] + (begun[1] or 0) + lost_ends + losses.get("lost_nested", 0)


def test_handlers_that_fork(scene: Fixture) -> None:
    """A child that goes on with its parent's label leaves the parent's slices alone, and adds none."""
    start = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    run = scene("signals", 1, 40)
    ((first,),) = run.found.query("select min(ts) from slice")
    assert first > start
    made, _ = map(int, run.said[0].split())
    (parent,) = {pid for (pid,) in run.found.query("select pid from process order by pid limit 2") if pid}
    mine = Counter((s.category, s.name, s.dur >= 0) for s in run.found.slices() if s.pid == parent)
    for key in (("one", "inner"), ("two", "inner"), ("three", "three"), ("event", "event")):
        assert mine[(*key, True)] == made and mine[(*key, False)] == 0


@pytest.mark.skipif(platform.machine() != "x86_64", reason="needs its trap flag")
def test_handlers_that_fork_anywhere(cc: Fixture, collector: Path, sql: Fixture, tmp_path: Path) -> None:
    """Between any two instructions: the child goes on, and so does the parent."""
    start, trace = time.clock_gettime_ns(time.CLOCK_BOOTTIME), tmp_path / "steps.pftrace"
    done = traced.run(collector, trace, cc("fork_steps.c"), "67", str(random.randrange(67)), "300")
    forks, bad = map(int, done.stdout.split())
    assert forks > 50 and bad == 0
    found = sql(trace)
    assert found.problems() == [] and min(s.ts for s in found.slices()) > start
