"""itt._analysis on frames, counters and the like; trees; rows by owner. Perfetto finds the same."""

from __future__ import annotations

import random
import statistics

import pytest
from tracegen import (
    BEGIN,
    END,
    EVENT,
    FRAME,
    GROUP,
    HISTOGRAM,
    MARK,
    MARKER,
    METADATA,
    OVERLAPPED,
    REGION,
    RELATION,
    TIMED,
    Trace,
    chunk,
)

from itt import _analysis

NUMBERS = ("count", "total", "self", "min", "mean", "p50", "p95", "p99", "max", "threads")
TASK = 0


def summarize(path, **options):
    return _analysis.summarize([path], **options)


def numbers(summary, kind):
    """(domain, name) -> its numbers, of one kind."""
    return {
        row_id[2:]: dict(zip(NUMBERS, values), open=left, pace=pace)
        for row_id, values, left, pace in summary["tasks"]
        if row_id[0] == kind
    }


def scattered(trace, rng):
    """Its chunks in any order, several segments in one."""
    segments = [segment.encode() for segment in trace.segments]
    rng.shuffle(segments)
    return [chunk(b"".join(segments[i : i + 3])) for i in range(0, len(segments), 3)]


@pytest.fixture
def busy(tmp_path):
    """Everything at once: threads of two processes, in many small segments."""
    rng = random.Random(5)
    trace = Trace()
    threads = [trace.thread(100 + i % 2) for i in range(4)]
    lanes = {}
    running = []
    now = 1000
    for _ in range(4000):
        thread = rng.choice(threads)
        now += rng.randint(1, 5000)
        action = rng.random()
        if action < 0.02:
            thread.split()
        elif action < 0.4 and len(running) < 40:
            what = rng.choice([OVERLAPPED, REGION, FRAME])
            domain = rng.choice("AB")
            name = domain if what == FRAME else rng.choice(["x", "y"])
            free = lanes.setdefault((thread.process, what), [])
            lane = free.pop() if free else thread.lane(what, domain)
            running.append((thread.process, thread.start(what, domain, name, now, lane)))
        elif action < 0.8 and running:
            process, started = running.pop(rng.randrange(len(running)))
            ender = rng.choice([one for one in threads if one.process == process])
            ender.finish(started, now)
            lanes[process, started.what].append(started.track)
        elif action < 0.9:
            thread.value(rng.choice("AB"), "depth", now, rng.randint(-5, 100), "items")
            thread.value("A", "load", now, rng.random() * 10)
        else:
            what, name = rng.choice([(MARKER, "here"), (EVENT, "e"), (MARK, "m"), (RELATION, "child_of")])
            thread.instant(what, "A", name, now, scope=rng.choice(["task", "thread", "process"]))
    path = trace.write(tmp_path / "t.pftrace", scattered(trace, rng))
    return trace, path, running


def test_durations_are_those_of_perfetto(busy, sql):
    trace, path, running = busy
    summary = summarize(path)
    assert summary["events"] == trace.events
    assert summary["damaged_bytes"] == 0
    perfetto = sql(path)
    assert perfetto.problems() == []
    assert summary["open"] == len(running) > 0
    for kind, group in ((TASK, "Tasks"), (REGION, "Regions"), (FRAME, "Frames")):
        slices = perfetto.query(
            "select s.category, s.name, count(iif(s.dur >= 0, 1, null)), sum(iif(s.dur >= 0, s.dur, 0)),"
            " min(iif(s.dur >= 0, s.dur, null)), max(s.dur), count(iif(s.dur < 0, 1, null)) from slice s"
            " join track t on t.id = s.track_id join track g on g.id = t.parent_id"
            f" where g.name = '{group}' group by 1, 2"
        )
        ours = [
            (*key, row["count"], row["total"], row["min"], row["max"], row["open"])
            for key, row in numbers(summary, kind).items()
        ]
        assert sorted(ours) == sorted(slices)
        assert len(ours) in (2, 4)


