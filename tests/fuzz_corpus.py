"""Seeds for the fuzzers of tests/c: every packet of the format, in files of some hundred bytes.

python tests/fuzz_corpus.py FOLDER [RECORDING...] writes them to FOLDER, as it does how chunks of recordings
start. tests/corpus is what -merge=1 of libFuzzer leaves of them and of what it found: see docs/fuzzing.md.
"""

from __future__ import annotations

import hashlib
import random
import re
import sys
from collections.abc import Iterator
from pathlib import Path

from tracegen import (
    BEGIN,
    END,
    EVENT,
    FRAME,
    HEAD_OFFSET,
    HISTOGRAM,
    MARK,
    MARKER,
    METADATA,
    OVERLAPPED,
    REGION,
    RELATION,
    TIMED,
    UNIT,
    Trace,
    number,
    packet,
)

LONGEST = 2000  # bytes of a chunk that a seed takes
PATH = re.compile(rb"/[ -~]{5,}")  # what a recording says of the machine is no part of a seed


def compact(units: list[bytes], start: bytes = b"H") -> bytes:
    """A head and such units as tests/c/fuzz.h takes them: what each of them begins with."""
    return start + b"".join(len(unit).to_bytes(2, "little") + unit for unit in units)


def without_covers(trace: bytes) -> bytes:
    """A recording, in the same form."""
    units = []
    for start in range(0, len(trace), UNIT):
        at = start
        while trace[at : at + 1] == b"\x0a":
            length = shift = 0
            inside = at + 1
            while shift < 28:
                length |= (trace[inside] & 0x7F) << shift
                shift += 7
                inside += 1
                if trace[inside - 1] < 0x80:
                    break
            if trace[inside] == 0x7A and (start or at == 32 + start):
                break
            if inside + length > start + LONGEST:
                break
            at = inside + length
        units.append(PATH.sub(lambda found: b"/" * len(found[0]), trace[start:at]))
    return compact(units[1:8])


def traces() -> Iterator[Trace]:
    """Each kind of label in one of them."""
    for named in (0, 1, 65536):
        for hot in (True, False):
            trace = Trace(named=named, hot=hot)
            one, two = trace.thread(), trace.thread(101)
            one.begin("A", "outer", 100)
            one.begin("B", "inner", 110)
            two.begin("A", "outer", 115)
            one.end("A", 120)
            one.split()
            one.again("inner", "key", "value")
            one.end("B", 1 << 20)
            two.end("A", 1 << 40)
            yield trace
    for what in (OVERLAPPED, REGION, FRAME, EVENT, MARK, TIMED):
        trace = Trace(named=2)
        thread = trace.thread()
        started = thread.start(what, "A", "x", 100, thread.lane(what, "A"))
        thread.finish(started, 200)
        thread.submit(what, "A", "y", 100, 200, thread.lane(what, "A"))
        yield trace
    for what in (MARKER, METADATA, RELATION, HISTOGRAM):
        trace = Trace()
        trace.thread().instant(what, "A", "x", 100, scope="task", x="1")
        yield trace
    for value in (1, -1, 1.5, 2**63, float("nan"), float("inf")):
        trace = Trace()
        trace.thread().value("A", "x", 100, value, "MB")
        trace.threads[0].value("A", "x", 200, 2)
        yield trace
    trace = Trace(named=1)
    thread = trace.thread()
    thread.begin("A", "x", 100)
    thread.pause(BEGIN, 110)
    thread.pause(END, 120)
    thread.raw(packet(number(10, 1), number(13, 2)), packet(number(8, 5), number(58, 7), number(10, 1)))
    for i in range(20):
        thread.begin("AB"[i % 2], "xy"[i % 2], 130 + i)
    thread.split()
    thread.end("A", 200)
    thread.end("B", 300)
    yield trace


def seeds() -> Iterator[bytes]:
    rng = random.Random(5)
    for trace in traces():
        segments = [segment.encode() for segment in trace.segments]
        rng.shuffle(segments)
        yield b"".join(segments)
        yield compact(segments)
    yield compact([trace.encode([])[: HEAD_OFFSET + 1200], *segments], b"U")


def settle_seeds() -> Iterator[bytes]:
    """A trace and its slots, as tests/c/settle_fuzz.c takes them."""
    trace = Trace()
    thread = trace.thread()
    thread.begin("A", "x", 100)
    thread.split()
    thread.end("A", 200)
    one, two = (segment.encode() for segment in trace.segments)
    for flags in (15, 1, 7, 11, 3):
        for first, second in (([one, one], []), ([one], [two, b"", one]), ([], [])):
            part = compact(first)
            yield bytes([flags]) + len(part).to_bytes(2, "little") + part + compact(second)


def main(folder: Path, recordings: list[Path]) -> None:
    read = [*seeds(), *(without_covers(path.read_bytes()[: 64 * UNIT]) for path in recordings)]
    for name, made in (("analysis_fuzz", read), ("settle_fuzz", [*settle_seeds()])):
        (folder / name).mkdir(parents=True, exist_ok=True)
        for seed in made:
            (folder / name / hashlib.sha1(seed).hexdigest()).write_bytes(seed)


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(path) for path in sys.argv[2:]])
