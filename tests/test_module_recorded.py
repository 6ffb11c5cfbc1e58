"""The Python module under the project's own collector, read by Perfetto's trace processor."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Record = Callable[..., Any]
Sql = Callable[..., Any]


@pytest.fixture
def recorded(record: Record, sql: Sql, tmp_path: Path) -> Callable[[str], Any]:
    """The trace of a script, and what it printed."""

    def run(source: str) -> tuple[Any, str]:
        script = tmp_path / "script.py"
        script.write_text(textwrap.dedent(source))
        done = record([sys.executable, script])
        trace = sql(done.trace)
        assert not trace.problems()
        return trace, done.process.stdout

    return run


def test_every_name_is_right(recorded: Callable[[str], Any]) -> None:
    """Also of the names that neither the module nor the collector keeps, with memory flat."""
    trace, said = recorded("""
        import itt
        domain = itt.domain_create("names")
        def resident():
            with open("/proc/self/statm") as file:
                return int(file.read().split()[1]) * 4096
        for i in range(200_000):
            if i == 70_000:
                full = resident()
            itt.task_begin(domain, f"name {i}")
            itt.task_end(domain)
        print(resident() - full)
    """)
    names = [name for (name,) in trace.query("select name from slice order by ts")]
    assert names == [f"name {i}" for i in range(200_000)]
    assert int(said) < 4 << 20


def test_odd_names(recorded: Callable[[str], Any]) -> None:
    trace, _ = recorded(r"""
        import itt
        domain = itt.domain_create("плоть")
        for name in "é", "\U0001f600", "\udc80", "x" * 1_000_000:
            itt.task_begin(domain, name)
            itt.task_end(domain)
    """)
    slices = trace.query("select name, category, dur > -1 from slice order by ts")
    shown = ["é", "\U0001f600", "\\udc80", "x" * 3900]
    assert [(name[: len(short)], rest) for (name, *rest), short in zip(slices, shown)] == [
        (short, ["плоть", 1]) for short in shown
    ]
    assert len(slices) == 4 and max(len(name.encode()) for name, *_ in slices) <= 4000


def test_functions(recorded: Callable[[str], Any]) -> None:
    """A callable by its qualified name, an address by its symbol."""
    trace, _ = recorded("""
        import ctypes, itt
        class Class:
            def method(self): pass
        domain = itt.domain_create("functions")
        for fn in Class().method, ctypes.CDLL(None).qsort:
            itt.task_begin_fn(domain, fn)
            itt.task_end(domain)
    """)
    assert [name for (name,) in trace.query("select name from slice order by ts")] == [
        "Class.method",
        "qsort",
    ]


def test_threads_and_domains(recorded: Callable[[str], Any]) -> None:
    trace, _ = recorded("""
        import itt, threading
        def work(number):
            domain = itt.domain_create(f"domain {number}")
            for i in range(1000):
                itt.task_begin(domain, "outer")
                itt.task_begin(domain, f"inner {i % 3}")
                itt.task_end(domain)
                itt.task_end(domain)
        threads = [threading.Thread(target=work, args=[i]) for i in range(5)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
    """)
    rows = trace.query("select category, name, depth, count(*) from slice group by 1, 2, 3 order by 1, 2")
    counts = {"inner 0": 334, "inner 1": 333, "inner 2": 333, "outer": 1000}
    assert [tuple(row) for row in rows] == [
        (f"domain {number}", name, int(name != "outer"), count)
        for number in range(5)
        for name, count in counts.items()
    ]


NEVER_EXECUTED = """
import importlib.util, itt
bare = importlib.util.module_from_spec(importlib.util.find_spec("itt._itt"))
try:
    bare.task_begin(itt.domain_create("d"), "a")
except RuntimeError as error:
    print(error)
"""


def test_a_module_that_was_never_executed(record: Callable[..., Any], tmp_path: Path) -> None:
    script = tmp_path / "bare.py"
    script.write_text(NEVER_EXECUTED)
    assert record([script]).process.stdout == "itt._itt was not initialised\n"
