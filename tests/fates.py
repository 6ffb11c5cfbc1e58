"""What programs label that meet their fates; those of tests/c/fates.c say so in a file that survives them."""

from __future__ import annotations

import random
import signal
import struct
import subprocess
import time
from pathlib import Path
from typing import Any, NamedTuple

import traced

from itt import _analysis

# A Python program that labels, ahead of what it does else.
LABELS = """
import itt, os, signal, subprocess, sys, threading, time
domain = itt.domain_create("fates")
def pairs(n, name="pair"):
    for _ in range(n):
        itt.task_begin(domain, name)
        itt.task_end(domain)
def ended_well(pid):
    assert os.waitpid(pid, 0)[1] == 0
"""

SIZE, GO = 64, 28  # of struct counted; where its field `go` lies


class Counted(NamedTuple):
    pid: int
    tid: int
    begins: int
    ends: int


def counted(path: Path) -> list[Counted]:
    """Calls that returned, for each thread."""
    threads = []
    with open(path, "rb") as file:
        while record := file.read(SIZE):
            begins, ends, _, pid, tid = struct.unpack_from("<QQIII", record)
            if not pid:
                break
            threads.append(Counted(pid, tid, begins, ends))
    return threads


def issued(path: Path) -> tuple[int, int]:
    """Begins and ends of all threads."""
    threads = counted(path)
    return sum(thread.begins for thread in threads), sum(thread.ends for thread in threads)


def found(trace: Any) -> tuple[int, int]:
    """The same as Perfetto's trace processor has them."""
    ((begins, ends),) = trace.query(
        "select count(*), ifnull(sum(dur >= 0), 0) from slice where category = 'fates'"
    )
    return begins, ends


def found_by_thread(trace: Any) -> dict[int, tuple[int, int]]:
    rows = trace.query(
        "select tid, count(*), sum(dur >= 0) from slice s join thread_track k on k.id = s.track_id"
        " join thread using (utid) where s.category = 'fates' group by 1"
    )
    return {tid: (begins, ends) for tid, begins, ends in rows}


def kill(program: Path, collector: Path, trace: Path, counts: Path, threads: int, seed: int) -> None:
    """Kills the scene `endless` at a random moment: some time after all its threads began at once."""
    delay = random.Random(seed).uniform(0, 0.0008)
    words = [program, counts, "endless", str(threads)]
    with subprocess.Popen(words, env=traced.environment(collector, trace)) as child:
        while not trace.exists() or traced.head(trace).counts["threads"] < threads:
            assert child.poll() is None
            time.sleep(0.0003)
        with open(counts, "r+b", 0) as file:
            file.seek(GO)
            file.write(b"\1")
        end = time.perf_counter() + delay
        while time.perf_counter() < end:
            pass
        child.kill()
        assert child.wait() == -signal.SIGKILL


def settle(trace: Path) -> bool:
    """Sets it in order as `itt record` does. Whether that changed it: a chunk was there twice."""
    before = trace.read_bytes()
    _analysis.recording_settle(str(trace))
    return trace.read_bytes() != before
