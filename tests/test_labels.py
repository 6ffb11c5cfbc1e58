"""What a collector gets of ids, frames, regions, counters, markers, events, metadata and relations."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from fake import Fake

NULL = "0,0,0"
LOADING = ("api_init", "api_fini", "string_handle_create", "id_create", "id_destroy", "get_timestamp")
HEAD = """
import itt
d = itt.Domain("d")
one, two = itt.Id.from_values(1, 2, 3), itt.Id.from_values(7)
"""

Call = list[str]


def python(*arguments: str | Path, env: dict[str, str]) -> str:
    """Runs Python outside the checkout, where `itt` is the installed one."""
    command = [sys.executable, *map(str, arguments)]
    done = subprocess.run(
        command, cwd="/", env={**os.environ, **env}, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout


def sent(fake: Fake, script: str, more: tuple[str, ...] = ("domain_create",)) -> list[Call]:
    """The calls that a script makes, after the loading; ids that count up as #1, #2 ..."""
    python("-c", HEAD + textwrap.dedent(script), env=fake.env(FAKE_ITT_VALUES="1"))
    calls = [call for call in fake.take() if call[0] not in (*LOADING, *more)]
    numbers: dict[str, str] = {}
    for call in calls:
        for i, word in enumerate(call):
            parts = word.lstrip("*").split(",")
            if len(parts) == 3 and len(parts[1]) > 9 and all(part.isdigit() for part in parts):
                call[i] = numbers.setdefault(word.lstrip("*"), f"#{len(numbers) + 1}")
    return [call for call in calls if not call[0].startswith("adopt_")]


# ---- What is sent ----

ONE, TWO = "1,2,3", "7,0,0"

