"""What the first label costs: of a process, of a thread, of a name."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import lab

TITLE = "The first C label"
ROUNDS = 3 if lab.QUICK else 15
THREADS = 16
NAMES = 1000

PROCESS = "of a process, with the collector's start [us]"
THREAD = "of a thread [us]"
NAME = "of a name, its handle made, less one of a known name [ns]"
TARGETS = {PROCESS: 1000.0, THREAD: 20.0, NAME: 1000.0}


def of(program: Path, trace: Path, *words: object) -> float:
    """The median of what the program prints."""
    numbers = sorted(lab.numbers([program, *words], lab.recorded(trace), program.parent))
    return numbers[len(numbers) // 2]


def figures() -> lab.Figures:
    with lab.folder() as folder:
        program, trace = lab.build(folder / "firsts", ["firsts.c"]), folder / "bench.pftrace"
        runs = {
            "process": partial(of, program, trace, "process"),
            "thread": partial(of, program, trace, "thread", THREADS),
            "name": partial(of, program, trace, "name", NAMES),
        }
        samples = lab.in_turn(runs, ROUNDS)
    return {
        PROCESS: [ns / 1e3 for ns in samples["process"]],
        THREAD: [ns / 1e3 for ns in samples["thread"]],
        NAME: samples["name"],
    }
