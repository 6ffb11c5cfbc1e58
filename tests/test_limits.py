"""--max-size and --ring: what a recording keeps that may not grow."""

from __future__ import annotations

import errno
import os
import random
import struct
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path
from typing import Any, Callable, NamedTuple

import pytest
import traced

from itt import _analysis, _limits

from oracle import TraceSql

Fixture = Callable[..., Any]

MB = 1 << 20
CHUNK = 256 << 10
CYCLE = 97  # names of tests/c/ring.c
PAIRS = 9000  # that a chunk holds at least, of 28 bytes


class Task(NamedTuple):
    number: int
    dur: int
    depth: int


class Kept:
    """The tasks of tests/c/ring.c in a trace, by thread and in order."""

    def __init__(self, trace: TraceSql) -> None:
        self.problems = trace.problems()
        self.inner: dict[int, list[Task]] = {}
        self.outer: dict[int, list[Task]] = {}
        self.others: Counter[str] = Counter()
        for name, dur, depth in trace.query("select name, dur, depth from slice order by ts, depth"):
            kind, thread, number = name.split()
            if kind in ("inner", "outer"):
                found = self.inner if kind == "inner" else self.outer
                found.setdefault(int(thread), []).append(Task(int(number), dur, depth))
            else:
                self.others[kind] += 1

    def holes(self, thread: int) -> int:
        tasks = self.inner[thread]
        return sum((a.number + 1) % CYCLE != b.number for a, b in zip(tasks, tasks[1:]))


@pytest.fixture
def ring(cc: Fixture, collector: Path, tmp_path: Path) -> Fixture:
    """ring(scene, threads, depth, pairs, size): tests/c/ring.c in a flight recorder."""

    def run(scene: str, threads: int, depth: int, pairs: int, size: int = MB, **more: Any) -> Path:
        trace = tmp_path / "ring.pftrace"
        trace.unlink(missing_ok=True)
        _analysis.recording_create(trace, traced.RUN, ring=size, **more)
        traced.run(collector, trace, cc("ring.c"), scene, str(threads), str(depth), str(pairs))
        return trace

    return run


def events(trace: Path) -> int:
    return _analysis.recording_counts(trace)["events"]


# --max-size


def test_a_recording_stops_at_its_size(
    cc: Fixture, record: Fixture, cli: Fixture, sql: Fixture, collector: Path
) -> None:
    recorded = record([cc("ring.c"), "end", "2", "3", "200000"], ["--max-size", "2M"])
    assert 2 * MB - CHUNK <= recorded.trace.stat().st_size <= 2 * MB
    head = _analysis.recording_head(recorded.trace)
    assert head["state"] == 4 and head["stop_reason"] == _analysis.MAX_SIZE and head["failed_joins"] == 0
    found = sql(recorded.trace)
    ((ended, open),) = found.query("select sum(dur >= 0), sum(dur < 0) from slice")
    assert found.problems() == []
    assert 2 * ended + open + head["lost_space"] == 2 * 2 * 200_003  # every call, found or counted
    said = recorded.process.stderr
    assert "(recording stopped: it may not become larger than 2 MB)" in said
    report = cli("report", recorded.trace, check=True).stdout
    assert "recording stopped early: it may not become larger than 2 MB" in report
    assert "could not write" not in report


def test_a_size_that_is_enough_changes_nothing(cc: Fixture, record: Fixture) -> None:
    recorded = record([cc("ring.c"), "end", "2", "3", "1000"], ["--max-size", "100M"])
    assert recorded.process.stderr.startswith(f"itt: {recorded.trace}: {2 * 2 * 1003:,} events, 0 lost; next")


def test_slots_in_another_file_count(cc: Fixture, record: Fixture, sql: Fixture, tmp_path: Path) -> None:
    slots = tmp_path / "slots"
    slots.mkdir()
    env = {**os.environ, "ITT_SLOTS": str(slots)}
    recorded = record([cc("ring.c"), "end", "1", "3", "200000"], ["--max-size", "2M"], env=env)
    assert list(slots.iterdir()) == []
    assert 2 * MB - 2 * CHUNK <= recorded.trace.stat().st_size <= 2 * MB
    head = _analysis.recording_head(recorded.trace)
    found = sql(recorded.trace)
    ((ended, open),) = found.query("select sum(dur >= 0), sum(dur < 0) from slice")
    assert found.problems() == []
    assert 2 * ended + open + head["lost_space"] == 2 * 200_003


# --ring