SENT: list[tuple[str, list[str]]] = [
    ("itt.task_begin(d, 't', id=one)", [f"task_begin d {ONE} {NULL} t"]),
    ("itt.task_begin(d, 't', parent=two, id=one)", [f"task_begin d {ONE} {TWO} t"]),
    ("itt.task_begin(d, 't', parent=None, id=None)", [f"task_begin d {NULL} {NULL} t"]),
    ("itt.task_begin_fn(d, print); itt.task_end(d)", [f"task_begin d {NULL} {NULL} print", "task_end d"]),
    ("itt.task_begin_overlapped(d, 't', one)", [f"task_begin_overlapped d {ONE} {NULL} t"]),
    ("itt.task_begin_overlapped(d, 't', one, parent=two)", [f"task_begin_overlapped d {ONE} {TWO} t"]),
    ("itt.task_end_overlapped(d, one)", [f"task_end_overlapped d {ONE}"]),
    ("itt.task_group(d, 'g', one)", [f"task_group d {ONE} {NULL} g"]),
    ("itt.task_group(d, 'g', one, two)", [f"task_group d {ONE} {TWO} g"]),
    ("itt.task_group(d, 'g', one, parent=two)", [f"task_group d {ONE} {TWO} g"]),
    ("itt.task_submit(d, 't', 5, 6)", [f"task_begin_ex d (nil) 5 {NULL} {NULL} t", "task_end_ex d (nil) 6"]),
    (
        "itt.task_submit(d, 't', 0, 2**64 - 2, id=one, parent=two, metadata={'id': 'i'}, key=1.5)",
        [
            f"task_begin_ex d (nil) 0 {ONE} {TWO} t",
            f"metadata_str_add d {ONE} id i 1",
            f"metadata_add d {ONE} key 8 1 1.5",
            "task_end_ex d (nil) 18446744073709551614",
        ],
    ),
    (
        "itt.task_submit(d, 't', itt.timestamp())",
        [f"task_begin_ex d (nil) 123456789012345 {NULL} {NULL} t", "task_end_ex d (nil) 123456789012345"],
    ),
    ("itt.frame_begin(d); itt.frame_end(d)", ["frame_begin_v3 d NULL", "frame_end_v3 d NULL"]),
    (
        "itt.frame_begin(d, one); itt.frame_end(d, one)",
        [f"frame_begin_v3 d *{ONE}", f"frame_end_v3 d *{ONE}"],
    ),
    ("itt.frame_submit(d, 5, 6)", ["frame_submit_v3 d NULL 5 6"]),
    ("itt.frame_submit(d, 5, id=one)", [f"frame_submit_v3 d *{ONE} 5 123456789012345"]),
    ("itt.region_begin(d, 'r', one)", [f"region_begin d {ONE} {NULL} r"]),
    ("itt.region_begin(d, 'r', one, parent=two)", [f"region_begin d {ONE} {TWO} r"]),
    ("itt.region_end(d, one)", [f"region_end d {ONE}"]),
    ("itt.marker('m', domain=d)", [f"marker d {NULL} m 4"]),
    ("itt.marker('m', domain='other', scope='global')", [f"marker other {NULL} m 1"]),
    ("itt.marker('m', domain=d, scope='process', id=one)", [f"marker d {ONE} m 2"]),
    (
        "itt.marker('m', domain=d, scope='thread', metadata={'scope': 1}, k=2)",
        ["marker d #1 m 3", "metadata_add d #1 scope 2 1 1", "metadata_add d #1 k 2 1 2"],
    ),
    ("itt.metadata(domain=d)", []),
    ("itt.metadata({}, domain=d)", []),
    ("itt.metadata(None, domain=d, id=one, k=1)", [f"metadata_add d {ONE} k 2 1 1"]),
    (
        "itt.metadata({'domain': 1, 'k': 2}, domain=d, k=3)",
        [
            f"metadata_add d {NULL} domain 2 1 1",
            f"metadata_add d {NULL} k 2 1 2",
            f"metadata_add d {NULL} k 2 1 3",
        ],
    ),
    (
        "import types; itt.metadata(types.MappingProxyType({'k': 1}), domain=d)",
        [f"metadata_add d {NULL} k 2 1 1"],
    ),
    ("itt.relation(one, 'sibling_of', two, domain=d)", [f"relation_add d {ONE} 2 {TWO}"]),
    ("itt.relation(None, 'predecessor_to', two, domain='e')", [f"relation_add_to_current e 7 {TWO}"]),
    ("itt.thread_set_name('é')", ["thread_set_name é"]),
    ("e = itt.event('é'); e.begin(); e.end()", ["event_create é 2", "event_start 108", "event_end 108"]),
    (
        "itt.Event('e').begin(); itt.event('e').begin()",
        ["event_create e 1", "event_start 108", "event_create e 1", "event_start 108"],
    ),
    (
        "itt.event('e').begin(); itt.event('e').end()",
        ["event_create e 1", "event_start 108", "event_end 108"],
    ),
    ("itt.pause(); itt.resume(); itt.detach()", ["pause", "resume", "detach"]),
    ("d.enabled = False; itt.task_begin(d, 't'); itt.marker('m', domain=d); itt.task_end(d)", []),
    ("d.enabled = False; d.enabled = True; itt.task_end(d)", ["task_end d"]),
]


@pytest.mark.parametrize("script, calls", SENT)
def test_what_is_sent(fake: Fake, script: str, calls: list[str]) -> None:
    assert sent(fake, script) == [call.split(" ") for call in calls]


def test_ids_are_announced_to_their_domain(fake: Fake) -> None:
    script = """
        own = itt.Id(d)
        itt.task_begin(d, "t", id=own)
        free = itt.Id()
        itt.task_begin(d, "t", id=free)
        del own
        d.enabled = False
        itt.Id(d)
    """
    python("-c", HEAD + textwrap.dedent(script), env=fake.env())
    calls = [call for call in fake.take() if call[0].startswith(("id_", "task_"))]
    create, first, second, destroy = calls
    assert create[0] == "id_create" and destroy == ["id_destroy", "d", create[2]]
    assert first[2] == create[2] != second[2]


