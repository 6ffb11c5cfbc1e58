"""Writes recordings by hand, from docs/format.md alone: what the reader of traces is tested with.

    trace = Trace()
    thread = trace.thread()
    thread.begin("domain", "task", 100)
    thread.end("domain", 250)
    trace.write(path)

It moves tasks that interleave to tracks of their own, splits segments where it is told, and knows what a
report has to say: Trace.expected.
"""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, NamedTuple

UNIT = 65536
HEAD_OFFSET = 40
LEVEL = 512
BOOT = 7_000_000_000_000  # CLOCK_BOOTTIME - CLOCK_MONOTONIC
REAL = 1_700_000_000_000_000_000

BEGIN, END, INSTANT, COUNTER = 1, 2, 3, 4

# What an event is that is no plain task's.
OVERLAPPED, REGION, FRAME, EVENT, MARK, MARKER, METADATA, GROUP, RELATION, HISTOGRAM, TIMED, VALUE = range(
    1, 13
)
GROUPS = {FRAME: 1, OVERLAPPED: 2, TIMED: 2, REGION: 3, EVENT: 4, MARK: 4, VALUE: 5}
GROUP_NAMES = {1: "Frames", 2: "Tasks", 3: "Regions", 4: "Events", 5: "Counters"}


# Protobuf


def varint(value: int, width: int = 0) -> bytes:
    """`width`: padded to this many bytes."""
    out = bytearray()
    while value >= 0x80 or len(out) + 1 < width:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def number(field: int, value: int, width: int = 0) -> bytes:
    return varint(field << 3) + varint(value, width)


def block(field: int, *content: bytes | str, width: int = 0) -> bytes:
    data = b"".join(c.encode() if isinstance(c, str) else c for c in content)
    return varint(field << 3 | 2) + varint(len(data), width) + data


def packet(*content: bytes, width: int = 0) -> bytes:
    return block(1, *content, width=width)


def cover(size: int) -> bytes:
    assert size >= 8
    return b"\x0a" + varint(size - 4, 3) + b"\x7a" + varint(size - 8, 3) + bytes(size - 8)


# The head

HEAD = struct.Struct("<8sIIQ" + "II56x" + "QIIQ40x" + "QQQQQQ" + "IIIIIIQ48x" + "16sQQQQ64s32s1024s")


def head(**values: Any) -> bytes:
    """Unit 0. Every field of recording_head may be given by its name."""
    fields: dict[str, Any] = {
        "magic": b"ITTTRACE",
        "version": 1,
        "unit_size": UNIT,
        "reserved": 0,
        "state": 0,
        "stop_reason": 0,
        "next": 1,
        "next_sequence": 1,
        "next_key": 1,
        "spill_next": 1,
        "lost_nested": 0,
        "lost_space": 0,
        "lost_depth": 0,
        "unmatched_ends": 0,
        "paused_begins": 0,
        "names_beyond": 0,
        "processes": 1,
        "static_parts": 1,
        "threads": 1,
        "failed_joins": 0,
        "join_error": 0,
        "pad2": 0,
        "accepted": 0,
        "uuid": b"0123456789abcdef",
        "run": 1,
        "host": 2,
        "start_realtime": REAL,
        "start_boottime": BOOT,
        "hostname": b"host",
        "collector": b"tracegen",
        "slots_path": b"",
    }
    assert not set(values) - set(fields)
    fields.update(values)
    content = HEAD.pack(*fields.values())
    high, low = struct.unpack(">QQ", fields["uuid"])
    uuid = b"\x0a\x1e" + block(89, number(1, high, 10), number(2, low, 10)) + b"\x7a\x03\0\0\0"
    assert len(uuid) == 32
    covered = cover(UNIT - 32)
    return uuid + covered[:8] + content + covered[8 + len(content) :]


# Segments


class Task(NamedTuple):
    """An instance that ended."""

    domain: str
    name: str
    thread: int
    begin: int
    duration: int


class Open:
    """A task that is open."""

    def __init__(self, domain: str, name: str, begin: int, track: int, event: Event) -> None:
        self.domain, self.name, self.begin, self.track, self.event = domain, name, begin, track, event
        self.children = 0

    @property
    def group(self) -> int:
        return self.track >> 8


class Event:
    """A packet that can be taken back. what: it is no plain task; fields: more of its track_event."""

    def __init__(
        self,
        kind: int,
        delta: int,
        track: int,
        domain: str = "",
        name: str = "",
        absolute: int = 0,
        what: int = 0,
        begin: int = 0,
        fields: bytes = b"",
    ) -> None:
        self.kind, self.delta, self.track, self.domain, self.name = kind, delta, track, domain, name
        self.absolute, self.what, self.begin, self.fields = absolute, what, begin, fields
        self.taken_back = False
        self.at = 0


