"""itt record: what it leaves as it was, what it refuses, and what it says at the end."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest

LABELS = """
import itt, sys
domain = itt.domain_create("test")
for i in range(int(sys.argv[1])):
    itt.task_begin(domain, "task")
    itt.task_end(domain)
"""


@pytest.fixture
def labels(tmp_path):
    """A Python script that begins and ends as many tasks as it is told."""
    path = tmp_path / "labels.py"
    path.write_text(LABELS)
    return path


def last_line(process):
    lines = process.stderr.splitlines()
    assert lines, "nothing on stderr"
    return lines[-1]


# What the program gets and leaves


@pytest.mark.parametrize("code", [0, 1, 7, 125, 255])
def test_ends_with_the_programs_exit_code(record, code):
    assert record(["sh", "-c", f"exit {code}"], check=False).process.returncode == code


@pytest.mark.parametrize("name", ["SIGKILL", "SIGTERM", "SIGSEGV", "SIGPIPE", "SIGINT", "SIGXFSZ"])
def test_ends_by_the_programs_signal(record, name):
    number = getattr(signal, name)
    process = record(["sh", "-c", f"kill -{number} $$"], check=False).process
    assert process.returncode == -number


def test_passes_standard_streams(record):
    process = record(["sh", "-c", "cat; echo err >&2"], input="through\n").process
    assert process.stdout == "through\n"
    assert process.stderr.startswith("err\nitt: ")


def test_writes_one_line_on_stderr_and_none_on_stdout(record, labels):
    process = record([labels, "3"]).process
    assert process.stdout == ""
    assert len(process.stderr.splitlines()) == 1


def test_passes_arguments_unchanged(record):
    given = ["-o", "--", "a b", "", "--help", "*", "ü"]
    program = [sys.executable, "-c", "import sys; print(sys.argv[1:])", *given]
    assert record(program).process.stdout == f"{given}\n"


def test_passes_inherited_descriptors(record):
    reader, writer = os.pipe()
    record(["sh", "-c", f"echo inherited >/dev/fd/{writer}"], pass_fds=[writer])
    os.close(writer)
    with open(reader) as pipe:
        assert pipe.read() == "inherited\n"


def test_program_has_no_further_descriptors(record):
    program = ["sh", "-c", "ls /proc/$$/fd"]
    plain = subprocess.run(program, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    assert record(program, stdin=subprocess.DEVNULL).process.stdout == plain.stdout


def test_keeps_the_process_group_and_is_the_parent(record):
    program = [sys.executable, "-c", "import os; print(os.getpgrp(), os.getsid(0), os.getppid())"]
    group, session, parent = record(program, start_new_session=True).process.stdout.split()
    assert group == session == parent


def test_keeps_signal_mask_and_dispositions(record):
    def unusual():
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2, signal.SIGTERM])

    def numbers(process):
        """Of signals 1 to 31: the next two are the C library's own."""
        return [int(line.split()[1], 16) & 0x7FFFFFFF for line in process.stdout.splitlines()]

    program = ["grep", "-E", "^Sig(Blk|Ign)", "/proc/self/status"]
    plain = subprocess.run(program, preexec_fn=unusual, capture_output=True, text=True)
    assert numbers(record(program, preexec_fn=unusual).process) == numbers(plain)


def test_environment_is_that_of_itt_env(record, cli, tmp_path):
    trace, process = record(["sh", "-c", "env | grep -E '^(INTEL|ITT)' | sort"], ["--start-paused"])
    exported = cli("env", "-o", "recorded1.pftrace", "-f", "--start-paused", check=True).stdout

    def variables(text):
        return sorted(re.sub(r"ITT_RUN=[0-9a-f]{16}", "ITT_RUN=", text).replace("export ", "").splitlines())

    assert str(trace) in process.stdout
    assert variables(exported) == variables(process.stdout)


# What is run


def test_python_script(record, labels):
    _, process = record([labels, "21"])
    assert "42 events, 0 lost; next: itt report " in last_line(process)


def test_python_script_runs_by_this_interpreter(record, tmp_path):
    (tmp_path / "script.py").write_text("import sys; print(sys.executable, sys.argv)")
    process = record(["script.py", "x"]).process
    assert process.stdout == f"{sys.executable} ['script.py', 'x']\n"


def test_python_module(cli, labels):
    process = cli("record", "-o", "x.pftrace", "-m", "labels", "2")
    assert (process.returncode, process.stdout) == (0, "")
    assert "x.pftrace: 4 events, 0 lost" in process.stderr


def test_script_without_interpreter_line_runs_as_in_a_shell(record, tmp_path):
    script = tmp_path / "script"
    script.write_text('echo "$0 $1"')
    script.chmod(0o755)
    assert record([script, "x"]).process.stdout == f"{script} x\n"


