"""itt.record: where it may write, and what becomes of the file; wrong use."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any, Callable

import pytest

from itt import _analysis

Fixture = Callable[..., Any]


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
        open("there", "w").write("mine")
        for path in "nowhere/x.pftrace", ".", "there/", "there/.":
            try:
                itt.record(path, force=True).start()
            except itt.Error as error:
                print(str(error).splitlines() == [str(error)], nothing_left(), itt._itt._collector())
        with itt.record("y.pftrace"):
            label("in")
        print(open("there").read())
    """)
    assert said == "True True None\n" * 4 + "mine\n"
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


LATER = "import itt; d = itt.domain_create('test'); itt.task_begin(d, 'task'); itt.task_end(d)"


@pytest.mark.parametrize("gone", ["removed", "replaced", "other"])
def test_a_file_that_disappears(program: Fixture, names: Fixture, gone: str) -> None:
    said = program(f"""
        import subprocess, sys
        from itt import _analysis
        with itt.record("x.pftrace"):
            label("in")
            os.unlink("x.pftrace")
            if {gone == "replaced"}:
                _analysis.recording_create("x.pftrace", 1)
            elif {gone == "other"}:
                open("x.pftrace", "w").write("something else")
                subprocess.run([sys.executable, "-c", {LATER!r}], check=True)
        with itt.record("y.pftrace"):
            label("y")
        print(nothing_left())
    """)
    why = {"removed": "somebody else removed it", "replaced": "another recording replaced it"}
    found = re.search(r"RuntimeWarning: itt.record: .*/x.pftrace: the recording is gone, (.*)", said)
    assert found and why.get(gone, "something else is in its place; what came then: itt report ") in found[1]
    if gone == "other":
        assert names(Path(found[1].split()[-1]).name) == {"task": 1}
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
