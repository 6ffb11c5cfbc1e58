"""Reports by several threads: the same to the last bit as by one, whatever is in the files."""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys

import pytest
import test_analysis_fuzz
import traced
from test_analysis import many_chunks
from test_bad_traces import begin, segment
from tracegen import UNIT, Trace, block, chunk, number, packet, varint

import itt
from itt import _analysis

WAYS = [{}, {"by": "thread", "tree": True}, {"by": "process"}]


def read(paths, threads, part=UNIT, **way):
    """What is found, and how many parts were read ahead."""
    found = _analysis.summarize([str(path) for path in paths], threads=threads, part=part, **way)
    return found.pop("read_ahead"), repr(found)


def check(*paths, ahead=1, ways=WAYS, by=(2, 3, 7)):
    """Alike by any number of threads; so many parts at least are not read twice."""
    for way in ways:
        none, expected = read(paths, 1, **way)
        assert none == 0
        for threads in by:
            count, found = read(paths, threads, **way)
            assert found == expected
            assert count >= ahead


def events(path):
    return _analysis.summarize([str(path)])["events"]


def tangle(cc, collector, path, seed, **head):
    """Threads and forked children, tasks across chunks, many that never end."""
    _analysis.recording_create(str(path), traced.RUN, **head)
    traced.run(collector, path, cc("analysis_tangle.c"), str(seed), "5", "20000")
    return path


def test_a_recording(cc, collector, tmp_path):
    path = tangle(cc, collector, tmp_path / "x.pftrace", 1)
    assert events(path) > 100_000
    check(path, ahead=10)


def test_a_flight_recorder(cc, collector, tmp_path):
    path = tangle(cc, collector, tmp_path / "x.pftrace", 2, ring=2 << 20)
    assert _analysis.recording_head(str(path))["ring_overwritten"] > 0
    check(path, ahead=5)


@pytest.mark.parametrize("scene", ["spans walk 3000 3 4", "metadata crowded 3000", "counters threads 5000"])
def test_all_else_that_is_recorded(scene, cc, collector, tmp_path):
    """Moved tasks, lanes, metadata, counters of several threads."""
    path = tmp_path / "x.pftrace"
    _analysis.recording_create(str(path), traced.RUN)
    name, *words = scene.split()
    traced.run(collector, path, cc(f"{name}.c"), *words)
    assert events(path) > 1000
    check(path)


def test_a_chunk_that_is_there_twice(tmp_path):
    """A kill in the middle of a hand-over leaves it so; each part knows but its own segments."""
    trace = many_chunks()
    chunks = trace.chunks()
    once = trace.write(tmp_path / "x.pftrace", chunks)
    twice = trace.write(tmp_path / "y.pftrace", [*chunks, *chunks[::3]])
    check(once, ahead=len(chunks) - 1)
    check(twice)
    assert itt.read(once) == itt.read(twice)


def test_pauses_and_frames(tmp_path):
    """Steps of frames across a pause are none: whether one is known may depend on the order."""
    _, chunks = test_analysis_fuzz.tangled()
    trace, _ = test_analysis_fuzz.tangled()
    check(trace.write(tmp_path / "x.pftrace", chunks), ahead=0)


def test_names_up_to_the_limit_and_beyond(tmp_path):
    """Whose name has no row is the same, wherever a part begins."""
    trace = Trace()
    thread = trace.thread()
    for i in range(70_000):
        thread.begin("d", f"name {i if i < 66_000 else i - 40_000}", 10 * i)
        thread.end("d", 10 * i + 5)
        if i % 1000 == 999:
            thread.split()
    path = trace.write(tmp_path / "x.pftrace")
    assert None in [name for (_, _, _, name), *_ in _analysis.summarize([str(path)])["tasks"]]
    check(path, ways=[{}], by=(3,))


def test_histograms_past_their_budget(tmp_path):
    """128 MiB for all: which of them become rough is the same."""
    chunks = []
    for sequence in range(1, 201):
        ends = [packet(number(8, 1 << i), number(10, sequence), block(11, number(9, 2))) for i in range(47)]
        content = []
        for i in range(17):
            start = begin(sequence, f"name {sequence * 17 + i}")
            content += [start + ends[j % 47] for j in range(257)]
        chunks.append(chunk(segment(sequence, *content)))
    path = Trace().write(tmp_path / "x.pftrace", chunks)
    assert _analysis.summarize([str(path)])["rough_quantiles"]
    check(path, ways=[{}], by=(3,))


@pytest.mark.parametrize("seed", range(6))
def test_spoiled(seed, cc, collector, tmp_path):
    """Bytes changed and cut, units exchanged, emptied or given twice."""
    rng = random.Random(seed)
    content = tangle(cc, collector, tmp_path / "x.pftrace", seed).read_bytes()
    units = [bytearray(content[i : i + UNIT]) for i in range(0, len(content), UNIT)]
    for _ in range(30):
        i, j = rng.randrange(1, len(units)), rng.randrange(1, len(units))
        kind = rng.randrange(5)
        if kind == 0:
            units[i], units[j] = units[j], units[i]
        elif kind == 1:
            units[i] = bytearray(UNIT)
        elif kind == 2:
            units[i] = units[j][:]
        else:
            units[i][rng.randrange(UNIT)] ^= 1 << rng.randrange(8)
    (tmp_path / "x.pftrace").write_bytes(b"".join(units)[: -rng.randrange(1, 2 * UNIT)])
    assert _analysis.summarize([str(tmp_path / "x.pftrace")])["damaged_bytes"] > 0
    check(tmp_path / "x.pftrace")


