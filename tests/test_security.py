"""What others can do to a recording, and what a recording tells others."""

from __future__ import annotations

import os
import shutil
import stat
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

import itt
from itt import _analysis, _recording
from itt._errors import Error
from itt._limits import Limits

NOBODY = 65534
CAP_NET_BIND_SERVICE = 10
SECRET = "correct-horse-battery"

TASK = """
import itt, os, sys
with itt.task("work"):
    pass
if len(sys.argv) > 2:
    os.execv(sys.executable, [sys.executable, *sys.argv[:2]])
"""

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else")


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "script.py"
    path.write_text(TASK)
    return path


def mode(path):
    return stat.S_IMODE(os.lstat(path).st_mode)


# Files


@pytest.mark.parametrize("umask", [0, 0o022, 0o077])
def test_a_recording_is_its_owners_alone(umask, tmp_path):
    trace = tmp_path / "x.pftrace"
    before = os.umask(umask)
    try:
        _analysis.recording_create(str(trace), 1, False, str(tmp_path))
    finally:
        os.umask(before)
    (slots,) = tmp_path.glob("*.slots")
    assert [mode(trace), mode(slots)] == [0o600, 0o600]


def test_a_collectors_own_file_is_its_owners_alone(script, collector, tmp_path):
    """As where the program runs on another host than `itt record`, or under `itt env`."""
    trace = tmp_path / "x.pftrace"
    environ = {**os.environ, "INTEL_LIBITTNOTIFY64": str(collector), "ITT_TRACE": str(trace), "ITT_RUN": "1"}
    subprocess.run([sys.executable, script], env=environ, check=True)
    assert _analysis.recording_counts(str(trace))["events"] == 2
    assert mode(trace) == 0o600


@pytest.mark.parametrize("options", [[], ["-f"]])
@pytest.mark.parametrize("there", [True, False])
def test_a_link_is_not_followed(there, options, cli, script, tmp_path):
    victim = tmp_path / "victim"
    if there:
        victim.write_text("precious")
    (tmp_path / "x.pftrace").symlink_to(victim)
    done = cli("record", *options, "-o", "x.pftrace", script)
    assert done.returncode == 125
    assert done.stderr.count("\n") == 1
    assert victim.exists() == there
    assert not there or victim.read_text() == "precious"
    assert os.readlink(tmp_path / "x.pftrace") == str(victim)


@pytest.mark.parametrize("there", [True, False])
def test_a_collector_does_not_follow_a_link(there, script, collector, tmp_path):
    victim, trace = tmp_path / "victim", tmp_path / "x.pftrace"
    if there:
        victim.write_bytes(b"precious" * 20_000)
    trace.symlink_to(victim)
    environ = {**os.environ, "INTEL_LIBITTNOTIFY64": str(collector), "ITT_TRACE": str(trace), "ITT_RUN": "1"}
    environ["TMPDIR"] = str(tmp_path)
    done = subprocess.run([sys.executable, script], env=environ, capture_output=True, check=True)
    assert done.stdout + done.stderr == b""
    assert victim.exists() == there
    assert not there or victim.read_bytes() == b"precious" * 20_000


def test_what_is_replaced_is_not_written_to(cli, script, tmp_path):
    (tmp_path / "x.pftrace").write_text("precious")
    os.link(tmp_path / "x.pftrace", tmp_path / "same")
    cli("record", "-f", "-o", "x.pftrace", script, check=True)
    assert (tmp_path / "same").read_text() == "precious"
    assert _analysis.recording_counts(str(tmp_path / "x.pftrace"))["events"] == 2
    assert not list(tmp_path.glob(".itt-*"))


def output(path, force):
    made = _recording.Output(str(path))
    made.check(force)
    return made


def create(made):
    made.create(_recording.new_run(), False, None, False, True, Limits())


def test_a_file_that_comes_meanwhile_stays(tmp_path):
    trace = tmp_path / "x.pftrace"
    made = output(trace, force=False)
    trace.write_text("another's")
    with pytest.raises(Error, match="exists"):
        create(made)
    made.restore()
    assert trace.read_text() == "another's"
    assert os.listdir(tmp_path) == ["x.pftrace"]


@pytest.mark.parametrize("kind", ["folder", "link"])
def test_what_is_no_file_comes_meanwhile_and_stays(kind, tmp_path):
    trace = tmp_path / "x.pftrace"
    made = output(trace, force=True)
    if kind == "folder":
        trace.mkdir()
    else:
        trace.symlink_to("elsewhere")
    with pytest.raises(Error):
        create(made)
    assert os.listdir(tmp_path) == ["x.pftrace"]
    assert trace.is_dir() if kind == "folder" else trace.is_symlink()


