"""How the static part finds and loads a collector: broken, old and late ones, threads, forks."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections import Counter
from pathlib import Path
from typing import Callable

import pytest
import static_calls
from fake import Fake
from static_runs import NO_MAKERS, WARNINGS, facts, returned, run

Compile = Callable[..., Path]


def test_objects_that_the_collector_does_not_make(cases: Path, fake: Fake) -> None:
    said = facts(cases, "objects", env=fake.env(FAKE_ITT_SKIP=NO_MAKERS))
    assert said.pop("state") == 4
    assert set(said.values()) == {1}
    assert fake.take() == [
        ["api_init", "-1"],
        ["task_begin", "one", "0,0,0", "0,0,0", "name"],
        ["counter_inc", "counter"],
        ["task_end", "one"],
    ]


@pytest.mark.parametrize(
    "fault", ["missing", "empty", "text", "folder", "pipe", "short", "machine", "symbol"]
)
def test_broken_collector(
    fault: str, cases: Path, calls: Path, fake: Fake, cc: Compile, tmp_path: Path
) -> None:
    path = tmp_path / "collector.so"
    whole = fake.library.read_bytes()
    if fault == "empty":
        path.touch()
    elif fault == "text":
        path.write_text("no library\n" * 100)
    elif fault == "folder":
        path.mkdir()
    elif fault == "pipe":
        os.mkfifo(path)
    elif fault == "short":
        path.write_bytes(whole[: len(whole) // 3])
    elif fault == "machine":
        path.write_bytes(whole[:18] + b"\xf3\x00" + whole[20:])
    elif fault == "symbol":
        source = tmp_path / "lacking.c"
        source.write_text("extern int nowhere; int *__itt_api_init(void) { return &nowhere; }\n")
        path = cc(source, flags=["-shared", "-fPIC"], link=False)
    env = {"INTEL_LIBITTNOTIFY64": str(path)}
    lines = run(cases, "load", env=env)
    errors = [line for line in lines if line.startswith("error")]
    assert len(errors) == 1 and errors[0].startswith(f"error 1 {path} ") and len(errors[0].split()) > 3
    said = {line.rsplit(" ", 1)[0]: line.rsplit(" ", 1)[1] for line in lines if line not in errors}
    assert said == {
        "handler before": "0",
        "errno": "77",
        "state": "1",
        "handler": "1",
        "pause": "0",
        "thread_set_name": "0",
        "task_begin": "0",
        "detach": "0",
        "frame_create": "0",
        "flags": "0",
    }
    assert not any(
        value for name, value in returned(run(calls, "all", env=env)).items() if name != "domain_create"
    )


def test_short_at_every_length(cases: Path, fake: Fake, tmp_path: Path) -> None:
    """A collector that is still being copied there."""
    whole = fake.library.read_bytes()
    path = tmp_path / "collector.so"
    for length in [0, 1, 3, 16, 63, 64, 65, 200, *range(1000, len(whole), len(whole) // 40)]:
        path.write_bytes(whole[:length])
        run(cases, "objects", env=fake.env(INTEL_LIBITTNOTIFY64=str(path)))
    fake.take()  # late lengths lack only what is not loaded


def test_library_that_is_no_collector(cases: Path) -> None:
    lines = run(cases, "load", env={"INTEL_LIBITTNOTIFY64": "libm.so.6"})
    assert lines.count("state 1") == 1
    errors = [line.split() for line in lines if line.startswith("error")]
    legacy = [
        call.symbol for call in static_calls.calls() if {"legacy", "all"} & set(call.groups.split(" | "))
    ]
    assert [error[3] for error in errors] == [f"__itt_{name}" for name in legacy]


def test_path_that_is_too_long(cases: Path) -> None:
    lines = run(cases, "load", env={"INTEL_LIBITTNOTIFY64": "/" + "x" * 5000})
    assert "error 5 INTEL_LIBITTNOTIFY64 5001" in lines and "state 1" in lines


def test_empty_path_is_no_collector(cases: Path) -> None:
    lines = run(cases, "load", env={"INTEL_LIBITTNOTIFY64": ""})
    assert "state 2" in lines and not [line for line in lines if line.startswith("error")]


@pytest.mark.parametrize(
    "groups, bound, unknown",
    [
        (None, {"pause", "thread_set_name", "task_begin", "detach", "frame_create"}, []),
        ("", {"pause", "thread_set_name", "task_begin", "detach", "frame_create"}, []),
        ("all", {"pause", "thread_set_name", "task_begin", "detach", "frame_create"}, []),
        ("control", {"pause", "detach"}, []),
        (" thread;,control ", {"pause", "thread_set_name", "detach"}, []),
        ("structure,frame", {"task_begin", "frame_create"}, []),
        ("nonsense Control", set(), ["nonsense", "Control"]),
        ("jit", set(), []),
    ],
)
def test_groups(
    groups: str | None, bound: set[str], unknown: list[str], cases: Path, make_fake: Callable[..., Fake]
) -> None:
    fake = make_fake(protocol=1)
    env = fake.env(**({} if groups is None else {"INTEL_ITTNOTIFY_GROUPS": groups}))
    lines = run(cases, "load", env=env)
    said = {line.rsplit(" ", 1)[0]: line.rsplit(" ", 1)[1] for line in lines if not line.startswith("error")}
    names = ("pause", "thread_set_name", "task_begin", "detach", "frame_create")
    assert {name for name in names if said[name] == "1"} == bound
    assert said["state"] == ("1" if unknown else "4")  # enable_attach is of all groups
    errors = [line for line in lines if line.startswith("error")]
    assert errors == [f"error 3 INTEL_ITTNOTIFY_GROUPS {name}" for name in unknown]
    fake.take()


def test_groups_are_the_collectors_own_business(cases: Path, fake: Fake) -> None:
    lines = run(cases, "load", env=fake.env(INTEL_ITTNOTIFY_GROUPS="control"))
    assert "task_begin 1" in lines and "state 4" in lines
    assert fake.take() == [["api_init", "-1"], ["pause"], ["domain_create", "one"], ["domain_create", "one"]]


@pytest.mark.parametrize("protocol", [1, 2])
def test_collector_that_comes_late(protocol: int, cases: Path, make_fake: Callable[..., Fake]) -> None:
    fake = make_fake(protocol)
    lines = run(cases, "late", fake.library, env={"FAKE_ITT_LOG": str(fake.log)})
    assert lines == [
        "flags 0", "without 0", "wrong 0", "state 1", "with 1", "again 1", "nothing 0", "state 4", "flags 1",
    ]  # fmt: skip
    adopted = [["api_init", "-1"], ["adopt_domain", "early"]] if protocol == 2 else []
    assert fake.take() == [
        *adopted,
        ["string_handle_create", "task"],
        ["task_begin", "early", "0,0,0", "0,0,0", "task"],
        ["task_end", "early"],
    ]


def test_fini(cases: Path, fake: Fake) -> None:
    assert facts(cases, "fini", env=fake.env()) == {"listening": 0, "state": 2}
    assert [line[0] for line in fake.take()] == [
        "api_init", "domain_create", "string_handle_create", "task_begin", "api_fini",
    ]  # fmt: skip


def test_release(cases: Path, fake: Fake) -> None:
    assert facts(cases, "release")["domain"] == 1
    assert facts(cases, "release", env=fake.env(FAKE_ITT_SKIP=NO_MAKERS))["domain"] == 1
    assert [line[0] for line in fake.take()] == [
        "api_init",
        "task_begin",
        "counter_inc",
        "task_end",
        "api_fini",
    ]


def test_collector_that_calls_back(cases: Path, fake: Fake) -> None:
    assert facts(cases, "fini", env=fake.env(FAKE_ITT_INSIDE="1"))["listening"] == 0
    assert [line[0] for line in fake.take()] == [
        "api_init", "domain_create", "string_handle_create", "task_begin", "api_fini",
    ]  # fmt: skip


def sources(root: Path) -> list[str]:
    return [str(path) for path in sorted((root / "src" / "ittnotify").glob("*.c"))]


def race_lines(count: int) -> Counter[tuple[str, ...]]:
    wanted = Counter({("api_init", "-1"): 1, ("domain_create", "shared"): count})
    for number in range(count):
        first = [("thread_set_name", f"task {number}"), ("event_start", str(number)),
                 ("mark_pt_region_begin", str(number % 8))]  # fmt: skip
        wanted.update(first[number % 4 : number % 4 + 1])
        wanted["string_handle_create", f"task {number}"] += 10
        wanted["task_begin", "shared", "0,0,0", "0,0,0", f"task {number}"] += 10
        wanted["task_end", "shared"] += 10
    return wanted


@pytest.mark.parametrize("count", [2, 8, 64])
def test_first_calls_race(count: int, cc: Compile, fake: Fake) -> None:
    program = cc("static_race.c", flags=WARNINGS)
    for sleep in ("0", "50"):
        assert run(program, count, env=fake.env(FAKE_ITT_SLEEP=sleep)) == ["same domain 1"]
        assert Counter(map(tuple, fake.take())) == race_lines(count)
    for _ in range(20):
        assert run(program, count) == ["same domain 1"]


def test_pointer_vanishes_within_a_call(cases: Path) -> None:
    assert facts(cases, "between") == {"listening": 0, "event": 0, "handle": 0}


def builds(*flags: str) -> bool:
    """Whether the compiler makes a program with these flags."""
    command = ["cc", *flags, "-x", "c", "-", "-o", os.devnull]
    text = "int main(void) { return 0; }"
    return subprocess.run(command, input=text, text=True, capture_output=True).returncode == 0


def sanitized(flag: str, cc: Compile, root: Path, source: object) -> Path:
    """A test program with the static part's sources, under a sanitizer."""
    if not builds(f"-fsanitize={flag}"):
        pytest.skip(f"cc has no -fsanitize={flag}")
    flags = [f"-fsanitize={flag}", "-fno-sanitize-recover=all", "-I", str(root / "src"), *sources(root)]
    return cc(source, flags=flags, link=False)