class Segment:
    def __init__(self, thread: Thread, start: int) -> None:
        self.thread = thread
        self.start = start
        self.sequence = thread.trace.next_sequence()
        self.open = [(task.begin, task.track, task.domain, task.name) for task in thread.open]
        self.content: list[Event | bytes] = []

    def encode(self) -> bytes:
        trace, thread = self.thread.trace, self.thread
        sequence = number(10, self.sequence)
        told: set[tuple[int, str]] = set()

        def names(domain: str, name: str) -> bytes:
            new = [(field, text) for field, text in ((1, domain), (2, name)) if (field, text) not in told]
            told.update(new)
            entries = [
                block(field, number(1, trace.iid(text)), block(2, text))
                for field, text in new
                if trace.iid(text)
            ]
            return packet(sequence, block(12, *entries)) if entries else b""

        clocks = [
            block(1, number(1, 64), number(2, self.start), number(3, 1), number(4, 1)),
            block(1, number(1, 6), number(2, self.start + trace.boot)),
            block(1, number(1, 3), number(2, self.start)),
            block(1, number(1, 1), number(2, self.start + REAL)),
        ]
        opened = [
            block(4, number(1, begin), *self._labels(domain, name, track, 4, 5, 6))
            for begin, track, domain, name in self.open
        ]
        info = block(2047, number(1, 1), number(2, thread.pid), number(3, thread.tid), *opened)
        defaults = block(59, number(58, 64), block(11, number(11, thread.track)))
        out = [
            packet(number(10, self.sequence, 3), block(6, *clocks), number(13, 1), defaults, info, width=3),
            packet(
                sequence,
                block(60, number(1, thread.process), block(3, number(1, thread.pid), block(6, "program"))),
            ),
            packet(
                sequence,
                block(
                    60,
                    number(1, thread.track),
                    number(5, thread.process),
                    block(4, number(1, thread.pid), number(2, thread.tid), block(5, f"thread {thread.tid}")),
                ),
            ),
        ]
        out += [names(domain, name) for _, _, domain, name in self.open]
        tracks = {thread.track, thread.process, 0}
        for one in self.content:
            if isinstance(one, bytes):
                out.append(one)
                continue
            out += self._tracks(one.track, tracks)
            if one.kind != END or one.what:
                out.append(names(one.domain, one.name))
            out.append(self._event(one))
        return b"".join(out)

    def _tracks(self, track: int, told: set[int]) -> list[bytes]:
        """What describes a track and those above it, unless the segment has it."""
        thread = self.thread
        if track in told:
            return []
        told.add(track)
        parent = thread.track if track != thread.trace.pause_track else 0
        parent, name, more = thread.trace.tracks.get(track, (parent, "apart", b""))
        fields = [number(1, track), block(2, name), more, number(5, parent) if parent else b""]
        return [*self._tracks(parent, told), packet(number(10, self.sequence), block(60, *fields))]

    def _labels(
        self, domain: str, name: str, track: int, track_field: int, name_field: int, domain_field: int
    ) -> list[bytes]:
        """Of an open task: iids where there are some, else texts."""
        trace = self.thread.trace
        out = [number(2, trace.iid(name)), number(3, trace.iid(domain))]
        if track != self.thread.track:
            out.append(number(track_field, track))
        if not trace.iid(name):
            out.append(block(name_field, name))
        if not trace.iid(domain):
            out.append(block(domain_field, domain))
        return out

    def _event(self, event: Event) -> bytes:
        trace = self.thread.trace
        fields = [number(9, event.kind)]
        name, domain = trace.iid(event.name), trace.iid(event.domain)
        whole = event.kind == END and event.what
        if event.kind != END:
            fields.append(number(10, name) if name else block(23, event.name))
            fields.append(number(3, domain) if domain else block(22, event.domain))
        if event.track != self.thread.track:
            fields.append(number(11, event.track))
        content = block(11, *fields, event.fields)
        if event.taken_back:
            content = b"\x7a" + content[1:]
        if whole:
            content += block(
                2046,
                number(1, event.begin),
                number(2, name) if name else block(5, event.name),
                number(3, domain) if domain else block(6, event.domain),
                number(7, event.what),
            )
        elif event.what:
            content += block(2046, number(7, event.what))
        if event.absolute:
            return packet(number(8, event.absolute), number(58, 6), number(10, self.sequence), content)
        hot = event.delta < 1 << 14 and self.sequence < 1 << 14
        width = 2 if hot and trace.hot else 0
        return packet(number(8, event.delta, width), number(10, self.sequence, width), content)


