"""Files that are no recordings, and hostile ones: what is readable or one line, in bounded memory."""

from __future__ import annotations

import gzip
import io
import json
import os
import resource
import struct
import subprocess
import sys
import zipfile
import zlib

import pytest
from tracegen import UNIT, Trace, block, cover, head, number, packet, varint

import itt
from itt import _analysis

# What docs/report.md says that a report takes at most, whatever is in the files.
MEMORY = 2 << 30
FOREIGN = "not a recording of itt (itt record makes one)"


def limit_memory():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


def report(*arguments, **more):
    """`itt report` in a process of its own, which may take no more memory than is promised."""
    command = [sys.executable, "-m", "itt", "report", *map(str, arguments)]
    return subprocess.run(
        command, capture_output=True, text=True, preexec_fn=limit_memory, timeout=250, **more
    )


def refused(path, why=FOREIGN):
    """By all that reads a file: with one line, or OSError."""
    done = report(path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == f"itt report: {path}: {why}\n"
    with pytest.raises((itt.Error, OSError)):
        itt.read(path)
    for call in (_analysis.recording_head, _analysis.recording_settle, _analysis.recording_counts):
        with pytest.raises(OSError):
            call(str(path))


TRACK = 1 << 40 | 0x1234 << 24


def segment(sequence, *content, track=TRACK, opened=(), pid=1, tid=1):
    clocks = [
        block(1, number(1, 64), number(2, 1000), number(3, 1), number(4, 1)),
        block(1, number(1, 6), number(2, 10**12)),
    ]
    info = block(2047, number(1, 1), number(2, pid), number(3, tid), *opened)
    defaults = block(59, number(58, 64), block(11, number(11, track)))
    first = packet(number(10, sequence, 3), block(6, *clocks), number(13, 1), defaults, info, width=3)
    return first + b"".join(content)


def begin(sequence, name="x", domain="d", track=0):
    fields = [number(9, 1), block(23, name), block(22, domain), number(11, track) if track else b""]
    return packet(number(8, 1), number(10, sequence), block(11, *fields))


def end(sequence):
    return packet(number(8, 1), number(10, sequence), block(11, number(9, 2)))


@pytest.mark.parametrize("tree", [False, True])
@pytest.mark.parametrize("kind", ["tasks", "tracks"])
def test_more_open_than_there_can_be(kind, tree, tmp_path):
    """A segment without an end, in which nothing ends: its rest is damaged, and the next one counts."""
    path = tmp_path / "deep.pftrace"
    many = begin(1) * 300_000
    if kind == "tracks":
        many = b"".join(begin(1, track=TRACK | i << 8) for i in range(65_536)) * 5
    path.write_bytes(segment(1, many) + segment(2, begin(2, "y"), end(2)))
    found = itt.read(path, tree=tree)
    assert [(row["task"], row["count"]) for row in found["tasks"]] == [("y", 1)]
    assert 200_000 <= found["open"] < 300_000
    summary = _analysis.summarize([str(path)], tree=tree)
    assert 0 < summary["damaged_bytes"] < path.stat().st_size


# Traces of other programs


def foreign_packets():
    """What other Perfetto tools write, by their own classes."""
    from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import Trace as Foreign
    from perfetto.protos.perfetto.trace.perfetto_trace_pb2 import TrackEvent

    trace = Foreign()

    def new(**fields):
        one = trace.packet.add()
        for name, value in fields.items():
            setattr(one, name, value)
        return one

    new(trusted_packet_sequence_id=7).clock_snapshot.clocks.add(clock_id=6, timestamp=1)
    bundle = new(timestamp=5).ftrace_events
    bundle.cpu = 1
    for i in range(200):
        event = bundle.event.add(timestamp=1000 + i, pid=i)
        event.sched_switch.prev_comm = "init"
        event.sched_switch.next_pid = i
    profile = new(timestamp=9).profile_packet
    profile.strings.add(iid=1, str=b"malloc")
    dump = profile.process_dumps.add(pid=5)
    dump.samples.add(callstack_id=1, self_allocated=4096)
    defaults = new(trusted_packet_sequence_id=8, sequence_flags=1)
    defaults.trace_packet_defaults.timestamp_clock_id = 3
    defaults.trace_packet_defaults.track_event_defaults.track_uuid = 12345
    track = new(trusted_packet_sequence_id=8).track_descriptor
    track.uuid = 12345
    track.thread.pid, track.thread.tid, track.thread.thread_name = 1, 2, "main"
    names = new(trusted_packet_sequence_id=8, sequence_flags=2).interned_data
    names.event_names.add(iid=1, name="draw")
    names.event_categories.add(iid=1, name="gfx")
    for i in range(100):
        event = new(trusted_packet_sequence_id=8, sequence_flags=2, timestamp=10**6 + i).track_event
        event.type = TrackEvent.TYPE_SLICE_BEGIN if i % 2 == 0 else TrackEvent.TYPE_SLICE_END
        event.name_iid = 1
        event.category_iids.append(1)
        legacy = new(trusted_packet_sequence_id=9, timestamp=10**6 + i).track_event
        legacy.legacy_event.phase = ord("X")
        legacy.legacy_event.duration_us = 5
        new(timestamp=10**6 + i).track_event.name = "bare"
    packed = Foreign()
    packed.packet.add(timestamp=3).for_testing.str = "inside"
    new(compressed_packets=zlib.compress(packed.SerializeToString()))
    new(timestamp=1).process_tree.processes.add(pid=1, cmdline=["init"])
    new(timestamp=2).sys_stats.meminfo.add(key=1, value=2)
    new(timestamp=2).trace_config.buffers.add(size_kb=4)
    return trace.SerializeToString()


def ours(tasks=3):
    trace = Trace()
    thread = trace.thread()
    for i in range(tasks):
        thread.begin("app", "work", 100 + i * 20)
        thread.end("app", 110 + i * 20)
    return trace


def test_a_trace_of_another_tool(tmp_path):
    path = tmp_path / "foreign.pftrace"
    path.write_bytes(foreign_packets())
    refused(path)
    path.write_bytes(foreign_packets() * 3000)  # past what is looked at before it is given up
    assert path.stat().st_size > 16 << 20
    refused(path)


@pytest.mark.parametrize("where", ["before", "behind", "between"])
def test_a_trace_of_another_tool_beside_ours(where, tmp_path, sql):
    """`cat a.pftrace b.pftrace`: ours is read, and theirs is in its place as Perfetto sees it."""
    path = tmp_path / "both.pftrace"
    mine, other = ours().encode(), foreign_packets()
    if where == "between":
        trace = ours()
        mine = head(next=2) + trace.segments[0].encode()
        path.write_bytes(mine + other)
    else:
        path.write_bytes(other + mine if where == "before" else mine + other)
    found = itt.read(path)
    assert [(row["task"], row["count"], row["total_ns"]) for row in found["tasks"]] == [("work", 3, 30)]
    assert sql(path).query("select count(*) from slice where name = 'work'") == [(3,)]


def packed(kind):
    trace = ours().encode()
    if kind == "gzip":
        return gzip.compress(trace)
    if kind == "zip":
        to = io.BytesIO()
        with zipfile.ZipFile(to, "w") as archive:
            archive.writestr("trace.pftrace", trace)
        return to.getvalue()
    if kind == "json":
        return json.dumps(
            {"traceEvents": [{"ph": "X", "name": "a", "ts": 1, "dur": 2, "pid": 1}] * 1000}
        ).encode()
    if kind == "elf":
        with open(os.path.realpath(sys.executable), "rb") as file:
            return file.read(3 << 20)
    if kind == "text":
        return b"what is this\n" * 9999
    if kind == "one byte":
        return b"\x0a"
    if kind == "zeros":
        return bytes(1 << 20)
    assert kind == "packed in a packet"  # with compressed_packets, as other tools write it
    return block(1, block(50, zlib.compress(trace)))


@pytest.mark.parametrize(
    "kind", ["gzip", "zip", "json", "elf", "text", "one byte", "zeros", "packed in a packet"]
)
def test_files_of_other_kinds(kind, tmp_path):
    path = tmp_path / "x.pftrace"
    path.write_bytes(packed(kind))
    refused(path)


def test_what_is_no_plain_file(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    refused(pipe, "is a pipe: itt report needs a file")
    refused("/dev/zero")
    refused("/dev/null")
    refused(tmp_path, "Is a directory")
    refused(tmp_path / "none", "No such file or directory")
    refused("/proc/self/cmdline", "an empty file, not a recording of itt")
    (tmp_path / "loop").symlink_to("loop")
    refused(tmp_path / "loop", "Too many levels of symbolic links")
    (tmp_path / "empty").touch()
    refused(tmp_path / "empty", "an empty file, not a recording of itt")


def test_an_unreadable_file(tmp_path):
    path = ours().write(tmp_path / "x.pftrace")
    path.chmod(0)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    try:
        for call in (
            _analysis.recording_head,
            _analysis.recording_settle,
            _analysis.recording_counts,
            itt.read,
        ):
            with pytest.raises(PermissionError):
                call(str(path))
    finally:
        if root:
            os.seteuid(0)


def test_huge_files_that_are_empty(tmp_path):
    """Petabytes of nothing, before, behind and around a recording: read at once."""
    path = tmp_path / "x.pftrace"
    trace = ours()
    size = 1 << 53 if _can_be(path, 1 << 53) else 1 << 43
    _can_be(path, size)
    refused(path)
    trace.write(path)
    with open(path, "r+b") as file:
        os.truncate(file.fileno(), size // 2)
        file.seek(size // 2)
        file.write(trace.segments[0].encode().replace(varint(1, 3), varint(2, 3)))
        os.truncate(file.fileno(), size)
    _analysis.recording_settle(str(path))
    assert path.stat().st_size == size
    assert path.stat().st_blocks < 1 << 12
    done = report(path, "--format", "json")
    assert (done.returncode, done.stderr) == (0, "")
    (row,) = json.loads(done.stdout)["tasks"]
    assert (row["task"], row["count"]) == ("work", 3)


def _can_be(path, size):
    try:
        path.touch()
        os.truncate(path, size)
        return True
    except OSError:
        return False


# Truncated and spoiled ones


def test_spoiled_times(tmp_path):
    """Any bit of a recording's times may be wrong: what is longer than the whole has a note."""
    path = tmp_path / "x.pftrace"
    trace = ours(2)
    thread = trace.threads[0]
    thread.begin("d", "outer", 10**6)
    thread.split()
    thread.end("d", 2 * 10**6)
    content = trace.encode()
    noted = 0
    for at in range(65_536, len(content)):
        for bit in range(8) if content[at] else ():
            path.write_bytes(content[:at] + bytes([content[at] ^ 1 << bit]) + content[at + 1 :])
            found = itt.read(path)
            rows = sum(row["max_ns"] > found["duration_ns"] for row in found["tasks"])
            notes = [text for text in found["warnings"] if "longer than the recording" in text]
            assert len(notes) == (rows > 0)
            noted += rows > 0
    assert noted > 0


def test_a_recording_cut_at_any_byte(tmp_path):
    """All tasks that end before the cut are there."""
    path = tmp_path / "x.pftrace"
    content = ours(40).encode()
    whole = len(content.rstrip(b"\0"))
    path.write_bytes(content)
    before = 0
    for size in sorted(
        [*range(0, 200, 7), *range(1000, len(content), 9973), *range(65_536, whole, 11), whole]
    ):
        path.write_bytes(content[:size])
        try:
            found = itt.read(path)
        except itt.Error:
            assert size < 65_536
            continue
        count = sum(row["count"] for row in found["tasks"])
        assert 40 >= count >= before
        before = count
    assert before == 40


def test_a_file_that_shrinks_while_it_is_read(tmp_path):
    """No look at a file's head is by a mapping, which would be the end of who looks (SIGBUS)."""
    path = ours().write(tmp_path / "x.pftrace")
    code = (
        "import os, sys; from itt._analysis import *\n"
        "for _ in range(int(sys.argv[2])):\n"
        "    for call in (recording_head, recording_counts, recording_settle):\n"
        "        try: call(sys.argv[1])\n"
        "        except OSError: pass\n"
    )
    content = path.read_bytes()
    done = subprocess.Popen([sys.executable, "-c", code, str(path), "3000"])
    while done.poll() is None:
        os.truncate(path, 0)
        path.write_bytes(content)
    assert done.returncode == 0


# Hostile ones


def many_names(count):
    pairs = (begin(1, f"name {i}", f"domain {i % 20_000}") + end(1) for i in range(count))
    return segment(1, *pairs)


def many_threads(count):
    out = []
    for i in range(1, count + 1):
        track = i << 40 | 0x1234 << 24
        process = block(60, number(1, track | 1 << 39), block(3, number(1, i), block(6, f"process {i}")))
        thread = block(60, number(1, track), block(4, number(1, i), number(2, i), block(5, f"thread {i}")))
        told = packet(number(10, i), process) + packet(number(10, i), thread)
        out.append(segment(i, told, begin(i), end(i), track=track, pid=i, tid=i))
    return b"".join(out)


def many_sequences(count):
    return b"".join(segment(i * 32 + 1) for i in range(count))


def many_heads(count):
    out = []
    for i in range(count):
        content = head(uuid=struct.pack("<QQ", i, i))[40:5200]
        out.append(head()[:32] + cover(8 + len(content))[:8] + content)
    return b"".join(out) + segment(1, begin(1), end(1))


def many_counters(count):
    events = (
        packet(
            number(8, 1),
            number(10, 1),
            block(11, number(9, 4), block(23, f"c{i}"), block(22, "d"), number(30, i)),
            block(2046, number(7, 12)),
        )
        for i in range(count)
    )
    return segment(1, *events)


def deep_tree(count):
    """A path of its own for nearly each task."""
    out, depth = [], 0
    for i in range(count):
        if i * 7919 % 100 < 58 and depth < 250:
            out.append(begin(1, f"name {i * 104_729 % 997}"))
            depth += 1
        elif depth:
            out.append(end(1))
            depth -= 1
    return segment(1, *out)


def searched(count):
    """Each begin looks for its task among many."""
    again = packet(
        number(8, 10**13),
        number(58, 6),
        number(10, 1),
        block(11, number(9, 1), block(23, "y"), block(22, "d"), number(11, TRACK | 7 << 8)),
    )
    return segment(1, begin(1) * 2000, again * count)


def left_open(count):
    return b"".join(segment(i, begin(i) * 1000, track=i << 40 | 0x1234 << 24) for i in range(1, count))


def nested(count):
    """Messages inside each other, in each field that is read and in one that is not."""
    out = []
    for field in (4, 6, 11, 12, 15, 59, 60, 99, 2046, 2047):
        content = b""
        while len(content) < count:
            content = block(field, content)
        out.append(packet(number(10, 1), content))
    return segment(1, *out) + segment(2, begin(2), end(2))


def lengths(_):
    """That run over, in each place."""
    out = [segment(1, begin(1), end(1))]
    for length in (2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**63 - 1, 2**63, 2**64 - 1):
        for field in (1, 6, 11, 12, 15, 60, 2046, 2047):
            out.append(packet(number(10, 1), varint(field << 3 | 2) + varint(length)))
        out.append(b"\x0a" + varint(length))
        out.append(segment(len(out) + 1, begin(len(out) + 1), end(len(out) + 1)))
    return head() + b"".join(one + cover(65536 - len(one)) for one in out)


def times(_):
    """Far past and far future, and clocks that leap."""
    out = []
    for i, leap in enumerate((0, 1, 2**31, 2**61, 2**62, 2**63 - 1, 2**63, 2**64 - 1)):
        out.append(packet(number(8, leap), number(10, 1), block(11, number(9, 1), block(23, "x"))))
        out.append(packet(number(8, leap), number(58, 6), number(10, 1), block(11, number(9, 2))))
        clock = block(6, block(1, number(1, 64), number(2, leap)), block(1, number(1, 6), number(2, leap)))
        out.append(packet(number(10, 1), clock))
        fields = block(11, number(9, 2)), block(2046, number(1, 2**64 - leap & 2**64 - 1), number(7, 2))
        out.append(packet(number(8, 5), number(10, 1), *fields))
        out.append(segment(1, begin(1), end(1)) + segment(i + 2, begin(i + 2), end(i + 2)))
    return segment(1, begin(1), end(1), *out)


HOSTILE = {
    many_names: 30_000,
    many_threads: 20_000,
    many_sequences: 50_000,
    many_heads: 5_000,
    many_counters: 20_000,
    deep_tree: 150_000,
    searched: 20_000,
    left_open: 200,
    nested: 30_000,
    lengths: 0,
    times: 0,
}


@pytest.mark.parametrize("make", HOSTILE, ids=lambda make: make.__name__)
def test_hostile_traces(make, tmp_path):
    path = tmp_path / "hostile.pftrace"
    path.write_bytes(make(int(HOSTILE[make] * float(os.environ.get("ITT_TEST_HOSTILE", "1")))))
    for options in ([], ["--tree", "--by", "thread", "--format", "json"], ["--format", "csv"]):
        done = report(path, *options)
        assert done.returncode == 0, done.stderr[-2000:]
        assert "Traceback" not in done.stderr
        if "json" in options:
            found = json.loads(done.stdout, parse_constant=lambda name: pytest.fail(name))
            assert found["events"] > 0 or make is many_sequences


def test_slots_that_are_full_of_packets(tmp_path):
    """A slot without a cover, to its last byte: at home it needs more room than a chunk has."""
    path = tmp_path / "x.pftrace"
    _analysis.recording_create(str(path), 1, False, str(tmp_path))
    (slots,) = tmp_path.glob("*.slots")
    pair = begin(1) + end(1)
    room = 4 * UNIT - len(segment(1))
    rest = room % len(pair)
    filler = packet(number(10, 1), bytes([0x7A, rest - 6]), bytes(rest - 6)) if rest >= 10 else b""
    content = segment(1, pair * (room // len(pair)), filler)
    assert 4 * UNIT - 10 < len(content) <= 4 * UNIT
    with slots.open("r+b") as file:
        file.seek(UNIT)
        file.write(content)
    found = itt.read(path)
    assert [row["count"] for row in found["tasks"]] == [room // len(pair)]
    assert not slots.exists()
    assert path.stat().st_size == 6 * UNIT