def test_default_output_is_named_for_the_program(cli, tmp_path):
    assert cli("record", "true").returncode == 0
    (found,) = tmp_path.iterdir()
    assert re.fullmatch(r"true\.\d+\.pftrace", found.name)


def test_default_output_of_a_script_and_a_module(cli, tmp_path, labels):
    cli("record", "labels.py", "1")
    cli("record", "-m", "labels", "1")
    names = sorted(path.name for path in tmp_path.glob("*.pftrace"))
    assert len(names) == 2
    assert all(re.fullmatch(r"labels\.\d+\.pftrace", name) for name in names)


# What it refuses


def refused(process, code, *words):
    """One line, the right exit code, nothing run."""
    assert process.returncode == code, process.stderr
    assert process.stdout == ""
    (line,) = process.stderr.splitlines()
    assert line.startswith("itt record: ")
    for word in words:
        assert word in line


def test_missing_program(cli, tmp_path):
    refused(cli("record", "no-such-program"), 127, "no-such-program", "not found")
    refused(cli("record", "./missing.py"), 127, "missing.py", "no such file")
    refused(cli("record", ""), 127, "the name of the program is empty")
    assert list(tmp_path.iterdir()) == []


def test_program_that_cannot_be_executed(cli, tmp_path):
    (tmp_path / "text").write_text("text")
    refused(cli("record", "./text"), 126, "not executable")
    refused(cli("record", "/"), 126, "folder")
    refused(cli("record", "."), 126, ".: a folder")
    (tmp_path / "text").unlink()
    (tmp_path / "sub").mkdir()
    refused(cli("record", "sub"), 127, "sub: not found in PATH; ./sub is a folder")
    (tmp_path / "sub").rmdir()
    assert list(tmp_path.iterdir()) == []


def test_program_with_a_missing_interpreter(cli, tmp_path):
    script = tmp_path / "script"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)
    refused(cli("record", "./script"), 126, "interpreter")
    assert list(tmp_path.iterdir()) == [script]


def test_existing_output_is_kept(cli, tmp_path):
    output = tmp_path / "x.pftrace"
    output.write_text("precious")
    refused(cli("record", "-o", output, "echo", "run"), 125, "exists", "-f")
    assert output.read_text() == "precious"


def test_force_replaces_the_output(record, labels, tmp_path):
    output = tmp_path / "x.pftrace"
    output.write_text("old")
    process = record([labels, "1"], ["-f"], output=output).process
    assert "2 events" in last_line(process)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["labels.py", "x.pftrace"]


def test_force_keeps_the_output_when_nothing_runs(cli, tmp_path):
    output = tmp_path / "x.pftrace"
    output.write_text("old")
    script = tmp_path / "script"
    script.write_text("#!/no/such/interpreter\n")
    script.chmod(0o755)
    refused(cli("record", "-f", "-o", output, "./script"), 126)
    assert output.read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 2


def test_output_in_a_missing_folder(cli, tmp_path):
    refused(
        cli("record", "-o", "missing/x.pftrace", "echo", "run"),
        125,
        str(tmp_path / "missing"),
        "no such folder",
    )


def test_output_where_nothing_can_be_written(cli):
    refused(cli("record", "-o", "/proc/x.pftrace", "echo", "run"), 125, "/proc")


