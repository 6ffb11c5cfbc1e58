"""Files that are no recordings, and hostile ones: what is readable or one line, in bounded memory."""

from __future__ import annotations

import pytest
from tracegen import block, number, packet

import itt
from itt import _analysis

TRACK = 1 << 40 | 0x1234 << 24


def segment(sequence, *content, track=TRACK, opened=(), pid=1, tid=1):
    clocks = [
        block(1, number(1, 64), number(2, 1000), number(3, 1), number(4, 1)),
        block(1, number(1, 6), number(2, 10**12)),
    ]
    info = block(2047, number(1, 1), number(2, pid), number(3, tid), *opened)
    defaults = block(59, number(58, 64), block(11, number(11, track)))
    first = packet(number(10, sequence, 3), block(6, *clocks), number(13, 1), defaults, info, width=3)
    return first + b"".join(content)


def begin(sequence, name="x", domain="d", track=0):
    fields = [number(9, 1), block(23, name), block(22, domain), number(11, track) if track else b""]
    return packet(number(8, 1), number(10, sequence), block(11, *fields))


def end(sequence):
    return packet(number(8, 1), number(10, sequence), block(11, number(9, 2)))


@pytest.mark.parametrize("tree", [False, True])
@pytest.mark.parametrize("kind", ["tasks", "tracks"])
def test_more_open_than_there_can_be(kind, tree, tmp_path):
    """A segment without an end, in which nothing ends: its rest is damaged, and the next one counts."""
    path = tmp_path / "deep.pftrace"
    many = begin(1) * 300_000
    if kind == "tracks":
        many = b"".join(begin(1, track=TRACK | i % 65_536 << 8) for i in range(300_000))
    path.write_bytes(segment(1, many) + segment(2, begin(2, "y"), end(2)))
    found = itt.read(path, tree=tree)
    assert [(row["task"], row["count"]) for row in found["tasks"]] == [("y", 1)]
    assert 200_000 <= found["open"] < 300_000
    summary = _analysis.summarize([str(path)], tree=tree)
    assert 0 < summary["damaged_bytes"] < path.stat().st_size
