"""Programs with a static part that is not ours, and with several: all labels are in the trace, exactly.

The PyPI packages pyitt and ittapi embed Intel's own static part; their programs are in tests/clients.
"""

from __future__ import annotations

import multiprocessing
import re
import shutil
import subprocess
import sys
import sysconfig
from collections import Counter
from pathlib import Path
from typing import Any, Callable, NamedTuple

import pytest
import traced

from oracle import TraceSql

Fixture = Callable[..., Any]

# What the collector counts as not recorded, or not understood.
LOSSES = (*traced.COUNTS, "failed_joins", "join_error")
PACKAGES = ["pyitt", "ittapi"]


class Run(NamedTuple):
    said: list[str]
    found: TraceSql
    head: traced.Head

    def tally(self) -> Counter[tuple[str, str]]:
        return traced.tally(self.found)

    def losses(self) -> dict[str, int]:
        return {name: self.head.counts[name] for name in LOSSES if self.head.counts[name]}

    def never_ended(self) -> int:
        return sum(s.dur < 0 for s in self.found.slices())


@pytest.fixture
def run(collector: Path, tmp_path: Path, sql: Fixture) -> Fixture:
    """run(program, ...) -> Run: a good end, silence on stderr, a trace without problems."""

    def start(*command: str | Path, **env: str) -> Run:
        trace = tmp_path / "trace.pftrace"
        done = traced.run(collector, trace, *command, env=env, stderr=subprocess.PIPE, cwd=tmp_path)
        assert done.stderr == ""
        found = sql(trace)
        assert found.problems() == []
        return Run(done.stdout.splitlines(), found, traced.head(trace))

    return start


@pytest.fixture
def script(run: Fixture, root: Path) -> Fixture:
    """script("tasks.py", "pyitt") -> Run: a program of tests/clients; skipped where its packages are not."""
    for package in PACKAGES:
        pytest.importorskip(package, reason=f"{package} is not installed: it is in tests/requirements.txt")

    def start(name: str, *arguments: str, **env: str) -> Run:
        result: Run = run(sys.executable, root / "tests" / "clients" / name, *arguments, **env)
        return result

    return start


# Packages with Intel's static part.


@pytest.mark.parametrize("package", PACKAGES)
def test_tasks_of_a_package(script: Fixture, package: str) -> None:
    result = script("tasks.py", package)
    assert result.tally() == {
        ("context", "outer"): 4,
        ("context", "café"): 10 + 20 + 30,
        ("elsewhere", "third"): 60,
        ("decorated", "plain"): 60 + 5,
        ("decorated", "named by hand"): 5,
        ("decorated", "Class.method"): 5,
        ("by hand", "pair"): 1000 + 1001 + 1002 + 1003,
    }
    assert result.losses() == {} and result.never_ended() == 0
    assert result.head.counts["static_parts"] == 1
    slices = result.found.slices()
    depths = {(s.name, s.depth) for s in slices}
    assert depths == {
        *(("outer", 0), ("café", 1), ("third", 2), ("plain", 3)),
        *(("named by hand", 0), ("plain", 1), ("Class.method", 0), ("pair", 0)),
    }
    for number in range(4):
        mine = Counter(s.name for s in slices if s.thread == f"thread {number}")
        mine.subtract({"plain": 5, "named by hand": 5, "Class.method": 5} if number == 0 else {})
        expected = {"outer": 1, "café": 10 * number, "third": 10 * number, "plain": 10 * number}
        assert +mine == +Counter({**expected, "pair": 1000 + number})
    # All on the threads' own tracks: whoever nests well needs no further ones.
    assert len({s.track for s in slices}) == len({s.tid for s in slices}) == 4


def test_three_static_parts_in_one_process(script: Fixture) -> None:
    result = script("together.py")
    rounds = 100 + 200 + 300 + 10
    assert result.tally() == {
        ("of pyitt", "nested 0"): rounds,
        ("of ittapi", "nested 1"): rounds,
        ("of itt", "nested 2"): rounds,
        ("of pyitt", "crossing 0"): 50,
        ("of ittapi", "crossing 1"): 50,
        ("of itt", "crossing 2"): 50,
        ("shared", "shared"): 3 * rounds,
    }
    assert result.losses() == {} and result.never_ended() == 0
    assert (result.head.counts["static_parts"], result.head.counts["threads"]) == (3, 5)
    slices = result.found.slices()
    assert {(s.name, s.depth) for s in slices if s.name.startswith("nested")} == {
        (f"nested {part}", part) for part in (0, 1, 2)
    }
    crossing = [[s for s in slices if s.name == f"crossing {part}"] for part in (0, 1, 2)]
    for first, second, third in zip(*crossing):
        ends = [s.ts + s.dur for s in (first, second, third)]
        assert first.ts <= second.ts <= third.ts <= ends[0] <= ends[1] <= ends[2]
    assert len({s.tid for part in crossing for s in part}) == 1


