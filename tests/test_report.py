"""itt report: what it prints, in each format, and what it says where something is wrong."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys

import pytest
from tracegen import BEGIN, END, UNIT, Trace, head

SECOND = 1_000_000_000
KEYS = ["domain", "task", "count", "total_ns", "self_ns", "min_ns", "mean_ns"]
KEYS += ["p50_ns", "p95_ns", "p99_ns", "max_ns", "threads"]


def example(**head_fields):
    """Two domains, two threads, one second of wall time."""
    trace = Trace(**head_fields)
    one, other = trace.thread(), trace.thread()
    one.begin("app", "run", 0 + 10)
    for i in range(4):
        one.begin("app", "step", 100_000_000 * i + 20)
        one.end("app", 100_000_000 * (i + 1) + 10)
    one.end("app", SECOND + 10)
    other.begin("io", "get, put", 1000)
    other.end("io", 1500)
    other.begin("app", "step", 2000)
    other.end("app", 2 * 2000)
    return trace


@pytest.fixture
def path(tmp_path):
    return example().write(tmp_path / "run.pftrace")


@pytest.fixture
def report(cli, tmp_path):
    """report("--limit", 1, file) -> what is printed; COLUMNS is 120 unless told."""

    def run(*args, code=0, columns="120", errors=False):
        env = {**os.environ, "COLUMNS": columns, "PYTHONIOENCODING": "utf-8"}
        done = cli("report", *args, env=env)
        assert done.returncode == code, done.stderr
        assert errors or not done.stderr
        return (done.stdout, done.stderr) if errors else done.stdout

    return run


def table_rows(text):
    """The lines of the table, by their first two words."""
    lines = text.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("Domain"))
    return [
        line.split() for line in lines[start + 1 : lines.index("", start) if "" in lines[start:] else None]
    ]


# Formats


def test_table(report, path):
    assert report("run.pftrace").splitlines() == [
        "run.pftrace: 1 process, 2 threads, 14 events, 1.00s",
        "",
        "Domain  Task      Count  Total   Self     Min    Mean  Median    P95    P99    Max   Share  Threads",
        "app     run           1  1.00s  600ms   1.00s   1.00s   1.00s  1.00s  1.00s  1.00s  100.0%        1",
        "app     step          5  400ms  400ms  2.00µs  80.0ms   100ms  100ms  100ms  100ms   40.0%        2",
        "io      get, put      1  500ns  500ns   500ns   500ns   500ns  500ns  500ns  500ns    0.0%        1",
    ]


def test_json(report, path):
    found = json.loads(report("--format", "json", path))
    assert list(found)[:8] == [
        "schema",
        "duration_ns",
        "processes",
        "threads",
        "events",
        "lost",
        "open",
        "tasks",
    ]
    tasks = found.pop("tasks")
    for section in ("frames", "regions", "sync", "counters", "user_events", "markers", "others"):
        assert found.pop(section) == []
    assert found == {
        "schema": 1,
        "duration_ns": SECOND,
        "processes": 1,
        "threads": 2,
        "events": 14,
        "lost": 0,
        "open": 0,
        "unmatched_ends": 0,
        "paused_ns": 0,
        "damaged_bytes": 0,
        "warnings": [],
    }
    assert [list(task)[: len(KEYS) - 1] for task in tasks] == [KEYS[:-1]] * 3
    assert tasks[1] == {
        "domain": "app",
        "task": "step",
        "count": 5,
        "total_ns": 399_999_960 + 2000,
        "self_ns": 399_999_960 + 2000,
        "min_ns": 2000,
        "mean_ns": 80_000_392,
        "p50_ns": 99_999_990,
        "p95_ns": 99_999_990,
        "p99_ns": 99_999_990,
        "max_ns": 99_999_990,
        "threads": 2,
        "share": 0.400002,
    }


def test_csv(report, path):
    text = report("--format", "csv", path)
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert list(rows[0]) == [*KEYS[:-1], "share", "threads"]
    assert rows[2] == {
        "domain": "io",
        "task": "get, put",
        "count": "1",
        **{key: "500" for key in KEYS if key.endswith("_ns")},
        "share": "5e-07",
        "threads": "1",
    }


def test_csv_ends_lines_as_the_rfc_says(tmp_path, path):
    done = subprocess.run(
        [sys.executable, "-m", "itt", "report", "--format", "csv", path], stdout=subprocess.PIPE, cwd=tmp_path
    )
    lines = done.stdout.split(b"\n")
    assert lines.pop() == b""
    assert len(lines) == 4
    assert all(line.endswith(b"\r") for line in lines)


def test_the_formats_agree(report, path):
    tasks = json.loads(report("--format", "json", path))["tasks"]
    rows = csv.DictReader(io.StringIO(report("--format", "csv", path)))
    assert [{key: str(task[key]) for key in KEYS} for task in tasks] == [
        {key: row[key] for key in KEYS} for row in rows
    ]


def test_names_that_need_quoting(report, tmp_path):
    names = ['comma, "quote"', "two\nlines", "tab\t", "\x1b[31mred", "日本語", "", "\u202eback"]
    trace = Trace()
    thread = trace.thread()
    for i, name in enumerate(names):
        thread.begin('a,"b"', name, 100 * i + 10)
        thread.end('a,"b"', 100 * i + 50 + i)
    path = trace.write(tmp_path / "t.pftrace")
    assert {task["task"] for task in json.loads(report("--format", "json", path))["tasks"]} == set(names)
    rows = csv.DictReader(io.StringIO(report("--format", "csv", path), newline=""))
    assert {(row["domain"], row["task"]) for row in rows} == {('a,"b"', name) for name in names}
    table = report(path)
    assert "\\x1b[31mred" in table and "two\\nlines" in table and "\\u202eback" in table
    assert len(table_rows(table)) == len(names)
    assert all(c.isprintable() or c == "\n" for c in table)


# Order and choice


@pytest.mark.parametrize(
    ("key", "tasks"),
    [
        ("total", ["c", "b", "a"]),
        ("self", ["b", "a", "c"]),
        ("count", ["a", "b", "c"]),
        ("min", ["c", "b", "a"]),
        ("mean", ["c", "b", "a"]),
        ("median", ["c", "b", "a"]),
        ("p95", ["c", "a", "b"]),
        ("p99", ["c", "a", "b"]),
        ("max", ["c", "a", "b"]),
        ("threads", ["a", "c", "b"]),
        ("name", ["a", "b", "c"]),
        ("domain", ["c", "b", "a"]),
    ],
)
def test_sort(key, tasks, report, tmp_path):
    trace = Trace()
    thread = trace.thread()
    now = 1000
    thread.begin("1", "c", now)
    for name, times in (("a", [10] * 5 + [500]), ("b", [300, 301, 302])):
        for time in times:
            thread.begin({"a": "3", "b": "2"}[name], name, now)
            now += time
            thread.end({"a": "3", "b": "2"}[name], now)
    thread.end("1", now)
    other = trace.thread()
    other.begin("3", "a", 1100)
    other.end("3", 1101)
    path = trace.write(tmp_path / "t.pftrace")
    found = json.loads(report("--format", "json", "--sort", key, path))["tasks"]
    assert [task["task"] for task in found] == tasks


def test_domain(report, path):
    both = json.loads(report("--format", "json", "--domain", "io", "--domain", "app", path))
    one = json.loads(report("--format", "json", "--domain", "io", path))
    assert len(both["tasks"]) == 3
    assert [task["domain"] for task in one["tasks"]] == ["io"]
    assert one["events"] == both["events"] == 14
    assert "nothing of the domain nosuch; there are: app, io" in report("--domain", "nosuch", path)


def test_limit(report, path):
    assert len(json.loads(report("--format", "json", "--limit", "2", path))["tasks"]) == 2
    text = report("--limit", "1", path)
    assert len(table_rows(text)) == 2
    assert "(2 more tasks)" in text


@pytest.mark.parametrize(
    "bad", [["--limit", "0"], ["--limit", "x"], ["--sort", "x"], ["--format", "xml"], ["--nosuch"]]
)
def test_wrong_options(bad, cli, path):
    done = cli("report", *bad, path)
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)
    assert done.stderr.startswith("itt report: ")


def test_no_file(cli):
    assert cli("report").returncode == 2
    assert cli("report", "").returncode == 2


# Width


@pytest.mark.parametrize("columns", [1, 20, 40, 60, 80, 100, 120, 200])
def test_a_table_fits_its_terminal(columns, report, tmp_path):
    trace = Trace()
    thread = trace.thread()
    for i, name in enumerate(["x" * 300, "日本語" * 50, "e\u0301" * 200, "short"]):
        thread.begin("a.domain.with.a.long.name" * 3, name, 10**9 * i + 10)
        thread.end("a.domain.with.a.long.name" * 3, 10**9 * i + 10**8)
    text = report(trace.write(tmp_path / "t.pftrace"), columns=str(columns))
    lines = [line for line in text.splitlines()[2:] if not line.startswith("(")]
    assert len(lines) == 5
    for line in lines:
        width = sum(0 if c == "\u0301" else 2 if c in "日本語" else 1 for c in line)
        assert width <= max(columns, 15)
    if columns >= 60:
        assert "…" in text and "Total" in text
    if columns >= 120:
        assert "(no room" not in text


def test_a_terminal_without_unicode(cli, tmp_path):
    trace = Trace()
    thread = trace.thread()
    thread.begin("d", "naïve 日本 " + "x" * 200, 100)
    thread.end("d", 100 + 25_000)
    path = trace.write(tmp_path / "t.pftrace")
    done = cli("report", path, env={**os.environ, "PYTHONIOENCODING": "ascii", "COLUMNS": "120"}, check=True)
    assert "25.0us" in done.stdout
    assert "na\\xefve" in done.stdout


# What is not as it should be


def test_nothing_recorded(report, tmp_path):
    cases = [
        ({"processes": 0}, "the program never loaded the collector"),
        ({"paused_begins": 7, "state": 1}, "recording was paused (7 tasks begun meanwhile)"),
        ({"state": 2}, "detached"),
        ({"state": 4, "stop_reason": 28}, "No space left on device"),
        ({}, "the program began no task"),
    ]
    for fields, why in cases:
        path = Trace(**fields).write(tmp_path / "t.pftrace")
        text = report(path)
        assert "0 events" in text
        assert "no events: " in text and why in text
        assert json.loads(report("--format", "json", path))["tasks"] == []
        out, errors = report("--format", "csv", path, errors=True)
        assert out.count("\n") == 1
        assert "no events" in errors


def test_notes(report, tmp_path):
    trace = example(
        lost_space=1000,
        lost_nested=1,
        state=4,
        stop_reason=28,
        unmatched_ends=3,
        paused_begins=5,
        failed_joins=1,
        join_error=13,
        accepted=2000,
    )
    thread = trace.threads[0]
    thread.pause(BEGIN, 2 * SECOND)
    thread.pause(END, 4 * SECOND)
    thread.begin("app", "endless", 5 * SECOND)
    thread.begin("app", "endless", 5 * SECOND + 1)
    path = trace.write(tmp_path / "t.pftrace")
    text = report(path)
    for note in (
        "1,000 events lost because there was no room left",
        "1 event lost in signal handlers or hooks",
        "recording stopped early: No space left on device",
        "2 tasks begun and never ended, not in the table: endless (2)",
        "3 ends without a begin, ignored",
        "paused for 2.000 s: 5 tasks begun meanwhile, not recorded",
        "1 thread could not write: Permission denied",
        "2,000 calls of functions that have no place in a timeline, not shown",
    ):
        assert f"note: {note}" in text
    found = json.loads(report("--format", "json", path))
    assert (found["lost"], found["open"], found["unmatched_ends"], found["paused_ns"]) == (
        1001,
        2,
        3,
        2 * SECOND,
    )
    assert len(found["warnings"]) == 8


@pytest.mark.parametrize("count", [10_000, 10_001, 65_537])
def test_too_many_names(count, report, tmp_path):
    trace = Trace(named=10)
    thread = trace.thread()
    for i in range(count):
        if i % 2000 == 0:
            thread.split()
        thread.begin("d", f"request {i}", 10 * i + 10)
        thread.end("d", 10 * i + 15)
    text = report("--limit", "3", trace.write(tmp_path / "t.pftrace"))
    note = {
        10_001: "note: 10,001 distinct names: put the varying part into metadata",
        65_537: "note: more than 65,536 distinct names: put the varying part into metadata",
    }
    assert note.get(count, "(9,997 more tasks)") in text
    assert ("distinct names" in text) == (count in note)


def test_no_recording(cli, tmp_path):
    (tmp_path / "empty").touch()
    (tmp_path / "text").write_text("hello\n")
    (tmp_path / "secret").write_bytes(head())
    (tmp_path / "secret").chmod(0)
    cases = [
        ("missing", "No such file"),
        ("empty", "empty file"),
        ("text", "not a recording"),
        (".", "Is a directory"),
    ]
    if os.geteuid() != 0:
        cases.append(("secret", "Permission denied"))
    for name, why in cases:
        for style in ("table", "json", "csv"):
            done = cli("report", "--format", style, name)
            assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
            assert done.stderr.startswith(f"itt report: {name}: ")
            assert why in done.stderr


def test_one_bad_file_among_good_ones(cli, path, tmp_path):
    example(uuid=b"another recordin", run=5).write(tmp_path / "more.pftrace")
    done = cli("report", "--format", "json", path, "missing", "more.pftrace")
    assert done.returncode == 1
    assert done.stderr == "itt report: missing: No such file or directory\n"
    found = json.loads(done.stdout)
    assert (found["processes"], found["events"], found["duration_ns"]) == (2, 28, 2 * SECOND)
    assert {task["task"]: task["count"] for task in found["tasks"]} == {
        "run": 2,
        "step": 10,
        "get, put": 2,
    }


def test_a_recording_that_is_cut_or_damaged(report, path, tmp_path):
    data = path.read_bytes()
    (tmp_path / "cut").write_bytes(data[: UNIT * 2])
    text = report("cut")
    assert "cut is cut short: 65,536 bytes are missing at its end" in text
    assert "step" in text
    (tmp_path / "damaged").write_bytes(data[: 2 * UNIT] + b"\xff" * UNIT)
    text = report("damaged")
    assert "damaged: 65,536 bytes could not be read and are not counted" in text
    assert "step" in text
    (tmp_path / "short").write_bytes(data[:-1])
    assert "short is cut short: 1 byte is missing at its end" in report("short")
    (tmp_path / "head").write_bytes(data[:UNIT])
    (tmp_path / "rubbish").write_bytes(data[:UNIT] + b"\xff" * (len(data) - UNIT))
    for name in "head", "rubbish":
        text = report(name)
        assert "note: no events in what can be read\n" in text and "began no task" not in text


def test_a_reader_that_leaves(tmp_path, path):
    """`itt report | head -1` is no reason for a message."""
    read, write = os.pipe()
    os.close(read)
    command = [sys.executable, "-m", "itt", "report", path]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, cwd=tmp_path, timeout=60)
    os.close(write)
    assert done.stderr == b""


def test_slots_elsewhere_are_brought_home(cli, tmp_path):
    """A recording whose slots lie in another file, left behind by a run that was killed."""
    from itt import _analysis

    slots = tmp_path / "slots"
    slots.mkdir()
    path = tmp_path / "t.pftrace"
    _analysis.recording_create(path, 77, slots_dir=slots)
    (there,) = slots.iterdir()
    done = cli("report", path, check=True)
    assert "no events" in done.stdout
    assert not there.exists()


def test_help_is_light(tmp_path):
    """What a person waits for at `itt report --help` is not a library that only a report needs."""
    script = (
        "import itt.commands.report, sys; print(sorted(sys.modules.keys() & {'json', 'csv', 'unicodedata'}))"
    )
    done = subprocess.run([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, cwd=tmp_path)
    assert done.stdout == "[]\n"
