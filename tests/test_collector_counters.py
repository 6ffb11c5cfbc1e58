"""Counters, markers, relations, groups and histograms, read by Perfetto's own trace processor."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any, Callable

import pytest
import traced

from oracle import TraceSql

Fixture = Callable[..., Any]


@pytest.fixture
def scene(cc: Fixture, collector: Path, tmp_path: Path) -> Fixture:
    """scene("steps") -> (trace, what the program printed)."""
    program = cc("counters.c")

    def run(*words: object, **more: Any) -> tuple[Path, str]:
        trace = tmp_path / "scene.pftrace"
        done = traced.run(collector, trace, program, *map(str, words), **more)
        return trace, done.stdout

    return run


def values(found: TraceSql) -> dict[str, list[float]]:
    """Each counter's values, in time order."""
    all: dict[str, list[float]] = defaultdict(list)
    rows = found.query(
        "select t.name, value from counter join counter_track t on t.id = track_id order by ts"
    )
    for name, value in rows:
        all[name].append(value)
    return dict(all)


def with_arguments(found: TraceSql, where: str) -> list[tuple[str, dict[str, Any]]]:
    rows = found.query(
        "select s.id, s.name, a.key, coalesce(a.string_value, a.int_value, a.real_value) from slice s "
        "left join args a on a.arg_set_id = s.arg_set_id and a.key glob 'debug.*' "
        f"where {where} order by s.ts, s.id"
    )
    all: dict[int, tuple[str, dict[str, Any]]] = {}
    for number, name, key, value in rows:
        all.setdefault(number, (name, {}))
        if key is not None:
            all[number][1][key[len("debug.") :]] = value
    return list(all.values())


def instants(found: TraceSql) -> list[tuple[str, dict[str, Any]]]:
    return with_arguments(found, "s.dur = 0")


def test_counters_of_each_type(scene: Fixture, sql: Fixture) -> None:
    found = sql(scene("types")[0])
    expected = {
        "u64": [1, 2**63, 2**63 - 1],
        "s64": [-(2**63), -1, 2**63 - 1],
        "u32": [0, 2**32 - 1, 7],
        "s32": [-(2**31), -1, 2**31 - 1],
        "u16": [0, 65535, 7],
        "s16": [-32768, -1, 32767],
        "float": [0.5, -1.25, 3],
        "double": [1e300, -0.1, 0],
        "default": [1, 2**63, 2**63 - 1],
    }
    assert values(found) == {name: list(map(float, numbers)) for name, numbers in expected.items()}
    assert found.problems() == []


def test_counters_step_by_step(scene: Fixture, sql: Fixture) -> None:
    trace, said = scene("steps")
    found = sql(trace)
    assert values(found) == {
        "plain": [1, 6, 5, -5, 10, 10, 11],
        "by name": [1, 11, 10, 6],
        "real": [0.5, 1.5, -1.5],
    }
    assert said == ""
    assert found.problems() == []


def test_counters_lie_below_their_process(scene: Fixture, sql: Fixture) -> None:
    found = sql(scene("units")[0])
    rows = found.query(
        "select c.name, c.unit, c.description, g.name, pid from counter_track c "
        "join track t using (id) join process_track g on g.id = t.parent_id join process using (upid)"
    )
    ((name, unit, domain, group, pid),) = rows
    assert (name, unit, domain, group) == ("speed", "km/h", "one", "Counters") and pid > 0
    assert values(found) == {"speed": [120]}
    assert found.problems() == []


def test_handles_that_are_not_ours(scene: Fixture, sql: Fixture) -> None:
    """What a client's static part made before the collector came, and what is no counter at all."""
    found = sql(scene("strange")[0])
    assert values(found) == {"a client's own": [-3, -2], "(unnamed)": [8, 9, 1]}
    assert found.problems() == []


def test_values_of_many_threads_are_in_order(scene: Fixture, sql: Fixture) -> None:
    trace, _ = scene("threads", 50_000)
    counts = traced.head(trace).counts
    assert counts["lost_space"] == counts["lost_nested"] == 0
    (shared,) = values(sql(trace)).values()
    assert shared == list(range(1, 200_001))


def test_children_go_on_counting(scene: Fixture, sql: Fixture) -> None:
    trace, _ = scene("forks", 20)
    found = sql(trace)
    rows = found.query(
        "select track_id, count(*), min(value), max(value), count(distinct value) from counter group by 1"
    )
    assert sorted(count for _, count, *_ in rows) == 20 * [100] + [200_000]
    for _, count, least, most, different in rows:
        assert most - least + 1 == count == different
    assert found.problems() == []