METHODS = [m for m in ("fork", "spawn", "forkserver") if m in multiprocessing.get_all_start_methods()]


@pytest.mark.parametrize("method", METHODS)
def test_processes(script: Fixture, method: str) -> None:
    result = script("processes.py", method)
    said = {int(pid): int(count) for pid, count in (line.split() for line in result.said)}
    assert sorted(said.values()) == [50, 100, 200, 300]
    expected = {
        (pid, package, "pair"): n for pid, n in said.items() for package in ("pyitt", "ittapi", "itt")
    }
    (parent,) = (pid for pid, count in said.items() if count == 50)
    expected[parent, "pyitt", "open across the start"] = 1
    slices = result.found.slices()
    assert Counter((s.pid, s.category, s.name) for s in slices) == expected
    # Inside each other, as the packages were called; nothing of the parent's is open in a child.
    assert {(s.category, s.depth) for s in slices} == {("pyitt", 0), ("ittapi", 1), ("itt", 2)}
    assert result.losses() == {} and result.never_ended() == 0
    assert result.head.counts["processes"] == 4
    # A forked child has pyitt's pointers from its parent; a spawned one starts from nothing.
    assert result.head.counts["static_parts"] == (9 if method == "fork" else 12)


@pytest.mark.parametrize("package", PACKAGES)
def test_pause_resume_and_detach(script: Fixture, package: str) -> None:
    """By any static part, for all of them."""
    result = script("control.py", package)
    recorded = {"before": 3, "between": 7, "active region": 4, "after": 8}
    expected = {(domain, name): n for name, n in recorded.items() for domain in ("ours", "theirs")}
    assert result.tally() == {**expected, ("theirs", "across"): 1, ("itt", "paused"): 4}
    assert result.head.state == 2  # detached
    assert result.losses() == {"paused_begins": 2 * (5 + 2 + 6)} and result.never_ended() == 0


@pytest.mark.parametrize("package", PACKAGES)
def test_started_paused(script: Fixture, package: str) -> None:
    result = script("control.py", package, ITT_START_PAUSED="1")
    tally = result.tally()
    assert tally["theirs", "before"] == tally["theirs", "across"] == 0
    assert tally["ours", "between"] == 7 and tally["theirs", "active region"] == 4
    assert result.losses() == {"paused_begins": 2 * (3 + 5 + 2 + 6) + 1}


def test_all_that_packages_offer_does_no_harm(script: Fixture) -> None:
    """All that is shown is exact, what has no place in a timeline leaves no trace."""
    result = script("everything.py")
    assert result.said == ["done"]
    tally = result.tally()
    places = [name for _, name in tally if name.startswith("everything.py:")]
    assert len(places) == 1  # a task without a name gets that of its line
    assert tally == {
        ("all", "parent"): 6,
        ("all", "child"): 6,
        ("all", places[0]): 6,
        ("all", "of_pyitt.<locals>.coroutine"): 6,
        ("all", "of_pyitt.<locals>.generator"): 2,
        ("all", "by pyitt"): 2,
        ("all", "by ittapi"): 2,
        ("all", "one"): 6,
        ("all", "two"): 6,
        ("all", "three"): 6,
        ("all", "all"): 6,  # frames
        ("pyitt", "pyitt"): 2,
        ("event", "an event"): 18,
        ("event", "both.<locals>.<lambda>"): 6,
        ("itt", "paused"): 10,
    }
    assert result.losses() == {} and result.never_ended() == 0
    children = [s for s in result.found.slices() if s.name == "child"]
    assert {(s.depth, s.thread) for s in children} == {(1, "renamed")}
    arrows = result.found.query(
        "select o.name, i.name, count(*) from flow "
        "join slice o on o.id = slice_out join slice i on i.id = slice_in group by 1, 2"
    )
    assert sorted(arrows) == [("parent", "child", 6), ("parent", "two", 6)]
    for counter, first in ("a counter", 0), ("another", 7):
        rows = result.found.query(
            "select value from counter c join counter_track t on t.id = c.track_id "
            f"where name = '{counter}' order by ts"
        )
        once = [first + step for step in (0, 1, 0, 5, 3)] + [40, 42, 41]
        assert [value for (value,) in rows] == 2 * once


