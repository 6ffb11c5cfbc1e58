"""How a process ends: what it labelled is in the file, and no more."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from typing import Any, Callable

import fates
import pytest
import traced

Fixture = Callable[..., Any]


@pytest.fixture
def labels(tmp_path: Path) -> Fixture:
    """labels(source) -> a script that may call pairs(n, name)."""

    def make(source: str, name: str = "labels.py") -> Path:
        path = tmp_path / name
        path.write_text(fates.LABELS + textwrap.dedent(source))
        return path

    return make


ENDS = {
    "return": (0, ""),
    "sys.exit": (7, "sys.exit(7)"),
    "os._exit": (8, "os._exit(8)"),
    "exception": (1, "raise RuntimeError('the program fails')"),
    "abort": (-signal.SIGABRT, "os.abort()"),
    "SIGTERM": (-signal.SIGTERM, "os.kill(os.getpid(), signal.SIGTERM); time.sleep(60)"),
    "SIGKILL": (-signal.SIGKILL, "os.kill(os.getpid(), signal.SIGKILL)"),
    "SIGSEGV": (-signal.SIGSEGV, "import ctypes; ctypes.string_at(8)"),
    "exit in a thread": (
        9,
        "threading.Thread(target=lambda: (pairs(5), os._exit(9))).start(); time.sleep(60)",
    ),
    "exec": (3, "os.execv(sys.executable, [sys.executable, sys.argv[1]])"),
}


@pytest.mark.parametrize("end", ENDS)
def test_all_that_was_labelled_is_there(
    end: str, labels: Fixture, record: Fixture, sql: Fixture, tmp_path: Path
) -> None:
    code, source = ENDS[end]
    again = labels("pairs(40, 'again'); sys.exit(3)", "again.py")
    lines = ["pairs(20000)", "itt.task_begin(domain, 'open')", "pairs(30)", source]
    trace, done = record([labels("\n".join(lines)), again], check=False)
    assert done.returncode == code
    expected = {("fates", "pair"): 20030, ("fates", "open"): 1}
    if end == "exec":
        expected["fates", "again"] = 40
    if end == "exit in a thread":
        expected["fates", "pair"] += 5
    found = sql(trace)
    assert traced.tally(found) == expected
    assert found.query("select name, count(*) from slice where dur < 0 group by 1") == [("open", 1)]
    assert found.problems() == []
    events = 2 * sum(expected.values()) - 1
    assert f"{events:,} events, 0 lost" in done.stderr.splitlines()[-1]


def test_the_recorder_itself_is_killed(labels: Fixture, cli: Fixture, sql: Fixture, tmp_path: Path) -> None:
    """The program goes on, and so does its recording; its children's too."""
    script = labels("""
        pairs(1000, "before")
        print(os.getpid(), flush=True)
        sys.stdin.readline()
        pairs(30000, "after")
        if os.fork() == 0:
            pairs(10, "child")
            os._exit(0)
        os.wait()
        subprocess.run([sys.executable, sys.argv[1]], check=True)
        print("done", flush=True)
    """)
    trace = tmp_path / "x.pftrace"
    command = [
        sys.executable,
        "-m",
        "itt",
        "record",
        "-o",
        trace,
        script,
        labels("pairs(20, 'spawned')", "s.py"),
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as recorder:
        assert recorder.stdin and recorder.stdout
        recorder.stdout.readline()
        recorder.kill()
        assert recorder.wait() == -signal.SIGKILL
        # As it is left, with the program waiting.
        early = sql(trace)
        assert traced.tally(early) == {("fates", "before"): 1000} and early.problems() == []
        assert "before" in cli("report", trace, check=True).stdout
        recorder.stdin.write("go on\n")
        recorder.stdin.flush()
        assert recorder.stdout.readline() == "done\n"
    found = sql(trace)
    assert traced.tally(found) == {
        ("fates", "before"): 1000,
        ("fates", "after"): 30000,
        ("fates", "child"): 10,
        ("fates", "spawned"): 20,
    }
    assert found.problems() == []
    assert "30,000" in cli("report", trace, check=True).stdout


KILLS = int(os.environ.get("ITT_TEST_KILLS", "24"))


def test_killed_at_a_random_moment(cc: Fixture, collector: Path, processor: Any, tmp_path: Path) -> None:
    """No call that has returned is missing, on any thread; none is there twice, and the file opens."""
    for seed in range(KILLS):
        trace, counts, threads = tmp_path / "x.pftrace", tmp_path / "counts", seed % 3 + 1
        fates.kill(cc("fates.c"), collector, trace, counts, threads, seed)
        processor.load(trace)
        assert processor.problems() == []
        if fates.settle(trace):
            processor.load(trace)
            assert processor.problems() == []
        there = fates.found_by_thread(processor)
        for thread in fates.counted(counts):
            begins, ends = there.get(thread.tid, (0, 0))
            # A call may be in the file that has not yet returned, or not yet been counted.
            assert thread.begins <= begins <= thread.begins + 1, seed
            assert thread.ends <= ends <= thread.ends + 1, seed
        trace.unlink()
        counts.unlink()


def test_the_time_of_day_jumps(cc: Fixture, collector: Path, sql: Fixture, tmp_path: Path) -> None:
    """It is looked at for each segment, and nothing but the time of day shown comes from it."""
    world = cc("world.c", flags=["-shared", "-fPIC"], link=False, output="world.so")
    trace, counts = tmp_path / "x.pftrace", tmp_path / "counts"
    for hours in (1, -24):
        env = {"LD_PRELOAD": str(world), "WORLD_CLOCK": str(hours * 3600 * 10**9)}
        before = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        traced.run(collector, trace, cc("fates.c"), counts, "forks", "2", "20000", env=env)
        after = time.clock_gettime_ns(time.CLOCK_BOOTTIME)
        found = sql(trace)
        assert found.problems() == []
        assert fates.found(found) == fates.issued(counts)
        (bounds,) = found.query("select min(ts), max(ts + dur), max(dur) from slice")
        assert before <= bounds[0] < bounds[1] <= after and bounds[2] <= after - before
        trace.unlink()
        counts.unlink()
