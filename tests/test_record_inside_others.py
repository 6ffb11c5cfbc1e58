"""itt.record beside others: itt record, collectors, libraries, children, threads."""

from __future__ import annotations

import importlib
import inspect
import os
import sys
import textwrap
from collections import Counter
from pathlib import Path
from typing import Any, Callable

import pytest
import traced
from inside import LABEL

import itt
from itt import _analysis

Fixture = Callable[..., Any]


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
    done = traced.run(collector, trace, cc("scenes.c"), "recordings", "60", "forks")
    assert done.stdout == "60 1\n"
    files = [trace, *(Path(f"{trace}.{number}") for number in range(1, 61))]
    for file in files:
        summary = _analysis.summarize([file])
        assert (summary["files"], summary["lost"], summary["damaged_bytes"]) == ([(None, 0)], 0, 0)
    for file in files[::20]:
        assert not sql(file).problems()


@pytest.mark.parametrize("order", ["tmc", "mct", "cmt"])
def test_a_thread_that_labels_while_its_process_joins(
    cc: Fixture, collector: Path, sql: Fixture, tmp_path: Path, order: str
) -> None:
    """Whatever it labels first is where it belongs, though nothing had told of the process before."""
    trace = tmp_path / "x.pftrace"
    program = str(cc("joining.c"))
    done = traced.run(collector, trace, program, order)
    joined, rounds = map(int, done.stdout.split())
    assert joined == 1 and rounds > 1
    for file in trace, Path(f"{trace}.2"):
        shown = sql(file)
        assert not shown.problems()
        kinds = shown.query(
            "select s.name, p.name from slice s left join thread_track t on t.id = s.track_id "
            "left join thread using (utid) left join process_track q on q.id = s.track_id "
            "join process p on p.upid = coalesce(thread.upid, q.upid)"
        )
        labels = [("task", program), ("marker", program)]
        assert Counter(kinds) == dict.fromkeys(labels, len(kinds) // 2)
        assert shown.query("select count(*) from counter") == [(len(kinds) // 2,)]
    assert len(kinds) >= 4  # the rounds while it joined, and the last one


def test_a_handler_that_labels_while_its_process_joins(cc: Fixture, collector: Path, tmp_path: Path) -> None:
    """SIGABRT, which nobody holds back: what it labels then is lost, and the process goes on."""
    trace = tmp_path / "x.pftrace"
    done = traced.run(collector, trace, cc("joining.c"), "tmc", "abort")
    assert done.stdout == "1 1\n"
    assert _analysis.recording_head(Path(f"{trace}.2"))["lost_nested"] > 0


def test_paused_children_are_not_counted(program: Fixture, tmp_path: Path) -> None:
    """The head counts processes that asked for the recording, and those with an event."""
    program("""
        with itt.record("x.pftrace"):
            label("parent")
            for paused in True, False:
                if paused:
                    itt.pause()
                else:
                    itt.resume()
                child = os.fork()
                if child == 0:
                    label("child")
                    os._exit(0)
                os.waitpid(child, 0)
    """)
    assert _analysis.recording_head(tmp_path / "x.pftrace")["processes"] == 2


def test_types_of_the_function() -> None:
    importlib.import_module("itt._record")
    importlib.import_module("itt.commands.record")
    assert inspect.isfunction(itt.record)
    for kind, base in (itt.RecordError, RuntimeError), (itt.ReadError, ValueError):
        assert issubclass(kind, itt.Error) and issubclass(kind, base) and kind.__module__ == "itt"