def owner(pid: int) -> bytes:
    """As the head tells who is writing a chunk."""
    return struct.pack("<I", (os.stat("/proc/self/ns/pid").st_ino & 0x3FF) << 22 | pid)


def test_places_of_processes_that_are_gone_are_taken_over(
    cc: Fixture, collector: Path, sql: Fixture, tmp_path: Path
) -> None:
    trace, pairs = tmp_path / "ring.pftrace", 200_000
    gone = subprocess.Popen(["true"])
    gone.wait()
    _analysis.recording_create(trace, traced.RUN, ring=MB)
    with trace.open("r+b") as file:
        file.seek(2048)
        file.write(512 * owner(gone.pid))
    traced.run(collector, trace, cc("ring.c"), "end", "1", "3", str(pairs))
    kept = Kept(sql(trace))
    assert kept.problems == [] and kept.holes(0) == 0 and len(kept.inner[0]) >= 4 * (PAIRS - 1000)
    assert trace.read_bytes()[2048 : 2048 + 6 * 4] == bytes(6 * 4)


@pytest.mark.parametrize("scene", ["end", "open", "metadata", "crossing"])
def test_threads_keep_their_newest_where_the_ring_has_no_place(
    cc: Fixture, collector: Path, sql: Fixture, tmp_path: Path, scene: str
) -> None:
    """As where all places are just being written, by a process that lives."""
    trace, pairs, depth = tmp_path / "ring.pftrace", 100_000, 3
    _analysis.recording_create(trace, traced.RUN, ring=MB)
    with trace.open("r+b") as file:
        file.seek(2048)
        file.write(512 * owner(os.getpid()))
    traced.run(collector, trace, cc("ring.c"), scene, "3", str(depth), str(pairs))
    head = _analysis.recording_head(trace)
    assert (head["lost_space"], head["failed_joins"], head["unmatched_ends"]) == (0, 0, 0)
    kept = Kept(sql(trace))
    assert kept.problems == []
    for thread in range(3):
        tasks = kept.inner[thread]
        assert kept.holes(thread) == 0
        if tasks:  # none, where its last slot has just been overwritten
            assert tasks[-1].number == (pairs - 1) % CYCLE
        assert [task.number for task in kept.outer[thread]] == list(range(depth))
    assert sum(map(len, kept.inner.values())) > 100


@pytest.mark.parametrize("scene", ["end", "open", "metadata", "crossing"])
@pytest.mark.parametrize("threads", [1, 2])
def test_a_ring_keeps_the_newest(ring: Fixture, sql: Fixture, scene: str, threads: int) -> None:
    pairs, depth = 200_000, 3
    trace = ring(scene, threads, depth, pairs)
    head = _analysis.recording_head(trace)
    kept = Kept(sql(trace))
    assert kept.problems == []
    assert head["ring_overwritten"] >= 10 and trace.stat().st_size <= 65536 + 6 * CHUNK + threads * 5 * 65536
    assert sum(map(len, kept.inner.values())) >= 4 * (PAIRS - 1000 * (scene != "open"))
    for thread in range(threads):
        tasks = kept.inner[thread]
        assert tasks[-1].number == (pairs - 1) % CYCLE
        assert {task.depth for task in tasks} <= {depth, depth + 2}  # inside of what crosses
        assert all(task.dur >= 0 for task in tasks)
        # A thread that had to wait while others went once around has a hole of a chunk.
        assert kept.holes(thread) <= threads - 1
        assert [task[::2] for task in kept.outer[thread]] == [(i, i) for i in range(depth)]
        ended = [task.dur >= 0 for task in kept.outer[thread]]
        assert ended == [scene != "open"] * depth
    summary = _analysis.summarize([trace])
    counted = {row[0][3]: row[1][0] for row in summary["tasks"] if row[0][3].startswith("inner")}
    assert sum(counted.values()) == sum(map(len, kept.inner.values()))
    assert summary["lost"] == summary["unmatched_ends"] == summary["damaged_bytes"] == 0


def test_metadata_goes_on_with_its_task(ring: Fixture, sql: Fixture) -> None:
    found = sql(ring("metadata", 1, 3, 100_000))
    levels = found.query(
        "select name, int_value from slice join args using (arg_set_id) where key = 'debug.level' order by 1"
    )
    assert levels == [("outer 0 0", 0), ("outer 0 1", 1), ("outer 0 2", 2)]
    rows = found.query(
        "select int_value from slice join args using (arg_set_id) "
        "where key = 'debug.at' and name = 'outer 0 2' order by 1"
    )
    assert rows == [(95_000,)]  # of one key it shows the last