# Programs with our static part, in the shape of others.


def test_extension_that_releases_the_gil(cc: Fixture, run: Fixture) -> None:
    include = sysconfig.get_path("include")
    if not Path(include, "Python.h").exists():
        pytest.skip(f"no Python.h in {include}")
    module = cc("client_module.c", flags=["-shared", "-fPIC", "-I", include], output="labels.so")
    program = """if True:
        import sys
        sys.path.insert(0, sys.argv[1])
        import labels, threading
        domain = labels.domain("extension")
        def work(count):
            labels.begin(domain, "outer")
            for _ in range(count):
                labels.begin(domain, "inner")
                labels.end(domain)
            labels.end(domain)
        threads = [threading.Thread(target=work, args=(1000 * n,)) for n in (1, 2, 3)]
        for thread in threads: thread.start()
        for thread in threads: thread.join()
        labels.pause()
        work(5)
        labels.resume()
        work(7)
        labels.detach()
        work(9)
    """
    result = run(sys.executable, "-c", program, module.parent)
    assert result.tally() == {
        ("extension", "outer"): 4,
        ("extension", "inner"): 6007,
        ("itt", "paused"): 1,
    }
    per_thread = Counter(s.tid for s in result.found.slices() if s.name == "inner")
    assert sorted(per_thread.values()) == [7, 1000, 2000, 3000]
    assert {(s.name, s.depth) for s in result.found.slices() if s.tid} == {("outer", 0), ("inner", 1)}
    assert result.losses() == {"paused_begins": 6} and result.never_ended() == 0


# Static parts of every age.

OLD = 184  # bytes of the __itt_global of 3.18 clients: without histogram_list


@pytest.mark.parametrize("size", [OLD, 192, 200])
def test_client_of_any_age(cc: Fixture, run: Fixture, size: int) -> None:
    """Its memory ends with its global and with its table; it labels also after it was shut down."""
    result = run(cc("client_table.c"), "old", str(size))
    states = dict(line.split() for line in result.said)
    for name in ("domain_create", "string_handle_create", "task_begin", "task_end", "thread_set_name"):
        assert states[f"__itt_{name}"] == "bound"
    assert states["__itt_of_the_future"] == "null_func"
    assert states["__itt_of_the_future_too"] == "none"
    assert result.tally() == {("early", "early name"): 1110 + 3, ("late", "late name"): 2220}
    assert {s.thread for s in result.found.slices()} == {"old thread"}
    assert result.losses() == {} and result.never_ended() == 0


@pytest.mark.parametrize("count", [2, 16])
def test_clients_that_load_at_once(cc: Fixture, run: Fixture, count: int) -> None:
    result = run(cc("client_table.c"), "race", str(count))
    assert result.said == ["bound null_func none"] * count
    assert result.tally() == {("early", "early name"): 101 * count, ("late", "late name"): 200 * count}
    assert sorted(Counter(s.tid for s in result.found.slices()).values()) == [301] * count
    counts = result.head.counts
    assert (counts["processes"], counts["static_parts"], counts["threads"]) == (1, count, count)
    assert result.losses() == {} and result.never_ended() == 0


# Libraries of Debian that embed a static part.


def has_header(header: str, *words: str) -> bool:
    probe = subprocess.run(
        [*words, "-E", "-"], input=f"#include <{header}>\n", capture_output=True, text=True
    )
    return probe.returncode == 0


def can_load(library: str) -> bool:
    program = [sys.executable, "-c", "import ctypes, sys; ctypes.CDLL(sys.argv[1])", library]
    return subprocess.run(program, stderr=subprocess.DEVNULL).returncode == 0