def test_first_calls_race_under_thread_sanitizer(
    cc: Compile, root: Path, make_fake: Callable[..., Fake]
) -> None:
    program = sanitized("thread", cc, root, "static_race.c")
    fake = make_fake(flags=("-fsanitize=thread",))
    for _ in range(3):
        assert run(program, 8) == ["same domain 1"]
        assert run(program, 8, env=fake.env()) == ["same domain 1"]
        assert Counter(map(tuple, fake.take())) == race_lines(8)


@pytest.mark.parametrize("case", ["objects", "names", "load", "fini", "release", "mark", "late"])
def test_address_sanitizer(case: str, cc: Compile, root: Path, make_fake: Callable[..., Fake]) -> None:
    program = sanitized("address,undefined", cc, root, "static_cases.c")
    fake = make_fake()
    for env in ({}, fake.env(), fake.env(FAKE_ITT_SKIP=NO_MAKERS), {"INTEL_LIBITTNOTIFY64": "/nonexistent"}):
        if case == "late":
            env = {"FAKE_ITT_LOG": str(fake.log)}
        run(program, case, fake.library, env=env)
    fake.take()


def test_every_call_under_address_sanitizer(
    cc: Compile, root: Path, all_calls: Path, make_fake: Callable[..., Fake]
) -> None:
    program = sanitized("address,undefined", cc, root, all_calls)
    fake = make_fake()
    run(program, "twice")
    run(program, "all", env=fake.env())
    assert len(fake.take()) == 1 + len(static_calls.PREPARED) + 155


