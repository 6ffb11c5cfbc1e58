"""How long a C label takes at worst, and what the edge of a slot costs: each pair timed by itself.

At full speed, and at a steady 200,000 pairs a second beside a process that writes a file and syncs it all the
time. The floor does the same with two time stamps and two stores: its pauses are the machine's.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Callable

import lab
import peers

TITLE = "C labels at worst"
PAIRS = 2_000_000 if lab.QUICK else 100_000_000
RATE = 200_000
SECONDS = 1 if lab.QUICK else 12
ROOM = 100 * PAIRS  # bytes: a file of each in turn

FULL = "10^8 pairs at full speed" if PAIRS == 10**8 else f"{PAIRS:,} pairs at full speed"
STEADY = "200,000 pairs a second beside fsync"
EDGE = "edge of a slot, of each pair [ns]"
EDGE_RING = "edge of a slot, ring, of each pair [ns]"
TARGETS = {EDGE: 10.0}

SYNCING = """
import os, sys
file = os.open(sys.argv[1], os.O_RDWR | os.O_CREAT | os.O_TRUNC)
while True:
    for _ in range(256):
        os.write(file, bytes(4096))
    os.fsync(file)
    os.lseek(file, 0, os.SEEK_SET)
"""


@contextlib.contextmanager
def syncing(folder: Path) -> Iterator[None]:
    child = subprocess.Popen([sys.executable, "-c", SYNCING, str(folder / "synced")])
    try:
        yield
    finally:
        child.kill()
        child.wait()


def said(who: str, kind: str, when: str, numbers: list[float]) -> lab.Figures:
    """From what pairs prints where it times each pair."""
    _, _, slowest, pauses = numbers
    return {
        f"{who}slowest, {kind}{when} [us]": slowest / 1e3,
        f"{who}pauses over 1 ms, {kind}{when} [pauses]": pauses,
    }


def check(trace: Path, pairs: int) -> None:
    """All of it is in the file."""
    text = subprocess.check_output([*lab.ITT, "report", "--format", "json", str(trace)], env=lab.off())
    report = json.loads(text)
    counted = sum(task["count"] for task in report["tasks"])
    if counted != pairs + 20_000 or report["lost"]:
        raise RuntimeError(f"{counted} tasks of {pairs + 20_000}, {report['lost']} lost")


Run = Callable[[int, int], "list[float]"]


class Bench:
    """Runs of pairs.c into one recorder or another: pairs, and how many a second (0: at full speed)."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.trace = folder, folder / "bench.pftrace"
        self.program = lab.build(folder / "pairs", ["pairs.c", "mode.c"])

    def _pairs(self, mode: str, environ: Mapping[str, str], pairs: int, rate: int) -> list[float]:
        os.sync()  # what ran before has no part in it
        return lab.numbers([self.program, mode, 1, pairs, rate], environ, self.folder)

    def floor(self, pairs: int, rate: int) -> list[float]:
        return self._pairs("floor", lab.off(), pairs, rate)

    def file(self, pairs: int, rate: int) -> list[float]:
        numbers = self._pairs("label", lab.recorded(self.trace), pairs, rate)
        check(self.trace, pairs)
        self.trace.unlink()
        return numbers

    def ring(self, pairs: int, rate: int) -> list[float]:
        numbers = self._pairs("label", lab.recorded(self.trace, "--ring", "32M"), pairs, rate)
        self.trace.unlink()
        return numbers


def of_edges(bench: Bench) -> lab.Figures:
    """The time of pairs longer than 1 us, shared by all pairs, less the floor's: the machine's."""
    pairs = PAIRS // 10

    def slow(run: Run) -> float:
        return run(pairs, 0)[1] / pairs

    runs = {"floor": bench.floor, "file": bench.file, "ring": bench.ring}
    samples = lab.in_turn({name: partial(slow, run) for name, run in runs.items()}, 2 if lab.QUICK else 5)
    return {
        name: lab.differences(samples[kind], samples["floor"])
        for name, kind in ((EDGE, "file"), (EDGE_RING, "ring"))
    }


def at_full_speed(bench: Bench, there: dict[str, peers.Peer]) -> lab.Figures:
    floor, file, ring = (run(PAIRS, 0) for run in (bench.floor, bench.file, bench.ring))
    found: lab.Figures = {
        **said("floor | ", "", FULL, floor),
        **said("", "", FULL, file),
        **said("", "ring, ", FULL, ring),
        f"lost, {FULL} [events]": 0.0,  # check() has seen that
    }
    for who, peer in there.items():
        os.sync()
        found.update(said(f"{who} | ", "", FULL, peer.run(1, PAIRS, 0)))
        found[f"{who} | lost, {FULL} [events]"] = float(peer.lost)
        peer.remove()
    return found


def steadily(bench: Bench, there: dict[str, peers.Peer]) -> lab.Figures:
    found: lab.Figures = {}
    pairs = RATE * SECONDS
    with syncing(bench.folder):
        found.update(said("floor | ", "", STEADY, bench.floor(pairs, RATE)))
        found.update(said("", "", STEADY, bench.file(pairs, RATE)))
        found.update(said("", "ring, ", STEADY, bench.ring(pairs, RATE)))
        for who, peer in there.items():
            found.update(said(f"{who} | ", "", STEADY, peer.run(1, pairs, RATE)))
            peer.remove()
    return found


def figures() -> lab.Figures:
    with lab.folder() as folder:
        free = shutil.disk_usage(folder).free
        if free < ROOM:
            return {FULL: f"needs {ROOM >> 30} GB in build/, {free >> 30} GB are free"}
        bench = Bench(folder)
        with peers.installed(folder) as (there, why):
            return {**of_edges(bench), **at_full_speed(bench, there), **steadily(bench, there), **why}
