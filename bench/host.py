"""What labels cost the program that they are in, at about 100,000 tasks a second; and its memory.

Three programs of bench/host_programs: NumPy's steps on a plate, an HTTP server under load, and a parser in C.
Each has its labels in several forms, and none at all; these take turns of some milliseconds in one process,
so that neighbours are compared, and by processor time, which other processes disturb less. Whole runs of the
parser, recorded and not, are compared by wall time, in which is what the kernel does for the file.

As a script: both times of all, medians with their confidence intervals (95 %, by bootstrap).
"""

from __future__ import annotations

import importlib.util
import json
import random
import statistics
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import lab

TITLE = "Labelled programs"
PROGRAMS = lab.ROOT / "bench" / "host_programs"
RATE = 100_000  # tasks a second
SLOWER = "slower at 100,000 tasks/s [%]"
PLAIN = "plain"
CHUNKS = PROCESSES = 8
ROUNDS, WHOLE = (2, 20) if lab.QUICK else (8, 400)
THREADS, PAIRS = (1, 8, 64), 60_000

NUMPY, SERVER, PARSER = "NumPy", "HTTP server", "parser in C"
OURS, REFERENCE, PYITT, PYITT_REFERENCE = "", "reference-style", "pyitt", "pyitt to reference-style"

# Seconds of each program for each kind of run: who, what is recorded where.
SECONDS = {(OURS, "off"): 4, (OURS, "recorded"): 5, (OURS, "ring"): 4}
SECONDS |= {
    (REFERENCE, "recorded"): 2,
    (PYITT, "off"): 2,
    (PYITT, "recorded"): 2,
    (PYITT_REFERENCE, "recorded"): 2,
}

FORMS = ("function pair", "decorated", "with, made once", "with, made anew")
TARGETS = {
    f"{program}, {form}, {state}, {SLOWER}": 1.0
    for program, forms in ((NUMPY, FORMS), (SERVER, FORMS), (PARSER, ("C pair",)))
    for form in forms
    for state in ("recorded", "ring")
}
TARGETS |= {f"memory of a recording, threads: {n} [KB]": 2048.0 + 256 * n for n in THREADS}


class Turn(NamedTuple):
    """Of one form of a program."""

    wall: float  # ns, as the next
    cpu: float
    tasks: int


Turns = dict[str, list[Turn]]  # by form


class Cost(NamedTuple):
    """By how much a task takes longer with a label: samples, in ns."""

    wall: list[float]
    cpu: list[float]


def cost(turns: Turns, form: str) -> Cost:
    pairs = list(zip(turns[form], turns[PLAIN]))
    return Cost(
        [(labelled.wall - plain.wall) / labelled.tasks for labelled, plain in pairs],
        [(labelled.cpu - plain.cpu) / labelled.tasks for labelled, plain in pairs],
    )


