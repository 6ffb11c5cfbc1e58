"""itt.record: recordings that a program starts and stops itself, read by Perfetto's trace processor."""

from __future__ import annotations

import importlib
import inspect
import os
import signal
import subprocess
import sys
import textwrap
from collections import Counter
from pathlib import Path
from typing import Any, Callable

import pytest

import itt
from itt import _analysis

Fixture = Callable[..., Any]

LABEL = """
import itt, os, sys
domain = itt.domain_create("domain")
def label(name):
    itt.task_begin(domain, name)
    itt.task_end(domain)
def nothing_left():
    return [name for name in ("INTEL_LIBITTNOTIFY64", "ITT_TRACE", "ITT_RUN") if name in os.environ] == []
"""


@pytest.fixture
def program(tmp_path: Path) -> Fixture:
    """program(source) -> what it says, run in a Python of its own in the test's folder."""

    def run(source: str, *, command: list[str] | None = None, returncode: int = 0, **env: str) -> str:
        script = tmp_path / "program.py"
        script.write_text(LABEL + textwrap.dedent(source))
        done = subprocess.run(
            [*(command or [sys.executable, "-W", "always::RuntimeWarning"]), str(script)],
            cwd=tmp_path,
            env={**os.environ, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        assert done.returncode == returncode, done.stdout
        return done.stdout

    return run


@pytest.fixture
def names(sql: Fixture, tmp_path: Path) -> Fixture:
    """names("x.pftrace"): the tasks in there, with how often; nothing else may be wrong."""

    def read(name: str) -> dict[str, int]:
        path = tmp_path / name
        trace = sql(path)
        assert not trace.problems()
        counts = _analysis.recording_counts(path)
        assert counts["lost"] == 0
        return dict(Counter(name for (name,) in trace.query("select name from slice")))

    return read


# What is recorded


def test_labels_made_before_and_again_after(program: Fixture, names: Fixture) -> None:
    """One domain, one set of names, three recordings: each has what was labelled in it."""
    said = program("""
        label("before")
        early = itt.Domain("early")
        for number in range(3):
            with itt.record(f"{number}.pftrace") as recording:
                label("always")
                label(f"only in {number}")
                itt.task_begin(early, "early")
                itt.task_end(early)
                late = itt.domain_create("late")
                itt.task_begin(late, "late")
                itt.task_end(late)
            label("between")
            itt.task_begin(late, "between, late")
            itt.task_end(late)
            print(repr(recording))
        print(nothing_left())
    """)
    for number in range(3):
        expected = {"always": 1, f"only in {number}": 1, "early": 1, "late": 1}
        assert names(f"{number}.pftrace") == expected
    assert said.count(": 8 events, 0 lost>") == 3 and said.endswith("True\n")


def test_all_that_was_made_before(program: Fixture, names: Fixture) -> None:
    """In each of two recordings; what was left open in the first ends nothing in the second."""
    program("""
        domain = itt.Domain("domain")
        region, frame = itt.region("region", domain=domain), itt.frame(domain)
        numbers = [itt.pt_region_create(name) for name in ("load", "store", "load")]
        assert numbers == [0, 1, 0]
        left = itt.Id(domain)
        def work():
            itt.task_end_overlapped(domain, left)
            with region, frame:
                id = itt.Id(domain)
                itt.task_begin_overlapped(domain, "overlapped", id)
                for number in numbers:
                    itt.pt_region_begin(number)
                    itt.pt_region_end(number)
                itt.task_end_overlapped(domain, id)
        work()
        for number in range(2):
            with itt.record(f"{number}.pftrace"):
                work()
                itt.task_begin_overlapped(domain, "left open", left)
            work()
    """)
    expected = {"region": 1, "domain": 1, "overlapped": 1, "load": 2, "store": 1, "left open": 1}
    assert names("0.pftrace") == names("1.pftrace") == expected


def test_start_and_stop(program: Fixture, names: Fixture, tmp_path: Path) -> None:
    said = program("""
        recording = itt.record("x.pftrace")
        print(recording.active, recording)
        assert recording.start() is recording
        print(recording.active, recording)
        label("in")
        recording.stop()
        recording.stop()
        print(recording.active, recording.path)
        label("out")
    """)
    path = tmp_path / "x.pftrace"
    assert said.splitlines() == [
        f"False <itt.record {path}: not started>",
        f"True <itt.record {path}: recording>",
        f"False {path}",
    ]
    assert names("x.pftrace") == {"in": 1}


def test_exceptions_pass(program: Fixture, names: Fixture) -> None:
    said = program("""
        try:
            with itt.record("x.pftrace"):
                label("in")
                raise KeyError("mine")
        except KeyError as error:
            print(error.args, error.__context__, nothing_left())
        with itt.record("y.pftrace"):
            label("y")
    """)
    assert said == "('mine',) None True\n"
    assert (names("x.pftrace"), names("y.pftrace")) == ({"in": 1}, {"y": 1})


def test_a_task_open_at_the_stop_ends_nothing_later(program: Fixture, sql: Fixture, tmp_path: Path) -> None:
    program("""
        import time
        with itt.record("x.pftrace"):
            itt.task_begin(domain, "across")
        with itt.record("y.pftrace"):
            itt.task_begin(domain, "outer")
            time.sleep(0.02)
            itt.task_begin(domain, "inner")
            itt.task_end(domain)
            itt.task_end(domain)
            itt.task_end(domain)
    """)
    assert sql(tmp_path / "x.pftrace").query("select name, dur from slice") == [("across", -1)]
    found = sql(tmp_path / "y.pftrace").query("select name, depth, dur >= 20000000 from slice order by ts")
    assert found == [("outer", 0, 1), ("inner", 1, 0)]
    assert _analysis.recording_head(tmp_path / "y.pftrace")["unmatched_ends"] == 1


def test_paused(program: Fixture, names: Fixture) -> None:
    program("""
        with itt.record("x.pftrace", start_paused=True):
            label("not yet")
            itt.resume()
            label("in")
            itt.pause()
            label("paused")
        with itt.record("y.pftrace"):
            label("next")
    """)
    assert names("x.pftrace") == {"in": 1, "paused": 2}  # the slices of the pauses
    assert names("y.pftrace") == {"next": 1}


def test_detached_inside(program: Fixture, names: Fixture) -> None:
    said = program("""
        with itt.record("x.pftrace"):
            label("in")
            itt.detach()
            label("out")
        with itt.record("y.pftrace"):
            label("next")
    """)
    assert (said, names("x.pftrace"), names("y.pftrace")) == ("", {"in": 1}, {"next": 1})


def test_threads_that_live_longer(program: Fixture, sql: Fixture, tmp_path: Path) -> None:
    """A thread keeps its name and gets a track in each recording; what it had open is not in the next."""
    program("""
        import queue, threading
        todo, done = queue.SimpleQueue(), queue.SimpleQueue()
        def work():
            itt.thread_set_name("the worker")
            for name in iter(todo.get, None):
                for _ in range(1000):
                    label(name)
                itt.task_begin(domain, "left open")
                done.put(name)
        thread = threading.Thread(target=work)
        with itt.record("0.pftrace"):
            thread.start()
            todo.put("0")
            done.get()
        todo.put("between")
        done.get()
        with itt.record("1.pftrace"):
            todo.put("1")
            done.get()
        todo.put(None)
    """)
    for number in "01":
        trace = sql(tmp_path / f"{number}.pftrace")
        assert not trace.problems()
        assert trace.query("select name, count(*), max(depth) from slice group by 1 order by 1") == [
            (number, 1000, 0),
            ("left open", 1, 0),
        ]
        assert trace.query(
            "select distinct thread.name from slice join thread_track on track_id ="
            " thread_track.id join thread using (utid)"
        ) == [("the worker",)]


# The file


def test_default_names(program: Fixture, tmp_path: Path) -> None:
    said = program("""
        for _ in range(3):
            with itt.record() as recording:
                label("x")
            print(recording.path.replace(str(os.getpid()), "PID"))
        again = itt.record()
        print(again.path)
        again.start().stop()
        first = again.path
        again.start().stop()
        print(first != again.path)
    """)
    expected = [tmp_path / f"program.PID{number}.pftrace" for number in ("", ".2", ".3")]
    assert said.splitlines() == [*map(str, expected), "None", "True"]


@pytest.mark.parametrize(
    "arguments, name", [(["-c", "{}"], "python"), (["-m", "package"], "package"), (["-"], "python")]
)
def test_default_name_without_a_script(arguments: list[str], name: str, tmp_path: Path) -> None:
    code = "import itt; recording = itt.record().start(); recording.stop()"
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__main__.py").write_text(code)
    command = [sys.executable, *(word.format(code) for word in arguments)]
    subprocess.run(command, input=code, cwd=tmp_path, check=True, text=True, timeout=60)
    (found,) = tmp_path.glob("*.pftrace")
    assert found.name.split(".")[0] == name


def test_nothing_is_replaced_unasked(program: Fixture, names: Fixture, tmp_path: Path) -> None:
    said = program("""
        open("x.pftrace", "w").write("mine")
        for force in False, True, False:
            try:
                with itt.record("x.pftrace", force=force):
                    label("in")
            except itt.Error as error:
                print(type(error).__name__, error, nothing_left())
        recording = itt.record("y.pftrace")
        for _ in range(2):
            try:
                with recording:
                    label("in")
            except itt.Error as error:
                print(error)
    """)
    exists = "{} exists: choose another name, or force=True to replace it"
    x, y = exists.format(tmp_path / "x.pftrace"), exists.format(tmp_path / "y.pftrace")
    assert said.splitlines() == [f"Error {x} True", f"Error {x} True", y]
    assert (names("x.pftrace"), names("y.pftrace")) == ({"in": 1}, {"in": 1})
    assert not list(tmp_path.glob("*.old"))


def test_a_place_where_nothing_can_be_written(program: Fixture, names: Fixture, tmp_path: Path) -> None:
    said = program("""
        for path in "nowhere/x.pftrace", ".":
            try:
                itt.record(path).start()
            except itt.Error as error:
                print(str(error).splitlines() == [str(error)], nothing_left(), itt._itt._collector())
        with itt.record("y.pftrace"):
            label("in")
    """)
    assert said == "True True None\n" * 2
    assert names("y.pftrace") == {"in": 1}


def test_places_that_are_none(program: Fixture) -> None:
    source = """
        import itt, os
        for path in "x" * 300, "\\ud800":
            try:
                itt.record(path).start()
            except (itt.Error, ValueError) as error:
                print(str(error)[-60:])
        os.mkdir("folder")
        os.chdir("folder")
        os.rmdir("../folder")
        for path in "a.pftrace", None:
            try:
                itt.record(path).start()
            except itt.Error as error:
                print(str(error).replace(str(os.getpid()), "PID"))
    """
    long, surrogate, *gone = program(source).splitlines()
    assert long.endswith("x: cannot write there: File name too long")
    assert surrogate == "record() argument 'path' must be the name of a file"
    assert gone == [
        "a.pftrace: the current folder is gone: give an absolute path",
        "program.PID.pftrace: the current folder is gone: give an absolute path",
    ]


def test_a_signal_handler_in_the_midst_of_a_start(program: Fixture, names: Fixture) -> None:
    """It gets an error, or its recording, and does not wait for the thread that it interrupts."""
    source = """
        from itt import _recording
        create = _recording.Output.create
        def interrupted(self, *arguments):
            signal.raise_signal(signal.SIGUSR1)
            create(self, *arguments)
        def handler(number, frame):
            for call in itt.record("inner.pftrace").start, outer.stop:
                try:
                    call()
                except RuntimeError as error:
                    print(type(error).__name__, error)
        import signal
        signal.signal(signal.SIGUSR1, handler)
        _recording.Output.create = interrupted
        outer = itt.record("outer.pftrace")
        with outer:
            label("inside")
        print(outer.active, os.path.exists("inner.pftrace"))
    """
    said = "RecordError a recording is being started or stopped by what this call interrupts"
    assert program(source).splitlines() == [said, said, "False False"]
    assert names("outer.pftrace") == {"inside": 1}


@pytest.mark.parametrize("gone", ["removed", "replaced"])
def test_a_file_that_disappears(program: Fixture, names: Fixture, gone: str) -> None:
    said = program(f"""
        from itt import _analysis
        with itt.record("x.pftrace"):
            label("in")
            os.unlink("x.pftrace")
            if {gone == "replaced"}:
                _analysis.recording_create("x.pftrace", 1)
        with itt.record("y.pftrace"):
            label("y")
        print(nothing_left())
    """)
    assert "RuntimeWarning: itt.record: " in said and "x.pftrace is gone, " in said
    assert said.endswith("True\n")
    assert names("y.pftrace") == {"y": 1}


def test_after_the_stop_the_file_is_the_programs(program: Fixture, tmp_path: Path) -> None:
    """It may be truncated: no thread has it mapped any more, not even one that has not labelled since."""
    said = program("""
        import threading
        go, ready = threading.Event(), threading.Event()
        def work():
            for _ in range(20_000):
                label("in")
            ready.set()
            go.wait()
            label("after")
        thread = threading.Thread(target=work)
        with itt.record("x.pftrace"):
            thread.start()
            ready.wait()
        open("x.pftrace", "w").close()
        print("x.pftrace" in open("/proc/self/maps").read())
        print([name for name in os.listdir("/proc/self/fd") if int(name) > 100])
        go.set()
        thread.join()
        label("after")
    """)
    assert said == "False\n[]\n"
    assert (tmp_path / "x.pftrace").stat().st_size == 0


def test_slots_in_another_file_come_home(program: Fixture, names: Fixture, tmp_path: Path) -> None:
    slots = tmp_path / "slots"
    slots.mkdir()
    said = program(
        """
        import threading
        stop = False
        def work():
            while not stop:
                label("thread")
        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for number in range(10):
            with itt.record(f"{number}.pftrace"):
                for _ in range(1000):
                    label("in")
            print(os.listdir("slots"))
        stop = True
    """,
        ITT_SLOTS=str(slots),
    )
    assert said == "[]\n" * 10
    for number in range(10):
        assert names(f"{number}.pftrace")["in"] == 1000


def test_a_limit_of_the_file_size_is_told(program: Fixture, tmp_path: Path) -> None:
    said = program("""
        import resource
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))
        with itt.record("x.pftrace"):
            for _ in range(200_000):
                label("in")
        print(nothing_left())
    """)
    assert f"RuntimeWarning: itt.record: {tmp_path}/x.pftrace: a process could not write: " in said
    assert "program.py:" in said and said.endswith("True\n")
    assert _analysis.recording_counts(tmp_path / "x.pftrace")["lost"] > 0


def test_killed(program: Fixture, names: Fixture) -> None:
    program(
        """
        recording = itt.record("x.pftrace").start()
        for _ in range(50_000):
            label("in")
        os.kill(os.getpid(), 9)
    """,
        returncode=-signal.SIGKILL,
    )
    assert names("x.pftrace") == {"in": 50_000}


def test_exit_without_stop(program: Fixture, names: Fixture) -> None:
    """Nobody keeps the object either; what is labelled at the exit is recorded."""
    program("""
        import atexit
        itt.record("x.pftrace").start()
        label("in")
        atexit.register(label, "at exit")
    """)
    assert names("x.pftrace") == {"in": 1, "at exit": 1}


# Errors


@pytest.mark.parametrize("disable", ["", "1"])
def test_wrong_arguments(program: Fixture, disable: str) -> None:
    said = program(
        """
        for arguments in [(1,), (b"x",), ("",), ("a\\0b",)]:
            try:
                itt.record(*arguments)
            except (TypeError, ValueError) as error:
                print(type(error).__name__, error)
    """,
        ITT_DISABLE=disable,
    )
    wanted = "record() argument 'path' must be"
    assert said.splitlines() == [
        f"TypeError {wanted} str, os.PathLike or None, not int",
        f"TypeError {wanted} str, os.PathLike or None, not bytes",
        f"ValueError {wanted} the name of a file",
        f"ValueError {wanted} the name of a file",
    ]


def test_nested(program: Fixture, names: Fixture, tmp_path: Path) -> None:
    said = program("""
        with itt.record("x.pftrace") as outer:
            for inner in outer, itt.record("y.pftrace"):
                try:
                    with inner:
                        print("never")
                except RuntimeError as error:
                    print(isinstance(error, itt.Error), error)
            label("in")
    """)
    line = f"True already recording into {tmp_path / 'x.pftrace'}: stop() that recording first"
    assert said.splitlines() == [line, line]
    assert names("x.pftrace") == {"in": 1} and not (tmp_path / "y.pftrace").exists()


@pytest.mark.parametrize("bound", [True, False])
def test_another_collector(program: Fixture, make_fake: Fixture, tmp_path: Path, bound: bool) -> None:
    """Whether the labels go there already, or the environment says that they will."""
    fake = make_fake()
    said = program(
        f"""
        bound = {bound}
        if bound:
            label("in")
            del os.environ["INTEL_LIBITTNOTIFY64"]
        try:
            itt.record("x.pftrace").start()
        except RuntimeError as error:
            print(isinstance(error, itt.Error), error)
        label("other")
    """,
        **fake.env(),
    )
    advice = "it has the labels; to record with itt, run without it"
    assert said == f"True another collector is at work, {fake.library}: {advice}\n"
    assert not (tmp_path / "x.pftrace").exists()
    assert sum(line[0] == "task_begin" for line in fake.take()) == 1 + bound


def test_a_build_with_vtune(program: Fixture, tmp_path: Path) -> None:
    said = program("""
        itt._itt.static_part = "Intel ITT API 3.26 from /opt/vtune"
        try:
            itt.record("x.pftrace").start()
        except RuntimeError as error:
            print(isinstance(error, itt.Error), error)
        label("in")
    """)
    assert said == (
        "True itt.record needs itt's own static part, and this is Intel ITT API 3.26 from /opt/vtune:"
        " use itt record, or install itt without --vtune\n"
    )
    assert not (tmp_path / "x.pftrace").exists()


# Together with `itt record`, or disabled


def test_inside_itt_record(record: Fixture, names: Fixture, tmp_path: Path) -> None:
    script = tmp_path / "program.py"
    script.write_text(
        LABEL
        + textwrap.dedent("""
        label("before")
        environ = dict(os.environ)
        for number in range(2):
            with itt.record("unused.pftrace") as recording:
                label("in")
                print(recording.active, recording.path)
                try:
                    itt.record().start()
                except RuntimeError as error:
                    print(error)
        label("after")
        print(environ == dict(os.environ))
    """)
    )
    done = record([sys.executable, "-W", "error", script])
    assert done.process.stdout.splitlines() == [
        *[f"True {done.trace}", f"already recording into {done.trace}: stop() that recording first"] * 2,
        "True",
    ]
    assert names(done.trace.name) == {"before": 1, "in": 2, "after": 1}
    assert not (tmp_path / "unused.pftrace").exists()


def test_after_a_detach_of_itt_record(record: Fixture, names: Fixture, tmp_path: Path) -> None:
    """That recording is over, so there can be another one."""
    script = tmp_path / "program.py"
    script.write_text(
        LABEL
        + textwrap.dedent("""
        label("outer")
        itt.detach()
        with itt.record("own.pftrace"):
            label("own")
        label("after")
    """)
    )
    done = record([sys.executable, script])
    assert (names(done.trace.name), names("own.pftrace")) == ({"outer": 1}, {"own": 1})


@pytest.mark.parametrize("value, on", [("1", False), ("yes", False), ("0", True), ("", True)])
def test_disabled(program: Fixture, tmp_path: Path, value: str, on: bool) -> None:
    said = program(
        """
        label("before")
        with itt.record("x.pftrace") as recording:
            label("in")
            print(recording.active, nothing_left())
            try:
                itt.record().start()
            except RuntimeError as error:
                print("nested")
    """,
        ITT_DISABLE=value,
    )
    assert said.splitlines() == ["True False" if on else "False True", "nested"]
    assert (tmp_path / "x.pftrace").exists() == on


def test_disabled_under_itt_record(cli: Fixture, tmp_path: Path) -> None:
    """For every client: one with Intel's static part loads the collector, which then binds nothing."""
    pytest.importorskip("pyitt")
    script = tmp_path / "program.py"
    script.write_text(
        LABEL
        + textwrap.dedent("""
        import pyitt
        label("in")
        with pyitt.task("in"):
            pass
        print("libitt_collector" in open("/proc/self/maps").read())
    """)
    )
    environ = {**os.environ, "ITT_DISABLE": "1"}
    done = cli("record", "-o", "x.pftrace", script, env=environ)
    assert done.stdout == "True\n"
    assert done.stderr == "itt: x.pftrace: no events: ITT_DISABLE is set\n"
    script.write_text(LABEL + 'label("in"); print("libitt_collector" in open("/proc/self/maps").read())')
    assert cli("record", "-f", "-o", "x.pftrace", script, env=environ).stdout == "False\n"


# Other libraries


def test_a_library_that_was_used_before_is_named(program: Fixture, names: Fixture) -> None:
    pytest.importorskip("pyitt")
    said = program("""
        import pyitt
        with itt.record("x.pftrace"):
            with pyitt.task("imported, not used"):
                label("in")
        import ittapi
        with ittapi.task("off"):
            pass
        with itt.record("y.pftrace"):
            label("in")
            with pyitt.task("bound"), ittapi.task("silent"):
                pass
    """)
    assert "imported, not used" in names("x.pftrace")
    assert names("y.pftrace") == {"in": 1, "bound": 1}
    (line,) = [line for line in said.splitlines() if "RuntimeWarning" in line]
    assert "ittapi" in line and "pyitt" not in line and "_itt.cpython" not in line
    assert "program.py:" in line


def test_the_warning_as_an_error(program: Fixture, tmp_path: Path) -> None:
    """Then nothing is recorded, and nothing stays behind but the file."""
    pytest.importorskip("pyitt")
    said = program("""
        import pyitt, warnings
        with pyitt.task("off"):
            pass
        warnings.simplefilter("error")
        recording = itt.record("x.pftrace")
        try:
            recording.start()
        except RuntimeWarning as error:
            print(recording.active, nothing_left(), itt._itt._collector())
        warnings.simplefilter("ignore")
        with itt.record("y.pftrace"):
            label("y")
    """)
    assert said == "False True None\n"


def test_a_library_that_was_bound_goes_on(program: Fixture, names: Fixture) -> None:
    """Its pointers stay where they are: its labels are in the next recording, and between them nowhere."""
    pytest.importorskip("pyitt")
    said = program("""
        with itt.record("0.pftrace"):
            import pyitt
            with pyitt.task("first"):
                pass
        with pyitt.task("between"):
            pass
        with itt.record("1.pftrace"):
            with pyitt.task("second"):
                pass
    """)
    assert (said, names("0.pftrace"), names("1.pftrace")) == ("", {"first": 1}, {"second": 1})


# Processes


def test_children_inherit_while_it_runs(program: Fixture, names: Fixture) -> None:
    program("""
        import subprocess
        code = '''if True:
            import itt, sys
            domain = itt.domain_create("child")
            itt.task_begin(domain, sys.argv[1])
            itt.task_end(domain)
        '''
        def child(name):
            subprocess.run([sys.executable, "-c", code, name], check=True)
        child("before")
        for number in "01":
            with itt.record(f"{number}.pftrace"):
                child("in " + number)
                label("parent")
            child("after")
        print(nothing_left())
    """)
    for number in "01":
        assert names(f"{number}.pftrace") == {f"in {number}": 1, "parent": 1}


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing(program: Fixture, names: Fixture, method: str) -> None:
    program(f"""
        import multiprocessing
        def work(number):
            label("child")
            return number
        if __name__ == "__main__":
            context = multiprocessing.get_context("{method}")
            label("before")
            for number in range(3):
                with itt.record(f"{{number}}.pftrace"):
                    label("parent")
                    with context.Pool(2) as pool:
                        assert sorted(pool.map(work, range(100), 1)) == list(range(100))
                    label("parent")
    """)
    for number in range(3):
        expected = {"parent": 2, "child": 100}
        if method == "forkserver" and number > 0:
            del expected["child"]  # the server keeps the environment that it was started with
        assert names(f"{number}.pftrace") == expected


def test_a_pool_that_outlives_the_recording(program: Fixture, names: Fixture) -> None:
    """Its processes see the end in the head; nothing of them is in the next one."""
    program("""
        import multiprocessing
        def work(number):
            for _ in range(1000):
                label("child")
        if __name__ == "__main__":
            context = multiprocessing.get_context("fork")
            with itt.record("0.pftrace"):
                pool = context.Pool(2)
                pool.map(work, range(4), 1)
            size = os.path.getsize("0.pftrace")
            pool.map(work, range(100), 1)
            assert os.path.getsize("0.pftrace") == size
            with itt.record("1.pftrace"):
                pool.map(work, range(4), 1)
                label("parent")
            pool.close()
            pool.join()
    """)
    assert names("0.pftrace") == {"child": 4000}
    assert names("1.pftrace") == {"parent": 1}


def test_a_forked_child_leaves_its_parents_recording_alone(program: Fixture, names: Fixture) -> None:
    said = program("""
        with itt.record("x.pftrace") as recording:
            label("before")
            if (child := os.fork()) == 0:
                recording.stop()
                label("child")
                with itt.record("y.pftrace") as own:  # joins
                    label("child, inside")
                    print(own.path == recording.path, flush=True)
                label("child")
                os._exit(0)
            os.waitpid(child, 0)
            label("after")
    """)
    assert said == "True\n" and not os.path.exists("y.pftrace")
    assert names("x.pftrace") == {"before": 1, "child": 2, "child, inside": 1, "after": 1}


def test_a_forked_child_records_when_its_parent_has_stopped(program: Fixture, names: Fixture) -> None:
    program("""
        with itt.record("x.pftrace"):
            label("in")
            read, write = os.pipe()
            if (child := os.fork()) == 0:
                os.read(read, 1)
                label("nowhere")
                for number in "01":
                    with itt.record(f"child{number}.pftrace"):
                        label("child")
                        if os.fork() == 0:
                            label("grandchild")
                            os._exit(0)
                        os.wait()
                os._exit(0)
        os.write(write, b"x")
        assert os.waitpid(child, 0)[1] == 0
        with itt.record("y.pftrace"):
            label("next")
    """)
    assert (names("x.pftrace"), names("y.pftrace")) == ({"in": 1}, {"next": 1})
    for number in "01":
        assert names(f"child{number}.pftrace") == {"child": 1, "grandchild": 1}


# Again and again


def test_many_recordings_while_threads_label(program: Fixture, sql: Fixture, tmp_path: Path) -> None:
    """Each is whole, and has what its thread labelled in it; descriptors, mappings and memory stay."""
    said = program("""
        import threading
        stop = False
        def work():
            while not stop:
                label("thread")
                short = threading.Thread(target=label, args=("short",))
                short.start()
                short.join()
        def used():
            with open("/proc/self/maps") as maps, open("/proc/self/statm") as statm:
                return len(maps.readlines()), len(os.listdir("/proc/self/fd")), int(statm.read().split()[1])
        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        for number in range(100):
            with itt.record("x.pftrace", force=True) as recording:
                for _ in range(200):
                    label("main")
            if number % 10 == 0:
                os.rename("x.pftrace", f"{number}.pftrace")
            if number == 20:
                before = used()
        stop = True
        for thread in threads:
            thread.join()
        print(*(after - start for start, after in zip(before, used())))
    """)
    maps, descriptors, pages = map(int, said.split())
    assert maps < 50 and descriptors <= 0 and pages < 2000, said
    for number in range(0, 100, 10):
        trace = sql(tmp_path / f"{number}.pftrace")
        assert not trace.problems()
        assert trace.query("select count(*) from slice where name = 'main' and dur >= 0") == [(200,)]
        head = _analysis.recording_head(tmp_path / f"{number}.pftrace")
        assert head["lost_nested"] == head["lost_space"] == head["failed_joins"] == 0


def test_start_and_stop_race(program: Fixture, tmp_path: Path) -> None:
    """Threads that start and stop at once: one of them records, the others are told."""
    said = program("""
        import threading
        counts = {"recorded": 0, "refused": 0}
        def work(number):
            for turn in range(20):
                try:
                    with itt.record(f"{number}.{turn}.pftrace"):
                        label(f"{number}.{turn}")
                    counts["recorded"] += 1
                except RuntimeError:
                    counts["refused"] += 1
        threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        print(counts["recorded"], counts["refused"], nothing_left())
    """)
    recorded, refused, restored = said.split()
    assert int(recorded) + int(refused) == 80 and int(recorded) >= 1 and restored == "True"
    files = list(tmp_path.glob("*.pftrace"))
    assert len(files) == int(recorded)
    for file in files:
        own = file.name[: -len(".pftrace")]
        assert ("domain", own) in [task[0][2:4] for task in _analysis.summarize([file])["tasks"]]


def test_c_programs_rejoin_too(cc: Fixture, collector: Path, sql: Fixture, tmp_path: Path) -> None:
    """By __itt_detach, __itt_fini_ittlib and __itt_init_ittlib, with threads that label, come and go."""
    trace = tmp_path / "x.pftrace"
    environ = {**os.environ, "INTEL_LIBITTNOTIFY64": str(collector), "ITT_TRACE": str(trace), "ITT_RUN": "77"}
    command = [cc("scenes.c"), "recordings", "60", "forks"]
    done = subprocess.run(command, env=environ, stdout=subprocess.PIPE, text=True, check=True, timeout=120)
    assert done.stdout == "60 1\n"
    files = [trace, *(Path(f"{trace}.{number}") for number in range(1, 61))]
    for file in files:
        summary = _analysis.summarize([file])
        assert (summary["files"], summary["lost"], summary["damaged_bytes"]) == ([(None, 0)], 0, 0)
    for file in files[::20]:
        assert not sql(file).problems()


def test_types_of_the_function() -> None:
    module = importlib.import_module("itt._record")
    importlib.import_module("itt.commands.record")
    assert inspect.isfunction(itt.record)
    assert issubclass(module.RecordError, (itt.Error, RuntimeError))