@pytest.mark.skipif(not shutil.which("valgrind"), reason="valgrind is not installed")
def test_valgrind(cases: Path, calls: Path, fake: Fake) -> None:
    check = ["valgrind", "-q", "--error-exitcode=9", "--leak-check=full", "--show-leak-kinds=definite"]
    for case in ("objects", "names", "fini", "release", "mark"):
        run(*check, cases, case)
        run(*check, cases, case, env=fake.env())
    run(*check, calls, "twice")
    run(*check, calls, "all", env=fake.env())
    assert fake.take()


def test_fork_while_loading(cases: Path, fake: Fake) -> None:
    """The fork waits, and the child has what its parent has."""
    assert facts(cases, "fork_inside", env=fake.env(FAKE_ITT_SLEEP="500")) == {"child": 4, "parent": 4}
    assert fake.take() == [
        ["api_init", "-1"], ["pause"], ["domain_create", "child"], ["task_end", "child"]
    ]  # fmt: skip


def test_fork_while_loading_takes_too_long(cc: Compile, root: Path, fake: Fake) -> None:
    """The child does without a collector."""
    flags = ["-DITT_PART_PATIENCE=1200", "-I", str(root / "src"), *sources(root)]
    program = cc("static_cases.c", flags=flags, link=False)
    assert facts(program, "fork_inside", env=fake.env(FAKE_ITT_SLEEP="2000")) == {"child": 1, "parent": 4}
    assert fake.take() == [["api_init", "-1"], ["pause"]]


