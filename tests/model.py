"""What a script of ITT calls must leave in the trace, and the comparison of both."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from driver import NO_ID, Id, Note, Script
from shown import Shown, Trace

SLACK = 3000  # ns by which the clocks of two threads may differ, and reading them takes


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


@dataclass
class Slice:
    """A slice that must be there; without `end` it is open, where `instant` it has no duration."""

    name: str
    category: str
    line: int  # that made it: whose thread is its thread
    begin: When
    end: When | None = None
    instant: bool = False
    group: str | None = None  # of the process; None: the thread's
    track: str | None = None  # name of its track, where in a group
    depth: int | None = None  # where known
    args: dict[str, Any] = field(default_factory=dict)
    id: Id = NO_ID
    parent: Id = NO_ID
    found: Shown | None = None

    def times(self, notes: list[Note]) -> str:
        end = self.end.bounds(notes) if self.end else "open"
        return f"{self.begin.bounds(notes)} .. {end}"


@dataclass
class Open:
    """A task on a thread's stack; one begun during a pause has no slice."""

    domain: str
    slice: Slice | None


class Thread:
    def __init__(self) -> None:
        self.stack: list[Open] = []
        self.crossed = False  # a task ended while one inside it went on


class Model:
    """Writes the script and foresees the trace. Threads are numbers; each method is a call on one."""

    def __init__(self) -> None:
        self.script = Script()
        self.slices: list[Slice] = []
        self.threads: dict[int, Thread] = defaultdict(Thread)
        self.paused: Slice | None = None
        self.unmatched = 0
        self.paused_begins = 0

    # ---- Tasks ----

    def task_begin(self, thread: int, domain: str, name: str, id: Id = NO_ID, parent: Id = NO_ID) -> None:
        line = self.script.call(thread, "task_begin", domain, id, parent, name)
        self._push(thread, domain, Slice(name, domain, line, When(line), id=id, parent=parent))

    def _push(self, thread: int, domain: str, slice: Slice) -> None:
        state = self.threads[thread]
        if self.paused:
            self.paused_begins += 1
            state.stack.append(Open(domain, None))
            return
        if not state.crossed:
            slice.depth = sum(one.slice is not None for one in state.stack)
        self.slices.append(slice)
        state.stack.append(Open(domain, slice))

    def task_end(self, thread: int, domain: str) -> None:
        line = self.script.call(thread, "task_end", domain)
        state = self.threads[thread]
        at = next((i for i in reversed(range(len(state.stack))) if state.stack[i].domain == domain), None)
        if at is None:
            self.unmatched += 1
            return
        inside = [one for one in state.stack[at + 1 :] if one.slice]
        slice = state.stack.pop(at).slice
        if slice is None:
            return
        slice.end = When(line)
        if inside:
            # Some of them moved to other tracks: where, is the collector's choice.
            state.crossed = True
            for one in inside:
                assert one.slice
                one.slice.depth = None

    # ---- Control ----

    def pause(self, thread: int) -> None:
        line = self.script.call(thread, "pause")
        if not self.paused:
            self.paused = Slice("paused", "itt", line, When(line), group="itt collection")
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

    # ---- Comparison ----

    def differences(self, trace: Trace) -> list[str]:
        return list(self._differences(trace))

    def _differences(self, trace: Trace) -> Iterator[str]:
        notes = self.script.notes
        yield from (f"problem: {name} {value}" for name, value in trace.problems)
        expected = defaultdict(list)
        for slice in self.slices:
            note = notes[slice.line]
            place = slice.group or f"thread {note.tid}"
            expected[place, slice.category, slice.name].append(slice)
        shown = defaultdict(list)
        for one in trace.slices:
            shown[place_of(one), one.category, one.name].append(one)
        for key in sorted(set(expected) | set(shown)):
            one_side, other = expected[key], shown[key]
            if len(one_side) != len(other):
                yield f"{key}: expected {len(one_side)}, shown {len(other)}"
                continue
            in_time = sorted(one_side, key=lambda s: s.begin.bounds(notes))
            for slice, one in zip(in_time, sorted(other, key=lambda s: s.ts)):
                slice.found = one
                yield from (f"{key} of line {slice.line}: {what}" for what in unlike(slice, one, notes))


def place_of(one: Shown) -> str:
    return f"thread {one.tid}" if one.tid is not None else one.path[-1]


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
    if slice.track is not None and one.path[0] != slice.track:
        yield f"is on track {one.path[0]!r}, not {slice.track!r}"
    if slice.args != one.args:
        yield f"has arguments {one.args}, not {slice.args}"
