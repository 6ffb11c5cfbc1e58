"""All benches: one table, build/bench.json, and what has become slower than in bench/baseline.json.

    make bench [ARGS="--quick --write NAME ..."]

Each bench is a module here with a TITLE and `figures()`, which gives values by name, and may have TARGETS,
limits by name:

    what [unit]           ours
    who | what [unit]     another's, or the floor
    who                   a text: why that one is not there

A value is a number, the samples of several rounds, or a text that says why there is none. A target is a most,
but a least where the unit is a rate (".../s"). Times are compared with the baseline where processor and
number of cores are the same; ratios ("x ..."), bytes and instructions always. Worse is what
is so by its median and by its best sample.
"""

from __future__ import annotations

import argparse
import datetime
import importlib
import json
import os
import statistics
import sys
import time
import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import counts
import lab

BENCHES = ("c_pairs", "c_stalls", "c_firsts", "python_forms", "reading", "host", "counts")
BASELINE = lab.ROOT / "bench" / "baseline.json"
RESULT = lab.ROOT / "build" / "bench.json"
DOCUMENT = lab.ROOT / "docs" / "performance.md"
BEGIN, END = "<!-- figures -->\n", "<!-- /figures -->\n"
WORSE = 0.10
ANYWHERE = ("x ", "byte", "instruction")  # units of figures that do not depend on how fast the machine is


class Figure:
    def __init__(self, name: str, value: Any) -> None:
        self.who, _, self.what = name.rpartition(" | ")
        self.unit = self.what.rpartition("[")[2].rstrip("]") if self.what.endswith("]") else ""
        self.note, self.value, self.best = "", 0.0, 0.0
        if isinstance(value, str):
            self.note = value
            return
        samples = value if isinstance(value, list) else [value]
        self.value = float(statistics.median(samples))
        best = value.best if isinstance(value, lab.Derived) else (max if self.is_rate else min)(samples)
        self.best = float(best)

    @property
    def is_rate(self) -> bool:
        return "/s" in self.unit

    def kept(self) -> dict[str, Any]:
        return {"note": self.note} if self.note else {"median": self.value, "best": self.best}


class Baseline:
    """Figures of an earlier run, as far as they can be compared with those of this machine."""

    def __init__(self, path: Path, machine: dict[str, Any]) -> None:
        text = path.read_text() if path.exists() else '{"machine": {}, "figures": {}}'
        self.machine, self._figures = (json.loads(text)[key] for key in ("machine", "figures"))
        self.is_same = all(self.machine.get(key) == machine[key] for key in ("processor", "cores"))

    def change(self, name: str, figure: Figure) -> tuple[float, bool] | None:
        """By how much of what it was, above 0: worse, and whether that is too much; None: not comparable."""
        was = self._figures.get(name, {})
        if figure.note or "median" not in was:
            return None
        if not self.is_same and not figure.unit.startswith(ANYWHERE):
            return None
        more = 100 if figure.unit == "%" else 0  # of a time that is 100
        before, now = ((more + was["median"], more + was["best"]), (more + figure.value, more + figure.best))
        if min(*before, *now) <= 0:
            return None
        changes = [new / old - 1 for new, old in zip(now, before)]
        if figure.is_rate:
            changes = [1 / (1 + change) - 1 for change in changes]
        return changes[0], min(changes) > WORSE


def number(value: float) -> str:
    if value == 0 or abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.{max(0, 2 - len(str(int(abs(value)))) + 1)}f}"