@pytest.mark.skipif(os.getuid() == 0, reason="root may write everywhere")
def test_output_in_a_read_only_folder(cli, tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir(mode=stat.S_IRUSR | stat.S_IXUSR)
    refused(cli("record", "-o", folder / "x.pftrace", "echo", "run"), 125, "no permission")


def test_output_that_is_no_plain_file(cli, tmp_path):
    (tmp_path / "link").symlink_to("nowhere")
    (tmp_path / "folder").mkdir()
    for force in [], ["-f"]:
        for output, kind in (
            ("/dev/null", "is not a plain file"),
            ("link", "is a symbolic link, not a plain file"),
            ("folder", "is a folder, not a plain file"),
            ("folder/", "is the name of a folder"),
            ("folder/..", "is the name of a folder"),
            ("new/", "is the name of a folder"),
        ):
            refused(cli("record", *force, "-o", output, "echo", "run"), 125, f"{output} {kind}")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["folder", "link"]


@pytest.mark.parametrize("verb", ["record", "env"])
def test_current_folder_that_is_gone(tmp_path, verb):
    main = "import sys; from itt._cli import main; sys.exit(main(sys.argv[1:]))"
    command = ["-c", main, verb, "-o", "x.pftrace", *(["true"] if verb == "record" else [])]
    script = f"mkdir gone; cd gone; rmdir ../gone; exec {shlex.join([sys.executable, *command])}"
    done = subprocess.run(["sh", "-c", script], cwd=tmp_path, capture_output=True, text=True)
    wanted = f"itt {verb}: x.pftrace: the current folder is gone: give an absolute path\n"
    assert (done.returncode, done.stderr) == (125 if verb == "record" else 1, wanted)


def test_slots_in_a_folder_that_is_none(cli, tmp_path):
    for folder, why in ("/no/such", "no such folder"), ("here", "give an absolute path"), ("/proc", ""):
        environ = {**os.environ, "ITT_SLOTS": folder}
        refused(cli("record", "-o", "x", "true", env=environ), 125, f"ITT_SLOTS={folder}: {why}")
    done = cli("env", "-o", "x", env={**os.environ, "ITT_SLOTS": "/no/such"})
    assert (done.returncode, done.stdout) == (1, "") and "ITT_SLOTS=/no/such: no such folder" in done.stderr
    assert cli("record", "-o", "x", "true", env={**os.environ, "ITT_SLOTS": ""}).returncode == 0
    assert [path.name for path in tmp_path.iterdir()] == ["x"]


def test_output_on_a_read_only_file_system(monkeypatch, tmp_path):
    from itt import _recording

    class ReadOnly:
        f_flag = os.ST_RDONLY

    monkeypatch.setattr(os, "access", lambda *_: False)
    monkeypatch.setattr(os, "statvfs", lambda _: ReadOnly)
    with pytest.raises(_recording.Error, match="the file system is read-only, choose another"):
        _recording.Output(str(tmp_path / "x")).check(False)


def test_no_program(cli):
    refused(cli("record"), 125, "which program")
    refused(cli("record", "-m"), 125, "-m")
    refused(cli("record", "-m", ""), 125, "-m needs the name of a module")
    refused(cli("record", "--no-such-option", "true"), 125, "--no-such-option")


def test_another_collector_is_left_alone(cli):
    environ = {**os.environ, "INTEL_LIBITTNOTIFY64": "/opt/vtune/libittnotify_collector.so"}
    refused(cli("record", "echo", "run", env=environ), 125, "another collector", "/opt/vtune")


def test_record_inside_record(record):
    process = record([sys.executable, "-m", "itt", "record", "echo", "run"], check=False).process
    assert process.returncode == 125
    assert process.stdout == ""
    assert "already recording" in process.stderr.splitlines()[0]


# What it says at the end


def test_says_events_and_the_next_command(record, labels):
    trace, process = record([labels, "1000"])
    assert last_line(process) == f"itt: {trace}: 2,000 events, 0 lost; next: itt report {trace}"


@pytest.mark.parametrize("name", ["it's a trace", "-dash", "it's\ta\\nb\n\u200b\udcffc\x01f"])
def test_the_next_command_can_be_pasted(cli, labels, tmp_path, name):
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("needs bash")
    process = cli("record", f"--output={name}", labels, "1")
    command = last_line(process).partition("next: ")[2].replace("itt ", f"{sys.executable} -m itt ", 1)
    assert command.isprintable()
    done = subprocess.run([bash, "-c", command], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "") and "2 events" in done.stdout


def test_script_whose_name_begins_with_a_dash(cli, labels, tmp_path):
    labels.rename(tmp_path / "-dash.py")
    line = last_line(cli("record", "--", "-dash.py", "2"))
    assert re.search(r": 4 events, 0 lost; next: itt report \./-dash\.\d+\.pftrace$", line)


@pytest.mark.parametrize(
    "program",
    [["true"], ["env", "-i", sys.executable, "labels.py", "5"]],
    ids=["no ITT in it", "environment dropped"],
)
def test_no_events_because_the_collector_was_never_loaded(record, labels, program):
    line = last_line(record(program).process)
    assert "no events: the program never loaded the collector" in line
    assert "environment" in line


def test_no_events_because_paused(record, labels):
    line = last_line(record([labels, "5"], ["--start-paused"]).process)
    assert "no events: recording was paused" in line
    assert "5 tasks" in line


def test_no_events_because_no_task_began(record):
    line = last_line(record([sys.executable, "-c", "import itt; itt.domain_create('d')"]).process)
    assert "no events: the program called ITT, but began no task" in line


def test_no_events_because_detached(record):
    line = last_line(record([sys.executable, "-c", "import itt; itt.detach()"]).process)
    assert "no events: the program detached" in line


def test_no_events_because_the_collector_does_not_load(monkeypatch, tmp_path):
    from itt import _outcome, _parts

    broken = tmp_path / "libitt_collector.so"
    broken.write_text("this is no library")
    monkeypatch.setattr(_parts, "collector", lambda: broken)
    assert _outcome.why_not_loaded().startswith(f"the collector cannot be loaded: {broken}: ")


def test_recording_that_stopped_says_why(record, labels):
    def small_files():
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))

    process = record([labels, "100000"], preexec_fn=small_files).process
    assert re.search(
        r"[\d,]+ events, [1-9][\d,]* lost \(a process could not write: File too large\)", last_line(process)
    )


