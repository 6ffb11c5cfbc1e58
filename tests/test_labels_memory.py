"""Labels of all kinds, many times, in many threads and interpreters: no reference lost, bounded memory."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from test_labels import HEAD, python

HELPERS = """
import array, asyncio, gc, sys, threading, tracemalloc
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096
class Shows:
    def __str__(self): return "shown " * 50
class Fails:
    def __str__(self): raise ValueError
"""

FORMS = """
shows, fails, numbers, text = Shows(), Fails(), array.array("i", range(100)), "é" * 50
strided, wide, raw = memoryview(numbers)[::3], array.array("b", range(9)), b"\\xff" * 20
values = [shows, fails, numbers, text, strided, wide, raw, d, one, two]
ints, floats = itt.Counter("c", domain=d, unit="ms"), itt.Counter("f", domain=d, type=float)
region, frame, event = itt.region("r", domain=d, k=shows, metadata={"m": text}), itt.frame(d), itt.event("e")
@region
def decorated(): return 1
@frame
def steps():
    yield 1
def refused(call, *args, **kwargs):
    try: call(*args, **kwargs)
    except (TypeError, ValueError): return
    raise AssertionError(call)
def use(times):
    for _ in range(times):
        itt.metadata({"a": 1, "b": shows}, domain=d, c=fails, e=numbers, f=text, g=strided, h=wide, i=raw)
        itt.metadata(domain=d, id=one, j=2**70, k=2**64 - 1, l=1.5, m=None, n=2**5000)
        itt.task_begin(d, "t", id=itt.Id(d), parent=itt.Id()), itt.task_end(d)
        itt.task_begin_overlapped(d, "o", one, parent=two), itt.task_end_overlapped(d, one)
        itt.task_group(d, "g", one), itt.relation(one, "child_of", two, domain=d)
        itt.task_submit(d, "s", 1, 2, id=one, metadata={"k": text}, l=shows)
        itt.frame_begin(d), itt.frame_end(d), itt.frame_submit(d, 1, id=one)
        itt.region_begin(d, "r", one), itt.region_end(d, one)
        with region, frame, event, itt.region("x", parent=two, k=shows), itt.frame("y"), itt.paused(): pass
        with region, region: pass
        itt.region("left").__enter__(), itt.frame().__enter__(), itt.paused().__enter__()
        itt.marker("m", scope="global", domain="other", k=1), itt.marker("m")
        ints.set(5), ints.inc(2**64 - 1), ints.dec(), floats.set(1), floats.inc(0.5), floats.dec(-2)
        itt.Counter("c", domain=d, unit="ms"), itt.Counter("z", type="u16").type, ints.domain, ints.unit
        itt.event("e").begin(), itt.Event("e2").end(), itt.timestamp(), itt.active(), itt.thread_set_name("n")
        itt.Domain("d").name, itt.Domain("é").enabled, hash(d), repr(d), d == itt.Domain("d"), d.__reduce__()
        hash(one), repr(one), one == two, one.d1, itt.Id.from_values(1, 2, 3), one.__reduce__(), repr(region)
        decorated(), list(steps()), next(steps())
        refused(itt.metadata, {1: 2}, k=shows), refused(itt.metadata, 5), refused(itt.marker, "m", scope="x")
        refused(itt.task_submit, d, "s", 2, 1), refused(itt.region, "r", metadata={"a\\0": shows}, k=shows)
        refused(ints.set, 2**63), refused(ints.set, "1"), refused(floats.inc, "1"), refused(itt.Domain, 5)
        refused(itt.frame, d, id=5), refused(itt.Event, 5), refused(itt.Id, 5), refused(itt.Domain, "\\0")
        refused(itt.Counter, "c", unit=5), refused(itt.relation, one, "x", two), refused(region, 5)
"""


@pytest.fixture(params=["on", "off"])
def state(request: pytest.FixtureRequest, cc: Callable[..., Path]) -> dict[str, str]:
    """With a collector that listens and, as there is no file for its log, keeps nothing; and without."""
    if request.param == "off":
        return {}
    library = cc("fake_collector.c", flags=["-shared", "-fPIC"], link=False, output="libfake.so")
    return {"INTEL_LIBITTNOTIFY64": str(library)}


def test_a_million_uses(state: dict[str, str]) -> None:
    """Some 70 calls a round, right and wrong."""
    script = """
