"""itt report beyond tasks: its other sections, trees, rows by thread and process; and itt.read()."""

from __future__ import annotations

import csv
import importlib
import io
import json
import os
import pkgutil
import types

import pytest
from tracegen import EVENT, FRAME, MARK, MARKER, OVERLAPPED, REGION, RELATION, Trace, chunk

import itt

MS = 1_000_000


def example(**head_fields):
    """A little of everything: two threads of one process, one of another."""
    trace = Trace(**head_fields)
    main, worker, other = trace.thread(100), trace.thread(100), trace.thread(200)
    frames, regions = main.lane(FRAME, "game"), worker.lane(REGION, "app")
    events = main.lane(EVENT, "Events")
    main.begin("app", "run", 0)
    for i in range(10):
        now = i * 20 * MS
        frame = main.start(FRAME, "game", "game", now, frames)
        main.begin("app", "draw", now + MS)
        main.begin("app", "text", now + 2 * MS)
        main.end("app", now + 3 * MS)
        main.end("app", now + 4 * MS)
        main.finish(frame, now + 5 * MS)
        main.value("app", "queue", now + 6 * MS, i, "items")
    main.value("app", "load", 190 * MS, 0.5)
    main.value("app", "load", 191 * MS, 1.5)
    main.instant(MARKER, "app", "here", 192 * MS, scope="process")
    main.instant(EVENT, "event", "open", 193 * MS)
    main.submit(EVENT, "event", "load", 193 * MS, 194 * MS, events)
    main.instant(MARK, "mark", "m", 195 * MS)
    main.instant(RELATION, "app", "child_of", 196 * MS)
    main.end("app", 200 * MS)
    worker.begin("io", "read", 10 * MS)
    worker.end("io", 30 * MS)
    region = worker.start(REGION, "app", "phase", 40 * MS, regions)
    worker.finish(region, 60 * MS)
    other.begin("app", "draw", 70 * MS)
    other.end("app", 80 * MS)
    started = other.start(OVERLAPPED, "app", "request", 85 * MS, other.lane(OVERLAPPED, "app"))
    other.finish(started, 95 * MS)
    return trace


@pytest.fixture
def path(tmp_path):
    return example().write(tmp_path / "run.pftrace")


@pytest.fixture
def report(cli):
    def run(*args, columns="120", code=0):
        done = cli("report", *args, env={**os.environ, "COLUMNS": columns, "PYTHONIOENCODING": "utf-8"})
        assert done.returncode == code, done.stderr
        return done

    return run


def found(report, *args):
    return json.loads(report("--format", "json", *args).stdout)


def test_table(report, path):
    lines = report("run.pftrace").stdout.splitlines()
    assert lines[0] == "run.pftrace: 2 processes, 3 threads, 88 events, 200ms"
    assert [line.split()[:4] for line in lines[2:8]] == [
        ["Domain", "Task", "Count", "Total"],
        ["app", "run", "1", "200ms"],
        ["app", "draw", "11", "40.0ms"],
        ["io", "read", "1", "20.0ms"],
        ["app", "request", "1", "10.0ms"],
        ["app", "text", "10", "10.0ms"],
    ]
    assert lines[8:] == [
        "",
        "Domain  Frames    Rate  Jitter     Min    Mean  Median     P95     P99     Max  Threads",
        "game        10  50.0/s     0ns  5.00ms  5.00ms  5.00ms  5.00ms  5.00ms  5.00ms        1",
        "",
        "Domain  Region  Count   Total     Min    Mean  Median     P95     P99     Max  Share  Threads",
        "app     phase       1  20.0ms  20.0ms  20.0ms  20.0ms  20.0ms  20.0ms  20.0ms  10.0%        1",
        "",
        "Domain  Counter  Values  Min  Mean  Max  Last   Unit",
        "app     load          2  0.5   0.5  1.5   1.5",
        "app     queue        10    0     4    9     9  items",
        "",
        "Kind   Event  Count  Ended   Total     Min    Mean  Median     P95     P99     Max  Threads",
        "event  load       1      1  1.00ms  1.00ms  1.00ms  1.00ms  1.00ms  1.00ms  1.00ms        1",
        "event  open       1      0     0ns       -       -       -       -       -       -        0",
        "mark   m          1      0     0ns       -       -       -       -       -       -        0",
        "",
        "Domain  Marker  Scope    Count  First   Last",
        "app     here    process      1  192ms  192ms",
        "",
        "Kind      Domain  Name      Count  First   Last",
        "relation  app     child_of      1  196ms  196ms",
    ]


