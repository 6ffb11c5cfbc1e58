"""Puts programs to their fates, compares what they labelled with what Perfetto finds: docs/reliability.md.

    python reliability.py [--kills N] [--seconds N] [--events N] [--write]

What a program labelled is told by the program itself, in a file of its own (tests/c/fates.c). The default run
takes some eight minutes on two cores.
"""

from __future__ import annotations

import argparse
import contextlib
import datetime
import os
import platform
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Callable

import fates
import test_fates_ends
import test_fates_steps
import traced

from itt import _analysis

from oracle import TraceSql

ROOT = Path(__file__).resolve().parent.parent
COLLECTOR = ROOT / "build" / "lib" / "libitt_collector.so"
DOCUMENT = ROOT / "docs" / "reliability.md"
ITT = [sys.executable, "-m", "itt"]
WORKERS = os.cpu_count() or 1


class Row:
    """One fate: what was issued, found and told as lost, in events (a begin or an end each)."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.trials = self.issued = self.found = self.lost = self.missing = self.twice = self.refused = 0

    def add(self, issued: int, found: int, lost: int = 0, under_way: int = 0) -> None:
        """under_way: calls that may be in the file and had not returned, or not been counted, at a kill."""
        self.issued += issued
        self.found += found
        self.lost += lost
        self.missing += max(0, issued - found - lost)
        self.twice += max(0, found + lost - issued - under_way)

    def line(self) -> str:
        numbers = [self.trials, self.issued, self.found, self.lost, self.missing, self.twice, self.refused]
        return f"| {self.name} | " + " | ".join(f"{number:,}" for number in numbers) + " |"


class Bench:
    """Programs, folders and trace processors for the trials."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rows: list[Row] = []
        self._idle: list[TraceSql] = []
        self._folders = 0
        self.program = self._compile("fates.c")
        self.steps = self._compile("fates_steps.c")
        self.world = self._compile("world.c", "-shared", "-fPIC")

    def _compile(self, source: str, *flags: str) -> Path:
        program = self.folder / Path(source).stem
        command = ["cc", "-g", "-O2", "-std=gnu11", "-pthread", f"-I{ROOT / 'include'}", *flags]
        command += [str(ROOT / "tests" / "c" / source), "-o", str(program)]
        subprocess.run([*command, str(ROOT / "build/lib/libittnotify.a"), "-ldl"], check=True)
        return program

    @contextlib.contextmanager
    def trial(self) -> Iterator[Path]:
        self._folders += 1
        with tempfile.TemporaryDirectory(dir=self.folder, prefix=f"{self._folders}-") as folder:
            yield Path(folder)

    @contextlib.contextmanager
    def perfetto(self, row: Row, trace: Path) -> Iterator[TraceSql]:
        try:
            one = self._idle.pop()
        except IndexError:
            empty = self.folder / "empty"
            empty.write_bytes(b"\x0a\x00")
            one = TraceSql(empty)
        try:
            one.load(trace)
            row.refused += one.problems() != []
            yield one
        finally:
            if one.alive():
                self._idle.append(one)

    def fate(self, name: str, trials: int, trial: Callable[[Row, Path, int], None], workers: int = 1) -> None:
        row = Row(name)
        start = time.monotonic()

        def run(number: int) -> None:
            with self.trial() as folder:
                trial(row, folder, number)
            row.trials += 1

        with ThreadPoolExecutor(workers) as pool:
            list(pool.map(run, range(trials)))
        self.rows.append(row)
        print(f"{time.monotonic() - start:6.1f} s {row.line()}", flush=True)

    # Trials

    def counted(self, scene: list[str], **more: Any) -> Callable[[Row, Path, int], None]:
        """A scene of fates.c to its end."""

        def trial(row: Row, folder: Path, _: int) -> None:
            trace, counts = folder / "x.pftrace", folder / "counts"
            traced.run(COLLECTOR, trace, self.program, counts, *scene, **more)
            self.compare(row, trace, counts)

        return trial

    def compare(self, row: Row, trace: Path, counts: Path, settle: bool = False) -> None:
        if settle:
            with self.perfetto(row, trace):
                pass
            _analysis.recording_settle(str(trace))
        with self.perfetto(row, trace) as found:
            row.add(
                sum(fates.issued(counts)), sum(fates.found(found)), traced.head(trace).counts["lost_space"]
            )

    def killed(self, row: Row, folder: Path, number: int) -> None:
        trace, counts = folder / "x.pftrace", folder / "counts"
        fates.kill(self.program, COLLECTOR, trace, counts, number % 3 + 1, number)
        self.compare_threads(row, trace, counts)

    def compare_threads(self, row: Row, trace: Path, counts: Path) -> None:
        with self.perfetto(row, trace) as found:
            there = fates.found_by_thread(found)
        if fates.settle(trace):
            with self.perfetto(row, trace) as found:
                there = fates.found_by_thread(found)
        for thread in fates.counted(counts):
            for issued, seen in zip((thread.begins, thread.ends), there.get(thread.tid, (0, 0))):
                row.add(issued, seen, under_way=1)

    def killed_with_children(self, row: Row, folder: Path, number: int) -> None:
        trace, counts = folder / "x.pftrace", folder / "counts"
        words = [self.program, counts, "forks", "1000", "500"]
        with subprocess.Popen(
            words, env=traced.environment(COLLECTOR, trace), start_new_session=True
        ) as child:
            while not trace.exists():
                time.sleep(0.0003)
            time.sleep(random.Random(number).uniform(0, 0.03))
            os.killpg(child.pid, signal.SIGKILL)
        time.sleep(0.01)  # its children are not ours to wait for
        self.compare_threads(row, trace, counts)

    def ended(self, row: Row, folder: Path, number: int) -> None:
        code, source = list(test_fates_ends.ENDS.values())[number % len(test_fates_ends.ENDS)]
        script, again, trace = folder / "end.py", folder / "again.py", folder / "x.pftrace"
        again.write_text(fates.LABELS + "pairs(40)\nsys.exit(3)")
        script.write_text(fates.LABELS + f"pairs(5000)\nitt.task_begin(domain, 'open')\n{source}")
        self.itt("record", "-o", trace, script, again, code=code)
        issued = 10001 + 80 * ("exec" in source) + 10 * ("Thread" in source)
        with self.perfetto(row, trace) as found:
            row.add(issued, sum(fates.found(found)))

    def itt(self, *words: str | Path, code: int = 0, **more: Any) -> None:
        done = subprocess.run([*ITT, *words], capture_output=True, text=True, **more)
        if done.returncode != code:
            raise RuntimeError(f"itt {words}: {done.returncode}\n{done.stderr}")

    def recorder_killed(self, row: Row, folder: Path, _: int) -> None:
        """SIGKILL for `itt record` in the midst; its program labels on, and ends."""
        trace, counts = folder / "x.pftrace", folder / "counts"
        words = [*ITT, "record", "-o", trace, self.program, counts, "in_turn", "300", "300"]
        with subprocess.Popen(words, stdout=subprocess.PIPE) as recorder:
            assert recorder.stdout
            while not counts.exists() or len(fates.counted(counts)) < 20:
                time.sleep(0.0005)
            recorder.kill()
            recorder.stdout.read()  # until the program ends, too
        self.itt("report", trace)
        self.compare(row, trace, counts)

    def python(self, source: str, issued: int) -> Callable[[Row, Path, int], None]:
        def trial(row: Row, folder: Path, _: int) -> None:
            script, trace = folder / "labels.py", folder / "x.pftrace"
            script.write_text(fates.LABELS + source)
            self.itt("record", "-o", trace, script, cwd=folder)
            while not (folder / "ended").exists() and "ended" in source:
                time.sleep(0.01)
            with self.perfetto(row, trace) as found:
                row.add(issued, sum(fates.found(found)))

        return trial

    def forked_at_first(self, row: Row, folder: Path, number: int) -> None:
        delay = random.Random(number).randint(0, 1_500_000)  # ns; attaching takes as long
        self.counted(["fork_at_first", "50", str(delay)])(row, folder, number)

    def stepped(self, row: Row, folder: Path, number: int) -> None:
        with self.perfetto(row, self.folder / "empty") as processor:
            seen = test_fates_steps.steps(self.steps, COLLECTOR, folder, processor, number == 1)
        row.name += f"{': ' if number == 0 else ' and '}{seen.instructions:,}"
        row.trials += seen.states - 1
        row.add(seen.events, seen.events)

    def full_disk(self, row: Row, folder: Path, number: int) -> None:
        disk = folder / "disk"
        disk.mkdir()
        size = f"size={128 + 37 * number}k"
        subprocess.run(["mount", "-t", "tmpfs", "-o", size, "none", disk], check=True)
        try:
            trace, counts = disk / "x.pftrace", folder / "counts"
            traced.run(COLLECTOR, trace, self.program, counts, "at_once", "2", "30000")
            self.compare(row, trace, counts)
        finally:
            subprocess.run(["umount", disk], check=True)

    def limited(self, row: Row, folder: Path, number: int) -> None:
        limit = 65536 + 30000 * number
        scene = self.counted(
            ["at_once", "2", "30000"],
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        )
        # The counts are a file as well, which is larger than that.
        (folder / "counts").write_bytes(bytes(64 * 65536))
        scene(row, folder, number)

    def elsewhere(self, row: Row, folder: Path, number: int) -> None:
        trace, counts, slots = folder / "x.pftrace", folder / "counts", folder / "slots"
        slots.mkdir()
        scene = ["forks", "4", "4000"]
        traced.run(COLLECTOR, trace, self.program, counts, *scene, env={"ITT_SLOTS": str(slots)})
        self.compare(row, trace, counts, settle=True)


