"""What a script of ITT calls must leave in the trace, and the comparison of both."""

from __future__ import annotations

import struct
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from driver import NO_ID, At, Data, Id, Note, Register, Script
from shown import Shown, Trace

SLACK = 3000  # ns by which the clocks of two threads may differ, and reading them takes

TYPES = ("u64", "s64", "u32", "s32", "u16", "s16", "float", "double")  # __itt_metadata_type, from 1
SCOPES = ("global", "process", "thread", "task")  # __itt_scope, from 1


@dataclass
class When:
    """During a call or, with an offset, so long after the time before it, exactly."""

    line: int
    offset: int | None = None

    def bounds(self, notes: list[Note]) -> tuple[int, int]:
        note = notes[self.line]
        if self.offset is not None:
            return note.before + self.offset - SLACK, note.before + self.offset + SLACK
        return note.before - SLACK, note.after + SLACK


@dataclass(eq=False)
class Slice:
    """A slice that must be there; without `end` it is open, where `instant` it has no duration."""

    name: str
    category: str
    line: int  # that made it: whose thread is its thread
    begin: When
    end: When | None = None
    instant: bool = False
    group: str = ""  # of the process, or of the recording; none: the thread's
    track: str = ""  # name of its track, where in a group
    depth: int | None = None  # where known
    args: dict[str, Any] = field(default_factory=dict)
    found: Shown | None = None

    def place(self, notes: list[Note]) -> str:
        note = notes[self.line]
        if self.group.startswith("/"):
            return self.group
        return f"{note.pid} {self.group}" if self.group else f"{note.pid} thread {note.tid}"


@dataclass
class Open:
    """A task on a thread's stack; one begun during a pause has no slice."""

    domain: str
    slice: Slice | None
    id: Id


class Thread:
    def __init__(self) -> None:
        self.stack: list[Open] = []
        self.tasks: list[Slice] = []  # that ever were on it
        self.crossed = False  # a task ended while one inside it went on
        self.starts: dict[tuple[str, str], list[Slice | None]] = defaultdict(list)  # events and marks


@dataclass
class Counter:
    name: str
    type: str
    value: float = 0
    samples: list[tuple[int, float]] = field(default_factory=list)  # line, value


