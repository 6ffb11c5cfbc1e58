"""Perfetto's trace processor as the tests use it: it must see what is wrong, or it proves nothing."""

from __future__ import annotations

import pytest
from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as protos

from oracle import TraceSql

BEGIN, END = 1, 2
TRACK = 77


def trace(path, *events):
    """A trace of one thread by the classes of Perfetto: (time, type, name or None, track)."""
    made = protos.Trace()

    def packet():
        one = made.packet.add()
        one.trusted_packet_sequence_id = 1
        return one

    process = packet().track_descriptor
    process.uuid = 1
    process.process.pid = 100
    thread = packet().track_descriptor
    thread.uuid, thread.parent_uuid = TRACK, 1
    thread.thread.pid, thread.thread.tid, thread.thread.thread_name = 100, 101, "worker"
    child = packet().track_descriptor
    child.uuid, child.parent_uuid, child.name = TRACK + 1, TRACK, "child"
    for time, kind, name, uuid in events:
        one = packet()
        one.timestamp = time
        one.track_event.type, one.track_event.track_uuid = kind, uuid
        if name:
            one.track_event.name = name
            one.track_event.categories.append("domain")
    path.write_bytes(made.SerializeToString())
    return path


def test_slices_of_threads_and_of_tracks_below_them(tmp_path, sql):
    seen = sql(
        trace(
            tmp_path / "x",
            (1000, BEGIN, "outer", TRACK),
            (1010, BEGIN, "inner", TRACK),
            (1015, BEGIN, "apart", TRACK + 1),
            (1020, END, None, TRACK),
            (1040, END, None, TRACK),
            (1065, END, None, TRACK + 1),
        )
    )
    assert seen.problems() == []
    slices = seen.slices()
    assert [(one.name, one.dur, one.depth) for one in slices] == [
        ("outer", 40, 0),
        ("inner", 10, 1),
        ("apart", 50, 0),
    ]
    assert {(one.category, one.pid, one.tid, one.thread) for one in slices} == {
        ("domain", 100, 101, "worker")
    }


def test_an_open_slice_has_no_duration(tmp_path, sql):
    (one,) = sql(trace(tmp_path / "x", (1000, BEGIN, "open", TRACK))).slices()
    assert one.dur == -1


def test_finds_slices_that_cross(tmp_path, sql):
    crossing = [(1000, BEGIN, "a"), (1010, BEGIN, "b"), (1020, END, "a"), (1030, END, "b")]
    seen = sql(trace(tmp_path / "x", *((*event, TRACK) for event in crossing)))
    assert [name for name, _ in seen.problems()] == ["misplaced_end_event"]


def test_values_of_all_types(tmp_path, sql):
    seen = sql(trace(tmp_path / "x"))
    assert seen.query("select 1, -1, 1.5, 'ü', null, '', x'0001'") == [(1, -1, 1.5, "ü", None, "", b"\0\1")]
    assert seen.query("select 1 where 0") == []


def test_many_rows(tmp_path, sql):
    """More than fit into one reply."""
    seen = sql(trace(tmp_path / "x"))
    numbers = "with recursive n(i) as (select 0 union all select i + 1 from n where i < 199999)"
    assert seen.query(f"{numbers} select i, i || 'x' from n") == [(i, f"{i}x") for i in range(200_000)]


def test_wrong_sql_raises_and_the_next_query_works(tmp_path, sql):
    seen = sql(trace(tmp_path / "x"))
    with pytest.raises(RuntimeError, match="no_such_table"):
        seen.query("select * from no_such_table")
    assert seen.query("select 2") == [(2,)]


def test_what_is_no_trace_raises(tmp_path):
    (tmp_path / "x").write_text("this is no trace\n" * 1000)
    with pytest.raises(RuntimeError):
        TraceSql(tmp_path / "x")