use(300)
tracemalloc.start()
use(2000)  # until the free lists of Python are full
gc.collect()
counts, traced = [sys.getrefcount(value) for value in values], [tracemalloc.get_traced_memory()[0]]
for _ in range(3):  # what Python itself keeps may grow once, a loss grows each time
    use(3000)
    gc.collect()
    traced.append(tracemalloc.get_traced_memory()[0])
grown = [after - before for before, after in zip(traced, traced[1:])]
assert min(grown) < 24_000, grown  # one object lost a round is twice as much
assert [sys.getrefcount(value) for value in values] == counts
tracemalloc.stop()
memory = resident()
use(14_000)
gc.collect()
assert [sys.getrefcount(value) for value in values] == counts
grown = resident() - memory
assert grown < 2 << 20, grown
"""
    python("-c", HELPERS + HEAD + FORMS + script, env=state)


def test_many_threads(state: dict[str, str]) -> None:
    """All forms at once, through the same objects."""
    script = """
sys.setswitchinterval(1e-5)
threads = [threading.Thread(target=use, args=[100]) for _ in range(6)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
"""
    python("-c", HELPERS + HEAD + FORMS + script, env=state)


def test_interpreters_and_imports_anew(state: dict[str, str]) -> None:
    """What a module made goes with it, also where its objects are kept by it."""
    script = """
import importlib
try: import _interpreters as interpreters
except ImportError: import _xxsubinterpreters as interpreters
code = "import itt; d = itt.Domain('d'); itt.event('e').begin(); itt.Counter('c').set(1); itt.marker('m')\\n"
code += "with itt.region('r'), itt.frame(): pass"
for _ in range(5):
    one = interpreters.create()
    failed = interpreters.run_string(one, code)
    assert not failed, failed
    interpreters.destroy(one)
def again():
    for name in [name for name in sys.modules if name.split(".")[0] == "itt"]: del sys.modules[name]
    exec(code, {})
[again() for _ in range(100)]
gc.collect()
memory, objects = resident(), len(gc.get_objects())
[again() for _ in range(500)]
gc.collect()
assert len(gc.get_objects()) - objects < 500, len(gc.get_objects()) - objects
assert resident() - memory < 32 << 20, resident() - memory
"""
    python("-c", HELPERS + HEAD + script, env=state)


def test_the_program_may_end_at_any_point(state: dict[str, str]) -> None:
    """Labels in daemon threads, in __del__ and at exit, while the interpreter is taken down."""
    script = """
import atexit
class Late:
    use = staticmethod(use)
    def __del__(self): self.use(1)
late, sys.late = Late(), Late()
late.cycle = late
atexit.register(use, 1)
def work():
    while True: use(1)
[threading.Thread(target=work, daemon=True).start() for _ in range(3)]
"""
    if sys.version_info >= (3, 12):  # before, an exception in __del__ at the very end is printed
        python("-c", HELPERS + HEAD + FORMS + script, env=state)


def test_scripts_are_not_kept(state: dict[str, str], tmp_path: Path) -> None:
    """What a script holds goes with it, though its labels had the domain of a program."""
    (tmp_path / "script.py").write_text("import itt\nwith itt.task('x'): pass\nheld = Held()\n")
    script = """
import runpy
gone = []
class Held:
    def __del__(self): gone.append(1)
for _ in range(3): runpy.run_path(sys.argv[1], {"Held": Held}, run_name="__main__")
gc.collect()
assert gone == [1, 1, 1], gone
"""
    python("-c", HELPERS + script, str(tmp_path / "script.py"), env=state)


def test_a_name_that_is_part_of_a_cycle(state: dict[str, str]) -> None:
    script = """
import itt, weakref
class Name(str): pass
def make(kind):
    name = Name("x")
    name.label = kind(name)
    return weakref.ref(name)
names = [make(kind) for kind in (itt.task, itt.region, itt.Event, itt.Counter)]
gc.collect()
assert [name() for name in names] == [None] * 4, names
"""
    python("-c", HELPERS + script, env=state)
