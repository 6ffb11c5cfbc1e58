"""What is recorded with --sync alone: waits, locks, stitched stacks; and which functions a client gets."""

from __future__ import annotations

import itertools
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Callable

import pytest
import traced
from driver import Register, Script
from shown import Trace

Fixture = Callable[..., Any]

SLACK = 3000  # ns, by which the clocks of threads differ

MUTEX, OTHER, BARRIER = 0x1000, 0x2000, 0x3000


@pytest.fixture
def play(driver: Path, collector: Path, tmp_path: Path, sql: Fixture) -> Fixture:
    """play(script) -> (what is shown, the head)."""

    def run(script: Script, groups: str = "all") -> tuple[Trace, traced.Head]:
        file = tmp_path / "sync.pftrace"
        script.run(driver, collector, file, INTEL_ITTNOTIFY_GROUPS=groups)
        trace = Trace(sql(file))
        assert trace.problems == []
        return trace, traced.head(file)

    return run


@pytest.fixture
def script() -> Script:
    script = Script()
    script.call(1, "sync_create", MUTEX, "type", "mutex", 2)
    script.call(1, "sync_create", BARRIER, "type", "barrier", 1)
    return script


def calls(script: Script, thread: int, address: int, *what: str) -> None:
    for one in what:
        script.call(thread, f"sync_{one}", address)


def shown(trace: Trace) -> list[tuple[str, str]]:
    def kind(name: str, duration: int) -> str:
        if duration < 0:
            return "open"
        return "instant" if name.split()[0] in ("acquire", "release", "caller") else "slice"

    return [(s.name, kind(s.name, s.dur)) for s in trace.slices]


def test_what_a_thread_takes_again(play: Fixture, script: Script) -> None:
    """It has it until it has released it as often."""
    calls(script, 1, MUTEX, "acquired", "prepare", "acquired", "acquired", "releasing", "releasing")
    calls(script, 1, OTHER, "prepare", "cancel", "releasing", "acquired")
    calls(script, 1, MUTEX, "releasing", "releasing")
    trace, head = play(script)
    assert shown(trace) == [
        ("held mutex", "slice"),
        ("wait mutex", "slice"),
        ("wait", "slice"),
        ("release", "instant"),
        ("acquire", "instant"),  # nobody said that it is a mutex
        ("release mutex", "instant"),  # once too often
    ]
    held, waited = trace.slices[:2]
    assert held.ts < waited.ts and waited.ts + waited.dur < held.ts + held.dur
    assert head.counts["unmatched_ends"] == 0


def test_what_does_not_fit(play: Fixture, script: Script) -> None:
    calls(script, 1, MUTEX, "prepare", "prepare", "acquired", "cancel", "prepare")
    calls(script, 2, MUTEX, "releasing", "prepare", "acquired")
    calls(script, 1, BARRIER, "releasing", "prepare", "acquired", "releasing", "acquired")
    calls(script, 1, 0, "prepare", "acquired", "releasing", "cancel", "destroy")
    script.call(1, "stack_callee_enter", 0)
    script.call(1, "stack_callee_leave", 0)
    script.call(1, "stack_callee_leave", 77)
    trace, head = play(script)
    assert Counter(shown(trace)) == {
        ("wait mutex", "slice"): 2,
        ("wait mutex", "open"): 1,  # what the thread hangs in
        ("held mutex", "open"): 2,
        ("release mutex", "instant"): 1,  # of another thread's: it keeps it
        ("wait barrier", "slice"): 1,
        ("release barrier", "instant"): 2,
        ("acquire barrier", "instant"): 1,
    }
    assert head.counts["unmatched_ends"] == 2  # the cancel, the leave


def test_while_paused(play: Fixture, script: Script) -> None:
    calls(script, 1, MUTEX, "prepare")
    script.call(1, "stack_caller_create", to="c")
    script.call(1, "pause")
    calls(script, 1, MUTEX, "acquired", "releasing", "prepare")
    calls(script, 1, OTHER, "releasing")
    script.call(1, "stack_callee_enter", Register("c"))
    script.call(1, "resume")
    script.call(1, "stack_callee_leave", Register("c"))
    calls(script, 1, MUTEX, "acquired", "releasing")
    trace, head = play(script)
    assert [s.name for s in trace.slices] == ["wait mutex", "caller", "paused", "held mutex"]
    assert all(s.dur >= 0 for s in trace.slices) and head.counts["unmatched_ends"] == 0


def test_a_child_knows_the_names_and_has_nothing(play: Fixture, script: Script) -> None:
    calls(script, 0, MUTEX, "acquired")
    script.call(0, "stack_caller_create", to="c")
    calls(script, 0, OTHER, "prepare")
    script.call(0, "fork")
    calls(script, 0, MUTEX, "releasing", "acquired", "releasing")
    calls(script, 0, OTHER, "cancel")
    script.call(0, "stack_callee_enter", Register("c"))
    script.call(0, "stack_callee_leave", Register("c"))
    script.call(0, "join")
    calls(script, 0, OTHER, "cancel")
    calls(script, 0, MUTEX, "releasing")
    trace, head = play(script)
    parent = trace.only("caller").pid
    assert Counter((s.name, s.pid == parent, s.dur < 0) for s in trace.slices) == {
        ("held mutex", True, False): 1,
        ("wait", True, False): 1,
        ("caller", True, False): 1,
        ("release mutex", False, False): 1,
        ("held mutex", False, False): 1,
        ("callee", False, False): 1,
    }
    assert trace.flows == {(trace.only("caller").id, trace.only("callee").id)}
    assert head.counts["unmatched_ends"] == 1 and head.counts["processes"] == 2


