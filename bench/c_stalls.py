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
SECONDS = 1 if lab.QUICK else 8
ROOM = 100 * PAIRS  # bytes: a file of each in turn

FULL = "10^8 pairs at full speed" if PAIRS == 10**8 else f"{PAIRS:,} pairs at full speed"
STEADY = "200,000 pairs a second beside fsync"
EDGE = "edge of a slot, of each pair [ns]"
TARGETS = {EDGE: 10.0}

Run = Callable[[int, int], "list[float]"]

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


def said(who: str, when: str, numbers: list[float]) -> lab.Figures:
    """From what pairs prints where it times each pair."""
    _, _, slowest, pauses = numbers
    before = f"{who} | " if who else ""
    return {
        f"{before}slowest, {when} [us]": slowest / 1e3,
        f"{before}pauses over 1 ms, {when} [pauses]": pauses,
    }


def check(trace: Path, pairs: int) -> None:
    """All of it is in the file."""
    text = subprocess.check_output([*lab.ITT, "report", "--format", "json", str(trace)], env=lab.off())
    report = json.loads(text)
    counted = sum(task["count"] for task in report["tasks"])
    if counted != pairs + 20_000 or report["lost"]:
        raise RuntimeError(f"{counted} tasks of {pairs + 20_000}, {report['lost']} lost")


class Bench:
    """Runs of pairs.c into one recorder or another: pairs, and how many a second (0: at full speed)."""

    def __init__(self, folder: Path, memory: Path | None, there: dict[str, peers.Peer]) -> None:
        self.folder, self.there = folder, there
        self.program = lab.build(folder / "pairs", ["pairs.c", "mode.c"])
        self.trace = folder / "bench.pftrace"
        self.runs: dict[str, Run] = {"floor": self.floor, "": self.file, lab.RING: self.ring}
        if memory is not None:
            self.runs[lab.TMPFS] = partial(self.file, trace=memory / "bench.pftrace")
            self.runs[lab.SLOTS] = partial(self.file, slots=str(memory))
        self.runs.update((who, partial(self.peer, peer)) for who, peer in there.items())

    def _pairs(self, mode: str, environ: Mapping[str, str], pairs: int, rate: int) -> list[float]:
        os.sync()  # what ran before has no part in it
        return lab.numbers([self.program, mode, 1, pairs, rate], environ, self.folder)

    def floor(self, pairs: int, rate: int) -> list[float]:
        return self._pairs("floor", lab.off(), pairs, rate)

    def file(self, pairs: int, rate: int, trace: Path | None = None, slots: str = "") -> list[float]:
        trace = trace or self.trace
        numbers = self._pairs("label", {**lab.recorded(trace), "ITT_SLOTS": slots}, pairs, rate)
        check(trace, pairs)
        trace.unlink()
        return numbers

    def ring(self, pairs: int, rate: int) -> list[float]:
        numbers = self._pairs("label", lab.recorded(self.trace, "--ring", "32M"), pairs, rate)
        self.trace.unlink()
        return numbers

    def peer(self, peer: peers.Peer, pairs: int, rate: int) -> list[float]:
        os.sync()
        numbers = peer.run(1, pairs, rate)
        peer.remove()
        return numbers


def of_edges(bench: Bench) -> lab.Figures:
    """The time of pairs longer than 1 us, shared by all pairs, less the floor's: the machine's."""
    pairs = PAIRS // 10

    def slow(run: Run) -> float:
        return run(pairs, 0)[1] / pairs

    runs = {who: partial(slow, bench.runs[who]) for who in ("floor", "", lab.RING)}
    samples = lab.in_turn(runs, 2 if lab.QUICK else 5)
    return {
        name: lab.differences(samples[who], samples["floor"])
        for name, who in ((EDGE, ""), (f"{lab.RING} | {EDGE}", lab.RING))
    }


def at_full_speed(bench: Bench) -> lab.Figures:
    found: lab.Figures = {}
    for who, run in bench.runs.items():
        if who not in (lab.TMPFS, lab.SLOTS):  # it may be more than fits into memory
            found.update(said(who, FULL, run(PAIRS, 0)))
    found[f"lost, {FULL} [events]"] = 0.0  # check() has seen that
    for who, peer in bench.there.items():
        found[f"{who} | lost, {FULL} [events]"] = float(peer.lost)
    return found


def steadily(bench: Bench) -> lab.Figures:
    found: lab.Figures = {}
    with syncing(bench.folder):
        for who, run in bench.runs.items():
            found.update(said(who, STEADY, run(RATE * SECONDS, RATE)))
    return found


def figures() -> lab.Figures:
    with lab.folder() as folder, lab.memory() as memory, peers.installed(folder) as (there, why):
        free = shutil.disk_usage(folder).free
        if free < ROOM:
            return {FULL: f"needs {ROOM >> 30} GB in build/, {free >> 30} GB are free"}
        bench = Bench(folder, memory, there)
        return {**of_edges(bench), **at_full_speed(bench), **steadily(bench), **why}
