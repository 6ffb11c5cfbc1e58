"""The examples, recorded as their first lines say, and their reports."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess

import pytest


@pytest.fixture
def report(cli):
    """report(trace) -> the JSON report, and its tasks by (domain, task)."""

    def load(trace):
        whole = json.loads(cli("report", trace, "--format", "json", check=True).stdout)
        return whole, {(task["domain"], task["task"]): task for task in whole["tasks"]}

    return load


def test_stdlib_index(root, record, report, sql):
    trace, process = record([root / "examples/stdlib_index.py"])
    files, words = (int(number) for number in re.match(r"(\d+) files, (\d+) words", process.stdout).groups())
    assert files > 100
    assert words > 100_000
    assert "thread lock acquire: " in process.stdout

    whole, tasks = report(trace)
    counts = {name: task["count"] for name, task in tasks.items()}
    assert counts == {
        **{("stdlib_index", phase): 1 for phase in ("find files", "index", "merge", "search")},
        ("stdlib_index", "query"): 5,
        **{("stdlib_index.worker", step): files for step in ("file", "read", "tokenize", "add")},
    }
    assert whole["events"] == 2 * sum(counts.values())
    assert (whole["lost"], whole["open"]) == (0, 0)
    assert (whole["processes"], whole["threads"]) == (1, 5)
    assert tasks["stdlib_index.worker", "file"]["threads"] == 4

    # Inner tasks are within their outer one, and the phases within the whole.
    file = tasks["stdlib_index.worker", "file"]
    steps = sum(tasks["stdlib_index.worker", step]["total_ns"] for step in ("read", "tokenize", "add"))
    assert file["total_ns"] - file["self_ns"] == steps
    phases = sum(
        tasks["stdlib_index", name]["total_ns"] for name in ("find files", "index", "merge", "search")
    )
    assert phases <= whole["duration_ns"]

    seen = sql(trace)
    assert seen.problems() == []
    assert seen.query("select count(*), min(dur) >= 0 from slice") == [(sum(counts.values()), 1)]
    names = {name for (name,) in seen.query("select name from thread where name glob 'indexer*'")}
    if names:  # Python gives its names to the kernel since 3.14
        assert names == {f"indexer {i}" for i in range(4)}


def test_wordcount(root, tmp_path, cli, record, report, sql):
    source = (root / "examples/wordcount.c").read_text()
    (line,) = (line for line in source.splitlines() if line.startswith(" *   cc "))
    command = line[len(" *   ") :].replace("examples/wordcount.c", str(root / "examples/wordcount.c"))
    for what in ("--cflags", "--libs"):
        command = command.replace(f"$(itt config {what})", cli("config", what, check=True).stdout.strip())
    if os.environ.get("CC"):
        command = command.replace("cc", os.environ["CC"], 1)
    subprocess.run(shlex.split(command), cwd=tmp_path, check=True)

    trace, process = record(["./wordcount"], cwd=tmp_path)
    files = int(re.match(r"(\d+) files", process.stdout).group(1))
    assert files > 20

    whole, tasks = report(trace)
    counts = {name: task["count"] for name, task in tasks.items()}
    assert counts == {
        **{("wordcount", phase): 1 for phase in ("find files", "count", "merge and sort")},
        **{("wordcount.worker", step): files for step in ("file", "read", "split")},
    }
    assert (whole["lost"], whole["open"], whole["threads"]) == (0, 0, 5)
    seen = sql(trace)
    assert seen.problems() == []
    threads = {one.thread for one in seen.slices() if one.name == "file"}
    assert threads == {f"counter {i}" for i in range(4)}


def test_readme_task(root, record, report, sql):
    trace, process = record([root / "examples/readme_task.py"])
    assert process.stdout == f"{sum(i * i for i in range(1_000_000))}\n"
    whole, tasks = report(trace)
    assert list(tasks) == [("domain", "awesome")]
    task = tasks["domain", "awesome"]
    assert (task["count"], task["threads"], whole["events"]) == (1, 1, 2)
    (one,) = sql(trace).slices()
    assert (one.category, one.name, one.dur) == ("domain", "awesome", task["total_ns"])


def test_readme_control(root, record, report, sql):
    trace, _ = record([root / "examples/readme_control.py"], ["--start-paused"])
    _, tasks = report(trace)
    assert {name: task["count"] for name, task in tasks.items() if name[0] == "control"} == {
        ("control", "very interesting code"): 1,
        ("control", "interesting code"): 1,
    }
    seen = sql(trace)
    assert seen.problems() == []
    order = [one.name for one in seen.slices() if one.category == "control"]
    assert order == ["very interesting code", "interesting code"]
    # The pause between them shows, and nothing of it counts as a task of the program's.
    paused = [one for one in seen.slices() if one.name == "paused"]
    first, second = (one for one in seen.slices() if one.category == "control")
    assert any(first.ts + first.dur <= one.ts and one.ts + one.dur <= second.ts for one in paused)


def test_readme_control_unpaused(root, record, report):
    """Without --start-paused the part before resume() is recorded too, as under any collector."""
    _, tasks = report(record([root / "examples/readme_control.py"]).trace)
    names = {task for domain, task in tasks if domain == "control"}
    assert names == {"uninteresting code", "very interesting code", "interesting code"}


def test_labels(root, record, report, sql):
    trace, _ = record([root / "examples/labels.py"])
    whole, tasks = report(trace)
    counts = {name: task["count"] for (domain, name), task in tasks.items() if domain == "labels"}
    assert counts == {"fetch": 20, "checksum": 20, "all": 1, "draw": 5}
    assert [(frame["domain"], frame["count"]) for frame in whole["frames"]] == [("screen", 5)]
    assert (whole["lost"], whole["open"]) == (0, 0)
    seen = sql(trace)
    assert seen.problems() == []
    # Each slept for 2, 4 ... 10 ms, side by side: their own durations are in the trace.
    lengths = sorted(one.dur for one in seen.slices() if one.name == "fetch")
    assert all(lengths[4 * i] >= 2_000_000 * (i + 1) for i in range(5)), lengths
    values = [value for (value,) in seen.query("select value from counter order by ts")]
    assert (max(values), values[-1]) == (20, 0)


@pytest.mark.parametrize("name", ["stdlib_index", "readme_task", "readme_control", "labels"])
def test_runs_without_a_collector(root, tmp_path, name):
    import sys

    done = subprocess.run(
        [sys.executable, root / f"examples/{name}.py"], cwd=tmp_path, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout
    assert list(tmp_path.iterdir()) == []