def test_several_files(cc, collector, tmp_path):
    """Some of which are none, or are the same."""
    paths = [tangle(cc, collector, tmp_path / f"{i}.pftrace", i) for i in range(2)]
    (tmp_path / "empty").touch()
    (tmp_path / "foreign").write_bytes(os.urandom(3 * UNIT))
    with open(tmp_path / "both", "wb") as both:
        for path in paths:
            both.write(path.read_bytes())
    (tmp_path / "headless").write_bytes(paths[0].read_bytes()[UNIT:])
    others = [tmp_path / name for name in ("empty", "foreign", "missing", ".", "headless")]
    check(*others, *paths, *others, paths[0], tmp_path / "both", ahead=10)


def test_the_corpus(root, tmp_path):
    """What the fuzzer starts from: small inputs, which its way of writing them makes large."""
    paths = []
    for i, seed in enumerate(sorted((root / "tests" / "corpus" / "analysis_fuzz").iterdir())):
        data, start, units = seed.read_bytes(), 0, []
        path = tmp_path / str(i)
        if data[:1] in (b"U", b"H"):
            if data[:1] == b"H":
                units.append(Trace().encode([])[:UNIT].ljust(UNIT, b"\0"))
            start = 1
            while start + 2 <= len(data):
                size = int.from_bytes(data[start : start + 2], "little") & 0x7FFF
                units.append(chunk(data[start + 2 : start + 2 + size])[:UNIT])
                start += 2 + size
            data = b"".join(units)
        path.write_bytes(data)
        paths.append(path)
    assert len(paths) > 10
    check(*paths, ahead=0)


def test_a_file_that_changes_while_it_is_read(cc, collector, tmp_path):
    """It becomes shorter, and longer again: whatever is found, nothing is read that is not there."""
    path = tangle(cc, collector, tmp_path / "x.pftrace", 4)
    content = path.read_bytes()
    code = (
        "import sys; from itt import _analysis\n"
        "for i in range(20): _analysis.summarize([sys.argv[1]], threads=3, part=65536, tree=i % 2 == 0)"
    )
    child = subprocess.Popen([sys.executable, "-c", code, path])
    while child.poll() is None:
        os.truncate(path, len(content) // 3)
        with path.open("r+b") as file:
            file.write(content)
    assert child.returncode == 0


def hot_chunks(count):
    """Chunks full of tasks as a program's hot path writes them, each a segment of its own thread's."""
    for sequence in range(1, count + 1):
        name = packet(
            number(10, sequence), block(12, *(block(i, number(1, 1), block(2, "x")) for i in (1, 2)))
        )
        start = segment(sequence, name, track=(1 + sequence % 20) << 40 | 0x1234 << 24)
        ids = varint(sequence, 2)
        first = b"\x0a\x0e\x40\x80\x01\x50" + ids + b"\x5a\x06\x48\x01\x50\x01\x18\x01"
        pairs = [
            first + b"\x0a\x0a\x40" + varint(50 + i, 2) + b"\x50" + ids + b"\x5a\x02\x48\x02"
            for i in range(300)
        ]
        pairs = b"".join(pairs)
        yield chunk(start + pairs * ((4 * UNIT - len(start) - 8) // len(pairs)))


MEASURED = """
import sys
from itt import _analysis
found = _analysis.summarize([sys.argv[1]], threads=int(sys.argv[2]), tree=True, by="thread")
status = open("/proc/self/status").read()
print(found["events"], status.partition("VmHWM:")[2].split()[0])
"""


@pytest.mark.parametrize("threads", [1, 7])
def test_memory_does_not_grow_with_the_file(threads, tmp_path):
    """300 MB; what is open is there throughout."""
    path = tmp_path / "x.pftrace"
    with path.open("wb") as file:
        file.write(Trace(next=4801).encode([]))
        for content in hot_chunks(1200):
            file.write(content)
    assert path.stat().st_size > 300_000_000
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, path, str(threads)], stdout=subprocess.PIPE, text=True, check=True
    )
    path.unlink()
    found, kilobytes = map(int, done.stdout.split())
    assert found > 15_000_000
    assert kilobytes < 100_000


SANITIZER = ["-fsanitize=thread", "-O1", "-g", "-std=gnu11", "-pthread"]


def test_no_race(cc, collector, root, tmp_path):
    """The threads share what they say they share: ThreadSanitizer."""
    probe = ["cc", *SANITIZER, "-x", "c", "-", "-o", str(tmp_path / "probe")]
    if subprocess.run(probe, input=b"int main(void) { return 0; }").returncode:
        pytest.skip("the compiler has no runtime for -fsanitize=thread")
    flags = [*SANITIZER, f"-I{root}/src/analysis", f"-I{root}/src/trace"]
    flags += map(str, test_analysis_fuzz.sources(root, "analysis_fuzz"))
    program = cc("analysis_threads.c", flags=flags, link=False)
    path = tangle(cc, collector, tmp_path / "x.pftrace", 3)
    shutil.copy(path, tmp_path / "same.pftrace")
    plain = ["setarch", "-R"] if shutil.which("setarch") else []  # its shadow memory and a random layout
    done = subprocess.run(
        [*plain, program, "4", path, tmp_path / "missing", tmp_path / "same.pftrace"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-5000:]
    assert done.stdout == f"{events(path)} events\n"
