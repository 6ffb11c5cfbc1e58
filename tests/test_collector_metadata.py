"""Metadata of tasks, read by Perfetto's own trace processor as arguments of their slices."""

from __future__ import annotations

import signal
import subprocess
import time
from collections import defaultdict
from pathlib import Path
from typing import Any, Callable

import pytest
import traced

from oracle import TraceSql

Fixture = Callable[..., Any]


@pytest.fixture
def scene(cc: Fixture, collector: Path, tmp_path: Path) -> Fixture:
    """scene("types") -> (trace, what the program printed)."""
    program = cc("metadata.c")

    def run(*words: object, **more: Any) -> tuple[Path, str]:
        trace = tmp_path / "scene.pftrace"
        done = traced.run(collector, trace, program, *map(str, words), **more)
        return trace, done.stdout

    return run


def arguments(found: TraceSql, where: str = "true") -> list[tuple[str, dict[str, Any]]]:
    """Each slice's name and its annotations, in time order."""
    rows = found.query(
        "select s.id, s.name, a.key, coalesce(a.string_value, a.int_value, a.real_value) "
        "from slice s left join args a on a.arg_set_id = s.arg_set_id and a.key glob 'debug.*' "
        f"where {where} order by s.ts, s.depth, s.id"
    )
    slices: dict[int, tuple[str, dict[str, Any]]] = {}
    for number, name, key, value in rows:
        slices.setdefault(number, (name, {}))
        if key is not None:
            slices[number][1][key[len("debug.") :]] = value
    return list(slices.values())


def test_numbers_of_each_type(scene: Fixture, sql: Fixture) -> None:
    found = sql(scene("types")[0])
    ((name, values),) = arguments(found)
    # The trace processor shows unsigned numbers as signed ones.
    arrays = {
        "u64": [0, -1],
        "s64": [-(2**63), 1],
        "u32": [2**32 - 1, 0],
        "s32": [-1, -(2**31)],
        "u16": [65535, 1],
        "s16": [-32768, 2],
        "float": [0.5, -1.25],
        "double": [1e300, -0.1],
    }
    expected: dict[str, Any] = {f"{key}s[{i}]": v for key, pair in arrays.items() for i, v in enumerate(pair)}
    expected.update({key: pair[0] for key, pair in arrays.items()})
    none = "(unknown type)"
    expected.update({"unknown": none, "unknowns": none, "null": "(null)", "empty": "[]"})
    assert (name, values) == ("outer", expected)
    kinds = found.query("select key, value_type from args where key in ('debug.u16', 'debug.s16')")
    assert sorted(kinds) == [("debug.s16", "int"), ("debug.u16", "uint")]
    assert found.problems() == []


def test_texts_of_any_length(scene: Fixture, sql: Fixture) -> None:
    found = sql(scene("texts")[0])
    (_, texts), (_, huge), (_, many) = arguments(found)
    assert texts == {
        "ended by NUL": "café",
        "with length": "abc",
        "empty": "",
        "broken": "a\ufffd\ufffd",
        "inner NUL": "a\ufffdb",
        "null": "(null)",
        "(unnamed)": "of no key",
        "some hundred": 700 * "h",
        "some thousand": 20000 * "h",
    }
    assert huge["huge"].strip("h") == "…" and 79_000 < len(huge["huge"]) <= 80_000
    assert many.pop(f"many[{len(many) - 1}]") == "… 100000 in all"
    assert set(many.values()) == {0} and len(many) > 4000
    assert found.problems() == []


def test_formatted_metadata(scene: Fixture, sql: Fixture) -> None:
    trace, said = scene("formats")
    found = sql(trace)
    texts = [values.pop("metadata") for _, values in arguments(found)]
    assert texts[:6] == [
        "text|   42|42   |00042|+42|ff|0XFF|10|3000000000",
        "-9223372036854775808|9223372036854775807|7|44|1|-5|-6",
        "3.142|1.23e+04|1e-10|0x1p+0|2.500000| 99.5%",
        "c|cu| right|left  |wïde 😀|€|(null)|    1|2   |0.2",
        "before  after 1",
        "odd %y %d",
    ]
    assert texts[6] == 2999 * "x"
    assert texts[7].strip() == "1|1." + 100 * "0" and len(texts[7]) < 600
    assert said == "0\n"  # %n wrote nowhere
    assert found.problems() == []