def test_frames_come_at_a_rate(busy, sql):
    """The steps between the begins of a domain's frames in a process, of whatever thread and chunk."""
    _, path, _ = busy
    found = numbers(summarize(path), FRAME)
    for domain in "AB":
        steps = []
        for [process] in sql(path).query("select distinct upid from process_track where name = 'Frames'"):
            begins = sql(path).query(
                "select s.ts from slice s join process_track t on t.id = s.track_id"
                f" where s.name = '{domain}' and s.dur >= 0 and t.upid = {process}"
                " and (select name from track where id = t.parent_id) = 'Frames' order by 1"
            )
            steps += [b[0] - a[0] for a, b in zip(begins, begins[1:])]
        rate, jitter = found[domain, domain]["pace"]
        assert len(steps) > 100
        assert rate == pytest.approx(1e9 / statistics.fmean(steps), rel=1e-9)
        assert jitter == pytest.approx(statistics.pstdev(steps), rel=1e-9)


def test_counters_are_those_of_perfetto(busy, sql):
    _, path, _ = busy
    found = {row_id[2:]: values for row_id, *values in summarize(path)["counters"]}
    perfetto = sql(path)
    rows = perfetto.query(
        "with v as (select t.name, c.ts, c.value, t.unit, c.track_id,"
        "  lead(c.ts) over (partition by c.track_id order by c.ts) - c.ts as dur"
        " from counter c join counter_track t on t.id = c.track_id)"
        " select name, track_id, ts, value, dur, unit from v order by ts"
    )
    assert perfetto.problems() == []
    for name in ("load", "depth"):
        tracks = {row[1] for row in rows if row[0] == name}
        mine = [row for row in rows if row[0] == name]
        assert len(tracks) == (2 if name == "load" else 4)
        keys = [key for key in found if key[1] == name]
        assert sum(found[key][0] for key in keys) == len(mine)
        assert min(found[key][1] for key in keys) == min(row[3] for row in mine)
        assert max(found[key][3] for key in keys) == max(row[3] for row in mine)
        if name == "load":
            [key] = keys
            weighted = sum(row[3] * row[4] for row in mine if row[4] is not None)
            assert found[key][2] == pytest.approx(weighted / sum(row[4] or 0 for row in mine))
            assert found[key][4:] == [mine[-1][3], None]
        else:
            assert {row[5] for row in mine} == {"items"}
            assert all(found[key][5] == "items" for key in keys)


def test_moments_are_those_of_perfetto(busy, sql):
    _, path, _ = busy
    perfetto = sql(path)
    [[start]] = perfetto.query("select min(ts) from (select ts from slice union all select ts from counter)")
    slices = perfetto.query(
        "select s.category, s.name,"
        " iif(s.name = 'here', extract_arg(s.arg_set_id, 'debug.scope'), null), count(),"
        f" min(ts) - {start}, max(ts) - {start} from slice s where s.dur = 0"
        " and s.name in ('here', 'e', 'm', 'child_of') group by 1, 2, 3"
    )
    scopes = [None, "global", "process", "thread", "task", "marker"]
    ours = [(*row_id[2:], scopes[scope], *values) for row_id, scope, *values in summarize(path)["markers"]]
    assert sorted(ours, key=str) == sorted(slices, key=str)
    assert len(ours) == 6


# Details


def test_tasks_of_all_kinds_are_one_row(tmp_path):
    trace = Trace()
    thread = trace.thread()
    thread.begin("A", "x", 100)
    started = thread.start(OVERLAPPED, "A", "x", 110, thread.lane(OVERLAPPED, "A"))
    thread.submit(TIMED, "A", "x", 20, 50, thread.lane(TIMED, "A"))
    thread.end("A", 200)
    trace.thread().finish(started, 300)
    summary = summarize(trace.write(tmp_path / "t"))
    row = numbers(summary, TASK)["A", "x"]
    assert (row["count"], row["total"], row["min"], row["max"]) == (3, 100 + 190 + 30, 30, 190)
    assert (row["self"], row["threads"], row["open"]) == (row["total"], 2, 0)
    assert summary["duration_ns"] == 280


def test_an_end_in_a_chunk_before_its_begin(tmp_path):
    trace = Trace()
    thread = trace.thread()
    started = thread.start(OVERLAPPED, "A", "x", 100, thread.lane(OVERLAPPED, "A"))
    left = thread.start(OVERLAPPED, "A", "left", 110, thread.lane(OVERLAPPED, "A"))
    thread.split()
    thread.finish(started, 150)
    path = trace.write(tmp_path / "t", trace.chunks()[::-1])
    summary = summarize(path)
    assert numbers(summary, TASK)["A", "x"]["total"] == 50
    assert numbers(summary, TASK)["A", left.name]["open"] == summary["open"] == 1
    (tmp_path / "cut").write_bytes(trace.encode(trace.chunks()[1:]))
    assert numbers(summarize(tmp_path / "cut"), TASK)["A", "x"]["total"] == 50, "an end tells the whole slice"