def test_metadata_of_a_slice_goes_on_with_it(ring: Fixture, sql: Fixture) -> None:
    """Also where it is the first that finds no room in the slot."""
    trace = ring("metadata of slices", 1, 1, 50_000)
    assert _analysis.recording_head(trace)["ring_overwritten"] > 4
    found = sql(trace)
    ((slices, ended, noted),) = found.query(
        "select count(*), sum(dur >= 0), count(int_value) from slice left join args "
        "on slice.arg_set_id = args.arg_set_id and key = 'debug.at' where name = 'overlapped 0 0'"
    )
    assert slices > 5000 and ended >= slices - 1 and noted >= slices - 1  # the newest may be without
    assert found.query("select count(*) from slice where name = 'at'") == [(0,)]  # by itself


@pytest.mark.parametrize("scene", ["slices", "slices, left open"])
def test_slices_of_all_kinds_go_on(ring: Fixture, sql: Fixture, scene: str) -> None:
    trace = ring(scene, 2, 1, 200_000)
    found = sql(trace)
    assert found.problems() == []
    rows = found.query(
        "select s.name, t.name, min(dur), count(*) from slice s join track t on t.id = track_id "
        "where s.name not glob '[io]*r *' group by 1, 2 order by 1"
    )
    closed = scene == "slices"
    names = [f"{kind} {thread} 0" for kind in ("overlapped", "region") for thread in (0, 1)]
    assert [row[0] for row in rows] == ["event 0 0", *names, "two"]
    assert [row[3] for row in rows] == [2, 1, 1, 1, 1, 2]
    assert [row[1] for row in rows] == ["event 0 0" if closed else None, "two", "two", "one", "one", "two"]
    shortest = [row[2] for row in rows]
    assert all(dur > 1_000_000 for dur in shortest) if closed else shortest == [0, -1, -1, -1, -1, -1]
    open = {row[0][3]: row[2] for row in _analysis.summarize([trace])["tasks"] if row[2] > 0}
    assert open == ({} if closed else {**dict.fromkeys(names, 1), "two": 2})


@pytest.mark.parametrize("depth", [300, 600, 3000])
def test_many_open_tasks_cost_no_more_than_their_place(ring: Fixture, sql: Fixture, depth: int) -> None:
    """Of very many the outermost and innermost are shown; and each end has its begin."""
    trace = ring("open", 1, depth, 60_000)
    kept = Kept(sql(trace))
    assert kept.problems == [] and kept.holes(0) == 0
    assert kept.inner[0][-1].number == (60_000 - 1) % CYCLE
    numbers = {task.number for task in kept.outer[0]}
    assert len(numbers) == len(kept.outer[0])
    assert numbers >= {*range(min(depth, 64)), *range(max(0, depth - 447), depth)}
    trace = ring("end", 1, depth, 60_000)
    kept = Kept(sql(trace))
    assert kept.problems == []
    assert [task.number for task in kept.outer[0]] == list(range(depth))
    assert all(task.dur >= 0 for task in kept.outer[0] + kept.inner[0][:-1])


@pytest.mark.parametrize(
    "scene, depth", [("apart", 1400), ("apart, alike", 1400), ("long", 511), ("longest", 1500)]
)
def test_what_is_open_leaves_room_for_the_rest(ring: Fixture, sql: Fixture, scene: str, depth: int) -> None:
    """Very long names of tasks, or of a domain whose tasks lie on deep tracks: a slot cannot hold all."""
    trace = ring(scene, 1, depth, 60_000)
    head = _analysis.recording_head(trace)
    assert head["ring_overwritten"] > 4
    assert (head["lost_space"], head["failed_joins"], head["unmatched_ends"]) == (0, 0, 0)
    kept = Kept(sql(trace))
    assert kept.problems == [] and kept.others["crossing"] == scene.startswith("apart")
    tasks = kept.outer[0]
    assert len(tasks) > 100 and all(task.dur >= 0 for task in tasks)
    assert [task.number for task in tasks] == [0 if "alike" in scene else i for i in range(len(tasks))]
    summary = _analysis.summarize([trace])
    assert summary["open"] == summary["lost"] == summary["unmatched_ends"] == summary["damaged_bytes"] == 0
    trace = ring(scene, 1, depth, 1000)
    assert _analysis.recording_head(trace)["lost_space"] == 0


