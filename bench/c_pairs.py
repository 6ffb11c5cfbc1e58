"""What C labels cost: off, recorded and paused, beside the floor and Debian's recorders to a file."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Callable

import lab
import peers

TITLE = "C labels"
ROUNDS = 2 if lab.QUICK else 7
PAIRS = 300_000 if lab.QUICK else 2_000_000
WARM = 20_000  # pairs.c
RING = "32M"
ROUND = 1_500_000  # pairs in it, and more
THREADS = {count: f"{count} thread{'s' * (count > 1)}" for count in sorted({1, 2, lab.CORES})}

PAIR_KINDS = {"overlapped": "overlapped task", "region": "region", "frame": "frame"}
CALL_KINDS = {
    "frame_submit": "frame_submit_v3",
    "counter_set": "counter_set_value",
    "counter_inc": "counter_inc",
    "marker": "marker",
}
MORE_KINDS = {"metadata": "metadata_add", "metadata_str": "metadata_str_add"}  # each within a task
OTHERS = [what for kinds in (PAIR_KINDS, CALL_KINDS, MORE_KINDS) for what in kinds.values()]
UNUSUAL = {
    "nested": "pair, 10 inside each other",
    "names_200": "pair, 200 names in turn",
    "names_5000": "pair, 5,000 names in turn",
}

TARGETS = {
    **{f"pair to a file, {threads} [x floor]": 1.6 for threads in THREADS.values()},
    **{f"pair to a ring, {threads} [x floor]": 1.25 for threads in THREADS.values()},
    **{f"{what} [x half a task]": 2.0 for what in OTHERS},
    "pair in the file [bytes]": 30.0,
    "pair, off [ns]": 0.6,
    "pair, paused [x two empty calls]": 3.0,
}

Run = Callable[[], float]


class Bench:
    """Runs of pairs.c: ns a pair each."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.trace = folder, folder / "bench.pftrace"
        self.program = lab.build(folder / "pairs", ["pairs.c", "mode.c"])

    def run(self, mode: str, environ: Mapping[str, str], threads: int, pairs: int) -> float:
        (ns,) = lab.numbers([self.program, mode, threads, pairs], environ, self.folder)
        return ns

    def off(self, mode: str, threads: int = 1, pairs: int = PAIRS) -> float:
        return self.run(mode, lab.off(), threads, pairs)

    def file(self, mode: str, threads: int = 1, pairs: int = PAIRS, groups: str = "") -> float:
        return self.run(mode, lab.recorded(self.trace, groups=groups), threads, pairs)

    def ring(self, mode: str, threads: int = 1) -> float:
        """Twice around before: from then on its pages are in memory, and mapped, as the slot's are."""
        words = [self.program, f"{mode},{mode},{mode}", threads, max(PAIRS, ROUND)]
        *_, ns = lab.numbers(words, lab.recorded(self.trace, "--ring", RING), self.folder)
        return ns

    def tmpfs(self, memory: Path, mode: str, threads: int) -> float:
        return self.run(mode, lab.recorded(memory / "bench.pftrace"), threads, PAIRS)

    def slots(self, memory: Path, mode: str, threads: int) -> float:
        environ = {**lab.recorded(self.trace), "ITT_SLOTS": str(memory)}
        return self.run(mode, environ, threads, PAIRS)

    def off_runs(self) -> dict[str, Run]:
        many = 10 * PAIRS
        return {
            "off": partial(self.off, "label", pairs=many),
            "empty": partial(self.off, "empty", pairs=many),
            "paused": partial(self.file, "paused", pairs=many),
            "sync off": partial(self.file, "sync", pairs=many),
        }

    def kind_runs(self) -> dict[str, Run]:
        some, few = PAIRS // 2, PAIRS // 400
        kinds = ("label", *PAIR_KINDS, *CALL_KINDS, *MORE_KINDS, *UNUSUAL)
        return {
            **{kind: partial(self.file, kind, pairs=some) for kind in kinds},
            "sync": partial(self.file, "sync", pairs=some, groups="all"),
            "long": partial(self.file, "long", pairs=few),
            "wait": partial(self.off, "wait", pairs=few),
        }


