"""`itt report`: events a second on one core, by kind; what all cores make of it; memory, and its start."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import lab

from itt import _analysis

TITLE = "itt report"
ROUNDS = 3 if lab.QUICK else 7
PAIRS = 300_000 if lab.QUICK else 2_000_000
HUGE = (150_000_000 if lab.QUICK else 5_000_000_000) // 28  # pairs of as many bytes
PYTHON = "import itt\nfor i in range(%d):\n  with itt.task('outer'):\n    with itt.task('inner'): pass\n"

MEASURED = """
import contextlib, io, os
from itt import _cli
with contextlib.redirect_stdout(io.StringIO()):
    assert _cli.main(["report", "--format", "json", os.environ["REPORT"]]) == 0
status = open("/proc/self/status").read()
print(int(status.partition("VmHWM:")[2].split()[0]) * 1.024)
"""

KINDS = {
    "label": "tasks",
    "nested": "tasks 5 deep",
    "names_200": "tasks of 200 names",
    "names_5000": "tasks of 5,000 names",
    "metadata": "tasks with metadata",
    "overlapped": "overlapped tasks",
    "region": "regions",
    "frame": "frames",
    "python": "tasks of Python",
}
PLAIN = ("label", "nested", "python")
RATE = "{}, one core [million events/s]"
TREE = "tasks 5 deep, with --tree, one core [million events/s]"
CORES = f"{lab.CORES} cores, by the time of one [x]"
REPORT = "1,000,000 pairs, beyond --help [ms]"
START = "--help [ms]"
PYTHON_START = "python -c pass | --help [ms]"
MEMORY = {1: "5 GB of one thread, memory [MB]", 1000: "5 GB of 1,000 threads, memory [MB]"}

TARGETS = {
    **{RATE.format(KINDS[kind]): 50.0 for kind in PLAIN},
    TREE: 50.0,
    REPORT: 40.0,
    START: 60.0,
    **dict.fromkeys(MEMORY.values(), 100.0),
}


def record(program: Path, trace: Path, kind: str, threads: int = 1, pairs: int = PAIRS) -> Path:
    command = [program, kind, threads, pairs]
    if kind == "python":
        command = [sys.executable, "-c", PYTHON % (pairs // 2)]
    subprocess.run([*map(str, command)], env=lab.recorded(trace), check=True, stdout=subprocess.DEVNULL)
    return trace


def rate(trace: Path, tree: bool = False) -> float:
    start = time.process_time()
    found = _analysis.summarize([str(trace)], tree=tree, threads=1)
    return found["events"] / (time.process_time() - start) / 1e6


def seconds(trace: Path, threads: int) -> float:
    start = time.perf_counter()
    _analysis.summarize([str(trace)], threads=threads)
    return time.perf_counter() - start


def milliseconds(*command: str) -> float:
    start = time.perf_counter()
    subprocess.run([sys.executable, *command], env=lab.off(), check=True, stdout=subprocess.DEVNULL)
    return (time.perf_counter() - start) * 1e3


def megabytes(trace: Path) -> float:
    """The most that a report has had in memory (what resource says of a child starts with its parent's)."""
    environ = {**lab.off(), "REPORT": str(trace)}
    return float(subprocess.check_output([sys.executable, "-c", MEASURED], env=environ)) / 1e3


def memory(folder: Path, program: Path) -> lab.Figures:
    found: lab.Figures = {}
    for threads, name in MEMORY.items():
        if shutil.disk_usage(folder).free < HUGE * 28 * 1.5:
            found[name] = "no room on the disk"
            continue
        trace = record(program, folder / "huge.pftrace", "label", threads, HUGE // threads)
        found[name] = megabytes(trace)
        trace.unlink()
    return found


def figures() -> lab.Figures:
    with lab.folder() as folder:
        program = lab.build(folder / "pairs", ["pairs.c", "mode.c"])
        traces = {kind: record(program, folder / f"{kind}.pftrace", kind) for kind in KINDS}
        million = record(program, folder / "million.pftrace", "label", pairs=980_000)
        report = ["-m", "itt", "report"]
        found = {RATE.format(text): partial(rate, traces[kind]) for kind, text in KINDS.items()}
        found[TREE] = partial(rate, traces["nested"], tree=True)
        found["one"] = partial(seconds, traces["label"], 1)
        found["all"] = partial(seconds, traces["label"], lab.CORES)
        found[PYTHON_START] = partial(milliseconds, "-c", "pass")
        found[START] = partial(milliseconds, *report, "--help")
        found["report"] = partial(milliseconds, *report, str(million))
        samples = lab.in_turn(found, ROUNDS)
        times = {name: samples.pop(name) for name in ("one", "all", "report")}
        samples[REPORT] = lab.differences(times["report"], samples[START])
        samples[CORES] = lab.ratios(times["all"], times["one"])
        return {**samples, **memory(folder, program)}


if __name__ == "__main__":
    for name, value in figures().items():
        values = value if isinstance(value, list) else [value]
        print(
            f"{name:60}", *(one if isinstance(one, str) else f"{one:.4g}" for one in sorted(values, key=str))
        )