class Model:
    """What record.md says of waits and locks."""

    def __init__(self) -> None:
        self.names: dict[int, tuple[str, bool]] = {}  # and whether it can be held
        self.waits: dict[tuple[int, int], str] = {}
        self.held: dict[tuple[int, int], tuple[str, int]] = {}
        self.shown: Counter[tuple[str, str]] = Counter()
        self.unmatched = 0

    def phrase(self, word: str, address: int) -> str:
        return f"{word} {self.names[address][0]}" if address in self.names else word

    def call(self, thread: int, what: str, address: int, *more: Any) -> None:
        key = thread, address
        if what == "create":
            self.names[address] = more[1], more[2] != 1
        elif what == "destroy":
            self.names.pop(address, None)
        elif what == "prepare":
            self.waits.setdefault(key, self.phrase("wait", address))
        elif what == "cancel":
            self.unmatched += key not in self.waits
        elif what == "releasing" and key in self.held:
            name, again = self.held[key]
            self.held[key] = name, again - 1
            if not again:
                del self.held[key]
                self.shown[name, "slice"] += 1
        elif what == "releasing":
            self.shown[self.phrase("release", address), "instant"] += 1
        elif key in self.held:
            self.held[key] = self.held[key][0], self.held[key][1] + 1
        elif self.names.get(address, ("", False))[1]:
            self.held[key] = self.phrase("held", address), 0
        elif key not in self.waits:
            self.shown[self.phrase("acquire", address), "instant"] += 1
        if what in ("cancel", "acquired") and key in self.waits:
            self.shown[self.waits.pop(key), "slice"] += 1

    def all(self) -> Counter[tuple[str, str]]:
        open_ones = [*self.waits.values(), *(name for name, _ in self.held.values())]
        return self.shown + Counter((name, "open") for name in open_ones)


@pytest.mark.parametrize("seed", range(3))
def test_any_calls_in_any_order(play: Fixture, seed: int) -> None:
    rng = random.Random(seed)
    script, model = Script(), Model()
    script.call(1, "get_timestamp")
    words = ["prepare", "acquired", "releasing", "cancel"]
    for number in range(3000):
        thread, address = rng.randint(1, 4), 64 * rng.randint(1, 6)
        what, more = rng.choice(words), ()
        if number % 100 == 0:
            what = rng.choice(["create", "destroy"])
            more = ("type", f"object {number}", rng.choice([0, 1, 2])) if what == "create" else ()
        script.call(thread, f"sync_{what}", address, *more)
        model.call(thread, what, address, *more)
    trace, head = play(script)
    assert Counter(shown(trace)) == model.all()
    assert head.counts["unmatched_ends"] == model.unmatched > 0


@pytest.mark.parametrize("count", [1, 8])
def test_threads_that_take_turns(cc: Fixture, record: Fixture, sql: Fixture, count: int) -> None:
    """Two locks, hand over hand: nobody has what another one has."""
    trace, process = record([cc("syncs.c"), str(count), "2000"], ["--sync"])
    rounds = 2000 * count
    assert process.stdout == f"{rounds} {rounds}\n" and ", 0 lost;" in process.stderr
    found = sql(trace)
    assert found.problems() == []
    assert traced.tally(found) == {
        **{("sync", f"{what} {name}"): rounds for what in ("wait", "held") for name in ("first", "second")},
        ("stitch", "caller"): 1,
        ("stitch", "callee"): count,
    }
    for name in ("first", "second"):
        held = found.query(f"select ts, ts + dur from slice where name = 'held {name}' order by ts")
        assert all(end <= begin + SLACK for (_, end), (begin, _) in itertools.pairwise(held))
    lanes = found.query(
        "select t.name, count(distinct s.name) from slice s join track t on t.id = s.track_id "
        "where s.category = 'sync' group by 1"
    )
    assert len({name for name, _ in lanes}) == count
    (arrows,) = found.query("select count(*) from flow")[0]
    assert arrows == count


def test_names_given_at_the_same_time(cc: Fixture, record: Fixture, sql: Fixture) -> None:
    """An object has no name when it is destroyed, and never one that it had before."""
    trace, _ = record([cc("sync_races.c"), "5000"], ["--sync"])
    names = sql(trace).query("select name from slice where category = 'sync' order by ts")
    waits = [names[i : i + 3] for i in range(0, len(names), 3)]
    assert len(waits) == 5000
    for i, ((at_that_time,), (after,), (destroyed,)) in enumerate(waits):
        assert at_that_time in (f"wait old {i}", f"wait new {i}", "wait")
        assert (after, destroyed) == (f"wait new {i}", "wait")