def of_threads(bench: Bench, there: dict[str, peers.Peer], memory: Path | None) -> lab.Figures:
    """Tasks at full speed."""

    def run(peer: peers.Peer, threads: int) -> float:
        return peer.run(threads, PAIRS // 3)[0]

    figures: lab.Figures = {}
    for count, threads in THREADS.items():
        runs: dict[str, Run] = {
            "floor": partial(bench.off, "floor", count),
            "file": partial(bench.file, "label", count),
            "ring": partial(bench.ring, "label", count),
            **{who: partial(run, peer, count) for who, peer in there.items()},
        }
        if memory is not None:
            runs[lab.TMPFS] = partial(bench.tmpfs, memory, "label", count)
            runs[lab.SLOTS] = partial(bench.slots, memory, "label", count)
        samples = lab.in_turn(runs, ROUNDS)
        names = {
            "file": f"pair to a file, {threads}",
            "ring": f"pair to a ring, {threads}",
            **{
                who: f"{who} | pair to a file, {threads}"
                for who in runs
                if who not in ("floor", "file", "ring")
            },
        }
        figures[f"floor | pair to a file, {threads} [ns]"] = samples["floor"]
        for key, name in names.items():
            figures[f"{name} [ns]"] = samples[key]
            figures[f"{name} [x floor]"] = lab.ratios(samples[key], samples["floor"])
    return figures


def more_than_task(ns: float, task: float) -> float:
    """What comes on top of a task, in halves of one."""
    return (ns - task) / (task / 2)


def of_kinds(samples: dict[str, list[float]]) -> lab.Figures:
    figures: lab.Figures = {}
    task = samples["label"]
    half = [ns / 2 for ns in task]
    for kind, what in PAIR_KINDS.items():
        figures[f"{what}, begin and end [ns]"] = samples[kind]
        figures[f"{what} [x half a task]"] = lab.ratios(samples[kind], task)
    for kind, what in CALL_KINDS.items():
        figures[f"{what} [ns]"] = samples[kind]
        figures[f"{what} [x half a task]"] = lab.ratios(samples[kind], half)
    for kind, what in MORE_KINDS.items():
        figures[f"{what} [ns]"] = lab.differences(samples[kind], task)
        figures[f"{what} [x half a task]"] = lab.Derived(more_than_task, samples[kind], task)
    for kind, what in UNUSUAL.items():
        figures[f"{what} [ns]"] = samples[kind]
        figures[f"{what} [x task]"] = lab.ratios(samples[kind], task)
    figures["pair, of 20 us [ns]"] = lab.differences(samples["long"], samples["wait"])
    figures["a lock's 3 sync calls, wanted [ns]"] = samples["sync"]
    return figures


def of_off(samples: dict[str, list[float]]) -> lab.Figures:
    return {
        "pair, off [ns]": samples["off"],
        "pair, paused [ns]": samples["paused"],
        "floor | pair, paused [ns]": samples["empty"],
        "pair, paused [x two empty calls]": lab.ratios(samples["paused"], samples["empty"]),
        "a lock's 3 sync calls, not wanted [ns]": samples["sync off"],
    }


def figures() -> lab.Figures:
    with lab.folder() as folder, lab.memory() as memory:
        bench = Bench(folder)
        with peers.installed(folder) as (there, why):
            found = of_threads(bench, there, memory)
            for who, peer in there.items():
                peer.run(1, PAIRS)
                found[f"{who} | pair in the file [bytes]"] = peer.size() / (PAIRS + WARM)
        bench.file("label")
        found["pair in the file [bytes]"] = bench.trace.stat().st_size / (PAIRS + WARM)
        found.update(of_off(lab.in_turn(bench.off_runs(), ROUNDS)))
        found.update(of_kinds(lab.in_turn(bench.kind_runs(), ROUNDS)))
        return {**found, **why}