def test_events_that_ended_and_that_did_not(tmp_path):
    trace = Trace()
    thread = trace.thread()
    lane = thread.lane(EVENT, "Events")
    for i in range(3):
        thread.instant(EVENT, "event", "load", 100 + 100 * i).taken_back = i < 2
        if i < 2:
            thread.submit(EVENT, "event", "load", 100 + 100 * i, 150 + 100 * i, lane)
    summary = summarize(trace.write(tmp_path / "t"))
    assert numbers(summary, EVENT)["event", "load"]["count"] == 2
    assert numbers(summary, EVENT)["event", "load"]["total"] == 100
    assert [(row[0][2:], row[2]) for row in summary["markers"]] == [(("event", "load"), 1)]


def test_frames_across_a_pause(tmp_path):
    """The pause is no step; and one frame has no rate."""
    trace = Trace()
    thread = trace.thread()
    lane = thread.lane(FRAME, "A")
    now = 1000
    for i in range(20):
        if i == 10:
            thread.pause(BEGIN, now)
            now += 1_000_000_000
            thread.pause(END, now)
        thread.finish(thread.start(FRAME, "A", "A", now, lane), now + 5_000_000)
        now += 10_000_000 + (i % 2) * 2_000_000
    thread.finish(thread.start(FRAME, "B", "B", now, lane), now + 5)
    for later in (now + 10, now + 10_000_010):
        thread.finish(thread.start(FRAME, "C", "C", later, lane), later + 10)
    found = numbers(summarize(trace.write(tmp_path / "t")), FRAME)
    steps = ([10_000_000, 12_000_000] * 10)[:9] + ([10_000_000, 12_000_000] * 10)[:9]
    rate, jitter = found["A", "A"]["pace"]
    assert rate == pytest.approx(1e9 / statistics.fmean(steps), rel=1e-9)
    assert jitter == pytest.approx(statistics.pstdev(steps), rel=1e-9)
    assert found["B", "B"]["pace"] == (None, None)
    assert found["C", "C"]["pace"] == (pytest.approx(100), None)


def test_more_points_than_are_kept(tmp_path):
    """Past half a million the order of those kept counts; of what comes in order, the numbers are exact."""
    trace = Trace()
    thread = trace.thread()
    step = [7, 9]
    now = 1000
    for i in range(600_000):
        if i % 5000 == 0:
            thread.split()
        thread.value("A", "c", now, i % 3)
        now += step[i % 2]
    chunks = trace.chunks()
    chunks[:60] = chunks[59::-1]
    summary = summarize(trace.write(tmp_path / "t", chunks))
    [[_, count, low, mean, high, last, _]] = summary["counters"]
    assert (count, low, high, last) == (600_000, 0, 2, (600_000 - 1) % 3)
    times = [step[i % 2] for i in range(599_999)]
    exact = sum((i % 3) * time for i, time in enumerate(times)) / sum(times)
    assert mean == pytest.approx(exact, rel=1e-9)
    assert not summary["inexact_paces"]
    rng = random.Random(1)
    rng.shuffle(chunks)
    summary = summarize(trace.write(tmp_path / "t", chunks))
    assert summary["inexact_paces"]
    assert summary["counters"][0][3] == pytest.approx(exact, rel=0.05)


def test_values_of_counters(tmp_path):
    trace = Trace()
    thread = trace.thread()
    big = 2**62 + 1
    for i, value in enumerate([big, -big, big - 1]):
        thread.value("A", "integer", 100 + i, value)
    for i, value in enumerate([1.5, float("nan"), float("inf"), -0.25]):
        thread.value("A", "real", 200 + i, value, "ms")
    thread.value("A", "once", 300, 7)
    summary = summarize(trace.write(tmp_path / "t"))
    found = {row_id[3]: values for row_id, *values in summary["counters"]}
    assert [found["integer"][i] for i in (0, 1, 3, 4)] == [3, -big, big, big - 1]
    assert found["real"] == [2, -0.25, 1.5, 1.5, -0.25, "ms"]
    assert found["once"] == [1, 7, 7.0, 7, 7, None]


