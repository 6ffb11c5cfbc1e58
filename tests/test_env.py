"""itt env: a recording without a wrapper."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys

import pytest

LABEL = "import itt; d = itt.domain_create('test'); itt.task_begin(d, 'task'); itt.task_end(d)"


def shell(script, folder, **more):
    done = subprocess.run(["sh", "-eu", "-c", script], cwd=folder, capture_output=True, text=True, **more)
    assert done.returncode == 0, done.stderr
    return done


def itt(*arguments):
    return shlex.join([sys.executable, "-m", "itt", *arguments])


def label():
    return shlex.join([sys.executable, "-c", LABEL])


def test_programs_of_the_shell_make_one_recording(tmp_path, sql):
    script = f'eval "$({itt("env", "-o", "it is.pftrace")})"\n{label()}\n{label()} & {label()}\nwait'
    done = shell(script, tmp_path)
    assert (done.stdout, done.stderr) == ("", "")
    assert [path.name for path in tmp_path.iterdir()] == ["it is.pftrace"]
    trace = sql(tmp_path / "it is.pftrace")
    assert [one.name for one in trace.slices()] == ["task"] * 3
    assert len({one.pid for one in trace.slices()}) == 3
    assert trace.problems() == []


def test_prints_only_exports(cli):
    done = cli("env", "-o", "x.pftrace", check=True)
    lines = done.stdout.splitlines()
    assert all(line.startswith("export ") for line in lines)
    assert [line.split("=")[0][7:] for line in lines] == ["INTEL_LIBITTNOTIFY64", "ITT_TRACE", "ITT_RUN"]
    assert done.stderr == ""


def test_nothing_is_made_before_the_first_label(cli, tmp_path):
    cli("env", "-o", "x.pftrace", check=True)
    assert list(tmp_path.iterdir()) == []


def test_start_paused(tmp_path, sql):
    resume = shlex.join(
        [sys.executable, "-c", f"{LABEL}; itt.resume(); itt.task_begin(d, 'on'); itt.task_end(d)"]
    )
    shell(f'eval "$({itt("env", "-o", "x.pftrace", "--start-paused")})"\n{resume}', tmp_path)
    names = [one.name for one in sql(tmp_path / "x.pftrace").slices()]
    assert "on" in names
    assert "task" not in names


def test_a_pause_of_an_earlier_recording_is_forgotten(cli):
    done = cli("env", "-o", "x.pftrace", check=True, env={**os.environ, "ITT_START_PAUSED": "1"})
    assert "unset ITT_START_PAUSED" in done.stdout.splitlines()


def test_existing_file_is_kept(cli, tmp_path):
    (tmp_path / "x.pftrace").write_text("precious")
    done = cli("env", "-o", "x.pftrace")
    assert (done.returncode, done.stdout) == (1, "")
    assert "exists" in done.stderr
    assert (tmp_path / "x.pftrace").read_text() == "precious"
    assert cli("env", "-f", "-o", "x.pftrace").returncode == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("output", ["missing/x.pftrace", "/proc/self/x.pftrace/x"])
def test_output_in_a_missing_folder(cli, output):
    done = cli("env", "-o", output)
    assert (done.returncode, done.stdout) == (1, "")
    assert "no such folder" in done.stderr


def test_next_recording_of_the_same_shell(tmp_path, sql):
    script = "\n".join(
        f'eval "$({itt("env", "-o", name)})"\n{label()}' for name in ("a.pftrace", "b.pftrace")
    )
    shell(script, tmp_path)
    assert [len(sql(tmp_path / name).slices()) for name in ("a.pftrace", "b.pftrace")] == [1, 1]


def test_another_collector_is_left_alone(cli):
    done = cli(
        "env", "-o", "x.pftrace", env={**os.environ, "INTEL_LIBITTNOTIFY64": "/opt/vtune/collector.so"}
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "another collector" in done.stderr


def test_report_says_why_there_is_no_file(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    script = f"""eval "$({itt("env", "-o", "folder/x.pftrace")})"; rmdir folder; {label()}
        {itt("report", "folder/x.pftrace")} 2>&1 || {itt("report", "other")} 2>&1 || true"""
    process = shell(script, tmp_path, env={**os.environ, "TMPDIR": str(tmp_path)})
    first, second = process.stdout.splitlines()
    missing = "No such file or directory"
    why = f"the collector could not write: {folder}/x.pftrace: no such folder"
    assert first.startswith(f"itt report: folder/x.pftrace: {missing}; {why}")
    assert second == f"itt report: other: {missing}"


def test_without_output(cli):
    done = cli("env")
    assert (done.returncode, done.stdout) == (2, "")
    assert "-o" in done.stderr
