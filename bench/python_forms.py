"""What each form of a label costs in Python, beside its nearest form in pyitt, ittapi, nvtx and viztracer.

Off: without a collector. Recorded: into itt's collector, which pyitt and ittapi speak to as well; nvtx has no
tool then. viztracer keeps its events in memory: a bare call that it traces, and its `log_event`. The floor is
what a form consists of at least: a bare call, and two of an empty C function that takes the same arguments.
All are ns for a begin and an end, without the loop.
"""

from __future__ import annotations

import gc
import importlib
import json
import statistics
import subprocess
import sys
import time

import c_pairs
import lab
import python_loops

TITLE = "Python labels"
TURNS, ROUNDS, LOOPS = (1, 5, 500) if lab.QUICK else (5, 12, 4000)
PEERS = ("pyitt", "ittapi", "nvtx")
HELD = ("function pair", "reused with", "fresh with", "decorated call")  # to targets
FLOORS = {
    "function pair": ("two empty C calls",),
    "function pair, name made each time": ("two empty C calls, name made each time",),
    "task_begin_fn pair": ("two empty C calls",),
    "decorated call": ("bare call", "two empty C calls"),
    "decorated coroutine": ("bare coroutine",),
}

TARGETS = {
    **{f"off, {form} [x the quickest peer]": 1.0 for form in HELD},
    **{f"recorded, less off and 10 ns, {form} [x C pair]": 1.2 for form in HELD},
    "off, fresh with [x pyitt]": 0.125,
    "off, decorated call [x floor]": 1.0,
    "recorded, 2 metadata over fresh with [ns]": 150.0,
}

Samples = dict[str, dict[str, list[float]]]  # by package and form


def measure(runs: dict[tuple[str, str], python_loops.Run]) -> dict[tuple[str, str], list[float]]:
    """Rounds of one form follow each other, so that the caches hold what it needs."""
    samples: dict[tuple[str, str], list[float]] = {key: [] for key in runs}
    for key, run in runs.items():
        for _ in range(ROUNDS):
            start = time.perf_counter_ns()
            run(LOOPS)
            samples[key].append((time.perf_counter_ns() - start) / LOOPS)
    return samples


def child() -> None:
    """Measures in the state that the environment names; prints the samples, and what is not installed."""
    itt = importlib.import_module("itt")
    runs = {
        ("floor", form): run
        for form, run in python_loops.references(itt, python_loops.empty_module()).items()
    }
    missing = []
    for package, forms in python_loops.FORMS.items():
        try:
            module = importlib.import_module(package)
        except ImportError:
            missing.append(package)
            continue
        runs.update(((package, form), run) for form, run in forms(module).items())
    gc.collect()
    gc.freeze()  # garbage of a form is collected at its cost, but what is imported is not looked at each time
    answer(measure(runs), missing)


def child_viztracer() -> None:
    runs: dict[tuple[str, str], python_loops.Run] = {("floor", "loop"): python_loops.loop_empty}
    try:
        viztracer = importlib.import_module("viztracer")
    except ImportError:
        answer({}, ["viztracer"])
        return
    tracer = viztracer.VizTracer(verbose=0, log_sparse=True)
    tracer.start()
    runs["viztracer", "fresh with"] = python_loops.fresh(tracer.log_event)
    samples = measure(runs)
    tracer.stop()
    tracer = viztracer.VizTracer(verbose=0)
    tracer.start()
    more = measure({("viztracer", "decorated call"): python_loops.calls(python_loops.nothing)})
    tracer.stop()
    answer({**samples, **more}, [])


def answer(samples: dict[tuple[str, str], list[float]], missing: list[str]) -> None:
    found: Samples = {}
    for (package, form), values in samples.items():
        found.setdefault(package, {})[form] = values
    print(json.dumps([found, missing]))


def add(samples: Samples, which: str, environ: dict[str, str]) -> list[str]:
    """Runs a child; adds its samples, without the loop. Returns what is not installed."""
    command = [sys.executable, __file__, which]
    found, missing = json.loads(subprocess.check_output(command, env=environ))
    if found:
        loop = statistics.median(found["floor"].pop("loop"))
        for package, forms in found.items():
            for form, values in forms.items():
                samples.setdefault(package, {}).setdefault(form, []).extend(ns - loop for ns in values)
    return list(missing)


def named(state: str, samples: Samples) -> lab.Figures:
    figures: lab.Figures = {}
    for form in samples["itt"]:
        for package, forms in samples.items():
            if form in forms:
                who = "" if package == "itt" else f"{package} | "
                figures[f"{who}{state}, {form} [ns]"] = forms[form]
        floor = floor_of(samples, form)
        if floor:
            figures[f"floor | {state}, {form} [ns]"] = floor
    return figures


def floor_of(samples: Samples, form: str) -> list[float] | None:
    parts = [samples["floor"][part] for part in FLOORS.get(form, ())]
    return lab.Derived(lambda *values: sum(values), *parts) if parts else None


def held(off: Samples, recorded: Samples, c_pairs_ns: list[float]) -> lab.Figures:
    """What has targets."""
    figures: lab.Figures = {}
    for form in HELD:
        peers = [off[peer][form] for peer in PEERS if form in off.get(peer, {})]
        if peers:
            quickest = min(peers, key=statistics.median)
            figures[f"off, {form} [x the quickest peer]"] = lab.ratios(off["itt"][form], quickest)
    if "pyitt" in off:
        ours, pyitts = (off[package]["fresh with"] for package in ("itt", "pyitt"))
        figures["off, fresh with [x pyitt]"] = lab.ratios(ours, pyitts)
    for form in FLOORS:
        figures[f"off, {form} [x floor]"] = lab.ratios(off["itt"][form], floor_of(off, form) or [])
    for form in HELD:
        samples = (recorded["itt"][form], off["itt"][form], c_pairs_ns)
        figures[f"recorded, less off and 10 ns, {form} [x C pair]"] = lab.Derived(beyond, *samples)
    fresh, more = (recorded["itt"][form] for form in ("fresh with", "fresh with, 2 metadata"))
    figures["recorded, 2 metadata over fresh with [ns]"] = lab.differences(more, fresh)
    return figures


def beyond(recorded: float, off: float, c_pair: float) -> float:
    return (recorded - off - 10) / c_pair


def figures() -> lab.Figures:
    off: Samples = {}
    recorded: Samples = {}
    missing: list[str] = []
    with lab.folder() as folder:
        trace = folder / "bench.pftrace"
        bench, c_pairs_ns = c_pairs.Bench(folder), []
        for _ in range(TURNS):
            missing = add(off, "off", lab.off())
            add(recorded, "recorded", lab.recorded(trace))
            if not trace.exists():
                raise RuntimeError("nothing was recorded")
            missing += add(recorded, "viztracer", lab.off())
            # In short rounds too: what now and then costs more is in neither figure.
            c_pairs_ns += [bench.file("label", pairs=10_000) for _ in range(ROUNDS)]
    recorded.pop("nvtx", None)
    found = {**named("off", off), **named("recorded", recorded)}
    found.update(held(off, recorded, c_pairs_ns))
    found.update((name, f"not installed: pip install {name}") for name in missing)
    return found


if __name__ == "__main__":
    (child_viztracer if sys.argv[1] == "viztracer" else child)()