def test_off_by_default(cc: Fixture, record: Fixture) -> None:
    process = record([cc("syncs.c"), "2", "10"]).process
    assert process.stdout == "20 20\n" and "began no task" in process.stderr


def test_environment(cc: Fixture, cli: Fixture, tmp_path: Path, sql: Fixture) -> None:
    lines = cli("env", "-o", "run.pftrace", "--sync", check=True).stdout
    subprocess.run(["sh", "-c", f"{lines}\nexec {cc('syncs.c')} 3 40"], check=True, cwd=tmp_path)
    assert traced.tally(sql(tmp_path / "run.pftrace"))["sync", "wait first"] == 120


def test_recording_from_inside(cli: Fixture, tmp_path: Path) -> None:
    program = """if True:
        import itt, sys
        with itt.record("x.pftrace", force=True, sync=sys.argv[1] == "on"):
            pass
    """
    for argument, wanted in (("on", 1), ("off", 0)):
        subprocess.run([sys.executable, "-c", program, argument], cwd=tmp_path, check=True)
        page = (tmp_path / "x.pftrace").read_bytes()[:4096]
        assert int.from_bytes(page[WANTED : WANTED + 4], "little") == wanted


WANTED = 320 + 16 + 32 + 64 + 32 + 1024  # in unit 0


def test_report(cc: Fixture, record: Fixture, cli: Fixture) -> None:
    trace, _ = record([cc("syncs.c"), "2", "100"], ["--sync"])
    csv = cli("report", trace, "--format", "csv", "--section", "sync", check=True).stdout.splitlines()
    rows = [dict(zip(csv[0].split(","), line.split(","))) for line in csv[1:]]
    assert {(row["domain"], row["sync"], row["count"]) for row in rows} == {
        *(("sync", f"{what} {name}", "200") for what in ("wait", "held") for name in ("first", "second")),
        ("stitch", "callee", "2"),
    }


def test_more_objects_than_have_room(play: Fixture) -> None:
    """They lose their names, and nothing else."""
    script, count = Script(), 90_000
    for number in range(1, count + 1):
        script.call(1, "sync_create", 64 * number, "type", "name", 2)
    for number in range(1, count + 1, 1000):
        calls(script, 1, 64 * number, "prepare", "acquired", "releasing")
    trace, head = play(script)
    waits = Counter(s.name for s in trace.slices if s.name.startswith("wait"))
    assert sum(waits.values()) == 90 and waits["wait name"] > 30 and waits["wait"] > 0
    assert count - 65536 <= head.counts["names_beyond"] < count


# Groups.

SOME = {
    "task_begin": "structure",
    "counter_inc": "counter",
    "mark": "mark",
    "heap_record": "heap",
    "sync_prepare": "sync",
    "fsync_prepare": "fsync",
    "stack_callee_enter": "stitch",
    "notify_sync_prepare": "sync fsync",
    "sync_create": "sync fsync",
}
ALWAYS = ("domain_create", "string_handle_create", "pause", "detach", "enable_attach", "api_version")
FLOODS = {"sync", "fsync", "stitch"}


def bound(driver: Path, collector: Path, trace: Path, names: Sequence[str], **env: str) -> set[str]:
    script = Script()
    script.call(0, "get_timestamp")
    for name in names:
        script.call(0, "bound", name)
    notes = script.run(driver, collector, trace, **env)[1:]
    return {name for name, note in zip(names, notes) if note.result}


@pytest.mark.parametrize(
    "asked, groups",
    [
        ("", set(SOME.values()) - FLOODS),
        ("nonsense", set(SOME.values()) - FLOODS),
        ("structure", {"structure"}),
        ("mark,counter;;heap  none", {"mark", "counter", "heap"}),
        ("fsync", {"fsync"}),
        ("stitch structure", {"stitch", "structure"}),
        ("all", {"structure", "counter", "mark", "heap", *FLOODS}),
    ],
)
def test_groups_of_the_environment(
    driver: Path, collector: Path, tmp_path: Path, asked: str, groups: set[str]
) -> None:
    """INTEL_ITTNOTIFY_GROUPS names what is wanted; unset, all but the floods. Names and control: always."""
    names = [*SOME, *ALWAYS]
    found = bound(driver, collector, tmp_path / "x.pftrace", names, INTEL_ITTNOTIFY_GROUPS=asked)
    assert found == {*ALWAYS, *(name for name, its in SOME.items() if groups & set(its.split()))}


@pytest.mark.parametrize(
    "groups, expected",
    [(0x1414, "bound bound"), (0, "bound bound"), (0x4, "none bound"), (0x100, "none none")],
)
def test_groups_of_a_client(cc: Fixture, collector: Path, tmp_path: Path, groups: int, expected: str) -> None:
    """oneTBB asks for threads, sync, stitch and structure alone."""
    done = traced.run(collector, tmp_path / "x.pftrace", cc("client_table.c"), "groups", str(groups))
    assert done.stdout == f"{expected}\n"