def test_tree(report, path):
    lines = report("--tree", "--section", "tree", "run.pftrace").stdout.splitlines()
    assert lines[2:] == [
        "Task      Domain  Count   Total    Self     Min    Mean     Max   Share",
        "run       app         1   200ms   170ms   200ms   200ms   200ms  100.0%",
        "  draw    app        10  30.0ms  20.0ms  3.00ms  3.00ms  3.00ms   15.0%",
        "    text  app        10  10.0ms  10.0ms  1.00ms  1.00ms  1.00ms    5.0%",
        "read      io          1  20.0ms  20.0ms  20.0ms  20.0ms  20.0ms   10.0%",
        "draw      app         1  10.0ms  10.0ms  10.0ms  10.0ms  10.0ms    5.0%",
        "request   app         1  10.0ms  10.0ms  10.0ms  10.0ms  10.0ms    5.0%",
    ]
    rows = found(report, "--tree", path)["tree"]
    assert [(row["depth"], row["task"]) for row in rows] == [
        (0, "run"),
        (1, "draw"),
        (2, "text"),
        (0, "read"),
        (0, "draw"),
        (0, "request"),
    ]
    assert "tree" not in found(report, path)


def test_a_tree_of_one_domain_keeps_what_is_around(report, tmp_path):
    trace = Trace()
    thread = trace.thread()
    for i, (domain, name) in enumerate([("a", "outer"), ("b", "inner"), ("a", "innermost")]):
        thread.begin(domain, name, i)
    for i, domain in enumerate("aba"):
        thread.end(domain, 10 + i)
    rows = found(report, "--tree", "--domain", "b", trace.write(tmp_path / "t"))["tree"]
    assert [(row["depth"], row["task"], row["count"]) for row in rows] == [(0, "outer", 1), (1, "inner", 1)]


def test_a_tree_whose_root_never_ended(report, tmp_path):
    trace = Trace()
    thread = trace.thread()
    thread.begin("a", "main", 0)
    for i in range(3):
        thread.begin("a", "step", 10 + 10 * i)
        thread.end("a", 15 + 10 * i)
    path = trace.write(tmp_path / "t")
    rows = found(report, "--tree", path)["tree"]
    assert [(row["depth"], row["task"], row["count"], row["self_ns"]) for row in rows] == [
        (0, "main", 0, 0),
        (1, "step", 3, 15),
    ]
    lines = report("--tree", path).stdout.splitlines()[3:5]
    assert lines[0] == "main    a" and lines[1].split()[:4] == ["step", "a", "3", "15ns"]


def test_sorted_trees(report, tmp_path):
    """Among those inside one."""
    trace = Trace()
    thread = trace.thread()
    now = 0
    for name, times in (("b", [50]), ("a", [10, 10, 10])):
        for time in times:
            thread.begin("d", name, now)
            for inner in ("y", "x"):
                thread.begin("d", inner, now + 1)
                thread.end("d", now + (3 if inner == "y" else 2))
                now += 3
            now += time
            thread.end("d", now)
    path = trace.write(tmp_path / "t")
    for key, order in (("total", "byxayx"), ("count", "ayxbyx"), ("name", "axybxy")):
        rows = found(report, "--tree", "--sort", key, path)["tree"]
        assert "".join(row["task"] for row in rows) == order


def test_a_deep_tree_fits_its_terminal(report, tmp_path):
    trace = Trace()
    thread = trace.thread()
    for i in range(300):
        thread.begin("d", f"level {i}", i)
    for i in range(300):
        thread.end("d", 1000 + i)
    path = trace.write(tmp_path / "t")
    narrow = report("--tree", path, columns="80").stdout.splitlines()[2:]
    assert all(len(line) <= 80 for line in narrow)
    lines = report("--tree", path, columns="130").stdout.splitlines()[2:]
    assert len(lines) == 1 + 256 + 1
    assert "255: level 255 " in lines[256]
    assert "256: (deeper tasks) " in lines[257]