def test_what_has_no_section_of_its_own(tmp_path):
    trace = Trace()
    thread = trace.thread()
    for i, what in enumerate((GROUP, RELATION, HISTOGRAM, METADATA, 99)):
        thread.instant(what, "A", f"kind {what}", 100 + i)
    summary = summarize(trace.write(tmp_path / "t"))
    assert [(row[0][0], row[0][3], row[2]) for row in summary["markers"]] == [
        (what, f"kind {what}", 1) for what in (GROUP, RELATION, HISTOGRAM, METADATA)
    ]


@pytest.mark.parametrize("named", [65536, 20])
def test_rows_past_the_limits(named, tmp_path):
    """Counters have 16,384 rows, then one for each domain."""
    trace = Trace(named=named)
    thread = trace.thread()
    for i in range(20_000):
        if i % 500 == 0:
            thread.split()
        thread.value("A", f"counter {i}", 100 + i, i)
    summary = summarize(trace.write(tmp_path / "t"))
    assert len(summary["counters"]) == 16_385
    [[rest]] = [values[:1] for row_id, *values in summary["counters"] if row_id[3] is None]
    assert rest == 20_000 - 16_384


# Begins that were written again


def test_a_begin_in_an_earlier_chunk_taken_back(tmp_path, sql):
    """What is inside the task is, also what ended before its begin was written again."""
    for order in (1, -1):
        trace = Trace()
        thread = trace.thread()
        thread.begin("A", "outer", 100)
        thread.begin("A", "task", 200)
        thread.begin("A", "before", 300)
        thread.end("A", 310)
        thread.split()
        thread.begin("A", "between", 400)
        thread.end("A", 420)
        thread.again("task", "rows", "7")
        thread.begin("A", "after", 500)
        thread.end("A", 540)
        thread.again("task", "more", "8")
        thread.split()
        thread.end("A", 600)
        thread.end("A", 700)
        path = trace.write(tmp_path / f"{order}", trace.chunks()[::order])
        summary = summarize(path)
        found = numbers(summary, TASK)
        assert (found["A", "outer"]["total"], found["A", "outer"]["self"]) == (600, 200)
        assert (found["A", "task"]["total"], found["A", "task"]["self"]) == (400, 400 - 70)
        assert (summary["open"], summary["unmatched_ends"]) == (0, 0)
        assert summary["events"] == trace.events == 10
        perfetto = sql(path)
        assert perfetto.problems() == []
        [task] = perfetto.query(
            "select dur, extract_arg(arg_set_id, 'debug.more') from slice where name = 'task'"
        )
        assert task == (400, "8")


def test_a_kill_before_the_first_begin_was_taken_back(tmp_path):
    """The same task twice on its track counts once, in one segment and over two."""
    for split in (False, True):
        trace = Trace()
        thread = trace.thread()
        thread.begin("A", "task", 100)
        thread.begin("A", "inner", 200)
        if split:
            thread.split()
        thread.end("A", 300)
        thread.again("task", "rows", "7", taken_back=False)
        summary = summarize(trace.write(tmp_path / f"{split}"))
        assert summary["open"] == 1
        assert numbers(summary, TASK)["A", "task"]["open"] == 1
        assert numbers(summary, TASK)["A", "inner"]["count"] == 1


def test_a_begin_whose_second_place_is_lost(tmp_path):
    """Taken back in one chunk, written again in one that is damaged: not open; its inside counts outside."""
    trace = Trace()
    thread = trace.thread()
    thread.begin("A", "outer", 100)
    thread.begin("A", "task", 200)
    thread.begin("A", "before", 300)
    thread.end("A", 310)
    thread.split()
    thread.again("task", "rows", "7")
    thread.end("A", 600)
    thread.split()
    thread.end("A", 700)
    chunks = trace.chunks()
    chunks[1] = b"\xff" * len(chunks[1])
    summary = summarize(trace.write(tmp_path / "t", chunks))
    found = numbers(summary, TASK)
    assert summary["open"] == 0
    assert (found["A", "outer"]["total"], found["A", "outer"]["self"]) == (600, 590)


# Trees


def paths(summary):
    """Path of names -> (count, total, self)."""
    nodes = summary["tree"]
    found = {}
    for number, node in enumerate(nodes):
        if number == 0:
            continue
        path, at = [], number
        while at:
            path.insert(0, nodes[at][3])
            at = nodes[at][0]
        assert len(path) == node[1]
        if node[5]:
            found[tuple(path)] = tuple(node[5:8])
    return found


