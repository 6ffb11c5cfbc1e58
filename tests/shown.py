"""What Perfetto shows of a trace: slices, counters, arrows and tracks, by its own trace processor."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from oracle import TraceSql


@dataclass
class Shown:
    """A slice, or an instant (dur 0); ts as CLOCK_MONOTONIC."""

    id: int
    ts: int
    dur: int  # -1: never ended
    name: str
    category: str
    depth: int
    track: int
    path: tuple[str, ...]  # names of its track and the tracks above it, then "thread"/"process"/"trace"
    pid: int | None
    tid: int | None
    args: dict[str, Any] = field(default_factory=dict)


@dataclass
class Sample:
    ts: int
    value: float


@dataclass
class CounterTrack:
    name: str
    unit: str
    path: tuple[str, ...]
    pid: int | None
    samples: list[Sample] = field(default_factory=list)


class Trace:
    """All of it, read once."""

    def __init__(self, sql: TraceSql) -> None:
        self.sql = sql
        self.problems = sql.problems()
        # Times in the trace are of BOOTTIME: shift by what the snapshots say.
        shifts = sql.query(
            "select b.clock_value - m.clock_value from clock_snapshot b join clock_snapshot m using (ts) "
            "where b.clock_id = 6 and m.clock_id = 3 limit 1"
        )
        self.shift = shifts[0][0] if shifts else 0
        self._tracks()
        arguments = self._arguments()
        self.slices = [
            Shown(*row[:7], *self.owner(row[6]), arguments.get(row[7], {}))
            for row in sql.query(
                f"select id, ts - {self.shift}, dur, name, coalesce(category, ''), depth, track_id, "
                "arg_set_id "
                "from slice order by ts, depth, id"
            )
        ]
        self.flows = set(sql.query("select slice_out, slice_in from flow"))
        self.counters = self._counters()

    def _tracks(self) -> None:
        self.tracks = {
            row[0]: row[1:]
            for row in self.sql.query(
                "select track.id, coalesce(track.name, ''), track.parent_id, thread.tid, "
                "coalesce(process.pid, of_thread.pid) from track "
                "left join thread_track on thread_track.id = track.id "
                "left join thread on thread.utid = thread_track.utid "
                "left join process of_thread on of_thread.upid = thread.upid "
                "left join process_track on process_track.id = track.id "
                "left join process on process.upid = process_track.upid"
            )
        }

    def owner(self, track: int) -> tuple[tuple[str, ...], int | None, int | None]:
        """Names of the track and those above it, its pid, its tid."""
        names: list[str] = []
        pid = tid = None
        at: int | None = track
        while at is not None:
            name, parent, its_tid, its_pid = self.tracks[at]
            tid = its_tid if tid is None else tid
            pid = its_pid if pid is None else pid
            names.append(name)
            at = parent
        return tuple(names), pid, tid

    def _arguments(self) -> dict[int, dict[str, Any]]:
        """Debug annotations by set; the elements of an array as a list."""
        sets: dict[int, dict[str, Any]] = {}
        for number, key, kind, whole, real, text in self.sql.query(
            "select arg_set_id, key, value_type, int_value, real_value, string_value from args "
            "where key glob 'debug.*' order by id"
        ):
            value = {"int": whole, "uint": whole, "real": real, "string": text, "bool": bool(whole)}.get(kind)
            if kind == "uint" and value is not None:
                value &= (1 << 64) - 1
            name, _, index = key.removeprefix("debug.").partition("[")
            if index:
                sets.setdefault(number, {}).setdefault(name, []).append(value)
            else:
                sets.setdefault(number, {})[name] = value
        return sets

    def _counters(self) -> list[CounterTrack]:
        made: dict[int, CounterTrack] = {}
        for track, name, unit, ts, value in self.sql.query(
            f"select t.id, t.name, coalesce(t.unit, ''), c.ts - {self.shift}, c.value "
            "from counter_track t left join counter c on c.track_id = t.id order by t.id, c.ts, c.id"
        ):
            path, pid, _ = self.owner(track)
            one = made.setdefault(track, CounterTrack(name, unit, path, pid))
            if ts is not None:
                one.samples.append(Sample(ts, value))
        return list(made.values())

    def named(self, name: str, category: str | None = None) -> list[Shown]:
        return [s for s in self.slices if s.name == name and category in (None, s.category)]

    def only(self, name: str, category: str | None = None) -> Shown:
        """The one slice of that name."""
        (found,) = self.named(name, category)
        return found

    def counter(self, name: str) -> CounterTrack:
        (found,) = (counter for counter in self.counters if counter.name == name)
        return found

    def arrows(self) -> set[tuple[str, str]]:
        """Flows, by the names of their slices."""
        names = {s.id: s.name for s in self.slices}
        return {(names[out], names[into]) for out, into in self.flows}