POOL = """
import multiprocessing
if __name__ == "__main__":
    with multiprocessing.get_context({method!r}).Pool(3) as pool:
        pool.map(pairs, [200] * 30, 1)
    pairs(100)
"""

DAEMONS = """
recorder = os.getppid()
for number in range(4):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            for descriptor in range(3):  # the recorder's reader waits for their end
                os.close(descriptor)
            while os.path.exists(f"/proc/{recorder}"):
                time.sleep(0.01)
            pairs(20000)
            time.sleep(0.3)
            open("ended", "w").close()
            os._exit(0)
        os._exit(0)
    os.wait()
pairs(100)
"""


def measure(bench: Bench, kills: int) -> None:
    some = max(1, kills // 100)
    bench.fate("killed at a random moment, 1 to 3 threads", kills, bench.killed, WORKERS)
    bench.fate("killed with its forked children", kills // 10, bench.killed_with_children, WORKERS)
    bench.fate("killed at each instruction of a hand-over", 2, bench.stepped)
    bench.fate("return, exit, exception, signals, exec", 10 * max(1, some // 4), bench.ended, WORKERS)
    bench.fate("`itt record` killed", some, bench.recorder_killed)
    jump = {"LD_PRELOAD": str(bench.world), "WORLD_CLOCK": str(3600 * 10**9)}
    bench.fate("the time of day jumps by an hour", some, bench.counted(["forks", "4", "4000"], env=jump))
    bench.fate("forks by threads while others label", some, bench.counted(["forks", "20", "300"]))
    bench.fate("forked while another thread makes its first call", kills // 20, bench.forked_at_first)
    for method in ("fork", "spawn", "forkserver"):
        few = max(1, some // 4)
        bench.fate(f"multiprocessing, {method}", few, bench.python(POOL.format(method=method), 12200))
    bench.fate("daemons that outlive `itt record`", max(1, some // 4), bench.python(DAEMONS, 160200))
    bench.fate("10,000 threads one after the other", 1, bench.counted(["in_turn", "10000", "3"]))
    bench.fate("500 threads at once", max(1, some // 4), bench.counted(["at_once", "500", "30"]))
    if os.geteuid() == 0:
        bench.fate("the disk fills up", some, bench.full_disk)
    quota = {"LD_PRELOAD": str(bench.world), "WORLD_QUOTA": str(400_000)}
    bench.fate("a quota is reached", some, bench.counted(["at_once", "2", "30000"], env=quota))
    bench.fate("a limit of the file's size is reached", some, bench.limited)
    bench.fate("slots in another file", some, bench.elsewhere)


def load(bench: Bench, seconds: int, events: int) -> list[str]:
    """Two threads at full speed into a ring of the newest chunks: a line of the table."""
    trace, counts = bench.folder / "ring.pftrace", bench.folder / "ring.counts"
    words = ["record", "--ring", RING, "-o", trace, bench.program, counts, "load", "2", seconds, events]
    done = subprocess.run([*ITT, *map(str, words)], capture_output=True, text=True, check=True)
    took, before, after = map(int, done.stdout.split())
    issued = sum(fates.issued(counts))
    row = Row("")
    with bench.perfetto(row, trace) as found:
        there = sum(fates.found(found))
    lost = traced.head(trace).counts["lost_space"]
    numbers = [f"{took:,}", f"{issued:,}", f"{issued / took / 1e6:.1f} million"]
    numbers += [f"{size / 1e6:.1f} MB" for size in (before, after, trace.stat().st_size)]
    return ["| " + " | ".join([*numbers, f"{there:,}", f"{lost:,}", f"{row.refused}"]) + " |"]


RING = "32M"


def machine() -> str:
    model = "unknown"
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.partition(":")[2].strip()
                break
    virtual = "virtual" if "hypervisor" in Path("/proc/cpuinfo").read_text() else "real"
    return f"{os.cpu_count()} processors, {model} ({virtual}), Linux {platform.release().split('-')[0]}"


def document(bench: Bench, loads: list[str], seconds: float, busy: float) -> str:
    table = "\n".join(row.line() for row in bench.rows)
    total = Row("**all**")
    for row in bench.rows:
        for what in ("trials", "issued", "found", "lost", "missing", "twice", "refused"):
            setattr(total, what, getattr(total, what) + getattr(row, what))
    text = TEXT.replace("{table}", f"{table}\n{total.line()}").replace("{machine}", machine())
    text = text.replace("{busy}", f"{busy:.1f} when it began")
    text = text.replace("{date}", datetime.date.today().isoformat())
    text = text.replace("{python}", platform.python_version()).replace("{minutes}", f"{seconds / 60:.0f}")
    return text.replace("{loads}", LOADS.replace("{rows}", "\n".join(loads)) if loads else NO_LOADS)


LOADS = f"""\
Two threads label without a pause; `--ring {RING}` keeps the newest part. Memory is that of the whole process
with the ring that it maps, after one second and at the end.

| seconds | events issued | a second | memory, start | at the end | file | newest in it | lost | refused |
|---|---|---|---|---|---|---|---|---|
{{rows}}"""

NO_LOADS = "Not measured this time."

TEXT = """\
# Reliability

What programs labelled, and what Perfetto's trace processor found in their recordings, whatever their end was.
Made by `make reliability` on {date} in {minutes} minutes: {machine}, Python {python}; other work had the
processors as well, at a load average of {busy}.

## Fates

| fate | trials | events issued | events found | told as lost | missing | twice | files refused |
|---|---|---|---|---|---|---|---|
{table}

An event is a begin or an end of a task.

- **Issued**: calls that returned, counted by the program itself in shared memory, which survives it. (Python
  programs label a fixed number of times.)
- **Found**: what Perfetto's trace processor has, after what `itt record` does at its end. Where a program was
  killed, it may have been inside a call, or between the call and the counting of it: each thread may have
  one begin and one end more in the file.
- **Told as lost**: counted in the recording's head, and said by `itt record` and `itt report`. Only full
  disks and limits have any.
- **Missing** = issued - found - told as lost; **twice** = what was found beyond that and beyond the calls
  under way. Killed programs are compared thread by thread, so that nothing makes up for another's loss.
- **Refused**: files, also as the kill left them, in which the trace processor reports an error or a loss of
  data.

"Killed at each instruction" runs a process step by step, from before a slot is full until after it was handed
over: once with the slots in the trace, once in a file of their own. Each state of the file that a reader can
tell from others is a trial; the numbers of instructions are behind the name. Between the two stores of the
hand-over the events of the slot are there twice; `itt record` and our reader drop one
(see [The trace file](format.md#units-and-chunks)).

The quota and the jumps of the clock are played to the program by a library in front of the C library; the
full disk is a small tmpfs.

## Load

{loads}
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--kills", type=int, default=2000, help="and other trials in proportion (2000)")
    parser.add_argument("--seconds", type=int, default=120, help="under load, 0: none (120)")
    parser.add_argument("--events", type=int, default=2 * 10**9, help="at least, under load (2,000,000,000)")
    parser.add_argument("--write", action="store_true", help="write docs/reliability.md")
    options = parser.parse_args()
    start, busy = time.monotonic(), os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="itt-reliability-") as folder:
        bench = Bench(Path(folder))
        measure(bench, options.kills)
        loads = load(bench, options.seconds, options.events) if options.seconds else []
        text = document(bench, loads, time.monotonic() - start, busy)
    print(text)
    if options.write:
        DOCUMENT.write_text(text)
    if any(row.missing or row.twice or row.refused for row in bench.rows):
        sys.exit("reliability: events are missing or there twice, or a file was refused")


if __name__ == "__main__":
    main()