def test_a_tree(tmp_path, sql):
    """Threads that nest at random, over many segments: path by path as in Perfetto."""
    rng = random.Random(3)
    trace = Trace()
    now = 1000
    for i in range(6):
        thread = trace.thread(100 + i % 2)
        for _ in range(400):
            now += rng.randint(1, 1000)
            choice = rng.random()
            if choice < 0.45 and len(thread.open) < 6:
                thread.begin(rng.choice("AB"), rng.choice("xyz"), now)
            elif choice < 0.9 and thread.open:
                thread.end(thread.open[-1].domain, now)
            elif choice < 0.95 and thread.open:
                thread.again(rng.choice(thread.open).name, "key", "value")
            else:
                thread.split()
        while thread.open and i:
            now += 5
            thread.end(thread.open[-1].domain, now)
    path = trace.write(tmp_path / "t", scattered(trace, rng))
    found = paths(summarize(path, tree=True))
    slices = sql(path).query("select id, parent_id, category || name, dur from slice order by ts, depth")
    names, inside, expected = {}, {}, {}
    for one, parent, name, dur in slices:
        names[one] = (*names.get(parent, ()), name[1:])
        if dur >= 0:
            inside[parent] = inside.get(parent, 0) + dur
    for one, _, _, dur in slices:
        if dur >= 0:
            count, total, own = expected.get(names[one], (0, 0, 0))
            expected[names[one]] = (count + 1, total + dur, own + dur - inside.get(one, 0))
    # A and B may have tasks of one name: add them up
    assert len(expected) > 100
    merged = {}
    nodes = summarize(path, tree=True)["tree"]
    for number in range(1, len(nodes)):
        names_of, at = [], number
        while at:
            names_of.insert(0, nodes[at][3])
            at = nodes[at][0]
        if nodes[number][5]:
            count, total, own = merged.get(tuple(names_of), (0, 0, 0))
            merged[tuple(names_of)] = (
                count + nodes[number][5],
                total + nodes[number][6],
                own + nodes[number][7],
            )
    assert merged == expected
    assert set(found) == set(expected)


def test_a_tree_agrees_with_the_table(busy):
    _, path, _ = busy
    summary = summarize(path, tree=True)
    rows = numbers(summary, TASK)
    for key, row in rows.items():
        nodes = [node for node in summary["tree"][1:] if node[2:4] == key]
        assert sum(node[5] for node in nodes) == row["count"]
        assert sum(node[7] for node in nodes) == row["self"]


def test_a_tree_that_is_too_deep(tmp_path):
    trace = Trace()
    thread = trace.thread()
    for i in range(1000):
        thread.begin("A", f"{i}", 1000 + i)
        if i % 300 == 299:
            thread.split()
    for i in range(1000):
        thread.end("A", 3000 + i)
    summary = summarize(trace.write(tmp_path / "t"), tree=True)
    nodes = summary["tree"]
    assert max(node[1] for node in nodes[1:]) == 257
    [rest] = [node for node in nodes[2:] if node[3] is None]
    assert rest[5] == 1000 - 256
    assert sum(node[7] for node in nodes[1:]) == sum(row["self"] for row in numbers(summary, TASK).values())


def test_no_tree_unless_asked_for(busy):
    assert summarize(busy[1])["tree"] == []


# Owners


def counts(rows, column):
    """Sums over the owners."""
    found = {}
    for row in rows:
        key = (row[0][0], *row[0][2:])
        value = row[column][0] if isinstance(row[column], tuple) else row[column]
        found[key] = found.get(key, 0) + value
    return found


def test_rows_by_thread_and_process(busy):
    trace, path, _ = busy
    every = summarize(path)
    for by, owners in (("thread", 4), ("process", 2)):
        summary = summarize(path, by=by)
        assert len(summary["owners"]) == owners
        assert summary["open"] == every["open"]
        for table, count in (("tasks", 1), ("counters", 1), ("markers", 2)):
            assert counts(summary[table], count) == counts(every[table], count)
            assert {row[0][1] for row in summary[table]} - {0} == set(summary["owners"])
    names = {
        (process, pid, thread, tid)
        for process, pid, thread, tid in summarize(path, by="thread")["owners"].values()
    }
    assert names == {("program", thread.pid, f"thread {thread.tid}", thread.tid) for thread in trace.threads}


def test_by_what(tmp_path):
    path = Trace().write(tmp_path / "t")
    with pytest.raises(ValueError, match="by must be 'thread', 'process' or None, not 'nosuch'"):
        summarize(path, by="nosuch")
    with pytest.raises(ValueError):
        summarize(path, by=3)
