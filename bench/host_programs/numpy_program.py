"""Runs heat.py in each form in turn, a short while each: numpy_program.py PACKAGE SECONDS; prints JSON.

The forms share one process, one plate and one recording: between neighbours nothing else differs.
By form, a list of [ns of wall time, ns of processor time, tasks] for each turn.
"""

from __future__ import annotations

import gc
import json
import sys
import time
from pathlib import Path

import forms
import numpy as np  # type: ignore[import-not-found]

SIZE, STEPS = 108, 10


def main() -> None:
    package, seconds = sys.argv[1], float(sys.argv[2])
    programs = forms.load_all(Path(__file__).with_name("heat.py"), package)
    plate = programs[forms.PLAIN]["Plate"](SIZE)
    turns: dict[str, list[tuple[int, int, int]]] = {form: [] for form in programs}
    for program in programs.values():
        program["run"](plate, STEPS)
    gc.disable()
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for form, program in programs.items():
            run = program["run"]
            wall, cpu = time.perf_counter_ns(), time.process_time_ns()
            tasks = run(plate, STEPS)
            turns[form].append((time.perf_counter_ns() - wall, time.process_time_ns() - cpu, tasks))
    assert np.isfinite(plate.total)
    print(json.dumps(turns))


if __name__ == "__main__":
    main()