@pytest.mark.parametrize("count", [1, 2, 10, 1500])
def test_many_pieces_for_one_task(scene: Fixture, sql: Fixture, count: int) -> None:
    found = sql(scene("many", count)[0])
    tasks = arguments(found)
    assert tasks[0] == ("outer", {f"key {i}": i for i in range(count)})
    assert tasks[1:] == [("inner", {})] * ((count + 2) // 3)
    slices = found.slices()
    outer = slices[0].ts + slices[0].dur
    assert all(s.depth == 1 and slices[0].ts <= s.ts and s.ts + s.dur <= outer for s in slices[1:])
    assert found.problems() == []


def test_metadata_across_slots(scene: Fixture, sql: Fixture) -> None:
    """Begins that lie in full slots already are written again, and the old ones taken back."""
    count = 200_000
    found = sql(scene("nested", count)[0])
    rows = found.query(
        "select name, count(*), sum(dur >= 0), count(distinct int_value), max(depth) "
        "from slice left join args using (arg_set_id) group by 1"
    )
    assert rows == [("inner", count, count, count, 1), ("outer", 1, 1, 1, 0)]
    assert found.problems() == []


def test_what_moves_keeps_its_metadata(scene: Fixture, sql: Fixture) -> None:
    found = sql(scene("crossing")[0])
    assert arguments(found) == [
        ("outer", {"rows": 10, "late": 11}),
        ("inner", {"rows": 1, "later": 2, "moved": 3}),
    ]
    outer, inner = found.slices()
    assert outer.track != inner.track and inner.ts + inner.dur > outer.ts + outer.dur
    assert found.problems() == []


def test_where_metadata_goes(scene: Fixture, sql: Fixture) -> None:
    found = sql(scene("targets")[0])
    tasks = defaultdict(dict, arguments(found))
    assert tasks["outer"] == {"of a": 1, "metadata": "for a"}
    # Without an id: the innermost task, of the call's domain if it has one open, else of any.
    assert tasks["inner"] == {"of b": 2, "of none": 7, "scope task": 7}
    assert tasks["before all"] == {"before all": 1}
    assert tasks["of c"].pop("id").endswith(".3.4") and tasks["of c"] == {"of c": 3}
    assert tasks["of b, too late"].pop("id").endswith(".2.0")
    assert tasks["of b, too late"] == {"of b, too late": 4}
    assert tasks["scope thread"] == {"scope thread": 7, "scope": "thread"}
    assert tasks["scope process"] == {"scope process": "text", "scope": "process"}
    assert tasks["scope global"] == {"scope global": "text", "scope": "global"}
    tracks = {s.name: (s.track_name, s.pid is not None, s.tid is not None) for s in found.slices()}
    assert tracks["scope process"] == ("Markers", True, False)
    assert tracks["scope global"] == ("Markers", False, False)
    assert tracks["scope thread"][2] and {s.dur for s in found.slices() if s.name.startswith("of")} == {0}
    assert found.problems() == []


def test_metadata_of_overlapped_tasks_regions_and_frames(scene: Fixture, sql: Fixture) -> None:
    found = sql(scene("spans", 20_000)[0])
    lanes = "s.track_id not in (select id from thread_track)"
    assert arguments(found, lanes) == [
        ("outer", {"rows": 1, "later": 4, "much later than the spare part allows": 5}),
        ("two", {"of the frame": 2}),
        ("inner", {"of the region": 3}),
        # What this thread has not begun, or not in this segment, is shown on the lane.
        ("metadata", {"metadata": "1 slots on", "id": arguments(found, "s.name = 'metadata'")[0][1]["id"]}),
        ("from elsewhere", {"from elsewhere": 9, "id": arguments(found, "s.name like 'from %'")[0][1]["id"]}),
    ]
    tracks = {s.name: s.track for s in found.slices() if s.tid is None}
    assert tracks["metadata"] == tracks["inner"] and tracks["from elsewhere"] == tracks["outer"]
    assert found.problems() == []


def test_metadata_of_what_is_not_collected(scene: Fixture, sql: Fixture) -> None:
    found = sql(scene("paused")[0])
    assert [task for task in arguments(found) if task[0] != "paused"] == [("inner", {"collected": 3})]


def test_metadata_in_a_signal_handler(scene: Fixture, sql: Fixture) -> None:
    found = sql(scene("signals", 100_000)[0])
    tasks = arguments(found, "s.name = 'outer'")
    assert [values["rows"] for _, values in tasks] == list(range(100_000))
    assert all(values["more"] == values["rows"] for _, values in tasks)
    handled = {tuple(sorted(values.items())) for name, values in arguments(found, "s.name = 'inner'")}
    assert handled == {(("metadata", "formatted 1 2.50"), ("rows", "in a handler"))}
    assert found.problems() == []


def test_metadata_on_a_small_stack(scene: Fixture, sql: Fixture) -> None:
    found = sql(scene("small_stack", 8)[0])
    assert arguments(found) == [("inner", {"metadata": "formatted 1 2.50", "rows": "in a handler"})]


def test_metadata_and_fork(scene: Fixture, sql: Fixture) -> None:
    found = sql(scene("forks", 3)[0])
    tasks = arguments(found)
    assert tasks[0] == ("outer", {"rows": 1, "after the child": 4})
    # What the parent had open is nothing of the child's: that gets an instant.
    assert tasks[1:] == 3 * [("of nothing", {"of nothing": 2}), ("inner", {"rows": 3})]
    assert found.problems() == []


def test_killed_at_any_moment(cc: Fixture, collector: Path, tmp_path: Path, sql: Fixture) -> None:
    """No more than the last task of a killed program lacks metadata, or is there twice.

    Where its begin lies in a full slot already when it is amended, a new one is written before the old one is
    taken back, by a pwrite(): about one kill in 300 finds both.
    """
    for attempt in range(10):
        trace = tmp_path / f"killed{attempt}.pftrace"
        program = subprocess.Popen([cc("metadata.c"), "endless"], env=traced.environment(collector, trace))
        while not trace.exists() or trace.stat().st_size < 3 * 65536:
            time.sleep(0.0005)
        time.sleep(attempt * 0.0007)
        program.send_signal(signal.SIGKILL)
        program.wait()
        found = sql(trace)
        tasks = [values for name, values in arguments(found, "s.name = 'outer'")]
        ((_, of_last),) = found.query(
            "select ts, count(*) from slice where name = 'outer' group by ts order by ts desc limit 1"
        )
        assert len(tasks) > 10 and of_last in (1, 2)
        for number, values in enumerate(tasks[:-of_last]):
            assert values == {"rows": number, "again": number}
        assert found.problems() == []


def test_whole_at_every_instruction(cc: Fixture, collector: Path, tmp_path: Path) -> None:
    """What a kill would leave at each moment of five calls, which amend a task in all the ways there are."""
    trace = tmp_path / "steps.pftrace"
    done = traced.run(collector, trace, cc("metadata_steps.c"), trace, check=False)
    if done.returncode == 1:
        pytest.skip("ptrace is not allowed here")
    calls = [tuple(map(int, line.split())) for line in done.stdout.splitlines()]
    assert done.returncode == 0 and len(calls) == 5
    for number, (steps, broken, least, most, before, after, changes) in enumerate(calls):
        assert steps > 100 and broken == 0
        assert (before, after, changes) == (number, number + 1, 1)
        # Only what is written again is there twice for a moment.
        assert (least, most) == (1, 2 if number == 4 else 1)


@pytest.mark.parametrize("depth", [3000, 20000])
def test_what_finds_no_room_is_lost_alone(scene: Fixture, sql: Fixture, depth: int) -> None:
    """Two large arrays, and the names of all open tasks: more than a slot holds."""
    trace = scene("crowded", depth)[0]
    found = sql(trace)
    counted = dict(found.query("select name, count(*) from slice where dur >= 0 group by name"))
    assert counted == {"outer": depth, "inner": 1, "rows": 1}
    counts = traced.head(trace).counts
    assert 1 <= counts["lost_space"] <= 2
    assert (counts["failed_joins"], counts["join_error"]) == (0, 0)
