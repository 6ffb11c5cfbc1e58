"""itt.record: recordings that a program starts and stops itself, read by Perfetto's trace processor."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

from itt import _analysis

Fixture = Callable[..., Any]


# What is recorded


def test_labels_made_before_and_again_after(program: Fixture, names: Fixture) -> None:
    """One domain, one set of names, three recordings: each has what was labelled in it."""
    said = program("""
        label("before")
        early = itt.Domain("early")
        for number in range(3):
            with itt.record(f"{number}.pftrace") as recording:
                label("always")
                label(f"only in {number}")
                itt.task_begin(early, "early")
                itt.task_end(early)
                late = itt.domain_create("late")
                itt.task_begin(late, "late")
                itt.task_end(late)
            label("between")
            itt.task_begin(late, "between, late")
            itt.task_end(late)
            print(repr(recording))
        print(nothing_left())
    """)
    for number in range(3):
        expected = {"always": 1, f"only in {number}": 1, "early": 1, "late": 1}
        assert names(f"{number}.pftrace") == expected
    assert said.count(": 8 events, 0 lost>") == 3 and said.endswith("True\n")


def test_all_that_was_made_before(program: Fixture, names: Fixture) -> None:
    """In each of two recordings; what was left open in the first ends nothing in the second."""
    program("""
        domain = itt.Domain("domain")
        region, frame = itt.region("region", domain=domain), itt.frame(domain)
        numbers = [itt.pt_region_create(name) for name in ("load", "store", "load")]
        assert numbers == [0, 1, 0]
        left = itt.Id(domain)
        def work():
            itt.task_end_overlapped(domain, left)
            with region, frame:
                id = itt.Id(domain)
                itt.task_begin_overlapped(domain, "overlapped", id)
                for number in numbers:
                    itt.pt_region_begin(number)
                    itt.pt_region_end(number)
                itt.task_end_overlapped(domain, id)
        work()
        for number in range(2):
            with itt.record(f"{number}.pftrace"):
                work()
                itt.task_begin_overlapped(domain, "left open", left)
            work()
    """)
    expected = {"region": 1, "domain": 1, "overlapped": 1, "load": 2, "store": 1, "left open": 1}
    assert names("0.pftrace") == names("1.pftrace") == expected


def test_start_and_stop(program: Fixture, names: Fixture, tmp_path: Path) -> None:
    said = program("""
        recording = itt.record("x.pftrace")
        print(recording.active, recording)
        assert recording.start() is recording
        print(recording.active, recording)
        label("in")
        recording.stop()
        recording.stop()
        print(recording.active, recording.path)
        label("out")
    """)
    path = tmp_path / "x.pftrace"
    assert said.splitlines() == [
        f"False <itt.record {path}: not started>",
        f"True <itt.record {path}: recording>",
        f"False {path}",
    ]
    assert names("x.pftrace") == {"in": 1}


def test_exceptions_pass(program: Fixture, names: Fixture) -> None:
    said = program("""
        try:
            with itt.record("x.pftrace"):
                label("in")
                raise KeyError("mine")
        except KeyError as error:
            print(error.args, error.__context__, nothing_left())
        with itt.record("y.pftrace"):
            label("y")
    """)
    assert said == "('mine',) None True\n"
    assert (names("x.pftrace"), names("y.pftrace")) == ({"in": 1}, {"y": 1})


def test_a_task_open_at_the_stop_ends_nothing_later(program: Fixture, sql: Fixture, tmp_path: Path) -> None:
    program("""
        import time
        with itt.record("x.pftrace"):
            itt.task_begin(domain, "across")
        with itt.record("y.pftrace"):
            itt.task_begin(domain, "outer")
            time.sleep(0.02)
            itt.task_begin(domain, "inner")
            itt.task_end(domain)
            itt.task_end(domain)
            itt.task_end(domain)
    """)
    assert sql(tmp_path / "x.pftrace").query("select name, dur from slice") == [("across", -1)]
    found = sql(tmp_path / "y.pftrace").query("select name, depth, dur >= 20000000 from slice order by ts")
    assert found == [("outer", 0, 1), ("inner", 1, 0)]
    assert _analysis.recording_head(tmp_path / "y.pftrace")["unmatched_ends"] == 1


def test_paused(program: Fixture, names: Fixture) -> None:
    program("""
        with itt.record("x.pftrace", start_paused=True):
            label("not yet")
            itt.resume()
            label("in")
            itt.pause()
            label("paused")
        with itt.record("y.pftrace"):
            label("next")
    """)
    assert names("x.pftrace") == {"in": 1, "paused": 2}  # the slices of the pauses
    assert names("y.pftrace") == {"next": 1}


def test_detached_inside(program: Fixture, names: Fixture) -> None:
    said = program("""
        with itt.record("x.pftrace"):
            label("in")
            itt.detach()
            label("out")
        with itt.record("y.pftrace"):
            label("next")
    """)
    assert (said, names("x.pftrace"), names("y.pftrace")) == ("", {"in": 1}, {"next": 1})


def test_threads_that_live_longer(program: Fixture, sql: Fixture, tmp_path: Path) -> None:
    """A thread keeps its name and gets a track in each recording; what it had open is not in the next."""
    program("""
        import queue, threading
        todo, done = queue.SimpleQueue(), queue.SimpleQueue()
        def work():
            itt.thread_set_name("the worker")
            for name in iter(todo.get, None):
                for _ in range(1000):
                    label(name)
                itt.task_begin(domain, "left open")
                done.put(name)
        thread = threading.Thread(target=work)
        with itt.record("0.pftrace"):
            thread.start()
            todo.put("0")
            done.get()
        todo.put("between")
        done.get()
        with itt.record("1.pftrace"):
            todo.put("1")
            done.get()
        todo.put(None)
    """)
    for number in "01":
        trace = sql(tmp_path / f"{number}.pftrace")
        assert not trace.problems()
        assert trace.query("select name, count(*), max(depth) from slice group by 1 order by 1") == [
            (number, 1000, 0),
            ("left open", 1, 0),
        ]
        assert trace.query(
            "select distinct thread.name from slice join thread_track on track_id ="
            " thread_track.id join thread using (utid)"
        ) == [("the worker",)]
