"""How far times of a trace are from CLOCK_MONOTONIC: of tasks that tests/c/moments.c made at known times."""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import traced
from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import TracePacket

BEGIN, END = 1, 2
SEQUENCE_CLOCK = 64


class Error(NamedTuple):
    """Of a begin or end: how far it lies behind the moment after it or (negative) ahead of the one before."""

    tid: int
    moment: int  # ns of CLOCK_MONOTONIC
    ns: int


def packets(trace: Path) -> Iterator[TracePacket]:
    """One after the other: all at once would take some hundred bytes of memory for each."""
    data = memoryview(trace.read_bytes())
    at = 0
    while at < len(data):
        assert data[at] == 0x0A
        size, shift, at = 0, 0, at + 1
        while True:
            size |= (data[at] & 0x7F) << shift
            shift, at = shift + 7, at + 1
            if data[at - 1] < 0x80:
                break
        yield TracePacket.FromString(data[at : at + size])
        at += size


def events(trace: Path) -> dict[int, list[tuple[int, bool]]]:
    """By thread id, segment by segment: the time of each begin and end, and whether it was kept."""
    clocks: dict[int, int] = {}  # by sequence id, as the rest
    tracks: dict[int, int] = {}
    found: dict[int, list[tuple[int, int, str]]] = defaultdict(list)
    names: dict[tuple[int, int], str] = {}
    threads: dict[int, int] = {}  # by track
    for packet in packets(trace):
        sequence = packet.trusted_packet_sequence_id
        for clock in packet.clock_snapshot.clocks:
            if clock.clock_id == SEQUENCE_CLOCK:
                clocks[sequence] = clock.timestamp
        if packet.HasField("trace_packet_defaults"):
            tracks[sequence] = packet.trace_packet_defaults.track_event_defaults.track_uuid
        if packet.track_descriptor.HasField("thread"):
            threads[packet.track_descriptor.uuid] = packet.track_descriptor.thread.tid
        for name in packet.interned_data.event_names:
            names[sequence, name.iid] = name.name
        if packet.HasField("timestamp"):
            assert packet.timestamp_clock_id == 0
            clocks[sequence] += packet.timestamp
        if packet.track_event.type in (BEGIN, END):
            name = names.get((sequence, packet.track_event.name_iid), "")
            found[sequence].append((clocks[sequence], packet.track_event.type, name))
    by_thread: dict[int, list[tuple[int, bool]]] = defaultdict(list)
    for sequence, inside in sorted(found.items(), key=lambda one: one[1][0][0]):
        for time, kind, name in inside:
            of_thread = by_thread[threads[tracks[sequence]]]
            of_thread.append((time, name == "kept" if kind == BEGIN else of_thread[-1][1]))
    return by_thread


def errors(trace: Path, kept: Path) -> list[Error]:
    """Of each kept begin and end, none left out; the times of a thread never go back."""
    moments: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for tid, before, between, after in struct.iter_unpack("<4Q", kept.read_bytes()):
        moments[tid] += [(before, between), (between, after)]
    found = events(trace)
    assert found.keys() == moments.keys()
    result = []
    for tid, inside in found.items():
        times = [time for time, _ in inside]
        assert times == sorted(times)
        shown = [time for time, is_kept in inside if is_kept]
        assert len(shown) == len(moments[tid])
        for time, (before, after) in zip(shown, moments[tid]):
            assert before <= after
            result.append(Error(tid, before, min(time - before, 0) or max(time - after, 0)))
    return result


def run(
    program: Path, collector: Path, folder: Path, *steps: object, env: dict[str, str] | None = None
) -> list[Error]:
    trace, kept = folder / "moments.pftrace", folder / "moments"
    trace.unlink(missing_ok=True)
    words = [str(word) for step in steps for word in str(step).split()]
    traced.run(collector, trace, program, kept, *words, env=env, timeout=None)
    return errors(trace, kept)