def test_files_of_other_hosts_are_named(record, labels, tmp_path):
    elsewhere = f"ITT_TRACE={tmp_path}/x.node-2.pftrace {sys.executable} labels.py 3"
    (tmp_path / "x.other.pftrace").write_text("of something else")
    _, process = record(
        ["sh", "-c", f"{sys.executable} labels.py 2; {elsewhere}"], output=tmp_path / "x.pftrace"
    )
    line = last_line(process)
    assert "10 events, 0 lost, with 1 of other hosts beside it" in line
    assert line.endswith(f"itt report {tmp_path}/x.pftrace {tmp_path}/x.node-2.pftrace")


def test_recording_that_was_removed(record, labels):
    process = record(
        ["sh", "-c", f"{sys.executable} labels.py 3; rm $ITT_TRACE; exit 4"], check=False
    ).process
    assert process.returncode == 4
    assert "the recording is gone" in last_line(process)


def test_no_events_because_nothing_can_be_written(record, labels, tmp_path):
    # A folder in its place: no process can join or make the recording.
    hide, show = "mv $ITT_TRACE aside; mkdir $ITT_TRACE", "rmdir $ITT_TRACE; mv aside $ITT_TRACE"
    program = f"{hide}; {sys.executable} labels.py 3; {show}"
    line = last_line(record(["sh", "-c", program], env={**os.environ, "TMPDIR": str(tmp_path)}).process)
    assert f"no events: the collector could not write: {tmp_path}/recorded1.pftrace" in line
    assert list(tmp_path.glob("*.reason")) == []


def test_reason_of_a_collector_that_could_not_write(monkeypatch, tmp_path):
    from itt import _outcome

    monkeypatch.setenv("TMPDIR", str(tmp_path))
    reason = tmp_path / "itt-00000000000000ff.reason"
    reason.write_text("Permission denied\nmore\n")
    assert _outcome.take_reason("00000000000000ff") == "Permission denied"
    assert not reason.exists()
    assert _outcome.take_reason("00000000000000ff") == ""
    reason.symlink_to("/etc/passwd")
    assert _outcome.take_reason("00000000000000ff") == ""


def test_events_before_a_kill_are_there(record, labels, tmp_path):
    labels.write_text(LABELS + "import os; os.kill(os.getpid(), 9)")
    process = record([labels, "1234"], check=False).process
    assert process.returncode == -signal.SIGKILL
    assert "2,468 events, 0 lost" in last_line(process)


@pytest.mark.parametrize("to", ["&-", "/dev/full"])
def test_a_stderr_that_cannot_be_written_changes_nothing(tmp_path, to):
    command = [sys.executable, "-m", "itt", "record", "-o", "x.pftrace", "sh", "-c", "exit 3"]
    shell = ["sh", "-c", f'exec "$@" 2>{to}', "sh", *command]
    done = subprocess.run(shell, cwd=tmp_path, stdout=subprocess.PIPE, text=True)
    assert (done.returncode, done.stdout) == (3, "")
    assert Path(tmp_path, "x.pftrace").exists()


def test_recording_that_another_run_replaced(record, labels):
    again = f"unset INTEL_LIBITTNOTIFY64; {sys.executable} -m itt record -f -o $ITT_TRACE -- true"
    line = last_line(record(["sh", "-c", f"{sys.executable} labels.py 3; {again}"]).process)
    assert line.endswith("the recording is gone, another run of itt replaced the file")


def test_file_beside_a_recording_that_was_replaced_is_named(record, labels, tmp_path):
    line = last_line(record(["sh", "-c", f"echo hi > $ITT_TRACE; {sys.executable} labels.py 3"]).process)
    (beside,) = tmp_path.glob("recorded1.*.pftrace")
    said = "the recording is gone, something else is in its place; what came then"
    assert line == f"itt: {tmp_path}/recorded1.pftrace: {said}: itt report {beside}"


def test_closed_standard_output_costs_nothing(labels, tmp_path):
    command = f"{shlex.quote(sys.executable)} -m itt record -o closed.pftrace -- sh -c 'exit 7' >&-"
    process = subprocess.run(["sh", "-c", command], cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    assert process.returncode == 7 and "Traceback" not in process.stderr


def test_the_program_is_no_place_to_record_to(cli, tmp_path):
    script = tmp_path / "script.py"
    script.write_text("print(1)\n")
    process = cli("record", "-f", "-o", script, script)
    assert process.returncode == 125 and "is the program itself" in process.stderr
    assert script.read_text() == "print(1)\n"
    assert cli("record", "-o", "", "true").stderr.startswith("itt record: -o needs the name of a file")