@pytest.mark.parametrize("kind", ["region", "frame"])
def test_contexts_have_an_id_of_their_own(fake: Fake, kind: str) -> None:
    """One object, entered by two coroutines, a recursion and an exit stack: each leaves with its own id."""
    make = "itt.region('r', domain=d)" if kind == "region" else "itt.frame(d)"
    script = f"""
        import asyncio, contextlib
        shared = {make}
        async def work(before, after):
            with shared:
                if before: await before.wait()
                after.set()
                await asyncio.sleep(0)
        async def main():
            event, last = asyncio.Event(), asyncio.Event()
            await asyncio.gather(work(None, asyncio.Event()), work(event, last), work(None, event))
        asyncio.run(main())
        def recurse(depth):
            with shared:
                if depth: recurse(depth - 1)
        recurse(2)
        with contextlib.ExitStack() as stack:
            stack.enter_context(shared)
            stack.enter_context(shared)
        try:
            with shared: raise KeyError
        except KeyError: pass
        shared.__exit__(None, None, None)  # nobody is in it any more
    """
    calls = sent(fake, script)
    ids = [call[2] for call in calls]
    begun = [call[2] for call in calls if "begin" in call[0]]
    assert len(begun) == 3 + 3 + 2 + 1 and len(set(begun)) == len(begun)
    assert ids[:6] == ["#1", "#2", "#3", "#1", "#3", "#2"] or ids[:6] == ["#1", "#2", "#3", "#1", "#2", "#3"]
    assert ids[6:12] == ["#4", "#5", "#6", "#6", "#5", "#4"]
    assert ids[12:16] == ["#7", "#8", "#8", "#7"]
    assert ids[16:] == ["#9", "#9"]


def test_a_region_has_its_parent_and_metadata_each_time(fake: Fake) -> None:
    script = """
        region = itt.region("r", domain=d, parent=two, metadata={"name": "n", "k": 1}, k=2)
        for _ in range(2):
            with region as entered: assert entered is region
    """
    each = [
        f"region_begin d # {TWO} r",
        "metadata_str_add d # name n 1",
        "metadata_add d # k 2 1 2",
        "region_end d #",
    ]
    expected = [call.replace("#", f"#{i}").split() for i in (1, 2) for call in each]
    assert sent(fake, script) == expected


def test_a_frame_with_a_given_id(fake: Fake) -> None:
    script = """
        with itt.frame(domain=d, id=one): pass
    """
    assert sent(fake, script) == [["frame_begin_v3", "d", f"*{ONE}"], ["frame_end_v3", "d", f"*{ONE}"]]


COUNTER_TYPES = {
    "u64": ("1", 0, 2**64 - 1),
    "s64": ("2", -(2**63), 2**63 - 1),
    "u32": ("3", 0, 2**32 - 1),
    "s32": ("4", -(2**31), 2**31 - 1),
    "u16": ("5", 0, 2**16 - 1),
    "s16": ("6", -(2**15), 2**15 - 1),
}


@pytest.mark.parametrize("kind", COUNTER_TYPES)
def test_int_counters(fake: Fake, kind: str) -> None:
    number, least, most = COUNTER_TYPES[kind]
    script = f"""
        c = itt.Counter("c", domain=d, type="{kind}", unit="µs")
        assert (c.name, c.domain, c.type, c.unit) == ("c", d, "{kind}", "µs")
        c.set({least}); c.set({most}); c.set(True)
        c.inc(); c.inc(5); c.inc(delta=-5); c.dec(); c.dec(-2**64 + 1)
        for wrong in {least} - 1, {most} + 1:
            try: c.set(wrong)
            except ValueError as error: assert "'value' is out of range" in str(error)
            else: raise AssertionError(wrong)
    """
    assert sent(fake, script) == [
        ["counter_create_v3", "d", "c", number],
        ["bind_context_metadata_to_counter", "c", "1", "*5,µs"],
        ["counter_set_value_v3", "c", str(least)],
        ["counter_set_value_v3", "c", str(most)],
        ["counter_set_value_v3", "c", "1"],
        ["counter_inc_delta", "c", "1"],
        ["counter_inc_delta", "c", "5"],
        ["counter_dec_delta", "c", "5"],
        ["counter_dec_delta", "c", "1"],
        ["counter_inc_delta", "c", str(2**64 - 1)],
    ]