class Thread:
    """A thread of the program, and the writer that the collector gives it."""

    def __init__(self, trace: Trace, pid: int, tid: int, process: int, track: int) -> None:
        self.trace, self.pid, self.tid, self.process, self.track = trace, pid, tid, process, track
        self.open: list[Open] = []
        self.apart: set[str] = set()
        self.segment: Segment | None = None
        self.time = 0

    def begin(self, domain: str, name: str, at: int) -> None:
        track = self._track(domain, domain in self.apart, self.open)
        event = self._write(Event(BEGIN, self._delta(at), track, domain, name))
        self.open.append(Open(domain, name, at, track, event))

    def end(self, domain: str, at: int) -> None:
        """Ends the innermost open task of the domain."""
        index = max((i for i, task in enumerate(self.open) if task.domain == domain), default=-1)
        if index < 0:
            return
        task = self.open[index]
        self._start(at)
        used = set(self.trace.used)
        for inner in range(index + 1, len(self.open)):
            if task.track >> 8 == self.track >> 8 == self.open[inner].group:
                self._move_apart(inner, used)
        self._write(Event(END, self._delta(at), task.track))
        del self.open[index]
        outer = [other for other in self.open if other.group == task.group and other.begin <= task.begin]
        if outer:
            outer[-1].children += at - task.begin
        self.trace.ended(Task(task.domain, task.name, self.track, task.begin, at - task.begin), task.children)

    def split(self) -> None:
        """The segment is full: the next event starts another one."""
        self.segment = None

    def raw(self, *packets: bytes) -> None:
        """Something of the test's own, as it is."""
        assert self.segment
        self.segment.content += packets

    def pause(self, kind: int, at: int) -> None:
        self._write(Event(kind, self._delta(at), self.trace.pause_track, "itt", "paused"))
        self.trace.events -= 1

    def again(self, name: str, key: str, value: str, taken_back: bool = True) -> None:
        """Metadata for an open task whose begin is not the last packet: that is written again."""
        task = next(task for task in reversed(self.open) if task.name == name)
        self._start(self.time)
        fields = task.event.fields + block(4, block(10, key), block(6, value))
        event = Event(BEGIN, 0, task.track, task.domain, name, task.begin + self.trace.boot, fields=fields)
        task.event.taken_back = taken_back
        self.trace.events -= taken_back
        task.event = self._write(event)

    def lane(self, what: int, name: str) -> int:
        """A track for things of a kind and name, one at a time."""
        group = self.process | GROUPS[what]
        self.trace.tracks[group] = (self.process, GROUP_NAMES[GROUPS[what]], b"")
        lane = self.trace.new_track()
        self.trace.tracks[lane] = (group, name, b"")
        return lane

    def start(self, what: int, domain: str, name: str, at: int, lane: int) -> Event:
        """Begins something that is no plain task. The end may be another thread's: finish()."""
        return self._write(Event(BEGIN, self._delta(at), lane, domain, name, what=what), at)

    def finish(self, started: Event, at: int) -> None:
        event = Event(END, self._delta(at), started.track, started.domain, started.name)
        event.what, event.begin = started.what, started.at
        self._write(event)

    def submit(self, what: int, domain: str, name: str, begin: int, end: int, lane: int) -> None:
        """Both at once, with times of the past."""
        self._start(max(end, self.time))
        times = begin + self.trace.boot, end + self.trace.boot
        self._write(Event(BEGIN, 0, lane, domain, name, times[0], what))
        self._write(Event(END, 0, lane, domain, name, times[1], what, begin))

    def instant(self, what: int, domain: str, name: str, at: int, **notes: str) -> Event:
        fields = b"".join(block(4, block(10, key), block(6, value)) for key, value in notes.items())
        return self._write(
            Event(INSTANT, self._delta(at), self.track, domain, name, what=what, fields=fields), at
        )

    def value(self, domain: str, name: str, at: int, value: float, unit: str = "") -> None:
        track = self.trace.counter(self.process, domain, name, unit)
        real = isinstance(value, float)
        field = varint(44 << 3 | 1) + struct.pack("<d", value) if real else number(30, int(value) % 2**64)
        self._write(Event(COUNTER, self._delta(at), track, domain, name, fields=field))

    def _track(self, domain: str, apart: bool, below: list[Open]) -> int:
        if apart:
            same = sum(task.domain == domain and task.group != self.track >> 8 for task in below)
            return self.track | self.trace.domain(domain) << 8 | same // LEVEL
        return self.track | sum(task.group == self.track >> 8 for task in below) // LEVEL

    def _move_apart(self, index: int, used: set[int]) -> None:
        task = self.open[index]
        self.apart.add(task.domain)
        task.event.taken_back = True
        self.trace.events -= 1
        outer = [other for other in self.open[:index] if other.group == task.group]
        if outer:
            outer[-1].children += task.children
        task.children = 0
        task.track = self._track(task.domain, True, self.open[:index])
        self.trace.late_moves |= task.group in used
        self.trace.used.add(task.group)
        task.event = self._write(
            Event(BEGIN, 0, task.track, task.domain, task.name, absolute=task.begin + self.trace.boot)
        )

    def _delta(self, at: int) -> int:
        assert at >= self.time
        self._start(at)
        delta, self.time = at - self.time, at
        return delta

    def _start(self, at: int) -> None:
        if self.segment is None:
            self.segment = Segment(self, max(self.time, at - 5))
            self.trace.segments.append(self.segment)
            self.time = self.segment.start

    def _write(self, event: Event, at: int = 0) -> Event:
        assert self.segment
        event.at = at
        self.segment.content.append(event)
        self.trace.events += 1
        return event


