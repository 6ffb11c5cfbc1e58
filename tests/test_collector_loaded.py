"""Labels around libraries that come and go, and around the end of threads."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Callable

import pytest
import traced

Fixture = Callable[..., Any]


@pytest.fixture
def scene(cc: Fixture, collector: Path, tmp_path: Path) -> Fixture:
    """scene("constructor") -> (trace, what the program printed)."""
    library = cc("loaded_library.c", flags=["-shared", "-fPIC"], output="loaded_library.so")
    program = cc("loaded.c", flags=["-rdynamic"])

    def run(name: str) -> tuple[Path, str]:
        trace = tmp_path / "loaded.pftrace"
        done = traced.run(collector, trace, program, name, library)
        return trace, done.stdout

    return run


def test_a_constructor_waits_for_a_thread_that_labels_by_address(scene: Fixture, sql: Fixture) -> None:
    trace, said = scene("constructor")
    assert said == ""
    assert traced.tally(sql(trace)) == {("domain", "first"): 1, ("domain", "labelled_by_address"): 1}


def test_a_clock_whose_library_was_unloaded_is_not_asked(scene: Fixture) -> None:
    assert scene("unloaded_clock")[1] == ""


def test_a_forked_child_resets_a_clock_that_a_thread_of_its_parent_was_at(scene: Fixture) -> None:
    assert scene("forked_clock")[1] == "1\n"


def test_tasks_that_destructors_of_threads_end(scene: Fixture, sql: Fixture) -> None:
    trace, _ = scene("late_key")
    found = sql(trace)
    assert [s.dur >= 0 for s in found.slices() if s.name == "until the end"] == [True] * 20
    counts = traced.head(trace).counts
    assert (counts["unmatched_ends"], counts["threads"]) == (0, 21)
    assert found.problems() == []