def test_a_program_that_does_not_start_brings_the_old_file_back(tmp_path):
    trace = tmp_path / "x.pftrace"
    trace.write_text("old")
    made = output(trace, force=True)
    create(made)
    assert trace.read_bytes() != b"old"
    made.restore()
    assert trace.read_text() == "old"
    assert os.listdir(tmp_path) == ["x.pftrace"]


def test_two_that_replace_one_file_at_once_harm_neither(tmp_path):
    """The last one has the name; the first, whose program did not start, takes nothing back."""
    trace = tmp_path / "x.pftrace"
    trace.write_text("old")
    first, last = output(trace, force=True), output(trace, force=True)
    create(first)
    create(last)
    of_last = trace.read_bytes()
    first.restore()
    last.keep()
    assert trace.read_bytes() == of_last
    assert os.listdir(tmp_path) == ["x.pftrace"]


def test_what_a_program_records_behind_a_replacement_is_found(cli, tmp_path):
    """Another `itt record -f` took the name before the first label: the labels go to a file beside it."""
    code = """
import itt, os
from itt import _analysis
os.unlink("x.pftrace")
_analysis.recording_create("x.pftrace", 99)
with itt.task("work"):
    pass
"""
    (tmp_path / "script.py").write_text(code)
    done = cli("record", "-o", "x.pftrace", "script.py", check=True)
    (beside,) = tmp_path.glob("x.*.pftrace")
    gone = "itt: x.pftrace: the recording is gone, another run of itt replaced the file; what came then:"
    assert done.stderr == f"{gone} itt report {beside.name}\n"
    assert _analysis.recording_counts(str(beside))["events"] == 2


RING_CHUNKS = 168  # where it lies in the file
LABELS = """
import itt, os, struct, sys
domain = itt.domain_create("d")
def label(n):
    for _ in range(n):
        itt.task_begin(domain, "work")
        itt.task_end(domain)
def change(chunks):
    with open(os.environ["ITT_TRACE"], "r+b") as file:
        file.seek(168)
        file.write(struct.pack("<I", chunks))
"""


def labelled(collector, trace, folder, code):
    (folder / "labels.py").write_text(LABELS + code)
    environ = {**os.environ, "INTEL_LIBITTNOTIFY64": str(collector), "ITT_TRACE": str(trace), "ITT_RUN": "1"}
    subprocess.run([sys.executable, folder / "labels.py"], env=environ, check=True)


@pytest.mark.parametrize("elsewhere", [True, False])
def test_a_ring_that_is_not_the_files_is_not_written_to(elsewhere, collector, tmp_path):
    """A head that claims more of the file for its ring than was made: the recording goes beside it."""
    trace = tmp_path / "x.pftrace"
    _analysis.recording_create(str(trace), 1, False, str(tmp_path) if elsewhere else None, ring=1 << 20)
    for path in [trace, *tmp_path.glob("*.slots")]:
        with open(path, "r+b") as file:
            file.seek(RING_CHUNKS)
            file.write(struct.pack("<I", 1000))
    before = trace.read_bytes()
    labelled(collector, trace, tmp_path, "label(1000)")
    assert trace.read_bytes() == before
    (beside,) = tmp_path.glob("x.*.pftrace")
    assert _analysis.recording_counts(str(beside))["events"] == 2000


@pytest.mark.parametrize("chunks", [0, 1 << 31])
def test_a_ring_that_somebody_changes_meanwhile(chunks, collector, tmp_path):
    """Who may write to the file can spoil it, but not end the program, nor make the file grow."""
    trace = tmp_path / "x.pftrace"
    _analysis.recording_create(str(trace), 1, ring=1 << 20)
    labelled(collector, trace, tmp_path, f"label(100_000)\nchange({chunks})\nlabel(200_000)")
    assert trace.stat().st_size < 3 << 20
    assert _analysis.recording_head(str(trace))["stop_reason"] == 0
    assert _analysis.recording_counts(str(trace))["events"] > 50_000


def spilled(path, folder):
    """A recording whose slots lie in another file; that file."""
    _analysis.recording_create(str(path), 1, False, str(folder))
    (slots,) = folder.glob("*.slots")
    return slots


@pytest.mark.parametrize("how", ["link", "second name", "copy of the trace"])
def test_slots_that_are_not_the_traces_stay(how, tmp_path):
    """A trace that somebody sends must not make `itt report` write to or remove what it names."""
    trace = tmp_path / "x.pftrace"
    slots = spilled(trace, tmp_path)
    kept = tmp_path / "kept"
    if how == "link":
        slots.rename(kept)
        slots.symlink_to(kept)
    elif how == "second name":
        os.link(slots, kept)
    else:
        shutil.copy(trace, kept)
        trace = kept
    before = slots.read_bytes(), trace.read_bytes()
    assert not _analysis.recording_head(str(trace))["in_slots"]
    _analysis.recording_settle(str(trace))
    assert (slots.read_bytes(), trace.read_bytes()) == before