def test_ends_that_find_no_room_for_their_begins_are_lost(ring: Fixture, sql: Fixture) -> None:
    """No more may be written from the first end of those tasks on."""
    trace, depth = ring("limited", 1, 300, 60_000, 150 * MB), 300  # too large to be mapped: by writes
    head = _analysis.recording_head(trace)
    assert (head["failed_joins"], head["join_error"]) == (1, errno.EFBIG)
    kept = Kept(sql(trace))
    assert kept.problems == [] and kept.holes(0) == 0
    ended = sum(task.dur >= 0 for task in kept.outer[0])
    assert 0 < ended < depth and ended + head["lost_space"] == depth


def test_a_ring_that_is_not_full_has_all(ring: Fixture, sql: Fixture, cli: Fixture) -> None:
    trace = ring("end", 2, 3, 5000)
    kept = Kept(sql(trace))
    assert [len(kept.inner[thread]) for thread in (0, 1)] == [5000, 5000]
    assert events(trace) == 2 * 2 * 5003
    assert "flight recorder" not in cli("report", trace, check=True).stdout


def test_ids_of_sequences_are_used_again(ring: Fixture) -> None:
    """They stay small however long a program runs: the short forms of events have no room for large ones."""
    trace = ring("open", 1, 1, 6_000_000)
    head = _analysis.recording_head(trace)
    assert head["ring_overwritten"] > 600 and head["next_sequence"] < 300
    assert events(trace) > 2 * 4 * PAIRS


def test_a_ring_with_slots_in_another_file(ring: Fixture, sql: Fixture, tmp_path: Path) -> None:
    slots = tmp_path / "slots"
    slots.mkdir()
    trace = ring("end", 2, 3, 200_000, slots_dir=slots)
    early = sql(trace)
    assert early.problems() == []
    _analysis.recording_settle(trace)
    assert list(slots.iterdir()) == []
    kept = Kept(sql(trace))
    assert kept.problems == []
    for thread in (0, 1):
        assert kept.inner[thread][-1].number == (200_000 - 1) % CYCLE and kept.holes(thread) <= 1
        assert [task[::2] for task in kept.outer[thread]] == [(0, 0), (1, 1), (2, 2)]


def _progress(path: Path, threads: int) -> list[int]:
    return [struct.unpack_from("<Q", path.read_bytes(), 64 * i)[0] for i in range(threads)]


def _start(ring: Path, collector: Path, trace: Path, progress: Path, *words: str) -> subprocess.Popen[bytes]:
    """Until it has gone around, and each thread has begun."""
    _analysis.recording_create(trace, traced.RUN, ring=MB)
    child = subprocess.Popen([ring, *words, progress], env=traced.environment(collector, trace))
    threads = int(words[1])
    while _analysis.recording_head(trace)["ring_overwritten"] < 8 or 0 in _progress(progress, threads):
        assert child.poll() is None
        time.sleep(0.0005)
    return child


def test_a_ring_at_each_instruction(
    cc: Fixture, collector: Path, tmp_path: Path, processor: TraceSql
) -> None:
    """While a full slot takes the place of an old chunk, and three open tasks go on: killed there."""
    trace, copies, slot = tmp_path / "x.pftrace", tmp_path / "copies", 1 + 6 * 4 + 1
    copies.mkdir()
    _analysis.recording_create(trace, traced.RUN, ring=MB)
    words = [trace, copies, str(slot), "170000"]
    # By steps of 32 bytes or more: one of a string instruction would be one byte.
    copying = {"GLIBC_TUNABLES": "glibc.cpu.x86_rep_movsb_threshold=1000000000"}
    *lines, _ = traced.run(collector, trace, cc("fates_steps.c"), *words, env=copying).stdout.splitlines()
    assert _analysis.recording_head(trace)["ring_overwritten"] >= 4
    seen: set[tuple[int, ...]] = set()
    doubled: list[int] = []
    for line in lines:
        copy = copies / f"{int(line.split()[0]):04}.pftrace"
        summary = _analysis.summarize([copy])
        open = {row[0][3]: row[2] for row in summary["tasks"] if row[2]}
        assert open.pop("task", 0) <= 1 and open == {f"outer {i}": 1 for i in range(3)}
        assert summary["damaged_bytes"] == summary["unmatched_ends"] == summary["lost"] == 0
        state = (summary["events"], summary["segments"], summary["open"])
        if state in seen:
            continue
        seen.add(state)
        _analysis.recording_settle(copy)  # takes away a chunk that is there twice
        processor.load(copy)
        assert processor.problems() == []
        rows = processor.query("select name, count(*) from slice where name != 'task' group by 1 order by 1")
        assert [row[0] for row in rows] == ["outer 0", "outer 1", "outer 2"]
        doubled.append(sum(row[1] for row in rows) - 3)
        ((tasks,),) = processor.query("select count(*) from slice where name = 'task'")
        assert tasks >= 4 * PAIRS
    assert len(seen) > 8 and max(doubled) <= 1  # one at a time, for as long as both its begins are there


