"""Instructions of labels and of the report, counted by valgrind: the same whatever else the machine does.

    python bench/counts.py LOOPS TRACE TRACE       what is counted of Python; valgrind runs it

Counts depend on the compiler and on Python: those of bench/instructions.json are compared where these are the
same. What the processor makes of an instruction (a time stamp takes the time of 50 others) is not in them.
"""

from __future__ import annotations

import gc
import importlib
import json
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import lab
import python_loops

TITLE = "Instructions"
BASELINE = lab.ROOT / "bench" / "instructions.json"
PAIRS, LOOPS = 20_000, 2000
TIMES = 3  # the least counts: where it is held up, a label says a longer time
GROWTH = 0.03  # that is too much

# Modes of pairs.c, and what their counts are called.
RECORDED = {
    "label": "pair to a file",
    "overlapped": "overlapped task",
    "region": "region",
    "frame": "frame",
    "frame_submit": "frame_submit_v3",
    "counter_set": "counter_set_value",
    "counter_inc": "counter_inc",
    "marker": "marker",
    "metadata": "pair with metadata_add",
    "metadata_str": "pair with metadata_str_add",
    "names_200": "pair, 200 names in turn",
}
FORMS = ("function pair", "reused with", "fresh with", "decorated call")


def missing() -> str:
    """Why nothing can be counted."""
    return "" if shutil.which("valgrind") else "not installed: apt install valgrind"


def conditions() -> dict[str, str]:
    """What must be the same for counts to be so: by the first word of a count's name, "C" or "Python"."""
    c = f"{lab.compiler_version()}, {platform.machine()}"
    return {"C": c, "Python": f"{platform.python_version()}, {platform.python_compiler()}, {c}"}


def counted(folder: Path, command: Sequence[object], environ: Mapping[str, str]) -> list[int]:
    """Instructions of each call of the function `measured`, in all threads."""
    out = folder / "callgrind.out"
    options = [f"--callgrind-out-file={out}", "--zero-before=measured", "--dump-after=measured"]
    words = ["valgrind", "-q", "--tool=callgrind", *options, *map(str, command)]
    subprocess.run(words, env=environ, cwd=folder, check=True, stdout=subprocess.DEVNULL)
    dumps = sorted(folder.glob("callgrind.out.*"), key=lambda path: int(path.suffix[1:]))
    counts = [int(re.findall(r"^totals: (\d+)", path.read_text(), re.M)[0]) for path in dumps]
    for path in dumps:
        path.unlink()
    return counts


def of_c(folder: Path, program: Path) -> dict[str, float]:
    trace = folder / "bench.pftrace"
    runs: list[tuple[dict[str, str], dict[str, str]]] = [
        (lab.off(), {"label": "pair, off"}),
        (lab.recorded(trace), RECORDED),
        (lab.recorded(folder / "paused.pftrace"), {"paused": "pair, paused"}),
        (lab.recorded(folder / "ring.pftrace", "--ring", "4M"), {"label": "pair to a ring"}),
    ]
    found: dict[str, float] = {}
    for environ, modes in runs:
        counts = counted(folder, [program, ",".join([*modes] * TIMES), 1, PAIRS], environ)
        for i, what in enumerate(modes.values()):
            found[f"C: {what}"] = min(counts[i :: len(modes)]) / PAIRS
    return found


def of_python(folder: Path, program: Path) -> dict[str, float]:
    """Labels, off and up to a collector that does nothing; and what the report takes for an event.

    Python is so slow under valgrind that labels would lie further apart than a short event can say: what our
    collector takes is counted from C.
    """
    small, large = (folder / f"{name}.pftrace" for name in ("small", "large"))
    listener = lab.build(folder / "listener.so", ["listener.c"], ["-shared", "-fPIC"])
    for path, pairs in ((small, 5000), (large, 105_000)):
        lab.numbers([program, "label", 1, pairs], lab.recorded(path), folder)
    found: dict[str, float] = {}
    for state, collector in (("off", {}), ("heard", {"INTEL_LIBITTNOTIFY64": str(listener)})):
        environ = {**lab.off(), **collector}
        # An object's memory at the same cost, wherever it happens to lie in Python's pools.
        environ.update(PYTHONHASHSEED="0", PYTHONMALLOC="malloc")
        traces = [small, large] if state == "off" else []
        counts = counted(folder, [sys.executable, __file__, LOOPS, *traces], environ)
        found.update((f"Python: {form}, {state}", n / LOOPS) for form, n in zip(FORMS, counts))
        if traces:
            found["Python: report, an event"] = (counts[-1] - counts[-2]) / 200_000
    return found


def counts() -> dict[str, float]:
    with lab.folder() as folder:
        program = lab.build(folder / "pairs", ["pairs.c", "mode.c"])
        return {**of_c(folder, program), **of_python(folder, program)}


def write(figures: Mapping[str, Mapping[str, float]]) -> None:
    """What bench/run.py keeps of the figures becomes the baseline."""
    found = {
        name.partition(" [")[0]: round(figure["median"], 2)
        for name, figure in figures.items()
        if name.endswith(" [instructions]")
    }
    text = {"conditions": conditions(), "counts": found}
    BASELINE.write_text(json.dumps(text, indent=1) + "\n")


def grown(found: Mapping[str, float], kept: Mapping[str, float]) -> list[str]:
    """Counts that have become too large."""
    return [
        f"{name}: {found[name]:.1f} instructions, {found[name] / was - 1:+.1%}"
        for name, was in kept.items()
        if name in found and found[name] > was * (1 + GROWTH)
    ]


def figures() -> lab.Figures:
    why = missing()
    if why:
        return {"valgrind": why}
    return {f"{name} [instructions]": count for name, count in counts().items()}


def in_parts(run: python_loops.Run) -> python_loops.Run:
    """Loops that count no further than to 250: larger numbers would be made anew."""

    def parts(loops: int) -> None:
        for _ in range(loops // 250):
            run(250)

    return parts


def child(loops: int, traces: Sequence[str]) -> None:
    itt: Any = importlib.import_module("itt")
    empty: Any = python_loops.empty_module()
    forms = python_loops.forms_itt(itt)
    gc.disable()  # what it has to look at depends on all that is imported
    for run in (forms[form] for form in FORMS):
        run(loops // 4)  # the interpreter adapts, names are known
        empty.measured(in_parts(run), loops)
    for trace in (*traces[:1], *traces):
        empty.measured(itt.read, trace)


if __name__ == "__main__":
    child(int(sys.argv[1]), sys.argv[2:])
