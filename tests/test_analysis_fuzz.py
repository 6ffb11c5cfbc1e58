"""Reading and settling spoiled traces: both stay in their bounds, come to an end and say nothing impossible.

ITT_TEST_FUZZ=N is how often each fuzzer runs, ITT_TEST_FUZZ_FINDINGS a folder for what it finds.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess

import pytest
import traced
from test_analysis import many_chunks
from tracegen import EVENT, FRAME, MARKER, METADATA, OVERLAPPED, REGION, RELATION, UNIT, Trace, chunk

from itt import _analysis

SANITIZERS = ["-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=undefined"]


RUNS = int(os.environ.get("ITT_TEST_FUZZ", "10000"))


def sources(root, target):
    """What a fuzzer is made of but for itself: C without Python."""
    if target == "settle_fuzz":
        return sorted(root.glob("src/trace/*.c"))
    files = sorted(root.glob("src/analysis/*.c"))
    return [path for path in files if path.stem not in ("module", "objects", "table")]


def fuzzer(cc, root, target, *flags, compiler=None):
    """With sanitizers; large blocks of memory are used again, see fuzz_memory.h."""
    flags = [*SANITIZERS, *flags, f"-I{root}/src/analysis", f"-I{root}/src/trace"]
    flags += ["-Wl,--wrap=segment_run"] if target == "analysis_fuzz" else []
    flags += ["-include", f"{root}/tests/c/fuzz_memory.h", *map(str, sources(root, target))]
    return cc(f"{target}.c", flags=flags, link=False, compiler=compiler)


@pytest.fixture(scope="module")
def fuzz(cc, root):
    """The reader, whose traces are spoiled at random."""
    return fuzzer(cc, root, "analysis_fuzz")


@pytest.fixture(scope="module")
def guided(tmp_path_factory):
    """The newest clang that has libFuzzer; None: there is none."""
    empty = tmp_path_factory.mktemp("guided") / "empty.c"
    empty.write_text("int LLVMFuzzerTestOneInput(const char *data, long size) { return !data && size; }\n")
    for name in ["clang", *(f"clang-{version}" for version in range(25, 10, -1))]:
        command = [name, "-fsanitize=fuzzer,address", str(empty), "-o", str(empty.with_suffix(""))]
        if shutil.which(name) and subprocess.run(command, stderr=subprocess.DEVNULL).returncode == 0:
            return name
    return None


@pytest.mark.parametrize("target", ["analysis_fuzz", "settle_fuzz"])
def test_fuzzed(target, guided, cc, root, tmp_path):
    """From the corpus on, by what an input reaches."""
    corpus = root / "tests" / "corpus" / target
    if guided is None:
        inputs = sorted(map(str, corpus.iterdir()))
        rounds = max(RUNS // len(inputs), 1)
        run([str(fuzzer(cc, root, target)), "1", str(rounds), *inputs])
        pytest.skip(f"no clang with libFuzzer: {rounds * len(inputs):,} random changes have passed instead")
    program = fuzzer(cc, root, target, "-fsanitize=fuzzer", "-DCOVERAGE_GUIDED", compiler=guided)
    findings = os.environ.get("ITT_TEST_FUZZ_FINDINGS", str(tmp_path))
    (tmp_path / "new").mkdir()
    options = [f"-runs={RUNS}", "-seed=1", "-max_len=4096", "-timeout=60", f"-artifact_prefix={findings}/"]
    output = run([str(program), *options, str(tmp_path / "new"), str(corpus)])
    assert f"Done {RUNS} runs" in output


def run(command):
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    assert done.returncode == 0, done.stdout[-5000:]
    return done.stdout


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


@pytest.mark.parametrize(
    "scene", ["spans walk 300 1 2", "spans crossing", "metadata crowded 300", "counters steps"]
)
def test_recordings(scene, fuzz, cc, collector, tmp_path):
    """What the collector writes, spoiled a little: the fast ways through the reader are made for that."""
    path = tmp_path / "x.pftrace"
    name, *words = scene.split()
    _analysis.recording_create(str(path), traced.RUN)
    traced.run(collector, path, cc(f"{name}.c"), *words)
    content = path.read_bytes()
    cuts = [path]
    for i in range(4):
        cuts.append(tmp_path / str(i))
        cuts[-1].write_bytes(content[: max(len(content) // UNIT - i, 2) * UNIT])
    events, *_ = run([str(fuzz), "1", "20", *map(str, cuts)]).split()
    assert int(events) > 100


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
    events, _, damaged, _, joined, _ = run([str(fuzz), "1", str(rounds), str(path)]).split()
    assert int(events) > 1000
    assert int(damaged) > 1000
    assert int(joined) > 10 or "all of it" in kind