class Model:
    """Writes the script and foresees the trace. Threads are numbers; each method is a call on one."""

    def __init__(self) -> None:
        self.script = Script()
        self.slices: list[Slice] = []
        self.threads: dict[int, Thread] = defaultdict(Thread)
        self.spans: dict[tuple[str, str, Id], list[Slice | None]] = defaultdict(list)
        self.counters: dict[str, Counter] = {}
        self.made: set[str] = set()  # registers that hold something
        self.ids: dict[Id, Slice | None] = {}  # that began with an id of its own
        self.arrows: list[tuple[Slice, Slice]] = []
        self.paused: Slice | None = None
        self.unmatched = 0
        self.paused_begins = 0

    # ---- Tasks ----

    def task_begin(self, thread: int, domain: str, name: str, id: Id = NO_ID, parent: Id = NO_ID) -> None:
        line = self.script.call(thread, "task_begin", domain, id, parent, name)
        state = self.threads[thread]
        if self.paused:
            self.paused_begins += 1
            state.stack.append(Open(domain, None, id))
            return
        slice = Slice(name, domain, line, When(line))
        self._relate(slice, id, parent)
        if not state.crossed:
            slice.depth = sum(one.slice is not None for one in state.stack)
        self.slices.append(slice)
        state.tasks.append(slice)
        state.stack.append(Open(domain, slice, id))

    def _relate(self, slice: Slice, id: Id, parent: Id) -> None:
        if id != NO_ID:
            self.ids[id] = slice
        other = self.ids.get(parent)
        if other:
            self.arrows.append((other, slice))

    def task_begin_with_id(self, thread: int, domain: str, name: str, parent: int) -> None:
        """With an id of its own, and one of those before it as parent."""
        ids = [NO_ID, *self.ids]
        self.task_begin(thread, domain, name, Id(len(self.script.lines), 77), ids[parent % len(ids)])

    def overlapped_task(self, thread: int, domain: str, name: str, parent: int) -> None:
        """Begun and ended at once, with one of those before it as parent."""
        ids = [NO_ID, *self.ids]
        id = Id(len(self.script.lines), 77)
        self.overlapped_begin(thread, domain, id, name, ids[parent % len(ids)])
        self.overlapped_end(thread, domain, id)

    def timed_task(self, thread: int, domain: str, name: str, before: int, lasts: int) -> None:
        """One that began so many ns ago, and lasted so long."""
        base = self.script.call(thread, "get_timestamp")
        begin, end = At(base, -before), At(base, lasts - before)
        line = self.script.call(thread, "task_begin_ex", domain, None, begin, NO_ID, NO_ID, name)
        self.script.call(thread, "task_end_ex", domain, None, end)
        if self.paused:
            self.paused_begins += 1
            return
        when = When(base, begin.offset), When(base, end.offset)
        self.slices.append(Slice(name, domain, line, *when, group="Tasks", track=domain))

    def task_end(self, thread: int, domain: str) -> None:
        line = self.script.call(thread, "task_end", domain)
        state = self.threads[thread]
        at = next((i for i in reversed(range(len(state.stack))) if state.stack[i].domain == domain), None)
        if at is None:
            self.unmatched += 1
            return
        inside = any(one.slice for one in state.stack[at + 1 :])
        slice = state.stack.pop(at).slice
        if slice is None:
            return
        slice.end = When(line)
        if inside:
            # Some of them moved to other tracks: where, is the collector's choice.
            state.crossed = True
            for one in state.tasks:
                one.depth = one.depth if one.line <= slice.line else None

    # ---- What is ended by its id ----

    def overlapped_begin(self, thread: int, domain: str, id: Id, name: str, parent: Id = NO_ID) -> None:
        line = self.script.call(thread, "task_begin_overlapped", domain, id, parent, name)
        slice = Slice(name, domain, line, When(line))
        self._span_begin("Tasks", domain, id, slice)
        if not self.paused:
            self._relate(slice, id if id.d2 == 77 else NO_ID, parent)

    def overlapped_end(self, thread: int, domain: str, id: Id) -> None:
        self._span_end("Tasks", domain, id, self.script.call(thread, "task_end_overlapped", domain, id))

    def region_begin(self, thread: int, domain: str, id: Id, name: str) -> None:
        line = self.script.call(thread, "region_begin", domain, id, NO_ID, name)
        self._span_begin("Regions", domain, id, Slice(name, domain, line, When(line)))

    def region_end(self, thread: int, domain: str, id: Id) -> None:
        self._span_end("Regions", domain, id, self.script.call(thread, "region_end", domain, id))

    def frame_begin(self, thread: int, domain: str, id: Id | None) -> None:
        line = self.script.call(thread, "frame_begin_v3", domain, id)
        if not self.spans["Frames", domain, id or NO_ID]:  # else it goes on
            self._span_begin("Frames", domain, id or NO_ID, Slice(domain, domain, line, When(line)))

    def frame_end(self, thread: int, domain: str, id: Id | None) -> None:
        self._span_end("Frames", domain, id or NO_ID, self.script.call(thread, "frame_end_v3", domain, id))

    def _span_begin(self, group: str, domain: str, id: Id, slice: Slice) -> None:
        if self.paused:
            self.paused_begins += 1
            self.spans[group, domain, id].append(None)
            return
        slice.group, slice.track = group, domain
        self.slices.append(slice)
        self.spans[group, domain, id].append(slice)

    def _span_end(self, group: str, domain: str, id: Id, line: int) -> None:
        open = self.spans[group, domain, id]
        if not open:
            self.unmatched += 1
            return
        slice = open.pop()
        if slice:
            slice.end = When(line)

    def frame_submit(self, thread: int, domain: str, before: int, lasts: int) -> None:
        """A frame that began so many ns ago, and lasted so long; or, where 0, until now."""
        base = self.script.call(thread, "get_timestamp")
        end = At(base, lasts - before) if lasts else -1
        line = self.script.call(thread, "frame_submit_v3", domain, None, At(base, -before), end)
        if self.paused:
            self.paused_begins += 1
            return
        when = When(base, -before), When(base, lasts - before) if lasts else When(line)
        self.slices.append(Slice(domain, domain, line, *when, group="Frames", track=domain))

    # ---- Events and marks ----

    def event_start(self, thread: int, name: str) -> None:
        event = self._register(thread, "event_create", name, len(name.encode()))
        self._start(thread, "event", name, self.script.call(thread, "event_start", event), {})

    def event_end(self, thread: int, name: str) -> None:
        event = self._register(thread, "event_create", name, len(name.encode()))
        self._stop(thread, "event", name, self.script.call(thread, "event_end", event))

    def mark(self, thread: int, name: str, parameter: str | None) -> None:
        mark = self._register(thread, "mark_create", name)
        args = {} if parameter is None else {"parameter": parameter}
        self._start(thread, "mark", name, self.script.call(thread, "mark", mark, parameter), args)

    def mark_off(self, thread: int, name: str) -> None:
        mark = self._register(thread, "mark_create", name)
        self._stop(thread, "mark", name, self.script.call(thread, "mark_off", mark))

    def _register(self, thread: int, maker: str, name: str, *more: Any) -> Register:
        """What the maker returns for the name; made where it is new."""
        key = f"{maker}_{len(name.encode())}_{name.encode().hex()}"
        if key not in self.made:
            self.made.add(key)
            self.script.call(thread, maker, name, *more, to=key)
        return Register(key)

    def _start(self, thread: int, category: str, name: str, line: int, args: dict[str, Any]) -> None:
        if self.paused:
            self.paused_begins += 1
            self.threads[thread].starts[category, name].append(None)
            return
        slice = Slice(name, category, line, When(line), instant=True, args=args)
        self.slices.append(slice)
        self.threads[thread].starts[category, name].append(slice)

    def _stop(self, thread: int, category: str, name: str, line: int) -> None:
        starts = self.threads[thread].starts[category, name]
        if not starts:
            self.unmatched += 1
            return
        slice = starts.pop()
        if slice is None:
            return
        slice.instant, slice.end, slice.group, slice.track = False, When(line), "Events", name

    # ---- Markers, counters, metadata ----

    def marker(self, thread: int, domain: str, name: str, scope: str) -> None:
        line = self.script.call(thread, "marker", domain, NO_ID, name, SCOPES.index(scope) + 1)
        if self.paused:
            return
        group = {"global": "/Markers", "process": "Markers"}.get(scope, "")
        args = {"scope": scope}
        self.slices.append(Slice(name, domain, line, When(line), instant=True, group=group, args=args))

    def counter_set(self, thread: int, domain: str, type: str, value: float) -> None:
        name = f"{type} of {domain}"
        made = self._register(thread, "counter_create_typed", name, domain, TYPES.index(type) + 1)
        line = self.script.call(thread, "counter_set_value", made, Data(type, [value]))
        if type == "float":
            (value,) = struct.unpack("f", struct.pack("f", value))
        self._count(domain, name, type, line, value)

    def counter_add(self, thread: int, domain: str, type: str, delta: int) -> None:
        name = f"{type} of {domain}"
        made = self._register(thread, "counter_create_typed", name, domain, TYPES.index(type) + 1)
        before = self.counters[name].value if name in self.counters else 0
        function = "counter_inc_delta" if delta >= 0 else "counter_dec_delta"
        line = self.script.call(thread, function, made, abs(delta))
        self._count(domain, name, type, line, before + delta)

    def _count(self, domain: str, name: str, type: str, line: int, value: float) -> None:
        counter = self.counters.setdefault(name, Counter(name, type))
        counter.value = value
        if not self.paused:
            counter.samples.append((line, value))

    def metadata(self, thread: int, domain: str, type: str, values: list[Any]) -> None:
        """Numbers, or a text, for the thread's innermost task of the domain or, where it has none, of any."""
        key = f"key {len(self.script.lines)}"
        if type == "str":
            line = self.script.call(thread, "metadata_str_add", domain, NO_ID, key, values[0], -1)
        else:
            number = TYPES.index(type) + 1
            data = Data(type, values)
            line = self.script.call(thread, "metadata_add", domain, NO_ID, key, number, len(values), data)
        self._annotate(thread, domain, key, values[0] if len(values) == 1 else values, line)

    def metadata_by_id(self, thread: int, number: int) -> None:
        """For one of the thread's open tasks that have an id."""
        tasks = [one for one in self.threads[thread].stack if one.id != NO_ID]
        if tasks:
            task = tasks[number % len(tasks)]
            data = Data("s64", [number])
            key = f"key {len(self.script.lines)}"
            self.script.call(thread, "metadata_add", task.domain, task.id, key, 2, 1, data)
            if task.slice and not self.paused:
                task.slice.args[key] = number

    def _annotate(self, thread: int, domain: str, key: str, value: Any, line: int) -> None:
        stack = self.threads[thread].stack
        if self.paused:
            return
        if stack:
            task = next((one for one in reversed(stack) if one.domain == domain), stack[-1])
            if task.slice:
                task.slice.args[key] = value
            return
        self.slices.append(Slice(key, domain, line, When(line), instant=True, args={key: value}))

    # ---- Control ----

    def pause(self, thread: int) -> None:
        line = self.script.call(thread, "pause")
        if not self.paused:
            self.paused = Slice("paused", "itt", line, When(line), group="/itt collection")
            self.slices.append(self.paused)

    def resume(self, thread: int) -> None:
        line = self.script.call(thread, "resume")
        if self.paused:
            self.paused.end = When(line)
            self.paused = None

    def exit(self, thread: int) -> None:
        """The thread ends; its number stands for another one from now on."""
        if thread in self.threads:
            self.script.call(thread, "exit")
            del self.threads[thread]

    def fork(self, thread: int, child: Any) -> None:
        """A child, in which child(model, thread) is called, and whose end the thread awaits."""
        self.script.call(thread, "fork")
        threads, spans = self.threads, self.spans
        self.threads, self.spans = defaultdict(Thread), defaultdict(list)
        child(self, thread)
        self.threads, self.spans = threads, spans
        self.script.call(thread, "join")

    # ---- Comparison ----

    def differences(self, trace: Trace) -> list[str]:
        return [
            *self._problems(trace),
            *self._slices(trace),
            *self._arrows(trace),
            *self._counters(trace),
        ]

    def _problems(self, trace: Trace) -> Iterator[str]:
        yield from (f"problem: {name} {value}" for name, value in trace.problems)

    def _slices(self, trace: Trace) -> Iterator[str]:
        notes = self.script.notes
        expected: dict[Any, list[Slice]] = defaultdict(list)
        shown: dict[Any, list[Shown]] = defaultdict(list)
        for slice in self.slices:
            expected[slice.place(notes), slice.category, slice.name].append(slice)
        for one in trace.slices:
            shown[place_of(one), one.category, one.name].append(one)
        for key in sorted(set(expected) | set(shown)):
            if len(expected[key]) != len(shown[key]):
                yield f"{key}: expected {len(expected[key])}, shown {len(shown[key])}"
                continue
            left = sorted(expected[key], key=lambda s: s.begin.bounds(notes))
            for one in sorted(shown[key], key=lambda s: s.ts):
                # Times given by the program may make an order of their own.
                like = (slice for slice in left if not any(unlike(slice, one, notes)))
                slice = next(like, left[0])
                slice.found = one
                left.remove(slice)
                yield from (f"{key} of line {slice.line}: {what}" for what in unlike(slice, one, notes))

    def _arrows(self, trace: Trace) -> Iterator[str]:
        pairs = [(a.found, b.found) for a, b in self.arrows]
        expected = {(a.id, b.id) for a, b in pairs if a and b}
        if expected != trace.flows:
            yield f"arrows missing {expected - trace.flows}, beyond {trace.flows - expected}"

    def _counters(self, trace: Trace) -> Iterator[str]:
        expected = {counter.name: counter for counter in self.counters.values() if counter.samples}
        shown = {counter.name: counter for counter in trace.counters if counter.samples}
        if set(expected) != set(shown) or len(shown) != sum(bool(c.samples) for c in trace.counters):
            yield f"counters {sorted(expected)}, shown {sorted(c.name for c in trace.counters)}"
            return
        for name, counter in expected.items():
            values = [value for _, value in counter.samples]
            found = [sample.value for sample in shown[name].samples]
            if values != found:
                yield f"counter {name}: {values}, shown {found}"
                continue
            for (line, _), sample in zip(counter.samples, shown[name].samples):
                low, high = When(line).bounds(self.script.notes)
                if not low <= sample.ts <= high:
                    yield f"counter {name} of line {line}: at {sample.ts}, not {low} .. {high}"


def place_of(one: Shown) -> str:
    if one.tid is not None:
        return f"{one.pid} thread {one.tid}"
    return f"{one.pid} {one.path[-1]}" if one.pid is not None else f"/{one.path[-1]}"


def unlike(slice: Slice, one: Shown, notes: list[Note]) -> Iterator[str]:
    low, high = slice.begin.bounds(notes)
    if not low <= one.ts <= high:
        yield f"begins at {one.ts}, not {low} .. {high}"
    if slice.instant:
        if one.dur != 0:
            yield f"lasts {one.dur}, not 0"
    elif slice.end is None:
        if one.dur != -1:
            yield f"lasts {one.dur}, not for ever"
    else:
        low, high = slice.end.bounds(notes)
        if one.dur < 0 or not low <= one.ts + one.dur <= high:
            yield f"ends at {one.ts + one.dur}, not {low} .. {high}"
    if slice.depth not in (None, one.depth):
        yield f"is {one.depth} deep, not {slice.depth}"
    if slice.track and one.path[0] != slice.track:
        yield f"is on track {one.path[0]!r}, not {slice.track!r}"
    if slice.args != one.args:
        yield f"has arguments {one.args}, not {slice.args}"