@pytest.mark.parametrize("kind, number", [("float", "7"), ("double", "8")])
def test_float_counters(fake: Fake, kind: str, number: str) -> None:
    """Their sums are kept by the module, once for all Counters of the name."""
    script = f"""
        from fractions import Fraction
        c = itt.Counter("c", domain=d, type="{kind}")
        c.inc(); c.set(2); c.inc(0.5); c.dec(Fraction(1, 4)); itt.Counter("c", domain=d, type="{kind}").dec(2)
        c.set(float("inf"))
    """
    assert sent(fake, script) == [
        ["counter_create_v3", "d", "c", number],
        *(["counter_set_value_v3", "c", value] for value in ("1", "2", "2.5", "2.25", "0.25", "inf")),
    ]


def test_types_of_counters(fake: Fake) -> None:
    script = """
        kinds = [itt.Counter(f"c{i}", type=kind).type for i, kind in enumerate((None, int, float))]
        assert kinds == ["s64", "s64", "double"], kinds
    """
    assert sent(fake, script) == []


def test_counters_of_an_old_collector(fake: Fake) -> None:
    script = "c = itt.Counter('c', domain=d); c.set(4); c.inc()"
    skip = "counter_create_v3,counter_set_value_v3"
    python("-c", HEAD + script, env=fake.env(FAKE_ITT_VALUES="1", FAKE_ITT_SKIP=skip))
    assert [call for call in fake.take() if call[0].startswith("counter")] == [
        ["counter_create_typed", "c", "d", "2"],
        ["counter_set_value", "c", "4"],
        ["counter_inc_delta", "c", "1"],
    ]


def test_many_counters_stay_apart(fake: Fake) -> None:
    script = """
        kept = [itt.Counter(f"c{i}", domain=d, type=float) for i in range(5000)]
        for i in 0, 4999:
            kept[i].inc(1.5); kept[i].inc()
    """
    values = [call[1:] for call in sent(fake, script) if call[0] == "counter_set_value_v3"]
    assert values == [["c0", "1.5"], ["c0", "2.5"], ["c4999", "1.5"], ["c4999", "2.5"]]


# ---- Control ----


def test_paused_and_resumed_nest(fake: Fake) -> None:
    script = """
        def note(): itt.marker(str(itt.active()), domain=d)
        note()
        with itt.paused():
            note()
            with itt.paused(): note()
            note()
            with itt.resumed(): note()
            note()
        note()
        with itt.resumed(): note()
        one, two = itt.paused(), itt.paused()
        one.__enter__(); two.__enter__(); one.__exit__(); note(); two.__exit__(); two.__exit__(); note()
        itt.pause(); note()
        with itt.resumed(): note()
        note()
        itt.detach(); note()
        with itt.resumed(): note()
    """
    calls = [call[0] if call[0] != "marker" else call[3] for call in sent(fake, script)]
    expected = """
        True  pause False False False  resume True  pause False  resume True  True
        pause False resume True  pause False resume True pause False  detach False False
    """
    assert calls == expected.split()


def test_resumed_in_what_starts_paused(fake: Fake) -> None:
    script = """
        for _ in range(2):
            with itt.resumed(): pass
    """
    assert sent(fake, script) == [["resume"], ["pause"], ["resume"], ["pause"]]


def test_an_abandoned_pause_ends(fake: Fake) -> None:
    script = """
        held = itt.paused()
        held.__enter__(), held.__enter__()
        del held
    """
    assert sent(fake, script) == [["pause"], ["resume"]]


def test_paused_over_threads(fake: Fake) -> None:
    """The last one that leaves goes on."""
    script = """
        import threading
        barrier = threading.Barrier(4)
        def work():
            with itt.paused():
                barrier.wait()
        threads = [threading.Thread(target=work) for _ in range(4)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
    """
    assert sent(fake, script) == [["pause"], ["resume"]]


def test_active_without_a_collector() -> None:
    assert python("-c", "import itt; print(itt.active())", env={}) == "False\n"


def test_the_time_without_a_collector() -> None:
    script = (
        "import itt, time; a = time.monotonic_ns(); b = itt.timestamp(); print(a <= b <= time.monotonic_ns())"
    )
    assert python("-c", script, env={}) == "True\n"