def test_values_and_markers_at_given_times(scene: Fixture, sql: Fixture) -> None:
    trace, said = scene("at_times")
    found = sql(trace)
    assert values(found) == {"timed": [2, 1, 0]}
    ((shift,),) = found.query(
        "select b.clock_value - m.clock_value from clock_snapshot b join clock_snapshot m using (ts) "
        "where b.clock_id = 6 and m.clock_id = 3 limit 1"
    )
    start = int(said) + shift
    times = [ts for (ts,) in found.query("select ts from counter order by ts")]
    assert times == [start - 2_000_000, start - 1_000_000, start]
    assert found.query("select name, ts from slice") == [("earlier", start - 5_000_000)]
    assert found.problems() == []


def test_counters_go_on_while_paused(scene: Fixture, sql: Fixture) -> None:
    """Nothing is shown, but what comes afterwards is right."""
    found = sql(scene("paused")[0])
    assert values(found) == {"counter": [1, 3]}
    assert [s.name for s in found.slices()] == ["paused"]


def test_markers_of_each_scope(scene: Fixture, sql: Fixture) -> None:
    found = sql(scene("markers")[0])
    all = instants(found)
    assert all[:6] == [
        (name, {"scope": name}) for name in ("unknown", "global", "process", "thread", "task", "marker")
    ]
    # Metadata by the marker's id, with scope marker, and after other events.
    assert all[6] == (
        "with metadata",
        {"scope": "global", "number": -1, "text": "words", "later": "still"},
    )
    assert all[7:] == [("(unnamed)", {"scope": "unknown"})]
    where = {s.name: (s.track_name, s.pid is None, s.tid is None) for s in found.slices()}
    assert where["global"] == where["with metadata"] == ("Markers", True, True)
    assert where["process"] == ("Markers", False, True)
    assert {where[name][1:] for name in ("unknown", "thread", "task", "marker")} == {(False, False)}
    assert {s.category for s in found.slices()} == {"one"}
    assert found.problems() == []


@pytest.mark.parametrize("apart", [0, 30_000, 3_000_000])
def test_the_same_at_any_pace(scene: Fixture, sql: Fixture, apart: int) -> None:
    found = sql(scene("paces", apart)[0])
    steps = [-n if n % 2 else n << 40 for n in range(8)]
    assert values(found) == {
        "whole": [value + more for value in steps for more in (0, 1)],
        "real": [n / 2 - less for n in range(8) for less in (0, 1)],
        "inner": list(range(1, 9)),
    }
    scopes = ("unknown", "global", "process", "thread", "task", "marker")
    assert instants(found) == 8 * [(name, {"scope": name}) for name in scopes]
    text = "na\N{LATIN SMALL LETTER I WITH DIAERESIS}ve, and \N{REPLACEMENT CHARACTER}"
    tasks = []
    for value in steps:
        inner = {f"k{letter}": value for letter in "abcdefghijklmnop"} | {"text": text}
        tasks += [("outer", {"text": "plain words"}), ("inner", inner)]
    assert with_arguments(found, "s.dur > 0") == tasks
    assert found.problems() == []


def test_arrows_between_ids(scene: Fixture, sql: Fixture) -> None:
    found = sql(scene("flows")[0])
    arrows = found.query(
        "select o.name, i.name from flow join slice o on o.id = slice_out join slice i on i.id = slice_in"
    )
    assert sorted(arrows) == sorted(
        [
            # Each child has one from its parent, ended or not.
            *(("outer", f"child {number}") for number in (1, 2, 3, 4)),
            # An id used again is another parent; a destroyed one is none.
            ("the id again", "child 5"),
            ("group", "in group"),
            # A relation has one from its head, and one from its tail.
            ("in group", "continuation_of"),
            ("group", "continuation_of"),
            ("in group", "dependent_on"),
            *(("in group", s.name) for s in found.slices() if "printf" in s.name),
        ]
    )
    all = instants(found)
    names = ["group", "continuation_of", "continuation_of", "dependent_on", "unknown"]
    assert [name for name, _ in all] == names
    assert [sorted(annotations) for _, annotations in all] == [
        [],
        ["head", "tail"],
        ["head", "tail"],
        ["tail"],
        ["tail"],
    ]
    assert all[1][1]["tail"].endswith(".2.3")
    assert found.problems() == []


def test_histograms(scene: Fixture, sql: Fixture) -> None:
    trace, said = scene("histograms")
    found = sql(trace)
    y = {"y[0]": 10, "y[1]": 20, "y[2]": 30}
    assert instants(found) == [
        ("sizes", {"x[0]": 0.5, "x[1]": 1.5, "x[2]": 2.5, **y}),
        ("sizes", {"x": "(null)", **y}),
    ]
    assert said == ""
    assert found.problems() == []


def test_what_has_no_place_in_a_timeline_is_counted(scene: Fixture, sql: Fixture) -> None:
    trace, said = scene("accepted", 100)
    assert said == "1 0\n"
    assert traced.head(trace).counts["accepted"] == 2 + 7 * 100
    assert sum(traced.head(trace).counts[name] for name in traced.COUNTS) == 0