def test_fork_while_making_objects(cases: Path) -> None:
    assert facts(cases, "fork_often") == {"failed": 0}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a setuid program for somebody else")
def test_setuid_program_ignores_the_environment(cases: Path, fake: Fake) -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        program = Path(shutil.copy(cases, folder))
        os.chmod(program, 0o4755)
        command = [str(program), "rights"]
        env = {**os.environ, **fake.env()}
        done = subprocess.run(command, env=env, user=65534, capture_output=True, text=True, timeout=60)
    if "more rights 1" not in done.stdout:
        pytest.skip("setuid has no effect in the temporary folder")
    assert done.stdout.splitlines() == ["more rights 1", "state 2"]


def test_load_that_takes_too_long(cc: Compile, root: Path, fake: Fake) -> None:
    flags = ["-DITT_PART_PATIENCE=120", "-I", str(root / "src"), *sources(root)]
    program = cc("static_cases.c", flags=flags, link=False)
    lines = run(program, "impatient", env=fake.env(FAKE_ITT_SLEEP="2000"))
    assert lines == ["domain 0", "loaded 0", "later 4"]
    assert fake.take() == [["api_init", "-1"], ["pause"], ["detach"]]


def test_cpp_program(cc: Compile, fake: Fake) -> None:
    program = cc("static_program.cpp", flags=["-std=c++11", *WARNINGS])
    assert run(program) == ["alone"]
    assert run(program, env=fake.env()) == ["listening"]
    begin, end = ["task_begin", "c++", "0,0,0", "0,0,0", "task"], ["task_end", "c++"]
    assert fake.take() == [
        ["api_init", "-1"], ["domain_create", "c++"], ["string_handle_create", "task"],
        begin, begin, ["event_start", "7"], ["suppress_push", "3"], end, end,
    ]  # fmt: skip


def test_two_static_parts(cc: Compile, fake: Fake, root: Path) -> None:
    hidden = ["-shared", "-fPIC", "-fvisibility=hidden", "-I", str(root / "src"), "-Wl,--exclude-libs,ALL"]
    library = cc("static_second.c", flags=hidden, output="libsecond.so")
    assert run(cc("static_two.c", flags=WARNINGS), library, env=fake.env()) == []
    assert fake.take() == [
        ["api_init", "-1"],
        ["domain_create", "program"],
        ["string_handle_create", "outer"],
        ["task_begin", "program", "0,0,0", "0,0,0", "outer"],
        ["api_init", "-1"],
        ["domain_create", "library"],
        ["string_handle_create", "inner"],
        ["task_begin", "library", "0,0,0", "0,0,0", "inner"],
        ["task_end", "library"],
        ["task_end", "program"],
    ]


def test_static_program(cc: Compile) -> None:
    """Without dlopen there is no collector, but the program links and runs."""
    if not builds("-static"):
        pytest.skip("there is no static libc")
    program = cc("static_cases.c", flags=["-static", "-Wl,--no-warnings"])
    assert facts(program, "objects")["state"] == 2