@pytest.mark.parametrize("threads", [1, 2])
def test_a_killed_process_leaves_its_newest(
    cc: Fixture, collector: Path, tmp_path: Path, processor: TraceSql, threads: int
) -> None:
    for seed in range(10):
        trace, progress = tmp_path / f"{seed}.pftrace", tmp_path / f"{seed}.progress"
        scene = ["open", "crossing"][seed % 2]
        child = _start(cc("ring.c"), collector, trace, progress, scene, str(threads), "3", "0")
        time.sleep(random.Random(seed).uniform(0, 0.006))
        child.kill()
        child.wait()
        processor.load(trace)
        kept = Kept(processor)
        assert kept.problems == []
        assert sum(map(len, kept.inner.values())) >= (4 - threads) * (PAIRS - 1000)
        for thread, done in enumerate(_progress(progress, threads)):
            tasks = [task for task in kept.inner[thread] if task.dur >= 0]
            assert (tasks[-1].number - (done - 1)) % CYCLE in (0, 1)  # in the file, and not yet counted
            assert threads > 1 or kept.holes(thread) == 0
            # Killed while it goes on in another chunk, one task may be there twice: the report has one.
            outer = Counter(task.number for task in kept.outer[thread])
            assert sorted(outer) == [0, 1, 2] and sum(outer.values()) <= 4
        open = [row for row in _analysis.summarize([trace])["tasks"] if row[2]]
        assert {row[0][3]: row[2] for row in open if row[0][3].startswith("outer")} == {
            f"outer {thread} {i}": 1 for thread in range(threads) for i in range(3)
        }
        trace.unlink()


def test_a_copy_is_a_snapshot(cc: Fixture, collector: Path, tmp_path: Path, processor: TraceSql) -> None:
    trace, copy = tmp_path / "x.pftrace", tmp_path / "copy.pftrace"
    child = _start(cc("ring.c"), collector, trace, tmp_path / "progress", "slow", "2", "3", "0")
    try:
        for _ in range(10):
            subprocess.run(["cp", trace, copy], check=True)
            processor.load(copy)
            kept = Kept(processor)
            assert kept.problems == []
            for thread in (0, 1):
                assert [task[1:] for task in kept.outer[thread]] == [(-1, i) for i in range(3)]
                assert {task.depth for task in kept.inner[thread]} == {3}
            assert sum(map(len, kept.inner.values())) >= 3 * PAIRS
    finally:
        child.kill()
        child.wait()


def test_processes_share_a_ring(cc: Fixture, record: Fixture, sql: Fixture, cli: Fixture) -> None:
    script = '"$0" end 1 2 150000 >/dev/null & "$0" end 1 2 150000 >/dev/null; wait'
    recorded = record(["sh", "-c", script, cc("ring.c")], ["--ring", "2M"])
    trace = sql(recorded.trace)
    assert trace.problems() == []
    rows = trace.query(
        "select pid, cmdline, count(*), sum(s.name like 'outer%'), sum(dur < 0) from slice s "
        "join thread_track t on t.id = s.track_id join thread using (utid) "
        "join process using (upid) group by 1"
    )
    assert len(rows) == 2 and all("ring end 1 2" in row[1] for row in rows)
    assert sum(row[2] for row in rows) >= 8 * PAIRS and all(row[3:] == (2, 0) for row in rows)
    assert "flight recorder: the newest 2 MB; " in recorded.process.stderr
    assert "flight recorder: the newest 2 MB; " in cli("report", recorded.trace, check=True).stdout