class Table:
    """Rows of a bench: what, ours, its best sample, the others', the target, the change to the baseline."""

    def __init__(
        self, title: str, values: lab.Figures, targets: dict[str, float], baseline: Baseline
    ) -> None:
        self.title, self.notes, self.worse, self.missed = title, list[str](), list[str](), list[str]()
        figures = {name: Figure(name, value) for name, value in values.items()}
        by_row: dict[str, dict[str, Figure]] = {}
        for figure in figures.values():
            if figure.note:
                self.notes.append(f"{figure.who or figure.what}: {figure.note}")
            else:
                by_row.setdefault(figure.what, {})[figure.who] = figure
        others = dict.fromkeys(f.who for f in figures.values() if f.who and not f.note)
        self.others = sorted(others, key=lambda who: (who != "floor", not who.startswith("itt")))
        self.rows = []
        for what, row in by_row.items():
            ours = row.get("")
            cells = [number(ours.value), number(ours.best)] if ours else ["", ""]
            cells += [number(row[who].value) if who in row else "" for who in self.others]
            cells.append(self._target(what, ours, targets.get(what)))
            cells.append(self._change(what, ours, baseline))
            self.rows.append([what, *cells])

    def _target(self, what: str, ours: Figure | None, limit: float | None) -> str:
        if ours is None or limit is None:
            return ""
        met = ours.value >= limit if ours.is_rate else ours.value <= limit
        if not met:
            self.missed.append(what)
        return f"{'≥' if ours.is_rate else '≤'} {limit:g}{'' if met else ' missed'}"

    def _change(self, what: str, ours: Figure | None, baseline: Baseline) -> str:
        change = baseline.change(what, ours) if ours else None
        if change is None:
            return ""
        if change[1]:
            self.worse.append(what)
        return f"{change[0]:+.0%}{' WORSE' if change[1] else ''}"

    @property
    def head(self) -> list[str]:
        return [self.title, "itt", "best", *self.others, "target", "change"]

    def text(self) -> str:
        widths = [max(map(len, column)) for column in zip(self.head, *self.rows)]
        widths[0] = max(widths[0], 50)

        def line(cells: Iterable[str]) -> str:
            first, *rest = (cell for cell in cells)
            return first.ljust(widths[0]) + "".join(f"  {c:>{w}}" for c, w in zip(rest, widths[1:]))

        return "\n".join(["", line(self.head), *map(line, self.rows), *(f"  {note}" for note in self.notes)])

    def markdown(self) -> str:
        def line(cells: Iterable[str]) -> str:
            return f"| {' | '.join(cells)} |"

        head = self.head[:-1]  # without the change
        lines = [
            line(head),
            line(["---", *["---:"] * (len(head) - 1)]),
            *(line(row[:-1]) for row in self.rows),
        ]
        return "\n".join([*lines, "", *(f"{note}." for note in self.notes), ""])


def measure(name: str, baseline: Baseline) -> tuple[Table, lab.Figures]:
    values: lab.Figures
    try:
        bench = importlib.import_module(name)
        values = bench.figures()
        return Table(bench.TITLE, values, getattr(bench, "TARGETS", {}), baseline), values
    except Exception as error:
        traceback.print_exc()
        values = {name: f"FAILED: {error}"}
        return Table(name, values, {}, baseline), values


def write(tables: list[Table], kept: dict[str, Any]) -> None:
    """The baseline, and the figures in docs/performance.md."""
    BASELINE.write_text(json.dumps(kept, indent=1) + "\n")
    text = DOCUMENT.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    machine = ", ".join(f"{key} {value}" for key, value in kept["machine"].items())
    figures = f"{kept['date']}: {machine}.\n\n" + "\n".join(table.markdown() for table in tables)
    DOCUMENT.write_text(f"{before}{BEGIN}{figures}{END}{after}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="make bench", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("benches", nargs="*", metavar="NAME", help="only benches whose names begin so")
    parser.add_argument("--quick", action="store_true", help="a few short rounds, to try a bench")
    parser.add_argument("--write", action="store_true", help="into the baselines and docs/performance.md")
    options = parser.parse_args()
    if options.write and (options.quick or options.benches not in ([], ["counts"])):
        parser.error("--write needs all benches, or counts alone, measured in full")
    there = [name for name in BENCHES if (lab.ROOT / "bench" / f"{name}.py").exists()]
    unknown = [begin for begin in options.benches if not any(name.startswith(begin) for name in there)]
    if unknown:
        print(f"make bench: no bench {', '.join(unknown)}; there are: {', '.join(there)}", file=sys.stderr)
        sys.exit(2)
    wanted = [name for name in there if not options.benches or name.startswith(tuple(options.benches))]
    os.environ["ITT_BENCH_QUICK"] = str(int(options.quick))
    importlib.reload(lab)
    start, machine = time.monotonic(), lab.machine()
    baseline = Baseline(BASELINE, machine)
    print(", ".join(f"{key} {value}" for key, value in machine.items()), flush=True)
    tables, kept = [], {}
    for name in wanted:
        table, values = measure(name, baseline)
        print(table.text(), flush=True)
        tables.append(table)
        kept.update({key: Figure(key, value).kept() for key, value in values.items()})
    result = {
        "schema": 1,
        "date": datetime.date.today().isoformat(),
        "quick": options.quick,
        "machine": machine,
        "figures": kept,
    }
    RESULT.write_text(json.dumps(result, indent=1) + "\n")
    if options.write:
        counts.write(kept)
    if options.write and not options.benches:
        write(tables, result)
    worse = [what for table in tables for what in table.worse]
    missed = [what for table in tables for what in table.missed]
    print(f"\n{time.monotonic() - start:.0f} s; {len(missed)} targets missed; {RESULT.relative_to(lab.ROOT)}")
    if baseline.machine and not baseline.is_same:
        print(f"times are not compared: the baseline is of {baseline.machine}")
    if not baseline.machine:
        print(f"no baseline ({BASELINE.relative_to(lab.ROOT)}): nothing was compared")
    else:
        print(f"worse than the baseline by more than {WORSE:.0%}: {', '.join(worse) or 'nothing'}")
    if any("FAILED" in note for table in tables for note in table.notes):
        sys.exit("a bench failed")


if __name__ == "__main__":
    main()
