"""What each form of a label costs in Python, beside its nearest form in pyitt, ittapi and nvtx, in one run.

    python bench/python_forms.py [--rounds N] [--loops N] [--json FILE]

Off: without a collector. Recorded: into itt's collector, which pyitt and ittapi speak to as well; nvtx has no
tool then. All figures are ns for a begin and an end, without the loop, the best of many short rounds in turn.
Beside them are the targets that they are held to.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import importlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Callable

import c_pairs
from python_calls import empty_module

import itt

Run = Callable[[int], None]
PACKAGES = ("itt", "pyitt", "ittapi", "nvtx")
REFERENCES = ("bare Python call", "empty C call", "two empty C calls", "bare coroutine")
HELD = ("function pair", "reused with", "fresh with", "decorated call")  # to targets
FORMS = (
    *HELD,
    "fresh with, 2 metadata",
    "decorated coroutine",
    "with in a coroutine",
    "async with",
)


def nothing() -> None:
    pass


async def nothing_async() -> None:
    pass


# ---- Loops: what is timed is the one line in each. ----


def loop_empty(loops: int) -> None:
    for _ in range(loops):
        pass


def calls(function: Callable[[], object]) -> Run:
    def run(loops: int) -> None:
        for _ in range(loops):
            function()

    return run


def pairs(
    begin: Callable[..., object], arguments: tuple[Any, ...], end: Callable[..., object], domain: Any
) -> Run:
    """Calls of one and two arguments; of one and none where domain is None."""
    if domain is None:
        (only,) = arguments

        def run(loops: int) -> None:
            for _ in range(loops):
                begin(only)
                end()
    else:
        first, second = arguments

        def run(loops: int) -> None:
            for _ in range(loops):
                begin(first, second)
                end(domain)

    return run


def reused(block: Any) -> Run:
    def run(loops: int) -> None:
        for _ in range(loops):
            with block:
                pass

    return run


def fresh(make: Callable[[str], Any]) -> Run:
    def run(loops: int) -> None:
        for _ in range(loops):
            with make("x"):
                pass

    return run


def fresh_with_metadata(make: Callable[..., Any]) -> Run:
    def run(loops: int) -> None:
        for i in range(loops):
            with make("x", rows=i, share=0.5):
                pass

    return run


def fresh_with_payload(make: Callable[..., Any]) -> Run:
    """What nvtx has for metadata: a category and one value."""

    def run(loops: int) -> None:
        for i in range(loops):
            with make("x", category=7, payload=i):
                pass

    return run


def driven(loop: Callable[[int], Awaitable[None]]) -> Run:
    """Runs a coroutine that never waits."""

    def run(loops: int) -> None:
        with contextlib.suppress(StopIteration):
            loop(loops).__await__().send(None)  # type: ignore[attr-defined]
            raise RuntimeError("the coroutine waits")

    return run


def awaits(function: Callable[[], Awaitable[object]]) -> Run:
    async def loop(loops: int) -> None:
        for _ in range(loops):
            await function()

    return driven(loop)


def fresh_in_coroutine(make: Callable[[str], Any]) -> Run:
    async def loop(loops: int) -> None:
        for _ in range(loops):
            with make("x"):
                pass

    return driven(loop)


def fresh_async(make: Callable[[str], Any]) -> Run:
    async def loop(loops: int) -> None:
        for _ in range(loops):
            async with make("x"):
                pass

    return driven(loop)


# ---- Forms: what each package has. ----


def forms_itt(package: Any) -> dict[str, Run]:
    domain = package.Domain("itt.bench")
    return {
        "function pair": pairs(package.task_begin, (domain, "x"), package.task_end, domain),
        "reused with": reused(package.task("x")),
        "fresh with": fresh(package.task),
        "decorated call": calls(package.task(nothing)),
        "fresh with, 2 metadata": fresh_with_metadata(package.task),
        "decorated coroutine": awaits(package.task(nothing_async)),
        "with in a coroutine": fresh_in_coroutine(package.task),
        "async with": fresh_async(package.task),
    }


def forms_peer(package: Any) -> dict[str, Run]:
    """pyitt and ittapi."""
    domain, name = package.Domain("bench"), package.StringHandle("x")
    return {
        "function pair": pairs(package.task_begin, (domain, name), package.task_end, domain),
        "reused with": reused(package.task("x")),
        "fresh with": fresh(package.task),
        "decorated call": calls(package.task(nothing)),
        "decorated coroutine": awaits(package.task(nothing_async)),
        "with in a coroutine": fresh_in_coroutine(package.overlapped_task),
    }


def forms_nvtx(package: Any) -> dict[str, Run]:
    domain = package.get_domain("bench")
    attributes = domain.get_event_attributes(message="x")
    return {
        "function pair": pairs(domain.push_range, (attributes,), domain.pop_range, None),
        "reused with": reused(package.annotate("x")),
        "fresh with": fresh(package.annotate),
        "decorated call": calls(package.annotate("x")(nothing)),
        "fresh with, 2 metadata": fresh_with_payload(package.annotate),
        "decorated coroutine": awaits(package.annotate("x")(nothing_async)),
        "with in a coroutine": fresh_in_coroutine(package.annotate),
    }


FORMS_OF: dict[str, Callable[[Any], dict[str, Run]]] = {
    "itt": forms_itt,
    "pyitt": forms_peer,
    "ittapi": forms_peer,
    "nvtx": forms_nvtx,
}


def references() -> dict[str, Run]:
    with tempfile.TemporaryDirectory() as folder:
        empty = empty_module(Path(folder))
    domain = itt.Domain("itt.bench")
    return {
        "bare Python call": calls(nothing),
        "empty C call": calls(empty.end),
        "two empty C calls": pairs(empty.begin, (domain, "x"), empty.end, domain),
        "bare coroutine": awaits(nothing_async),
    }


def installed() -> Iterator[tuple[str, ModuleType]]:
    for name in PACKAGES:
        try:
            yield name, importlib.import_module(name)
        except ImportError as error:
            print(f"{name} is left out: {error}", file=sys.stderr)


def measure(runs: dict[Any, Run], loops: int, rounds: int) -> dict[Any, float]:
    best = dict.fromkeys(runs, float("inf"))
    for _ in range(rounds):
        for name, run in runs.items():
            start = time.perf_counter_ns()
            run(loops)
            best[name] = min(best[name], (time.perf_counter_ns() - start) / loops)
    return best


def child(loops: int, rounds: int) -> None:
    """Measures in the state that the environment names; prints the figures."""
    runs: dict[Any, Run] = {"loop": loop_empty}
    runs.update((("reference", name), run) for name, run in references().items())
    for package, module in installed():
        runs.update(((package, form), run) for form, run in FORMS_OF[package](module).items())
    gc.collect()
    gc.freeze()  # garbage of a form is collected at its cost, but what is imported is not looked at each time
    best = measure(runs, loops, rounds)
    loop = best.pop("loop")
    figures: dict[str, dict[str, float]] = {}
    for (package, form), ns in best.items():
        figures.setdefault(package, {})[form] = ns - loop
    print(json.dumps(figures))


def start_child(loops: int, rounds: int, trace: Path | None = None) -> dict[str, dict[str, float]]:
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("INTEL_", "ITT_"))}
    if trace is not None:
        environ["INTEL_LIBITTNOTIFY64"] = str(c_pairs.LIB / "libitt_collector.so")
        environ["ITT_TRACE"] = str(trace)
    command = [sys.executable, __file__, "--child", f"--loops={loops}", f"--rounds={rounds}"]
    figures: dict[str, dict[str, float]] = json.loads(subprocess.check_output(command, env=environ))
    if trace is not None:
        if not trace.exists():
            raise SystemExit("nothing was recorded")
        trace.unlink()
    return figures


# ---- Targets ----


class Target:
    """A figure and what it may be."""

    def __init__(self, what: str, ns: float, limit: float, rule: str) -> None:
        self.what, self.ns, self.limit, self.rule = what, ns, limit, rule

    @property
    def met(self) -> bool:
        return self.ns <= self.limit

    def __str__(self) -> str:
        verdict = "ok" if self.met else "MISSED"
        return f"{self.what:44} {self.ns:8.1f}  <= {self.limit:8.1f}  {verdict:6}  {self.rule}"


def targets(off: Any, recorded: Any, c_pair: float) -> Iterator[Target]:
    for form in HELD:
        for peer in ("pyitt", "ittapi", "nvtx"):
            if form in off.get(peer, {}):
                yield Target(f"off: {form}", off["itt"][form], off[peer][form], f"{peer}'s")
    if "pyitt" in off:
        yield Target(
            "off: fresh with", off["itt"]["fresh with"], off["pyitt"]["fresh with"] / 8, "pyitt's / 8"
        )
    bare = off["reference"]["bare Python call"] + off["reference"]["two empty C calls"]
    yield Target(
        "off: decorated call", off["itt"]["decorated call"], bare, "bare Python call + 2 empty C calls"
    )
    for form in HELD:
        limit = off["itt"][form] + 1.2 * c_pair + 10
        yield Target(f"recorded: {form}", recorded["itt"][form], limit, "off + 1.2 x C pair + 10 ns")
    more = recorded["itt"]["fresh with, 2 metadata"] - recorded["itt"]["fresh with"]
    yield Target("recorded: 2 metadata, over fresh with", more, 150, "150 ns")


def table(state: str, figures: Any) -> None:
    print(f"\n{state:26}" + "".join(f"{name:>10}" for name in PACKAGES) + "   ours to peers'")
    for form in FORMS:
        row = [figures.get(name, {}).get(form) for name in PACKAGES]
        cells = "".join(f"{'-':>10}" if ns is None else f"{ns:10.1f}" for ns in row)
        ratios = [
            f"{name} {ns / row[0]:.1f} x"
            for name, ns in zip(PACKAGES[1:], row[1:])
            if ns is not None and row[0]
        ]
        print(f"{form:26}{cells}   {', '.join(ratios)}")
    for name in REFERENCES:
        print(f"{name:26}{figures['reference'][name]:10.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--loops", type=int, default=2000, help="begins and ends in a round")
    parser.add_argument("--rounds", type=int, default=40)
    parser.add_argument("--json", type=Path, help="write the figures here too")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        child(options.loops, options.rounds)
        return
    with tempfile.TemporaryDirectory(prefix="itt-bench-", dir=c_pairs.ROOT / "build") as name:
        folder = Path(name)
        program, trace = c_pairs.build(folder), folder / "bench.pftrace"
        off = start_child(options.loops, options.rounds)
        recorded = start_child(options.loops, options.rounds, trace)
        # In short rounds too: what now and then costs more is in neither figure.
        c_pair = min(c_pairs.pair(program, "label", 1, 10_000, trace) for _ in range(options.rounds))
    table("off, ns", off)
    table("recorded, ns", recorded)
    print(f"{'C pair':26}{c_pair:10.1f}")
    held = list(targets(off, recorded, c_pair))
    print("\ntargets")
    print("\n".join(map(str, held)))
    if options.json:
        kept = [{"what": t.what, "ns": t.ns, "limit": t.limit, "rule": t.rule, "met": t.met} for t in held]
        everything = {"schema": 1, "off": off, "recorded": recorded, "c_pair": c_pair, "targets": kept}
        options.json.write_text(json.dumps(everything, indent=1) + "\n")


if __name__ == "__main__":
    main()
