"""The reader on spoiled traces: it stays in its bounds, comes to an end and says nothing impossible."""

from __future__ import annotations

import random
import subprocess

import pytest
from test_analysis import many_chunks
from tracegen import EVENT, FRAME, MARKER, METADATA, OVERLAPPED, REGION, RELATION, Trace, chunk

SANITIZERS = ["-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]


@pytest.fixture(scope="module")
def fuzz(cc, root):
    """The reader without Python, built with sanitizers."""
    files = sorted(root.glob("src/analysis/*.c"))
    sources = [path for path in files if path.stem not in ("module", "objects", "table")]
    includes = [f"-I{root}/src/analysis", f"-I{root}/src/trace"]
    return cc("analysis_fuzz.c", flags=[*SANITIZERS, *includes, *map(str, sources)], link=False)


def tangled():
    """Everything that the format has, in one small trace: many segments in each chunk."""
    rng = random.Random(3)
    trace = Trace(named=5)
    threads = [trace.thread(100 + i) for i in range(3)]
    now = 1000
    for i in range(1000):
        thread = threads[i % 3]
        now += rng.randint(1, 100_000)
        action = rng.random()
        name = rng.choice(["x", "y", "z", "long" * 20])
        if action < 0.3:
            thread.begin(rng.choice("ABC"), name, now)
        elif action < 0.55:
            thread.end(rng.choice("ABC"), now)
        elif action < 0.6 and thread.open:
            thread.again(rng.choice(thread.open).name, "key", "value")
        elif action < 0.7:
            what = rng.choice([OVERLAPPED, REGION, FRAME, EVENT])
            rng.choice(threads).finish(thread.start(what, "A", name, now, thread.lane(what, "A")), now)
        elif action < 0.8:
            thread.value("A", name, now, rng.choice([1, -1.5, 2**60]), rng.choice(["", "MB"]))
        elif action < 0.9:
            thread.instant(rng.choice([MARKER, RELATION, METADATA]), "A", name, now, scope="task")
        elif action < 0.95 and thread.segment:
            thread.pause(1 + i % 2, now)
        else:
            thread.split()
    segments = [segment.encode() for segment in trace.segments]
    return trace, [chunk(b"".join(segments[i::3])) for i in range(3)]


@pytest.mark.parametrize("kind", ["many chunks", "tangled", "tangled, all of it"])
def test_spoiled_traces(kind, fuzz, tmp_path):
    if kind == "many chunks":
        path, rounds = many_chunks().write(tmp_path / "t.pftrace"), 60
    else:
        trace, chunks = tangled()
        path, rounds = trace.write(tmp_path / "t.pftrace", chunks), 1500
        if kind == "tangled, all of it":
            # without covers: what is spoiled is always something that counts
            path.write_bytes(b"".join(segment.encode() for segment in trace.segments))
    command = [str(fuzz), str(path), "1", str(rounds)]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=300)
    assert done.returncode == 0, done.stdout
    events, _, damaged, _ = done.stdout.split()
    assert int(events) > 1000
    assert int(damaged) > 1000