@needs_root
def test_slots_of_somebody_else_stay(tmp_path):
    trace = tmp_path / "x.pftrace"
    slots = spilled(trace, tmp_path)
    assert _analysis.recording_head(str(trace))["in_slots"]
    os.chown(slots, NOBODY, NOBODY)
    assert not _analysis.recording_head(str(trace))["in_slots"]
    os.chown(trace, NOBODY, NOBODY)  # both are one user's: root may look at them
    assert _analysis.recording_head(str(trace))["in_slots"]


# What is told


@pytest.mark.parametrize("hidden", [False, True])
def test_command_lines(hidden, record, script, sql):
    options = ["--no-cmdline"] if hidden else []
    trace, _ = record([script, "--password", SECRET], options)
    assert (SECRET.encode() in trace.read_bytes()) == (not hidden)
    loaded = sql(trace)
    assert loaded.problems() == []
    assert len(loaded.slices()) == 2  # one before the exec, one behind
    names = {name for (name,) in loaded.query("select name from process where pid != 0")}
    assert names and all(Path(sys.executable).name in name for name in names)
    assert {bool(line) for (line,) in loaded.query("select cmdline from process where pid != 0")} == {
        not hidden
    }


@pytest.mark.parametrize("hidden", [False, True])
def test_command_lines_of_a_recording_from_inside(hidden, tmp_path):
    trace = tmp_path / "x.pftrace"
    code = f"import itt\nwith itt.record({str(trace)!r}, cmdline=not {hidden}):\n with itt.task('work'): pass"
    subprocess.run([sys.executable, "-c", code, SECRET], check=True)
    assert (SECRET.encode() in trace.read_bytes()) == (not hidden)
    assert itt.read(trace)["tasks"][0]["task"] == "work"


def test_command_lines_of_a_recorded_shell(script, tmp_path):
    shell = f"""
        eval "$({sys.executable} -m itt env -o x.pftrace -f --no-cmdline)"
        {sys.executable} {script} {SECRET}
    """
    (tmp_path / "x.pftrace").write_text("old")
    subprocess.run(["sh", "-c", shell], cwd=tmp_path, check=True)
    assert _analysis.recording_counts(str(tmp_path / "x.pftrace"))["events"] == 2
    assert SECRET.encode() not in (tmp_path / "x.pftrace").read_bytes()
    assert sorted(os.listdir(tmp_path)) == ["script.py", "x.pftrace"]


def test_no_environment_is_told(record, script):
    environ = {**os.environ, "API_TOKEN": SECRET, SECRET.upper(): "1"}
    trace, _ = record([script], env=environ)
    content = trace.read_bytes()
    assert SECRET.encode() not in content
    assert SECRET.upper().encode() not in content


def test_programs_get_no_more_than_they_need(record, tmp_path):
    code = "import json, os, sys; json.dump(dict(os.environ), open(sys.argv[1], 'w'))"
    environ = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    seen = []
    for name in ("plain", "recorded"):
        command = [sys.executable, "-c", code, str(tmp_path / name)]
        if name == "plain":
            subprocess.run(command, env=environ, check=True)
        else:
            record(command, env=environ)
        seen.append(set(eval((tmp_path / name).read_text())))
    assert seen[1] - seen[0] == {"INTEL_LIBITTNOTIFY64", "ITT_TRACE", "ITT_RUN"}


# Programs with more rights than who starts them


@pytest.fixture
def shared():
    """A folder of everybody's."""
    folder = Path(tempfile.mkdtemp(prefix="itt-shared-", dir="/tmp"))
    folder.chmod(0o777)
    yield folder
    shutil.rmtree(folder)


def give(program, rights):
    if rights == "setuid":
        program.chmod(0o4755)
    elif rights == "setgid":
        program.chmod(0o2755)
    elif rights == "capability":
        version_and_effective = 0x02000001
        value = struct.pack("<5I", version_and_effective, 1 << CAP_NET_BIND_SERVICE, 0, 0, 0)
        try:
            os.setxattr(program, "security.capability", value)
        except OSError as error:
            pytest.skip(f"no file capabilities here: {error}")


