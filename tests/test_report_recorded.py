"""itt report on what the collector really writes: its numbers are those of Perfetto's own trace processor."""

from __future__ import annotations

import json

import pytest


def report(cli, *args):
    return json.loads(cli("report", "--format", "json", *args, check=True).stdout)


@pytest.mark.parametrize("arguments", [(1, 4, 2000), (2, 1, 20_000), (3, 3, 30_000)])
def test_tangled_tasks(arguments, cc, cli, record, sql):
    """Interleaved domains, deep nesting, tasks that never end, threads, forked children, many segments."""
    trace = record([cc("analysis_tangle.c"), *map(str, arguments)]).trace
    found = report(cli, trace)
    perfetto = sql(trace)
    assert perfetto.problems() == []
    slices = perfetto.query(
        "select category, name, count(), sum(dur), min(dur), max(dur), count(distinct utid) from slice"
        " join (select id as track, utid from thread_track union"
        "   select t.id, p.utid from track t join thread_track p on t.parent_id = p.id) on track = track_id"
        " where dur >= 0 group by 1, 2"
    )
    ours = {
        (t["domain"], t["task"], t["count"], t["total_ns"], t["min_ns"], t["max_ns"], t["threads"])
        for t in found["tasks"]
    }
    assert ours == set(slices)
    assert len(ours) > 100
    [[count]] = perfetto.query("select count() from slice where dur < 0")
    assert found["open"] == count > 0
    [[processes, threads]] = perfetto.query(
        "select count(distinct upid), count(distinct utid) from thread_track join thread using (utid)"
    )
    assert (found["processes"], found["threads"]) == (processes, threads) == (3, arguments[1] + 4)
    assert found["events"] == 2 * sum(t["count"] for t in found["tasks"]) + found["open"]
    assert (found["lost"], found["unmatched_ends"], found["warnings"][1:]) == (0, 0, [])


SCENES = ["crossing", "many 3000", "walk 20000 1 4", "relay 4", "chain 300", "crowd 100", "submitted"]
SCENES += ["forked 5", "events", "old_frames"]


@pytest.mark.parametrize("scene", SCENES)
def test_what_lies_on_lanes(scene, cc, cli, record, sql):
    """Overlapped tasks, regions, frames, events and marks: all that Perfetto shows, and nothing else."""
    trace = record([cc("spans.c"), *scene.split()]).trace
    found = report(cli, trace, "--tree")
    perfetto = sql(trace)
    slices = perfetto.query(
        "select category, name, count(), sum(dur), max(dur) from slice where dur >= 0 and name != 'paused'"
        " group by 1, 2"
    )
    ours = {}
    for section, keys in (
        ("tasks", ("domain", "task")),
        ("regions", ("domain", "region")),
        ("frames", ("domain", "domain")),
        ("user_events", ("kind", "event")),
    ):
        for row in found[section]:
            key = (row[keys[0]], row[keys[1]])
            count, total, most = ours.get(key, (0, 0, 0))
            ours[key] = (count + row["count"], total + row["total_ns"], max(most, row["max_ns"] or 0))
    assert {(*key, *numbers) for key, numbers in ours.items()} == set(slices)
    assert ours
    [[count]] = perfetto.query("select count() from slice where dur < 0")
    assert found["open"] == count
    for task in found["tasks"]:
        nodes = [
            node for node in found["tree"] if (node["domain"], node["task"]) == (task["domain"], task["task"])
        ]
        for key in ("count", "total_ns", "self_ns"):
            assert sum(node[key] for node in nodes) == task[key]


COUNTERS = ["types", "steps", "strange", "units", "threads 4", "forks 3", "at_times", "paused"]


