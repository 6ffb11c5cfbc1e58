"""What Perfetto shows of each function of the interface: docs/functions.md is made of these tests.

A test that proves what is shown is marked with the functions and the text of their rows:

    @shows("task_begin", "task_end", what="a slice ...")

It must have called each of them. `make docs` writes the table anew. One file, as the table is one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Callable

import functions_table
import pytest
import traced
from driver import NO_ID, At, Call, Context, Data, Id, Note, Register, Script, Symbol, Word, interface
from functions_table import shows
from shown import Shown, Trace

from oracle import TraceSql

SLACK = 3000  # ns, of clocks and of reading them
U64, S64, U32, S32, U16, S16, FLOAT, DOUBLE = range(1, 9)  # __itt_metadata_type
GLOBAL, PROCESS, THREAD, TASK, MARKER = range(1, 6)  # __itt_scope
DEPENDENT_ON, SIBLING_OF, PARENT_OF = 1, 2, 3  # __itt_relation

Play = Callable[..., Trace]


@pytest.fixture
def play(
    request: pytest.FixtureRequest, driver: Path, collector: Path, tmp_path: Path, processor: TraceSql
) -> Iterator[Play]:
    """play(script) -> what is shown. The test must have called what it is marked with."""
    called: set[str] = set()

    def run(script: Script, **env: str) -> Trace:
        file = tmp_path / f"{len(list(tmp_path.iterdir()))}.pftrace"
        script.run(driver, collector, file, **env)
        called.update(script.called)
        processor.load(file)
        trace = Trace(processor)
        assert trace.problems == []
        return trace

    yield run
    marked = {name for row in getattr(request.function, "shown", []) for name in row.functions}
    assert marked <= called, f"marked, but not called: {marked - called}"


@pytest.fixture
def script() -> Script:
    return Script()


def during(note: Note, time: int) -> bool:
    return note.before - SLACK <= time <= note.after + SLACK


def lasts(found: Shown, script: Script, begin: int, end: int) -> bool:
    """Whether the slice begins and ends in these lines."""
    notes = script.notes
    return during(notes[begin], found.ts) and found.dur >= 0 and during(notes[end], found.ts + found.dur)


def zeros(call: Call) -> list[Word]:
    """Arguments that say nothing, but for a domain."""
    some: dict[str, Word] = {"const __itt_domain *": "d", "__itt_id": NO_ID, "__itt_module_object *": ""}
    nothing: dict[str, Word] = {"const char *": None, "__itt_string_handle *": None, "__itt_id *": None}
    return [{**some, **nothing}.get(kind, 0) for kind, _ in call.parameters]


def near(time: int, other: int) -> bool:
    return abs(time - other) <= SLACK


def of_thread(found: Shown, note: Note) -> bool:
    return (found.pid, found.tid) == (note.pid, note.tid)


# ---- The table ----


def test_the_table_is_what_the_tests_prove(root: Path, driver: Path, collector: Path, tmp_path: Path) -> None:
    script = Script()
    script.call(0, "get_timestamp")
    for call in interface():
        script.call(0, "bound", call.name)
    notes = script.run(driver, collector, tmp_path / "bound.pftrace")[1:]
    bound = {call.name for call, note in zip(interface(), notes) if note.result}
    table = functions_table.table(bound)
    file = root / "docs" / "functions.md"
    if "ITT_TEST_WRITE_DOCS" in os.environ:
        file.write_text(table)
    assert file.read_text() == table, "run make docs"


def test_what_is_accepted_is_counted_and_not_shown(play: Play, script: Script, tmp_path: Path) -> None:
    """Called with zeros, as nobody looks at the arguments."""
    script.call(0, "get_timestamp")
    proved = {name for row in functions_table.rows() for name in row.functions}
    for call in interface():
        if call.name not in proved:
            script.call(0, "bound", call.name)
            script.call(0, call.name, *zeros(call))
    trace = play(script)
    assert trace.slices == [] and trace.counters == []
    bound = sum(note.result for line, note in zip(script.lines, script.notes) if "\tbound\t" in line)
    assert traced.head(tmp_path / "0.pftrace").counts["accepted"] == bound > 50


# ---- Names, domains, time ----


@shows("domain_create", what="the category of what is recorded in the domain")
@shows("string_handle_create", what="the name of what is recorded with it; the key of metadata")
def test_names(play: Play, script: Script) -> None:
    script.call(0, "domain_create", "näme of a domain")
    script.call(0, "string_handle_create", "näme of a task")
    script.call(0, "task_begin", "näme of a domain", NO_ID, NO_ID, "näme of a task")
    script.call(0, "task_end", "näme of a domain")
    (found,) = play(script).slices
    assert (found.category, found.name) == ("näme of a domain", "näme of a task")


@shows("api_version", what="nothing: says which collector this is")
def test_api_version(play: Play, script: Script) -> None:
    line = script.call(0, "api_version")
    trace = play(script)
    assert script.notes[line].result != 0 and trace.slices == []


@shows("get_timestamp", what="nothing: gives the time, as in the trace, in ns of CLOCK_MONOTONIC")
def test_get_timestamp(play: Play, script: Script) -> None:
    line = script.call(0, "get_timestamp")
    trace = play(script)
    assert during(script.notes[line], script.notes[line].result) and trace.slices == []


@shows("thread_set_name", "thr_name_set", what="the thread's name")
def test_thread_names(play: Play, script: Script) -> None:
    for thread, function, more in ((1, "thread_set_name", ()), (2, "thr_name_set", (4,))):
        script.call(thread, function, f"name {thread}", *more)
        script.call(thread, "task_begin", "d", NO_ID, NO_ID, "work")
        script.call(thread, "task_end", "d")
    trace = play(script)
    rows = trace.sql.query("select tid, name from thread where name glob 'name*'")
    assert sorted(rows) == [(script.notes[0].tid, "name 1"), (script.notes[3].tid, "name")]


# ---- Control ----


@shows(
    "pause",
    "pause_scoped",
    what='the begin of a slice "paused" on the track "itt collection"; nothing else until its end',
)
@shows("resume", "resume_scoped", what='the end of the slice "paused"')
def test_pause(play: Play, script: Script) -> None:
    lines = []
    for suffix, more in (("", ()), ("_scoped", (1,))):
        paused = script.call(1, f"pause{suffix}", *more)
        script.call(0, "task_begin", "d", NO_ID, NO_ID, "unseen")
        script.call(0, "task_end", "d")
        lines.append((paused, script.call(0, f"resume{suffix}", *more)))
        script.call(0, "task_begin", "d", NO_ID, NO_ID, "seen")
        script.call(0, "task_end", "d")
    trace = play(script)
    pauses = trace.named("paused", "itt")
    assert all(lasts(slice, script, *pair) for slice, pair in zip(pauses, lines))
    assert {slice.path for slice in pauses} == {("itt collection",)}
    assert [s.name for s in trace.slices] == ["paused", "seen", "paused", "seen"]


@shows("detach", what="nothing from then on")
def test_detach(play: Play, script: Script) -> None:
    script.call(1, "task_begin", "d", NO_ID, NO_ID, "before")
    script.call(1, "task_end", "d")
    script.call(0, "detach")
    script.call(1, "resume")
    script.call(1, "task_begin", "d", NO_ID, NO_ID, "after")
    script.call(1, "task_end", "d")
    assert [s.name for s in play(script).slices] == ["before"]


# ---- Tasks ----


@shows("task_begin", "task_end", what="a slice on the thread's track, inside those open there")
def test_tasks(play: Play, script: Script) -> None:
    outer = script.call(1, "task_begin", "d", NO_ID, NO_ID, "outer")
    inner = script.call(1, "task_begin", "d", NO_ID, NO_ID, "inner")
    ends = script.call(1, "task_end", "d"), script.call(1, "task_end", "d")
    trace = play(script)
    assert lasts(trace.only("outer", "d"), script, outer, ends[1])
    assert lasts(trace.only("inner", "d"), script, inner, ends[0])
    assert [s.depth for s in trace.slices] == [0, 1]
    assert all(of_thread(s, script.notes[0]) for s in trace.slices)


@shows("task_begin_fn", what="as task_begin, named after the function's symbol, or its address")
def test_task_of_a_function(play: Play, script: Script) -> None:
    begin = script.call(0, "task_begin_fn", "d", NO_ID, NO_ID, Symbol("strtoul"))
    end = script.call(0, "task_end", "d")
    script.call(0, "task_begin_fn", "d", NO_ID, NO_ID, 16)
    script.call(0, "task_end", "d")
    trace = play(script)
    assert lasts(trace.slices[0], script, begin, end)
    assert "strtoul" in trace.slices[0].name and trace.slices[1].name == "0x10"


@shows(
    "task_begin_overlapped",
    "task_end_overlapped",
    what="a slice on a track of the domain's, in the process's group Tasks: "
    "may cross others and end on another thread",
)
def test_overlapped_tasks(play: Play, script: Script) -> None:
    one = script.call(1, "task_begin_overlapped", "d", Id(1), NO_ID, "first")
    two = script.call(1, "task_begin_overlapped", "d", Id(2), NO_ID, "second")
    ends = (
        script.call(2, "task_end_overlapped", "d", Id(1)),
        script.call(1, "task_end_overlapped", "d", Id(2)),
    )
    trace = play(script)
    first, second = trace.only("first", "d"), trace.only("second", "d")
    assert lasts(first, script, one, ends[0]) and lasts(second, script, two, ends[1])
    assert first.track != second.track
    assert first.path == second.path == ("d", "Tasks") and first.tid is None
    assert first.pid == second.pid == script.notes[0].pid


@shows(
    "region_begin", "region_end", what="a slice on a track of the domain's, in the process's group Regions"
)
def test_regions(play: Play, script: Script) -> None:
    one = script.call(1, "region_begin", "d", Id(1), NO_ID, "first")
    two = script.call(1, "region_begin", "d", Id(2), NO_ID, "second")
    ends = script.call(2, "region_end", "d", Id(1)), script.call(1, "region_end", "d", Id(2))
    trace = play(script)
    first, second = trace.only("first", "d"), trace.only("second", "d")
    assert lasts(first, script, one, ends[0]) and lasts(second, script, two, ends[1])
    assert first.path == second.path == ("d", "Regions") and first.track != second.track


@shows(
    "pt_region_create",
    what="the name of the slices, of category pt_region, that its marks make on the thread's track",
)
def test_pt_regions(play: Play, script: Script) -> None:
    script.call(1, "pt_region_create", "hot", to="hot")
    begin = script.call(1, "mark_pt_region_begin", Register("hot"))
    end = script.call(1, "mark_pt_region_end", Register("hot"))
    trace = play(script)
    assert lasts(trace.only("hot", "pt_region"), script, begin, end)
    assert of_thread(trace.slices[0], script.notes[begin])


# ---- With --sync alone ----


def play_sync(play: Play, script: Script) -> Trace:
    """As `itt record --sync` does, by the older way of asking for it."""
    return play(script, INTEL_ITTNOTIFY_GROUPS="all")


def phrases(trace: Trace) -> list[tuple[str, str, bool]]:
    """(name, object, whether it is a slice) of what happened to objects, in order."""
    return [(s.name, s.args["object"], s.dur > 0) for s in trace.slices if s.category == "sync"]


@shows(
    "sync_create",
    "sync_set_name",
    "notify_sync_name",
    "sync_rename",
    "sync_destroy",
    what="the name of the object in what follows, its type where it has no name",
)
def test_names_of_sync_objects(play: Play, script: Script) -> None:
    script.call(1, "sync_create", 0x1000, "type", "mutex", 2)
    script.call(1, "sync_set_name", 0x2000, "type", None, 2)
    script.call(1, "notify_sync_name", 0x3000, "type", 4, "old one", 3, 1)
    for address in (0x1000, 0x2000, 0x3000):
        script.call(1, "sync_releasing", address)
    script.call(1, "sync_rename", 0x1000, "renamed")
    script.call(1, "sync_releasing", 0x1000)
    script.call(1, "sync_destroy", 0x1000)
    script.call(1, "sync_releasing", 0x1000)
    assert phrases(play_sync(play, script)) == [
        ("release mutex", "0x1000", False),
        ("release type", "0x2000", False),
        ("release old", "0x3000", False),
        ("release renamed", "0x1000", False),
        ("release", "0x1000", False),
    ]


SYNC_KINDS = ("sync", "fsync", "notify_sync")


@shows(
    *(f"{kind}_{what}" for kind in SYNC_KINDS for what in ("prepare", "cancel")),
    what='a slice "wait NAME" from prepare to acquired or cancel, on a track of the thread in the group Sync',
)
@shows(
    *(f"{kind}_{what}" for kind in SYNC_KINDS for what in ("acquired", "releasing")),
    what='a slice "held NAME" from acquired to releasing, of a mutex that was given a name; else an instant',
)
def test_sync_objects(play: Play, script: Script) -> None:
    lines = {}
    for thread, kind in enumerate(SYNC_KINDS, 1):
        script.call(thread, "thread_set_name", kind)
        script.call(thread, "sync_create", thread, "type", kind, 2)
        for number, what in enumerate(("prepare", "acquired", "releasing", "prepare", "cancel")):
            lines[kind, number] = script.call(thread, f"{kind}_{what}", thread)
    trace = play_sync(play, script)
    assert len(trace.slices) == 3 * len(SYNC_KINDS)
    for thread, kind in enumerate(SYNC_KINDS, 1):
        first, second = trace.named(f"wait {kind}", "sync")
        held = trace.only(f"held {kind}", "sync")
        assert lasts(first, script, lines[kind, 0], lines[kind, 1])
        assert lasts(held, script, lines[kind, 1], lines[kind, 2])
        assert lasts(second, script, lines[kind, 3], lines[kind, 4])
        tid = script.notes[lines[kind, 0]].tid
        for one in (first, held, second):
            assert one.path == (f"{kind} {tid}", "Sync") and one.args == {"object": f"0x{thread:x}"}


@shows("stack_caller_create", what="an instant; arrows lead from it to its callees")
@shows(
    "stack_callee_enter",
    "stack_callee_leave",
    what='a slice "callee" on a track of the thread in the group Sync',
)
@shows("stack_caller_destroy", what="nothing")
def test_stitched_stacks(play: Play, script: Script) -> None:
    create = script.call(1, "stack_caller_create", to="c")
    pairs = []
    for thread in (1, 2):
        enter = script.call(thread, "stack_callee_enter", Register("c"))
        pairs.append((enter, script.call(thread, "stack_callee_leave", Register("c"))))
    script.call(1, "stack_caller_destroy", Register("c"))
    trace = play_sync(play, script)
    caller = trace.only("caller", "stitch")
    assert during(script.notes[create], caller.ts) and of_thread(caller, script.notes[create])
    callees = trace.named("callee", "stitch")
    assert [lasts(s, script, *pair) for s, pair in zip(callees, pairs)] == [True, True]
    assert trace.flows == {(caller.id, callee.id) for callee in callees}
    assert callees[0].track != callees[1].track


# ---- Ids, parents, relations ----


@shows(
    "id_create",
    "id_create_ex",
    "id_destroy",
    "id_destroy_ex",
    what="nothing: an id stands for what began with it last",
)
def test_ids(play: Play, script: Script) -> None:
    script.call(1, "id_create", "d", Id(1))
    script.call(1, "id_create_ex", "d", None, 5, Id(1))
    for thread, parent in ((1, NO_ID), (2, Id(1))):
        script.call(thread, "task_begin", "d", Id(thread), parent, f"task {thread}")
    script.call(1, "id_destroy", "d", Id(1))
    script.call(1, "id_destroy_ex", "d", None, 5, Id(1))
    trace = play(script)
    assert [s.name for s in trace.slices] == ["task 1", "task 2"]
    assert trace.arrows() == {("task 1", "task 2")}


@shows(
    "task_group", what="an instant on the thread's track; arrows lead from it to the tasks whose parent it is"
)
def test_task_groups(play: Play, script: Script) -> None:
    line = script.call(1, "task_group", "d", Id(7), NO_ID, "group")
    script.call(2, "task_begin", "d", NO_ID, Id(7), "member")
    script.call(2, "task_end", "d")
    trace = play(script)
    group = trace.only("group", "d")
    assert during(script.notes[line], group.ts) and group.dur == 0 and of_thread(group, script.notes[line])
    assert trace.arrows() == {("group", "member")}


def test_parents_are_arrows(play: Play, script: Script) -> None:
    script.call(1, "task_begin", "d", Id(1), NO_ID, "parent")
    script.call(1, "task_begin_overlapped", "d", Id(2), Id(1), "overlapped")
    script.call(2, "task_begin", "d", NO_ID, Id(1), "child")
    script.call(2, "region_begin", "d", Id(3), Id(2), "region")
    script.call(2, "task_end", "d")
    script.call(1, "task_end", "d")
    script.call(1, "task_end_overlapped", "d", Id(2))
    script.call(1, "region_end", "d", Id(3))
    assert play(script).arrows() == {("parent", "overlapped"), ("parent", "child"), ("overlapped", "region")}


@shows(
    "relation_add",
    "relation_add_to_current",
    what="instants on the thread's track, named after the relation, to which arrows lead from both",
)
def test_relations(play: Play, script: Script) -> None:
    for id in (1, 2):
        script.call(id, "task_begin", "d", Id(id), NO_ID, f"task {id}")
    line = script.call(1, "relation_add", "d", Id(1), DEPENDENT_ON, Id(2))
    other = script.call(1, "relation_add_to_current", "d", PARENT_OF, Id(2))
    for id in (1, 2):
        script.call(id, "task_end", "d")
    trace = play(script)
    for name, at in (("dependent_on", line), ("parent_of", other)):
        for found in trace.named(name, "d"):
            assert during(script.notes[at], found.ts) and found.dur == 0
            assert of_thread(found, script.notes[at])
    # The current task is the one that the instant lies in.
    assert trace.arrows() == {("task 1", "dependent_on"), ("task 2", "dependent_on"), ("task 2", "parent_of")}
    assert trace.only("parent_of").depth == 1


# ---- Frames ----


@shows(
    "frame_begin_v3",
    "frame_end_v3",
    what="a slice named after the domain, on a track in the process's group Frames",
)
def test_frames(play: Play, script: Script) -> None:
    one = script.call(1, "frame_begin_v3", "d", Id(1))
    two = script.call(1, "frame_begin_v3", "d", None)
    ends = script.call(2, "frame_end_v3", "d", Id(1)), script.call(1, "frame_end_v3", "d", None)
    trace = play(script)
    first, second = trace.named("d", "d")
    assert lasts(first, script, one, ends[0]) and lasts(second, script, two, ends[1])
    assert first.path == second.path == ("d", "Frames") and first.pid == script.notes[0].pid


@shows("frame_submit_v3", what="as frame_begin_v3 and frame_end_v3, between the times given")
def test_submitted_frames(play: Play, script: Script) -> None:
    line = script.call(1, "get_timestamp")
    script.call(1, "frame_submit_v3", "d", None, At(line, -5_000_000), At(line, -1_000_000))
    last = script.call(1, "frame_submit_v3", "d", None, At(line), -1)
    trace = play(script)
    first, second = trace.named("d", "d")
    base = script.notes[line].before
    assert near(first.ts, base - 5_000_000) and near(first.dur, 4_000_000)
    assert near(second.ts, base) and during(script.notes[last], second.ts + second.dur)
    assert first.path == second.path == ("d", "Frames")


@shows("frame_create", what="the name and category of the frames made with it")
@shows("frame_begin", "frame_end", what="as frame_begin_v3 and frame_end_v3")
def test_legacy_frames(play: Play, script: Script) -> None:
    script.call(1, "frame_create", "d", to="frame")
    begin = script.call(1, "frame_begin", Register("frame"))
    end = script.call(1, "frame_end", Register("frame"))
    found = play(script).only("d", "d")
    assert lasts(found, script, begin, end) and found.path == ("d", "Frames")


# ---- Events, marks, markers ----


@shows("event_create", what="the name of the event's slices")
@shows(
    "event_start", what='an instant of category "event" on the thread\'s track, as long as there is no end'
)
@shows("event_end", what="with its start a slice, on a track of the event's in the process's group Events")
def test_events(play: Play, script: Script) -> None:
    script.call(1, "event_create", "long", 4, to="long")
    script.call(1, "event_create", "short", 5, to="short")
    begin = script.call(1, "event_start", Register("long"))
    alone = script.call(1, "event_start", Register("short"))
    end = script.call(1, "event_end", Register("long"))
    trace = play(script)
    slice, instant = trace.only("long", "event"), trace.only("short", "event")
    assert lasts(slice, script, begin, end) and slice.path == ("long", "Events")
    assert instant.dur == 0 and during(script.notes[alone], instant.ts)
    assert of_thread(instant, script.notes[alone])


@shows("mark_create", what="the name of the mark's instants and slices")
@shows("mark", "mark_global", what='an instant of category "mark", with the parameter as argument')
@shows("mark_off", "mark_global_off", what="with its mark a slice, on a track in the process's group Events")
def test_marks(play: Play, script: Script) -> None:
    for name in ("one", "two", "three"):
        script.call(1, "mark_create", name, to=name)
    alone = script.call(1, "mark", Register("one"), "what")
    begins = (
        script.call(1, "mark", Register("two"), None),
        script.call(1, "mark_global", Register("three"), "all"),
    )
    ends = script.call(1, "mark_off", Register("two")), script.call(1, "mark_global_off", Register("three"))
    trace = play(script)
    one, two, three = (trace.only(name, "mark") for name in ("one", "two", "three"))
    assert one.dur == 0 and during(script.notes[alone], one.ts) and one.args == {"parameter": "what"}
    assert lasts(two, script, begins[0], ends[0]) and two.path == ("two", "Events")
    assert lasts(three, script, begins[1], ends[1]) and three.args == {"parameter": "all"}


@shows(
    "marker",
    what="an instant; scope task or thread: on the thread's track; process or global: "
    "on the track Markers of the process, of the recording",
)
def test_markers(play: Play, script: Script) -> None:
    scopes = {GLOBAL: "global", PROCESS: "process", THREAD: "thread", TASK: "task"}
    lines = {
        name: script.call(1, "marker", "d", NO_ID, f"at {name}", scope) for scope, name in scopes.items()
    }
    trace = play(script)
    for name, line in lines.items():
        found = trace.only(f"at {name}", "d")
        assert found.dur == 0 and during(script.notes[line], found.ts)
        if name in ("thread", "task"):
            assert of_thread(found, script.notes[line])
        else:
            assert found.path[0] == "Markers" and found.tid is None
            assert found.pid == (script.notes[line].pid if name == "process" else None)


# ---- Counters ----


def values(trace: Trace, name: str) -> list[float]:
    return [sample.value for sample in trace.counter(name).samples]


@shows("counter_create", what="a counter track in the process's group Counters; its values are of type u64")
@shows("counter_create_typed", "counter_create_v3", what="as counter_create, of the type given")
@shows("counter_set_value", "counter_set_value_v3", what="a value on the counter's track")
def test_counters(play: Play, script: Script) -> None:
    for typed, (type, kind, value) in enumerate(
        [
            (U64, "u64", 1 << 53),
            (S64, "s64", -5),
            (U32, "u32", 4_000_000_000),
            (S32, "s32", -7),
            (U16, "u16", 60_000),
            (S16, "s16", -300),
            (FLOAT, "float", 0.25),
            (DOUBLE, "double", -1e100),
        ]
    ):
        name = f"of {kind}"
        if typed % 2:
            script.call(1, "counter_create_typed", name, "d", type, to=kind)
        else:
            script.call(1, "counter_create_v3", "d", name, type, to=kind)
        function = ("counter_set_value", "counter_set_value_v3")[typed // 2 % 2]
        script.call(1, function, Register(kind), Data(kind, [value]))
    script.call(1, "counter_create", "plain", "d", to="plain")
    line = script.call(1, "counter_set_value", Register("plain"), Data("u64", [42]))
    trace = play(script)
    found = {counter.name: [s.value for s in counter.samples] for counter in trace.counters}
    assert found == {
        "of u64": [1 << 53],
        "of s64": [-5],
        "of u32": [4_000_000_000],
        "of s32": [-7],
        "of u16": [60_000],
        "of s16": [-300],
        "of float": [0.25],
        "of double": [-1e100],
        "plain": [42],
    }
    plain = trace.counter("plain")
    assert during(script.notes[line], plain.samples[0].ts)
    assert plain.pid == script.notes[line].pid and "Counters" in plain.path


@shows("counter_inc", "counter_dec", what="the counter's value, one more or less")
@shows("counter_inc_delta", "counter_dec_delta", what="the counter's value, so much more or less")
def test_counters_count(play: Play, script: Script) -> None:
    script.call(1, "counter_create", "c", "d", to="c")
    script.call(1, "counter_inc", Register("c"))
    script.call(2, "counter_inc_delta", Register("c"), 10)
    script.call(1, "counter_dec", Register("c"))
    script.call(2, "counter_dec_delta", Register("c"), 4)
    trace = play(script)
    assert values(trace, "c") == [1, 11, 10, 6]
    notes = script.notes[1:]
    assert all(during(note, sample.ts) for note, sample in zip(notes, trace.counter("c").samples))


@shows(
    "counter_inc_v3",
    "counter_dec_v3",
    "counter_inc_delta_v3",
    "counter_dec_delta_v3",
    what="as counter_inc ..., of the counter of that domain and name",
)
def test_counters_by_name(play: Play, script: Script) -> None:
    script.call(1, "counter_inc_v3", "d", "c")
    script.call(2, "counter_inc_delta_v3", "d", "c", 10)
    script.call(1, "counter_dec_v3", "d", "c")
    script.call(1, "counter_dec_delta_v3", "d", "c", 4)
    assert values(play(script), "c") == [1, 11, 10, 6]


@shows("counter_destroy", what="nothing: its values stay; whoever makes it again goes on with them")
def test_counters_end(play: Play, script: Script) -> None:
    for _ in range(2):
        script.call(1, "counter_create", "c", "d", to="c")
        script.call(1, "counter_inc", Register("c"))
        script.call(1, "counter_destroy", Register("c"))
    assert values(play(script), "c") == [1, 2]


@shows("bind_context_metadata_to_counter", what="the unit of the counter's track")
def test_counter_units(play: Play, script: Script) -> None:
    script.call(1, "counter_create", "c", "d", to="c")
    script.call(1, "bind_context_metadata_to_counter", Register("c"), 1, Context({5: "bytes"}))
    script.call(1, "counter_inc", Register("c"))
    assert play(script).counter("c").unit == "bytes"


@shows("histogram_create", what="the name of the histogram's instants")
@shows("histogram_submit", what="an instant on the thread's track, with the values as the arguments x and y")
def test_histograms(play: Play, script: Script) -> None:
    script.call(1, "histogram_create", "d", "sizes", U64, DOUBLE, to="sizes")
    x, y = Data("u64", [1, 2, 4]), Data("double", [0.5, 0.25, 0.125])
    line = script.call(1, "histogram_submit", Register("sizes"), 3, x, y)
    found = play(script).only("sizes", "d")
    assert found.args == {"x": x.values, "y": y.values}
    assert found.dur == 0 and during(script.notes[line], found.ts) and of_thread(found, script.notes[line])


# ---- Metadata ----


@shows(
    "metadata_add",
    "metadata_str_add",
    what="arguments of the task with that id, or of the thread's innermost task",
)
def test_metadata(play: Play, script: Script) -> None:
    script.call(1, "task_begin", "d", NO_ID, NO_ID, "task")
    for type, kind, value in (
        (U64, "u64", (1 << 64) - 1),
        (S64, "s64", -(1 << 63)),
        (U32, "u32", 5),
        (S32, "s32", -6),
        (U16, "u16", 7),
        (S16, "s16", -8),
        (FLOAT, "float", 0.5),
        (DOUBLE, "double", 1e-7),
    ):
        script.call(1, "metadata_add", "d", NO_ID, kind, type, 1, Data(kind, [value]))
    script.call(1, "metadata_add", "d", NO_ID, "array", S16, 3, Data("s16", [1, -2, 3]))
    script.call(1, "metadata_str_add", "d", NO_ID, "text", "näme", -1)
    script.call(1, "metadata_str_add", "d", NO_ID, "part", "abcdef", 3)
    script.call(1, "task_end", "d")
    assert play(script).only("task").args == {
        "u64": (1 << 64) - 1,
        "s64": -(1 << 63),
        "u32": 5,
        "s32": -6,
        "u16": 7,
        "s16": -8,
        "float": 0.5,
        "double": 1e-7,
        "array": [1, -2, 3],
        "text": "näme",
        "part": "abc",
    }


def test_metadata_by_id(play: Play, script: Script) -> None:
    script.call(1, "task_begin", "d", Id(1), NO_ID, "outer")
    script.call(1, "task_begin", "d", Id(2), NO_ID, "inner")
    script.call(1, "metadata_add", "d", Id(1), "key", U64, 1, Data("u64", [1]))
    script.call(1, "metadata_str_add", "d", Id(2), "key", "two", -1)
    script.call(1, "task_begin_overlapped", "d", Id(3), NO_ID, "overlapped")
    script.call(1, "metadata_add", "d", Id(3), "key", DOUBLE, 1, Data("double", [3.5]))
    script.call(1, "task_end_overlapped", "d", Id(3))
    script.call(1, "task_end", "d")
    script.call(1, "task_end", "d")
    trace = play(script)
    found = {s.name: s.args for s in trace.slices}
    assert found == {"outer": {"key": 1}, "inner": {"key": "two"}, "overlapped": {"key": 3.5}}


@shows(
    "metadata_add_with_scope",
    "metadata_str_add_with_scope",
    what="arguments of the thread's innermost task",
)
def test_metadata_with_scope(play: Play, script: Script) -> None:
    script.call(1, "task_begin", "d", NO_ID, NO_ID, "task")
    script.call(1, "metadata_add_with_scope", "d", TASK, "number", U64, 1, Data("u64", [1]))
    script.call(1, "metadata_str_add_with_scope", "d", TASK, "text", "abc", -1)
    script.call(1, "task_end", "d")
    assert play(script).only("task").args == {"number": 1, "text": "abc"}


@shows(
    "formatted_metadata_add",
    what='an argument "metadata" of the thread\'s innermost task: the formatted text',
)
@shows("formatted_metadata_add_overlapped", what="the same, of the task with that id")
def test_formatted_metadata(play: Play, script: Script) -> None:
    script.call(1, "task_begin", "d", NO_ID, NO_ID, "task")
    script.formatted(1, "formatted_metadata_add", "d", "%d and %.2f and %s", values=[7, 2.5, "text"])
    script.call(1, "task_begin_overlapped", "d", Id(1), NO_ID, "overlapped")
    script.formatted(1, "formatted_metadata_add_overlapped", "d", Id(1), "<%d>", values=[8])
    script.call(1, "task_end_overlapped", "d", Id(1))
    script.call(1, "task_end", "d")
    trace = play(script)
    assert trace.only("task").args == {"metadata": "7 and 2.50 and text"}
    assert trace.only("overlapped").args == {"metadata": "<8>"}


# ---- Times given by the program ----

# A clock of the program's own: 10 MHz, and at 5000 when it is asked.
CLOCK = Data("u64", [10_000_000, 5000])
TICK = 100  # ns


def asked(script: Script, create: int, ticks: int) -> tuple[int, int]:
    """Between which times it was so much."""
    note = script.notes[create]
    lasted = (ticks - 5000) * TICK
    return note.before + lasted - SLACK, note.after + lasted + SLACK


@shows(
    "clock_domain_create",
    what="the clock that the calls ending in `_ex` name their times by; none: ours, in ns",
)
@shows("task_begin_ex", "task_end_ex", what="a slice at the times given, on a track of the group Tasks")
@shows("task_begin_fn_ex", what="as task_begin_ex, named after the function's symbol")
@shows(
    "task_begin_overlapped_ex", "task_end_overlapped_ex", what="as task_begin_overlapped, at the times given"
)
@shows("marker_ex", what="as marker, at the time given")
@shows("counter_set_value_ex", what="as counter_set_value, at the time given")
def test_given_times(play: Play, script: Script) -> None:
    create = script.call(1, "clock_domain_create", None, CLOCK, to="clock")
    clock = Register("clock")
    script.call(1, "task_begin_ex", "d", clock, 4000, NO_ID, NO_ID, "task")
    script.call(1, "task_end_ex", "d", clock, 4500)
    script.call(1, "task_begin_fn_ex", "d", clock, 3000, NO_ID, NO_ID, 16)
    script.call(1, "task_end_ex", "d", clock, 3500)
    script.call(1, "task_begin_overlapped_ex", "d", clock, 4000, Id(1), NO_ID, "overlapped")
    script.call(2, "task_end_overlapped_ex", "d", clock, 4800, Id(1))
    script.call(1, "marker_ex", "d", clock, 4100, NO_ID, "marker", TASK)
    script.call(1, "counter_create", "counter", "d", to="counter")
    script.call(1, "counter_set_value_ex", Register("counter"), clock, 4200, Data("u64", [9]))
    trace = play(script)
    for name, begin, end in (
        ("task", 4000, 4500),
        ("0x10", 3000, 3500),
        ("overlapped", 4000, 4800),
        ("marker", 4100, 4100),
    ):
        found = trace.only(name, "d")
        low, high = asked(script, create, begin)
        assert low <= found.ts <= high and found.dur == (end - begin) * TICK
        assert name == "marker" or found.path == ("d", "Tasks")
    (sample,) = trace.counter("counter").samples
    low, high = asked(script, create, 4200)
    assert low <= sample.ts <= high and sample.value == 9


def test_given_times_of_our_clock(play: Play, script: Script) -> None:
    line = script.call(1, "get_timestamp")
    script.call(1, "task_begin_ex", "d", None, At(line, -9_000_000), NO_ID, NO_ID, "task")
    script.call(1, "task_end_ex", "d", None, At(line, -1_000_000))
    found = play(script).only("task", "d")
    assert near(found.ts, script.notes[line].before - 9_000_000) and found.dur == 8_000_000


@shows("clock_domain_reset", what="nothing: asks all clocks anew what time it is by them")
def test_clocks_asked_again(play: Play, script: Script) -> None:
    script.call(1, "clock_domain_create", None, CLOCK, to="clock")
    script.call(1, "sleep", 20_000)
    reset = script.call(1, "clock_domain_reset")
    script.call(1, "task_begin_ex", "d", Register("clock"), 4000, NO_ID, NO_ID, "task")
    script.call(1, "task_end_ex", "d", Register("clock"), 5000)
    found = play(script).only("task", "d")
    low, high = asked(script, reset, 4000)
    assert low <= found.ts <= high and found.dur == 1000 * TICK


@shows(
    "relation_add_ex",
    "relation_add_to_current_ex",
    what="as relation_add and relation_add_to_current, at the time given",
)
def test_relations_at_given_times(play: Play, script: Script) -> None:
    script.call(1, "task_begin", "d", Id(1), NO_ID, "task 1")
    script.call(2, "task_begin", "d", Id(2), NO_ID, "task 2")
    script.call(1, "sleep", 100)
    line = script.call(1, "get_timestamp")
    script.call(1, "relation_add_ex", "d", None, At(line, -5000), Id(1), SIBLING_OF, Id(2))
    script.call(1, "relation_add_to_current_ex", "d", None, At(line, -7000), PARENT_OF, Id(2))
    trace = play(script)
    for name, offset in (("sibling_of", -5000), ("parent_of", -7000)):
        assert trace.named(name, "d")
        assert all(near(s.ts, script.notes[line].before + offset) for s in trace.named(name, "d"))
    assert trace.arrows() == {("task 1", "sibling_of"), ("task 2", "sibling_of"), ("task 2", "parent_of")}


# ---- Tracks ----


@shows("track_group_create", what="a group of the process's tracks")
@shows("track_create", what="the name of a track there")
@shows(
    "set_track",
    what="the thread's tasks go to that track from now on; without a track, to the thread's again",
)
def test_tracks(play: Play, script: Script) -> None:
    script.call(1, "track_group_create", "queues", 0, to="group")
    script.call(1, "track_create", Register("group"), "queue 1", 0, to="track")
    script.call(1, "set_track", Register("track"))
    begin = script.call(1, "task_begin", "d", NO_ID, NO_ID, "there")
    end = script.call(1, "task_end", "d")
    script.call(1, "set_track", None)
    script.call(1, "task_begin", "d", NO_ID, NO_ID, "here")
    last = script.call(1, "task_end", "d")
    trace = play(script)
    there = trace.only("there", "d")
    assert lasts(there, script, begin, end) and there.path == ("queue 1", "queues")
    assert there.pid == script.notes[begin].pid
    assert of_thread(trace.only("here"), script.notes[last])