def test_by_thread(report, path):
    text = report("--by", "thread", "--section", "tasks", "--domain", "io", path, columns="100").stdout
    assert text.splitlines()[2:] == [
        "Thread          Domain  Task  Count   Total    Self    Mean  Median     P95     P99     Max  Share",
        "thread 101 101  io      read      1  20.0ms  20.0ms  20.0ms  20.0ms  20.0ms  20.0ms  20.0ms  10.0%",
        "(no room for Min: a wider terminal or --format csv shows all)",
    ]
    tasks = found(report, "--by", "thread", path)["tasks"]
    assert {
        (row["pid"], row["process"], row["tid"], row["thread"], row["task"], row["count"]) for row in tasks
    } == {
        (100, "program", 100, "thread 100", "run", 1),
        (100, "program", 100, "thread 100", "draw", 10),
        (100, "program", 100, "thread 100", "text", 10),
        (100, "program", 101, "thread 101", "read", 1),
        (200, "program", 202, "thread 202", "draw", 1),
        (200, "program", 202, "thread 202", "request", 1),
    }
    assert "Process" in report("--by", "thread", path).stdout, "more than one"


def test_by_process(report, path):
    whole = found(report, "--by", "process", "--tree", path)
    assert {(row["pid"], row["task"], row["count"]) for row in whole["tasks"] if row["task"] == "draw"} == {
        (100, "draw", 10),
        (200, "draw", 1),
    }
    for section in ("tasks", "frames", "regions", "counters", "user_events", "markers", "others", "tree"):
        assert {row["process"] for row in whole[section]} == {"program"}
        assert all("tid" not in row for row in whole[section])


def test_csv_of_each_section(report, path):
    whole = found(report, "--tree", path)
    for section in ("tasks", "tree", "frames", "regions", "counters", "user_events", "markers", "others"):
        done = report("--format", "csv", "--section", section, path)
        rows = list(csv.DictReader(io.StringIO(done.stdout, newline="")))
        assert [list(row) for row in rows] == [list(row) for row in whole[section]]
        for row, expected in zip(rows, whole[section]):
            for key, value in expected.items():
                if isinstance(value, str) or value is None:
                    assert row[key] == (value or "")
                else:
                    assert float(row[key]) == pytest.approx(value, rel=1e-5)
    assert done.stderr.startswith("itt report: note: there is more, by --section: tasks, frames, regions")


def test_sections(report, path, cli):
    assert list(found(report, "--section", "frames", "--section", "markers", path))[7:9] == [
        "frames",
        "markers",
    ]
    text = report("--section", "counters", path).stdout
    assert "Counter" in text and "Frames" not in text and "Task" not in text
    for wrong in (["--section", "nosuch"], ["--format", "csv", "--section", "tasks", "--section", "frames"]):
        done = cli("report", *wrong, path)
        assert (done.returncode, done.stderr.count("\n")) == (2, 1)


def test_domain_and_limit_are_for_all_sections(report, path):
    whole = found(report, "--domain", "app", path)
    assert whole["frames"] == whole["user_events"] == []
    assert len(whole["regions"]) == len(whole["markers"]) == len(whole["others"]) == 1
    whole = found(report, "--limit", "1", path)
    assert {len(rows) for rows in whole.values() if isinstance(rows, list)} == {0, 1}
    assert "(2 more events)" in report("--limit", "1", path).stdout


@pytest.mark.parametrize(
    "key", ["total", "count", "min", "mean", "median", "threads", "name", "domain", "self"]
)
def test_every_order_is_one_of_every_section(key, report, path):
    whole = found(report, "--sort", key, "--tree", path)
    plain = found(report, "--tree", path)
    for section, rows in whole.items():
        if isinstance(rows, list):
            assert sorted(map(str, rows)) == sorted(map(str, plain[section]))


