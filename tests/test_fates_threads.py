"""Many threads: exact counts, and memory and file bounded by those that live."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any, Callable

import fates
import pytest
import traced

import itt
from itt import _analysis

Fixture = Callable[..., Any]

BASE, A_LIVING_THREAD = 2 << 20, 256 << 10
A_THREAD, A_PAIR = 320, 30  # what its descriptors and its events take in the file


@pytest.fixture
def threads(cc: Fixture, collector: Path, tmp_path: Path) -> Fixture:
    """threads(scene, n, each) -> (trace, what it takes of memory): all events are there."""

    def run(scene: str, n: int, each: int) -> tuple[Path, int]:
        trace, counts = tmp_path / "x.pftrace", tmp_path / "counts"
        words = [cc("fates.c"), counts, scene, str(n), str(each)]
        without = int(subprocess.check_output(words))
        counts.unlink()
        with_it = int(traced.run(collector, trace, *words).stdout)
        assert len(fates.counted(counts)) == n + 1
        assert _analysis.recording_counts(str(trace)) == {"events": sum(fates.issued(counts)), "lost": 0}
        assert traced.head(trace).counts["threads"] == n
        return trace, with_it - without

    return run


def test_ten_thousand_one_after_the_other(threads: Fixture) -> None:
    """The kernel gives their ids out again; each is a thread of its own."""
    trace, memory = threads("in_turn", 10_000, 3)
    assert trace.stat().st_size <= BASE + A_LIVING_THREAD + 10_000 * (A_THREAD + 3 * A_PAIR)
    assert memory <= BASE
    # Perfetto's trace processor takes half a minute for as many threads.
    (task,) = itt.read(trace)["tasks"]
    assert (task["count"], task["threads"]) == (30_000, 10_000)


@pytest.mark.parametrize("each", [3, 3000])
def test_five_hundred_at_once(threads: Fixture, sql: Fixture, each: int) -> None:
    trace, memory = threads("at_once", 500, each)
    assert trace.stat().st_size <= BASE + 500 * A_LIVING_THREAD + 500 * each * A_PAIR
    assert memory <= BASE + 500 * A_LIVING_THREAD
    if each == 3:
        found = sql(trace)
        assert found.problems() == []
        assert found.query("select count(*) from slice group by track_id") == [(each + 1,)] * 500
