"""What a C begin/end pair costs, off and recording, and what its trace costs to read.

Runs each figure's programs in turn, several times, and quotes medians and ratios within one round.
The floor is two time stamp reads and two 24-byte stores into a mapped file.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIB = ROOT / "build" / "lib"
ROUNDS = 7
PAIRS = 3_000_000
KINDS = ("overlapped", "region", "frame")


def build(folder: Path) -> Path:
    program = folder / "pairs"
    source = ROOT / "bench" / "c" / "pairs.c"
    command = [
        os.environ.get("CC", "cc"),
        "-std=gnu11",
        "-O2",
        "-pthread",
        f"-I{ROOT / 'include'}",
        str(source),
    ]
    subprocess.run([*command, str(LIB / "libittnotify.a"), "-ldl", "-o", str(program)], check=True)
    return program


def pair(
    program: Path, mode: str, threads: int, pairs: int = PAIRS, trace: Path | None = None, groups: str = ""
) -> float:
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("INTEL_", "ITT_"))}
    if trace is not None:
        trace.unlink(missing_ok=True)
        environ["INTEL_LIBITTNOTIFY64"] = str(LIB / "libitt_collector.so")
        environ["ITT_TRACE"] = str(trace)
        environ["INTEL_ITTNOTIFY_GROUPS"] = groups
    command = [str(program), mode, str(threads), str(pairs)]
    return float(subprocess.check_output(command, env=environ, cwd=program.parent))


def report(trace: Path) -> tuple[float, float, float]:
    """Seconds, seconds beyond those of `itt report --help`, and MB of memory."""
    start = time.perf_counter()
    subprocess.run([sys.executable, "-m", "itt", "report", "--help"], check=True, stdout=subprocess.DEVNULL)
    bare = time.perf_counter() - start
    start = time.perf_counter()
    child = subprocess.Popen([sys.executable, "-m", "itt", "report", str(trace)], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - start
    if status:
        raise SystemExit("itt report failed")
    return seconds, seconds - bare, usage.ru_maxrss / 1024


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="itt-bench-", dir=ROOT / "build") as name:
        folder = Path(name)
        program, trace = build(folder), folder / "bench.pftrace"
        names = ["off", "floor", "one", "two", "floor two", *KINDS, "sync off", "sync"]
        figures: dict[str, list[float]] = {name: [] for name in names}
        for _ in range(ROUNDS):
            figures["off"].append(pair(program, "label", 1, 100_000_000))
            figures["floor"].append(pair(program, "floor", 1))
            figures["one"].append(pair(program, "label", 1, trace=trace))
            figures["floor two"].append(pair(program, "floor", 2))
            figures["two"].append(pair(program, "label", 2, trace=trace))
            for kind in KINDS:
                figures[kind].append(pair(program, kind, 1, PAIRS // 3, trace=trace))
            figures["sync off"].append(pair(program, "sync", 1, 100_000_000, trace))
            figures["sync"].append(pair(program, "sync", 1, PAIRS // 3, trace, "all"))
        middle = {name: statistics.median(values) for name, values in figures.items()}

        def row(what: str, name: str, floor: str | None = None, word: str = "floor") -> None:
            ratio = statistics.median(a / b for a, b in zip(figures[name], figures[floor])) if floor else 0
            beside = f"{ratio:6.2f} x {word}" if floor else ""
            print(f"{what:36} {middle[name]:8.2f} ns {min(figures[name]):8.2f} best {beside}")

        row("floor, 1 thread", "floor")
        row("floor, 2 threads", "floor two")
        row("off", "off")
        row("recording, 1 thread", "one", "floor")
        row("recording, 2 threads", "two", "floor two")
        for kind in KINDS:
            row(f"{kind}, 1 thread", kind, "one", "a task pair")
        row("sync calls not wanted, a lock's 3", "sync off", "off", "off")
        row("sync calls wanted, a lock's 3", "sync", "one", "a task pair")
        print(f"{'recording, 2 threads to 1':36} {middle['two'] / middle['one']:8.2f} x")

        pair(program, "label", 1, 1_000_000 - 20_000, trace=trace)
        print(f"{'file, 1 million pairs':36} {trace.stat().st_size / 1e6:8.2f} bytes a pair")
        runs = [report(trace) for _ in range(ROUNDS)]
        seconds, beyond, memory = (statistics.median(values) for values in zip(*runs))
        print(f"{'itt report of 1 million pairs':36} {seconds:8.3f} s, {memory:.0f} MB")
        print(f"{'  beyond its start':36} {beyond:8.3f} s")


if __name__ == "__main__":
    main()