def test_open_slices_of_all_kinds(report, tmp_path):
    trace = Trace()
    thread = trace.thread()
    thread.begin("a", "task", 0)
    for what in (OVERLAPPED, REGION, FRAME):
        thread.start(what, "a", "a" if what == FRAME else f"kind {what}", 10, thread.lane(what, "a"))
    path = trace.write(tmp_path / "t")
    assert "4 slices begun and never ended, not in the table: task, kind 1, kind 2, a" in report(path).stdout
    assert found(report, path)["open"] == 4


@pytest.mark.parametrize("columns", [20, 40, 60, 80, 100, 120, 160])
@pytest.mark.parametrize("options", [[], ["--tree", "--by", "thread"], ["--by", "process"]])
def test_sections_fit_their_terminal(columns, options, report, path):
    for line in report(*options, path, columns=str(columns)).stdout.splitlines()[2:]:
        assert len(line) <= max(columns, 35) or line.startswith(("note", "(no room"))


def test_a_hostile_counter(report, tmp_path):
    trace = Trace()
    thread = trace.thread()
    for i, value in enumerate([1e308, 1.7e308, float("nan"), float("-inf")]):
        thread.value("a", "c\n\x1b[31m", 10**6 * i, value, "u\nnit")
    path = trace.write(tmp_path / "t")
    [row] = json.loads(report("--format", "json", path).stdout, parse_constant=lambda name: 1 / 0)["counters"]
    assert (row["count"], row["min"], row["max"]) == (2, 1e308, 1.7e308)
    assert all(c.isprintable() or c == "\n" for c in report(path).stdout)


# itt.read()


def test_read_is_what_json_has(report, path):
    assert itt.read(path) == found(report, path)
    assert itt.read(str(path), by="thread", tree=True) == found(report, "--by", "thread", "--tree", path)


def test_read_several(path, tmp_path):
    more = example(uuid=b"another recordin", run=5).write(tmp_path / "more.pftrace")
    assert itt.read(path, more)["events"] == 2 * itt.read(path)["events"]


def test_read_what_cannot_be_read(path, tmp_path):
    (tmp_path / "text").write_text("hello\n")
    (tmp_path / "empty").touch()
    with pytest.raises(FileNotFoundError) as error:
        itt.read(tmp_path / "missing")
    assert error.value.filename == str(tmp_path / "missing")
    for name, why in (("text", "not a recording of itt"), ("empty", "an empty file")):
        with pytest.raises(itt.Error, match=why):
            itt.read(path, tmp_path / name)
        with pytest.raises(ValueError, match=why):
            itt.read(tmp_path / name)
    with pytest.raises(ValueError, match=r"read\(\) argument 'by' must be"):
        itt.read(path, by="nosuch")
    with pytest.raises(TypeError):
        itt.read()
    with pytest.raises(TypeError):
        itt.read(3.5)
    with pytest.raises(TypeError, match="argument 'path' must be"):
        itt.read([path])
    for name in "a\0b", "\ud800":
        with pytest.raises(ValueError, match="argument 'path' must be the name of a file"):
            itt.read(name)


def test_read_is_a_function_whatever_is_imported():
    for module in pkgutil.walk_packages(itt.__path__, "itt."):
        if module.name != "itt.__main__":
            importlib.import_module(module.name)
    assert isinstance(itt.read, types.FunctionType)


def test_read_of_chunks_in_any_order(tmp_path):
    trace = example()
    segments = [segment.encode() for segment in trace.segments]
    path = trace.write(tmp_path / "t", [chunk(b"".join(segments[::-1]))])
    assert itt.read(path) == itt.read(trace.write(tmp_path / "u"))


def test_a_section_without_rows_is_told(report, tmp_path):
    trace = Trace()
    thread = trace.thread(1)
    thread.begin("app", "run", 0)
    thread.end("app", 5)
    lines = report(
        "--section", "frames", "--section", "tasks", trace.write(tmp_path / "t")
    ).stdout.splitlines()
    assert len(lines) == 6 and lines[-2:] == ["", "note: no frames"]