@needs_root
@pytest.mark.parametrize("loaded", ["by the environment", "by name"])
@pytest.mark.parametrize("rights", ["none", "setuid", "setgid", "capability"])
def test_programs_with_rights_ignore_the_variables(rights, loaded, cc, collector, shared):
    """The static part loads no library of the user's, and the collector writes no file for him."""
    program = shared / "secure"
    shutil.copy(cc("secure.c"), program)
    program.chmod(0o755)
    library = shared / "libitt_collector.so"
    shutil.copy(collector, library)
    library.chmod(0o755)
    give(program, rights)
    trace = shared / "x.pftrace"
    environ = {"ITT_TRACE": str(trace), "ITT_RUN": "1", "TMPDIR": str(shared), "ITT_SLOTS": str(shared)}
    environ["INTEL_LIBITTNOTIFY64"] = str(library)
    command = [program, *([library] if loaded == "by name" else [])]
    done = subprocess.run(
        command,
        env=environ,
        user=NOBODY,
        group=NOBODY,
        extra_groups=[],
        capture_output=True,
        text=True,
        check=True,
    )
    secure = int(rights != "none")
    if f"secure {secure}" not in done.stdout:
        pytest.skip(f"{rights} has no effect in {shared}: a nosuid mount, or a container")
    assert done.stdout == f"secure {secure}, collector {int(not secure or loaded == 'by name')}\n"
    assert trace.exists() == (not secure)
    assert len(list(shared.iterdir())) == (2 if secure else 4)


# Names of files that are odd


@pytest.mark.parametrize("kind", ["device", "pipe", "folder", "no folder", "long", "empty", "relative"])
def test_a_collector_given_an_odd_path(kind, script, collector, tmp_path):
    """The program runs as ever; where no file can be, none is made, and the reason waits for `itt record`."""
    folder = tmp_path / "work"
    folder.mkdir()
    os.mkfifo(folder / "pipe")
    names = {
        "device": "/dev/null",
        "pipe": str(folder / "pipe"),
        "folder": str(folder),
        "no folder": str(folder / "none" / "x.pftrace"),
        "long": str(folder / ("x" * 5000)),
        "empty": "",
        "relative": "x.pftrace",
    }
    before = set(os.listdir(folder)), set(os.listdir("/dev"))
    environ = {**os.environ, "INTEL_LIBITTNOTIFY64": str(collector), "ITT_TRACE": names[kind], "ITT_RUN": "1"}
    reasons = tmp_path / "reasons"
    reasons.mkdir()
    environ["TMPDIR"] = str(reasons)
    done = subprocess.run([sys.executable, script], env=environ, cwd=folder, capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    made = {"x.pftrace"} if kind == "relative" else set()
    assert (set(os.listdir(folder)), set(os.listdir("/dev"))) == (before[0] | made, before[1])
    assert len(list(reasons.iterdir())) == (0 if kind in ("relative", "empty") else 1)


NAME = "a\nb\x1b[31mc.pftrace"
SHOWN = r"a\nb\x1b[31mc.pftrace"


def test_messages_stay_on_one_line(cli, script):
    for arguments, code in (
        (("record", "-o", NAME, script), 0),
        (("record", "-o", NAME, script), 125),
        (("record", "-o", f"none/{NAME}", script), 125),
        (("record", "-o", "x.pftrace", NAME[:-1]), 127),
        (("env", "-o", NAME), 1),
        (("report", f"none{NAME}"), 1),
        ((NAME,), 2),
    ):
        done = cli(*arguments)
        assert done.returncode == code, arguments
        assert done.stderr.count("\n") == 1
        assert "\x1b" not in done.stderr
        assert SHOWN[:-1] in done.stderr or "none:" in done.stderr
    done = cli("report", NAME, check=True)
    assert done.stdout.startswith(f"{SHOWN}: ")


def test_a_shell_within_a_recorded_shell(cli, script, tmp_path):
    """`itt env` there makes another recording, and leaves the first one's file alone."""
    shells = f"""
        eval "$({sys.executable} -m itt env -o one.pftrace)"
        {sys.executable} {script}
        (
            eval "$({sys.executable} -m itt env -o two.pftrace --start-paused)"
            {sys.executable} {script}
            eval "$({sys.executable} -m itt env -o three.pftrace)"
            {sys.executable} {script}
            {sys.executable} -m itt env -o three.pftrace
        )
        {sys.executable} {script}
    """
    done = subprocess.run(["sh", "-c", shells], cwd=tmp_path, capture_output=True, text=True)
    assert (
        done.stderr
        == f"itt env: {tmp_path}/three.pftrace exists: choose another name with -o, or -f to replace it\n"
    )
    events = [
        _analysis.recording_counts(str(tmp_path / f"{name}.pftrace"))["events"]
        for name in ("one", "two", "three")
    ]
    assert events == [4, 0, 2]