def percent(ns: Sequence[float]) -> list[float]:
    """Medians of neighbours, a few of them, as a share of the time at that rate."""
    size = max(1, len(ns) // CHUNKS)
    medians = [statistics.median(ns[i : i + size]) for i in range(0, len(ns) - size + 1, size)]
    return [median * RATE / 1e7 for median in medians]


def interval(samples: Sequence[float], places: int = 1) -> str:
    draw = random.Random(1)
    medians = sorted(statistics.median(draw.choices(samples, k=len(samples))) for _ in range(400))
    middle, least, most = (f"{x:.{places}f}" for x in (statistics.median(samples), medians[10], medians[389]))
    return f"{middle:>8} [{least} .. {most}]"


class Bench:
    def __init__(self, folder: Path) -> None:
        self.folder, self.trace, self.log = folder, folder / "host.pftrace", folder / "host.log"
        self.reference = folder / "reference.so"
        self.requests = 0.0  # a second: the server's, the last time
        flags = ["-std=gnu11", "-O2", "-shared", "-fPIC", "-pthread", f"-I{lab.ROOT / 'include'}"]
        source = lab.ROOT / "bench" / "c" / "reference.c"
        subprocess.run([*lab.compiler(), *flags, str(source), "-o", str(self.reference), "-ldl"], check=True)
        programs = "../host_programs/"
        self.parser = lab.build(folder / "parser", [programs + "parser_program.c", programs + "records.c"])
        self.threads = lab.build(folder / "threads", [programs + "threads_program.c"])

    def environment(self, who: str, state: str) -> dict[str, str]:
        if state == "off":
            return lab.off()
        if who in (REFERENCE, PYITT_REFERENCE):
            reference = {"INTEL_LIBITTNOTIFY64": str(self.reference), "REFERENCE_LOG": str(self.log)}
            return {**lab.off(), **reference}
        return lab.recorded(self.trace, *(("--ring", "64M") if state == "ring" else ()))

    def run(self, program: str, who: str, state: str) -> Turns:
        seconds = 0.5 if lab.QUICK else SECONDS[who, state]
        package = "pyitt" if who in (PYITT, PYITT_REFERENCE) else "itt"
        environ = self.environment(who, state)
        play = {NUMPY: self._numpy, SERVER: self._server, PARSER: self._parser}[program]
        turns = play(package, seconds, environ)
        if (who, state) == (OURS, "recorded"):
            self._check(turns)
        self.trace.unlink(missing_ok=True)
        self.log.unlink(missing_ok=True)
        return turns

    def _check(self, turns: Turns) -> None:
        """All of it is in the file, with what programs do to warm up."""
        text = subprocess.check_output(
            [*lab.ITT, "report", "--format", "json", str(self.trace)], env=lab.off()
        )
        report = json.loads(text)
        there = sum(task["count"] for task in report["tasks"])
        labelled = [of_form for form, of_form in turns.items() if form != PLAIN]
        made = sum(turn.tasks for of_form in labelled for turn in of_form)
        if there < made or report["lost"]:
            raise RuntimeError(f"{there} tasks of {made}, {report['lost']} lost")

    def _numpy(self, package: str, seconds: float, environ: dict[str, str]) -> Turns:
        command = [sys.executable, str(PROGRAMS / "numpy_program.py"), package, str(seconds)]
        said = json.loads(subprocess.check_output(command, env=environ, cwd=self.folder))
        return {form: [Turn(*turn) for turn in turns] for form, turns in said.items()}

    def _server(self, package: str, seconds: float, environ: dict[str, str]) -> Turns:
        command = [sys.executable, str(PROGRAMS / "server_program.py"), package]
        with subprocess.Popen(
            command,
            env=environ,
            cwd=self.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        ) as server:
            assert server.stdin is not None and server.stdout is not None
            port, *forms = server.stdout.readline().strip().split(";")
            load = [sys.executable, str(PROGRAMS / "load_program.py"), port, str(len(forms)), str(seconds)]
            self.requests = float(subprocess.check_output(load, cwd=self.folder))
            server.stdin.close()
            said = json.loads(server.stdout.read())
        return {form: [Turn(*turn) for turn in turns] for form, turns in zip(forms, said)}

    def _parser(self, package: str, seconds: float, environ: dict[str, str]) -> Turns:
        """In C, no package is wanted. Several processes, as each has its own luck with where things lie."""
        turns = []
        for _ in range(PROCESSES):
            said = iter(lab.numbers([self.parser, seconds / PROCESSES], environ, self.folder))
            turns += [Turn(wall, cpu, int(tasks)) for wall, cpu, tasks in zip(said, said, said)]
        return {PLAIN: turns[::2], "C pair": turns[1::2]}

    def rate(self, program: str, turns: Turns) -> float:
        """Tasks a second, or as many as there would be if the unlabelled ones were tasks, too."""
        if program == SERVER:
            return self.requests * turns[PLAIN][0].tasks
        return statistics.median(1e9 * turn.tasks / turn.cpu for turn in turns[PLAIN])

    def whole_runs(self) -> list[float]:
        """Wall time of the parser with labels, recorded, to that of the same not recorded."""
        ratios = []
        command = [str(self.parser), "labelled", str(WHOLE)]
        for _ in range(ROUNDS):
            off = lab.numbers(command, self.environment(OURS, "off"), self.folder)
            on = lab.numbers(command, self.environment(OURS, "recorded"), self.folder)
            ratios.append(on[0] / off[0])
            self.trace.unlink()
        return ratios

    def memory(self, threads: int) -> float:
        """KB that a recording adds to what is resident, the trace's own pages included."""
        off, on = (
            lab.numbers([self.threads, threads, PAIRS], self.environment(OURS, state), self.folder)
            for state in ("off", "recorded")
        )
        self.trace.unlink()
        return max(on[0] - off[0], on[2] - off[2])


def runs(bench: Bench) -> Iterator[tuple[str, str, str, Turns | str]]:
    """Who, program and state of each, and its turns or why there are none."""
    missing = {name: importlib.util.find_spec(name) is None for name in ("numpy", "pyitt")}
    for program in (NUMPY, SERVER, PARSER):
        for who, state in SECONDS:
            if program == NUMPY and missing["numpy"]:
                yield "", program, state, "not measured: NumPy is not installed"
            elif "pyitt" in who and (program == PARSER or missing["pyitt"]):
                if program != PARSER:
                    yield who, program, state, "not installed"
            else:
                yield who, program, state, bench.run(program, who, state)


def figures() -> lab.Figures:
    result: lab.Figures = {}
    with lab.folder() as folder:
        bench = Bench(folder)
        for who, program, state, turns in runs(bench):
            ahead = f"{who} | " if who else ""
            if isinstance(turns, str):
                result[who or program] = turns
                continue
            if (who, state) == (OURS, "off"):
                result[f"{program} [tasks/s]"] = bench.rate(program, turns)
            for form in turns:
                if form != PLAIN:
                    name = f"{ahead}{program}, {form}, {state}, {SLOWER}"
                    result[name] = percent(cost(turns, form).cpu)
        result[f"{PARSER}, C pair, recorded, wall time of whole runs [x off]"] = bench.whole_runs()
        for n in THREADS:
            result[f"memory of a recording, threads: {n} [KB]"] = bench.memory(n)
    return result


def main() -> None:
    with lab.folder() as folder:
        bench = Bench(folder)
        print(f"{'ns a task, median [95 %]':66}wall, processor")
        for who, program, state, turns in runs(bench):
            if isinstance(turns, str):
                print(f"{who or program}: {turns}")
                continue
            print(f"{program}, {state}, {who or 'itt'}: {bench.rate(program, turns):,.0f} tasks a second")
            for form in turns:
                if form != PLAIN:
                    of_form = cost(turns, form)
                    print(f"    {form:40} {interval(of_form.wall)}, {interval(of_form.cpu)}", flush=True)
        print(f"{PARSER}, whole runs, times off: {interval(bench.whole_runs(), 3)}")
        for n in THREADS:
            print(f"memory of a recording, threads: {n}: {bench.memory(n):.0f} KB")


if __name__ == "__main__":
    main()