class Row:
    """What a report has to say of a task."""

    def __init__(self) -> None:
        self.durations: list[int] = []
        self.children = 0
        self.threads: set[int] = set()

    def quantile(self, percent: int) -> int:
        rank = -(-len(self.durations) * percent // 100)
        return sorted(self.durations)[max(rank, 1) - 1]


class Trace:
    """A recording. named: how many names get an iid; hot: packets as the collector's hot path writes them."""

    def __init__(self, named: int = 65536, hot: bool = True, boot: int = BOOT, **head: Any) -> None:
        self.named, self.hot, self.boot, self.head = named, hot, boot, head
        self.segments: list[Segment] = []
        self.threads: list[Thread] = []
        self.expected: dict[tuple[str, str], Row] = {}
        self.events = 0
        self.late_moves = False  # a task moved to a track on which tasks inside it had been already
        self.used: set[int] = set()
        self.domains: dict[str, int] = {}
        self.tracks: dict[int, tuple[int, str, bytes]] = {}  # parent, name, more of the descriptor
        self.counters: dict[tuple[int, str, str], int] = {}
        self.processes: dict[int, int] = {}
        self.pause_track = 0x1234 << 24 | 1
        self._iids: dict[str, int] = {}
        self._sequence = 0
        self._key = 0

    def thread(self, pid: int = 100, tid: int = 0) -> Thread:
        if pid not in self.processes:
            self.processes[pid] = self.new_track()
        thread = Thread(self, pid, tid or pid + len(self.threads), self.processes[pid], self.new_track())
        self.threads.append(thread)
        return thread

    def next_sequence(self) -> int:
        self._sequence += 1
        return self._sequence

    def iid(self, text: str) -> int:
        """0: the text is past the limit, and written out."""
        if text not in self._iids:
            self._iids[text] = len(self._iids) + 1 if len(self._iids) < self.named else 0
        return self._iids[text]

    def domain(self, text: str) -> int:
        return self.domains.setdefault(text, len(self.domains) + 1)

    def ended(self, task: Task, children: int) -> None:
        row = self.expected.setdefault((task.domain, task.name), Row())
        row.durations.append(task.duration)
        row.children += children
        row.threads.add(task.thread)

    def open(self) -> int:
        return sum(len(thread.open) for thread in self.threads)

    def chunks(self) -> list[bytes]:
        """Each segment in a chunk of its own."""
        return [chunk(segment.encode()) for segment in self.segments]

    def encode(self, chunks: list[bytes] | None = None) -> bytes:
        content = b"".join(self.chunks() if chunks is None else chunks)
        first = {"next": 1 + len(content) // UNIT, "next_sequence": self._sequence + 1, **self.head}
        return head(**first) + content

    def write(self, path: Path, chunks: list[bytes] | None = None) -> Path:
        path.write_bytes(self.encode(chunks))
        return path

    def counter(self, process: int, domain: str, name: str, unit: str) -> int:
        """Its track in a process."""
        group = process | GROUPS[VALUE]
        self.tracks[group] = (process, GROUP_NAMES[GROUPS[VALUE]], b"")
        key = (process, domain, name)
        if key not in self.counters:
            self.counters[key] = self.new_track()
            self.tracks[self.counters[key]] = (group, name, block(8, block(6, unit) if unit else b""))
        return self.counters[key]

    def new_track(self) -> int:
        self._key += 1
        return self._key << 40 | 0x1234 << 24


def chunk(content: bytes) -> bytes:
    """In as many units as it needs, one or four."""
    size = UNIT if len(content) <= UNIT - 8 else 4 * UNIT
    return content + cover(size - len(content))