def test_a_ring_and_its_early_copy(cc: Fixture, collector: Path, cli: Fixture, tmp_path: Path) -> None:
    """In whatever order, and one of them twice: the newer head counts, and each file is named once."""
    trace, copy = tmp_path / "x.pftrace", tmp_path / "copy.pftrace"
    child = _start(cc("ring.c"), collector, trace, tmp_path / "progress", "open", "1", "3", "0")
    try:
        subprocess.run(["cp", trace, copy], check=True)
        early = _analysis.recording_head(copy)["ring_overwritten"]
        while _analysis.recording_head(trace)["ring_overwritten"] < early + 8:
            assert child.poll() is None
            time.sleep(0.0005)
    finally:
        child.kill()
        child.wait()
    late = _analysis.recording_head(trace)["ring_overwritten"]
    for files in ([trace, copy], [copy, trace], [trace, copy, trace]):
        said = cli("report", *files, check=True).stdout
        assert said.startswith(f"{files[0]}, {files[1]}: 1 process")
        (note,) = (line for line in said.splitlines() if "flight recorder" in line)
        assert f"the newest 1 MB; {late:,} chunks overwritten; count, total and share are of" in note


# Sizes


@pytest.mark.parametrize(
    "text, size",
    [("1M", MB), ("1048576", MB), ("2m", 2 * MB), ("3MiB", 3 * MB), ("1GB", 1 << 30), ("1T", 1 << 40)],
)
def test_sizes(text: str, size: int) -> None:
    assert _limits.parse(text) == size


@pytest.mark.parametrize(
    "size, text", [(MB, "1 MB"), (1536 << 20, "1,536 MB"), (1 << 30, "1 GB"), (MB + 1, "1,048,577 bytes")]
)
def test_sizes_are_shown(size: int, text: str) -> None:
    assert _limits.shown(size) == text


@pytest.mark.parametrize("option", ["--max-size", "--ring"])
@pytest.mark.parametrize(
    "value, why",
    [
        ("1023K", "at least 1M (1,048,576 bytes)"),
        ("12X", "not a size"),
        ("-1", "not a size"),
        ("", "not a size"),
    ],
)
def test_wrong_sizes_are_refused(cli: Fixture, tmp_path: Path, option: str, value: str, why: str) -> None:
    done = cli("record", f"{option}={value}", "true")
    assert done.returncode == 125 and why in done.stderr and len(done.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_one_limit_at_a_time(cli: Fixture) -> None:
    done = cli("record", "--ring=1M", "--max-size=2M", "true")
    assert done.returncode == 125 and "not allowed with" in done.stderr


def test_a_ring_that_the_disk_has_no_room_for(cli: Fixture, tmp_path: Path) -> None:
    limited = ["sh", "-c", 'ulimit -f 20000; exec "$@"', "sh"]
    done = subprocess.run(
        [*limited, sys.executable, "-m", "itt", "record", "-o", "x.pftrace", "--ring", "1G", "true"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 125 and os.strerror(errno.EFBIG) in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_env_makes_the_file_of_a_ring(cli: Fixture, cc: Fixture, tmp_path: Path) -> None:
    said = cli("env", "-o", "x.pftrace", "--ring", "1M", check=True).stdout
    assert _analysis.recording_head(tmp_path / "x.pftrace")["ring_size"] == MB
    subprocess.run(["sh", "-c", f"{said}\n{cc('ring.c')} open 1 2 100000"], cwd=tmp_path, check=True)
    assert _analysis.recording_head(tmp_path / "x.pftrace")["ring_overwritten"] > 4


def test_a_ring_from_inside(program: Fixture, sql: Fixture, tmp_path: Path) -> None:
    said = program(
        """
        with itt.record("x.pftrace", ring="1M") as recording:
            itt.task_begin(domain, "open")
            for i in range(200_000):
                label("task")
        print(recording)
        try:
            itt.record(ring=5)
        except ValueError as error:
            print(error)
        try:
            itt.record(ring="1M", max_size="1M")
        except ValueError as error:
            print(error)
        try:
            itt.record(max_size=1.5)
        except TypeError as error:
            print(error)
        with itt.record("y.pftrace", max_size=1 << 20):
            for i in range(200_000):
                label("task")
        """
    )
    assert "argument 'ring': 5 bytes are not enough: at least 1M (1,048,576 bytes)" in said
    assert "takes max_size or ring, not both" in said
    assert "argument 'max_size' must be int, str or None, not float" in said
    assert "y.pftrace: recording stopped: it may not become larger than 1 MB" in said
    found = sql(tmp_path / "x.pftrace")
    assert found.problems() == []
    ((tasks, open),) = found.query(
        "select sum(name = 'task' and dur >= 0), sum(name = 'open' and dur < 0) from slice"
    )
    assert 4 * PAIRS < tasks < 200_000 and open == 1
    assert (tmp_path / "y.pftrace").stat().st_size <= MB
