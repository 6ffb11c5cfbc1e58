"""Libraries that carry labels of their own and are large: numba with tbb, torch.

They are in tests/requirements-heavy.txt; `make test` installs what it can of them into an environment of its
own and runs this file there. Each count is exact, or equals what the library itself says.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Callable

import pytest
import traced

from oracle import TraceSql

Fixture = Callable[..., Any]

pytestmark = pytest.mark.heavy


def needs(*packages: str) -> pytest.MarkDecorator:
    missing = [package for package in packages if importlib.util.find_spec(package) is None]
    names = " and ".join(missing)
    return pytest.mark.skipif(bool(missing), reason=f"{names} not installed: tests/requirements-heavy.txt")


def has_tbb() -> bool:
    return any(Path(sys.prefix, "lib").glob("libtbb.so.*"))


needs_numba = needs("numba")
needs_tbb = pytest.mark.skipif(not has_tbb(), reason="tbb not installed: tests/requirements-heavy.txt")
needs_torch = needs("torch")


class Ran:
    def __init__(self, said: str, trace: TraceSql, head: traced.Head) -> None:
        self.said, self.trace, self.counts = said.splitlines(), trace, head.counts
        assert trace.problems() == []
        lost = {name: self.counts[name] for name in traced.COUNTS if self.counts[name]}
        assert lost == {} and self.counts["failed_joins"] == 0

    def tally(self, category: str) -> Counter[str]:
        """Slices and instants of a category, by name."""
        return Counter({name: n for (of, name), n in traced.tally(self.trace).items() if of == category})


@pytest.fixture
def run(record: Fixture, root: Path, sql: Fixture) -> Fixture:
    """run("torch_ranges.py", ...) -> Ran, recorded by `itt record`."""

    def start(name: str, *arguments: str, options: tuple[str, ...] = (), **env: str) -> Ran:
        program = [sys.executable, root / "tests" / "clients" / name, *arguments]
        trace, done = record(program, options, env={**os.environ, **env}, timeout=200)
        return Ran(done.stdout, sql(trace), traced.head(trace))

    return start


@needs_numba
@needs_tbb
def test_numba_with_tbb(run: Fixture) -> None:
    layer = {"NUMBA_THREADING_LAYER": "tbb", "NUMBA_NUM_THREADS": "2"}
    result = run("numba_loop.py", "50", options=("--sync",), **layer)
    assert result.said == ["tbb 2"]
    instants = "select name, count(*) from slice where dur = 0 and category = 'tbb' group by 1"
    assert dict(result.trace.query(instants))["tbb_parallel_for"] == 50  # a task group each
    assert result.tally("tbb")["tbb_parallel_for"] >= 2 * 50  # that, and a task for each thread that joins in
    arrows = result.trace.query(
        "select i.id from flow join slice o on o.id = slice_out join slice i on i.id = slice_in "
        "where o.name = 'caller' and i.name = 'callee'"
    )
    assert len(set(arrows)) == len(arrows) == result.tally("stitch")["callee"] >= 50


@needs_torch
def test_labels_of_torch(run: Fixture) -> None:
    result = run("torch_ranges.py", "3", "500")
    assert result.tally("PyTorch") == {"outer": 1500, "inner 1": 1500, "mark": 1500, "open at the end": 1}
    depths = result.trace.query("select distinct name, depth from slice where category = 'PyTorch'")
    assert set(depths) == {("outer", 0), ("inner 1", 1), ("mark", 2), ("open at the end", 0)}
    assert result.counts["threads"] == 4


@needs_torch
def test_operators_of_torch(run: Fixture) -> None:
    result = run("torch_operators.py")
    profiled = Counter({name: int(count) for count, name in (line.split(" ", 1) for line in result.said)})
    assert profiled["aten::mm"] == 15 and result.tally("PyTorch") == profiled


@needs_torch
def test_primitives_of_onednn(run: Fixture) -> None:
    result = run("torch_primitives.py", ONEDNN_VERBOSE="1")
    said = [line.split(",") for line in result.said if line.startswith("onednn_verbose,")]
    executed = Counter(words[5] for words in said if words[3] == "exec")
    assert executed["convolution"] == 7 and executed["reorder"] >= 10
    assert result.tally("dnnl::primitive::execute") == executed
    created = result.tally("dnnl::primitive::create")
    assert set(created) == set(executed)


@needs_torch
def test_forked_workers_of_torch(run: Fixture) -> None:
    result = run("torch_loader.py", "2")
    made = {int(pid): int(count) for pid, count in (line.split() for line in result.said)}
    assert len(made) == 4 and sum(made.values()) == 600
    found = {
        (pid, name): count
        for pid, name, count in result.trace.query(
            "select pid, s.name, count(*) from slice s join thread_track t on t.id = s.track_id "
            "join thread using (utid) join process using (upid) where category = 'PyTorch' group by 1, 2"
        )
    }
    parents = {pid for pid, name in found if name == "across the fork"}
    assert len(parents) == 1 and not parents & set(made)
    (parent,) = parents
    expected = {(pid, name): count for pid, count in made.items() for name in ("item", "inside")}
    expected.update({(parent, name): 1 for name in ("across the fork", "epoch 0", "epoch 1")})
    assert found == expected
    assert result.counts["processes"] == 1 + 4
