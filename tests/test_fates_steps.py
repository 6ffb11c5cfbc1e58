"""A process that is killed at any instruction of a commit, or of the hand-over of a full slot."""

from __future__ import annotations

import os
import struct
from pathlib import Path
from typing import Any, Callable, NamedTuple

import pytest
import traced

from itt import _analysis

from oracle import TraceSql

Fixture = Callable[..., Any]

SLOTS_PATH, TRACE_INODE = 464, 56  # of struct recording_head in the file


def _packets(data: bytes) -> list[bytes]:
    """The packets of a file without its covers. Behind them may be a chunk that is just being made."""
    packets, at = [], 0
    while at < len(data) and data[at]:
        start, length, shift = at, 0, 0
        assert data[at] == 0x0A
        for at in range(start + 1, start + 6):
            length |= (data[at] & 0x7F) << shift
            shift += 7
            if data[at] < 0x80:
                break
        is_cover = data[at + 1] == 0x7A
        at += 1 + length
        assert at <= len(data) or is_cover
        if not is_cover:
            packets.append(data[start:at])
    assert not any(data[at:])
    return packets


def _events(found: TraceSql) -> int:
    assert found.problems() == []
    return found.query("select count(*) + ifnull(sum(dur >= 0), 0) from slice")[0][0]


def _own_slots(trace: Path, slots: Path) -> None:
    """Copies of both, each of which names the other's original."""
    path = os.fsencode(slots)
    with open(trace, "r+b") as file:
        file.seek(SLOTS_PATH)
        file.write(path + bytes(1024 - len(path)))
    with open(slots, "r+b") as file:
        file.seek(TRACE_INODE)
        file.write(struct.pack("<Q", trace.stat().st_ino))


class Steps(NamedTuple):
    instructions: int
    states: int  # of the file that a reader can tell from each other
    events: int  # in all of them
    twice: int  # states with a chunk that is there twice


def steps(program: Path, collector: Path, folder: Path, processor: TraceSql, in_another_file: bool) -> Steps:
    """Each state is read as it is, and again when it was settled: then each event is there once."""
    trace, copies, slots = folder / "x.pftrace", folder / "copies", folder / "slots"
    copies.mkdir()
    slots.mkdir()
    words, env = [trace, copies], {}
    if in_another_file:
        words, env = [*words, slots], {"ITT_SLOTS": str(slots)}
    *lines, end = traced.run(collector, trace, program, *words, env=env).stdout.splitlines()
    seen, last, total, twice = set(), 0, 0, 0
    for line in lines:
        number, calls = map(int, line.split())
        copy, copied_slots = copies / f"{number:04}.pftrace", copies / f"{number:04}.slots"
        packets = _packets(copy.read_bytes())
        if in_another_file:
            packets += _packets(copied_slots.read_bytes())
            _own_slots(copy, copied_slots)
        visible = hash(tuple(packets))
        if visible in seen:
            continue  # something changed under a cover
        seen.add(visible)
        processor.load(copy)
        as_left = _events(processor)
        _analysis.recording_settle(str(copy))
        processor.load(copy)
        events = _events(processor)
        assert calls <= events <= calls + 1 and last in (0, events - 1, events)
        if as_left > events:
            twice += 1
            assert as_left > events + 10000
        assert in_another_file or as_left >= events
        assert _analysis.recording_counts(str(copy)) == {"events": events, "lost": 0}
        last = events
        total += events
    return Steps(int(end.split()[0]), len(seen), total, twice)


@pytest.mark.parametrize("where", ["in the trace", "in another file"])
def test_the_file_at_each_instruction(
    where: str, cc: Fixture, collector: Path, tmp_path: Path, processor: TraceSql
) -> None:
    in_another_file = where == "in another file"
    seen = steps(cc("fates_steps.c"), collector, tmp_path, processor, in_another_file)
    assert seen.instructions > 3000 and seen.states > 8
    assert seen.twice == (0 if in_another_file else 1)