def test_onetbb(cc: Fixture, run: Fixture) -> None:
    if not has_header("tbb/task_group.h", "c++", "-x", "c++"):
        pytest.skip("oneTBB is not installed (Debian: libtbb-dev)")
    program = cc("client_tbb.cpp", flags=["-DTBB_USE_PROFILING_TOOLS=1", "-Wl,--no-as-needed", "-ltbb"])
    result = run(program, "20", "500")
    assert result.said == ["20000"]
    tally = result.tally()
    assert tally["ours", "body"] == tally["ours", "grouped"] == 20 * 500
    loops = Counter(s.dur == 0 for s in result.found.slices() if s.name == "tbb_parallel_for")
    assert loops[True] == 20  # a task group each
    assert loops[False] >= 20  # and a task for each thread that joins in
    assert {category for category, _ in tally} == {"ours", "tbb"}
    assert result.head.counts["static_parts"] >= 2  # libtbb's, in some versions libtbbmalloc's, and ours
    assert result.losses() == {}


@pytest.mark.parametrize("preload", ["", "libtbbmalloc_proxy.so.2"])
def test_onetbb_with_its_waits(cc: Fixture, run: Fixture, preload: str) -> None:
    """As `itt record --sync` has it: each stack that is entered was made before; also inside of malloc."""
    if not has_header("tbb/task_group.h", "c++", "-x", "c++"):
        pytest.skip("oneTBB is not installed (Debian: libtbb-dev)")
    if preload and not can_load(preload):
        pytest.skip(f"{preload} is not installed (Debian: libtbbmalloc2)")
    program = cc("client_tbb.cpp", flags=["-DTBB_USE_PROFILING_TOOLS=1", "-Wl,--no-as-needed", "-ltbb"])
    result = run(program, "20", "500", INTEL_ITTNOTIFY_GROUPS="all", LD_PRELOAD=preload)
    tally = result.tally()
    assert tally["ours", "body"] == tally["ours", "grouped"] == 20 * 500
    assert tally["stitch", "caller"] == 2 * 20  # one for each loop and group
    arrows = result.found.query(
        "select i.id from flow join slice o on o.id = slice_out join slice i on i.id = slice_in "
        "where o.name = 'caller' and i.name = 'callee'"
    )
    assert len(set(arrows)) == len(arrows) == tally["stitch", "callee"] >= 20 * 500  # each grouped one
    assert result.losses() == {}


def test_llvm_openmp_frames(cc: Fixture, run: Fixture) -> None:
    """What the runtime says by itself, of a program that its own compiler built: 20 regions, 80 barriers."""
    compilers = ["clang", *(f"clang-{version}" for version in range(25, 10, -1))]
    clang = next((name for name in compilers if shutil.which(name)), None)
    if clang is None or not has_header("omp.h", clang, "-fopenmp"):
        pytest.skip("no clang with OpenMP (Debian: clang, libomp-dev)")
    program = cc("client_frames.c", flags=["-fopenmp"], link=False, compiler=clang)
    if "libomp" not in subprocess.run(["ldd", program], capture_output=True, text=True).stdout:
        pytest.skip(f"{clang} -fopenmp does not link to libomp")
    result = run(program, "20")
    assert result.said == [str(20 * 1001)]
    frames = Counter(
        re.sub(r"[:@/].*", "", name) for category, name in result.tally().elements() if category == name
    )
    assert frames == {"main$omp$parallel": 20, "main$omp$barrier": 80}
    marks = Counter(name.split(";")[0] for of, name in result.tally().elements() if of == "mark")
    assert marks["OMP Single-"] == 20
    assert result.losses() == {} and result.never_ended() == 0


def test_llvm_openmp(cc: Fixture, run: Fixture) -> None:
    """A program built for the compiler's own OpenMP, run with LLVM's, which has a static part."""
    library = "libomp.so.5"
    if not can_load(library):
        pytest.skip(f"{library} is not installed (Debian: libomp5-14)")
    if not has_header("omp.h", "cc", "-fopenmp"):
        pytest.skip("the C compiler has no OpenMP")
    program = cc("client_openmp.c", flags=["-fopenmp"])
    result = run(program, "20", "300", LD_PRELOAD=library)
    assert result.said == ["6000"]
    tally = result.tally()
    assert (tally["ours", "region"], tally["ours", "body"]) == (20, 6000)
    per_thread = Counter(s.tid for s in result.found.slices() if s.name == "body")
    assert sorted(per_thread.values()) == [2000, 2000, 2000]
    assert result.head.counts["static_parts"] == 2
    assert result.losses() == {} and result.never_ended() == 0