@pytest.mark.parametrize("scene", COUNTERS)
def test_counters(scene, cc, cli, record, sql):
    """Per name and domain; a mean over time as Perfetto's, which shows each value until the next."""
    trace = record([cc("counters.c"), *scene.split()]).trace
    found = report(cli, trace)
    perfetto = sql(trace)
    rows = perfetto.query(
        "with v as (select t.id, t.name, t.unit, c.ts, c.value, c.id as number,"
        "  lead(c.ts) over (partition by t.id order by c.ts, c.id) - c.ts as dur"
        " from counter c join counter_track t on t.id = c.track_id)"
        " select name, id, coalesce(unit, ''), ts, value, dur from v order by ts, number"
    )
    counters = {}
    for name, track, unit, *value in rows:
        counters.setdefault(name, []).append((track, unit, *value))
    assert {row["counter"] for row in found["counters"]} == set(counters)
    for name, values in counters.items():
        ours = [row for row in found["counters"] if row["counter"] == name]
        assert sum(row["count"] for row in ours) == len(values)
        assert min(row["min"] for row in ours) == pytest.approx(min(value[3] for value in values))
        assert max(row["max"] for row in ours) == pytest.approx(max(value[3] for value in values))
        if len(ours) > 1 or scene in ("forks 3", "paused"):
            continue  # of several domains, processes; across a pause the value is not known
        [row] = ours
        assert {value[1] for value in values} == {row["unit"]}
        assert row["last"] == pytest.approx(values[-1][3])
        time = sum(value[4] or 0 for value in values)
        if time:
            weighted = sum(value[3] * (value[4] or 0) for value in values)
            assert row["mean"] == pytest.approx(weighted / time, abs=abs(row["max"]) * 1e-9)


@pytest.mark.parametrize("scene", ["markers", "flows", "histograms"])
def test_moments(scene, cc, cli, record, sql):
    trace = record([cc("counters.c"), scene]).trace
    found = report(cli, trace)
    slices = sql(trace).query(
        "select s.name, coalesce(extract_arg(s.arg_set_id, 'debug.scope'), ''),"
        " extract_arg(s.arg_set_id, 'debug.head') is not null"
        " and extract_arg(s.arg_set_id, 'debug.tail') is not null from slice s where dur = 0"
    )
    expected = {}
    for name, scope, twice in slices:
        expected[name, scope] = expected.get((name, scope), 0) + (0.5 if twice else 1)
    ours = {}
    for row in [*found["markers"], *found["others"]]:
        key = (row.get("marker", row.get("name")), row.get("scope", ""))
        ours[key] = ours.get(key, 0) + row["count"]
    assert ours == expected
    assert ours


@pytest.mark.parametrize("scene", ["nested 500", "crossing", "many 3000", "types", "targets", "forks 3"])
def test_tasks_with_metadata(scene, cc, cli, record, sql):
    """Their begins are written again, in place or with an absolute time: the table is the same."""
    trace = record([cc("metadata.c"), *scene.split()]).trace
    found = report(cli, trace)
    perfetto = sql(trace)
    assert perfetto.problems() == []
    slices = perfetto.query(
        "select category, name, count(), sum(dur), min(dur), max(dur) from slice where dur >= 0 group by 1, 2"
    )
    ours = {
        (task["domain"], task["task"], task["count"], task["total_ns"], task["min_ns"], task["max_ns"])
        for task in found["tasks"]
    }
    names = {row[:2] for row in ours}
    assert ours == {row for row in slices if row[:2] in names}
    assert not any(row[3] for row in slices if row[:2] not in names), "only moments"
    assert ours
    [[left]] = perfetto.query("select count() from slice where dur < 0")
    assert found["open"] == left


def test_a_program_in_python(cli, record, tmp_path):
    script = tmp_path / "program.py"
    script.write_text(
        """
import itt, threading, time
domain = itt.domain_create("app")
def work():
    for i in range(100):
        itt.task_begin(domain, "outer")
        itt.task_begin(domain, "inner")
        itt.task_end(domain)
        itt.task_end(domain)
threads = [threading.Thread(target=work) for _ in range(3)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
itt.pause()
itt.task_begin(domain, "unseen")
time.sleep(0.02)
itt.task_end(domain)
itt.resume()
work()
"""
    )
    found = report(cli, record([script]).trace)
    tasks = {task["task"]: task for task in found["tasks"]}
    assert set(tasks) == {"outer", "inner"}
    for task in tasks.values():
        assert (task["count"], task["threads"]) == (400, 4)
        assert 0 < task["min_ns"] <= task["p50_ns"] <= task["p95_ns"] <= task["p99_ns"] <= task["max_ns"]
    assert tasks["outer"]["self_ns"] == tasks["outer"]["total_ns"] - tasks["inner"]["total_ns"]
    assert tasks["inner"]["self_ns"] == tasks["inner"]["total_ns"]
    assert (found["processes"], found["threads"], found["events"], found["open"]) == (1, 4, 1600, 0)
    assert found["paused_ns"] >= 20_000_000
    assert len(found["warnings"]) == 1 and found["warnings"][0].startswith("paused for ")
