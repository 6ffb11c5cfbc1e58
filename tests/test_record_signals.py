"""itt record and signals: each arrives once, and a terminal's job control works as without it."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import time

import pytest

COUNT = """
import signal, sys, time
seen = []
for name in sys.argv[1:]:
    signal.signal(getattr(signal, name), lambda number, frame: seen.append(signal.Signals(number).name))
print("ready", flush=True)
deadline = time.monotonic() + 60
while not seen and time.monotonic() < deadline:
    time.sleep(0.01)
time.sleep(0.3)  # for a second one, which must not come
print(*seen, flush=True)
sys.exit(3)
"""

# A shell that does job control: starts the job in the foreground, and continues it when it has stopped.
SHELL = """
import os, signal, sys
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
job = os.fork()
if job == 0:
    os.setpgid(0, 0)
    os.tcsetpgrp(0, os.getpid())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.execv(sys.argv[1], sys.argv[1:])
_, status = os.waitpid(job, os.WUNTRACED)
if os.WIFSTOPPED(status):
    os.tcsetpgrp(0, os.getpgrp())
    print("stopped", flush=True)
    os.tcsetpgrp(0, job)
    os.killpg(job, signal.SIGCONT)
    _, status = os.waitpid(job, 0)
os.tcsetpgrp(0, os.getpgrp())
print("ended", os.WEXITSTATUS(status), flush=True)
"""


def itt_record(*command):
    return [sys.executable, "-m", "itt", "record", "-f", "-o", "x.pftrace", *command]


def count(*names):
    return itt_record(sys.executable, "-c", COUNT, *names)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGQUIT", "SIGALRM"])
def test_forwards_once(tmp_path, name):
    with subprocess.Popen(count(name), cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(getattr(signal, name))
        assert process.stdout.read() == f"{name}\n"
    assert process.returncode == 3


def test_alarm_set_before_us(tmp_path):
    """An alarm survives exec: a common way to give a program some seconds."""
    code = "import os, signal, sys; signal.alarm(3); os.execv(sys.argv[1], sys.argv[1:])"
    command = [sys.executable, "-c", code, *count("SIGALRM")]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert (done.stdout, done.returncode) == ("ready\nSIGALRM\n", 3)


def test_program_that_dies_of_a_forwarded_signal(tmp_path):
    command = itt_record("sh", "-c", "echo ready; exec sleep 60")
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, text=True) as process:
        process.stdout.readline()
        process.terminate()
    assert process.returncode == -signal.SIGTERM
    assert (tmp_path / "x.pftrace").exists()


def test_signal_of_the_program_to_its_group_does_not_come_back(tmp_path):
    program = COUNT.replace('print("ready", flush=True)', "import os; os.kill(0, signal.SIGUSR1)")
    command = itt_record(sys.executable, "-c", program, "SIGUSR1")
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, start_new_session=True)
    assert (done.stdout, done.returncode) == ("SIGUSR1\n", 3)


class Terminal:
    """A program as the leader of a session with a terminal of its own."""

    def __init__(self, command, folder):
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execv(command[0], command)
        self.seen = ""

    def wait_for(self, text, seconds=30):
        deadline = time.monotonic() + seconds
        while text not in self.seen:
            ready, _, _ = select.select([self.master], [], [], max(0, deadline - time.monotonic()))
            assert ready, f"no {text!r} in {self.seen!r}"
            try:
                self.seen += os.read(self.master, 4096).decode()
            except OSError:
                raise AssertionError(f"ended without {text!r}: {self.seen!r}") from None

    def type(self, keys):
        os.write(self.master, keys)

    def close(self):
        os.close(self.master)
        os.waitpid(self.pid, 0)


@pytest.fixture
def terminal(tmp_path):
    opened = []

    def open_terminal(command):
        opened.append(Terminal(command, tmp_path))
        return opened[-1]

    yield open_terminal
    for one in opened:
        one.close()


def test_ctrl_c_reaches_the_program_once(terminal):
    one = terminal([sys.executable, "-c", SHELL, *count("SIGINT")])
    one.wait_for("ready")
    one.type(b"\x03")
    one.wait_for("ended 3")
    assert one.seen.count("SIGINT") == 1


def test_ctrl_z_stops_the_job_and_fg_continues_it(terminal):
    program = "import sys; print('ready', flush=True); print('read', sys.stdin.readline(), flush=True)"
    one = terminal([sys.executable, "-c", SHELL, *itt_record(sys.executable, "-c", program)])
    one.wait_for("ready")
    one.type(b"\x1a")
    one.wait_for("stopped")
    one.type(b"line\n")
    one.wait_for("read line")
    one.wait_for("ended 0")


def test_stop_and_continue_by_kill(tmp_path):
    # A group of its own: SIGTSTP does not stop the processes of an orphaned one.
    with subprocess.Popen(
        count("SIGUSR1"), cwd=tmp_path, stdout=subprocess.PIPE, text=True, preexec_fn=os.setpgrp
    ) as process:
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTSTP)
        _, status = os.waitpid(process.pid, os.WUNTRACED)
        assert os.WIFSTOPPED(status)
        with open(f"/proc/{process.pid}/task/{process.pid}/children") as file:
            (child,) = file.read().split()
        with open(f"/proc/{child}/stat") as file:
            assert file.read().rpartition(")")[2].split()[0] == "T"
        process.send_signal(signal.SIGCONT)
        process.send_signal(signal.SIGUSR1)
        assert process.stdout.read() == "SIGUSR1\n"
    assert process.returncode == 3


# As if the recording were so large that counting it takes a minute.
SLOW = """
import os, signal, sys, time
from itt import _cli, _outcome
def slow(*_):
    os.kill(os.getpid(), getattr(signal, sys.argv[1]))
    time.sleep(60)
_outcome.describe = slow
sys.exit(_cli.main(["record", "-o", "x.pftrace", "sh", "-c", "exit 7"]))
"""


@pytest.mark.parametrize("name, code", [("SIGINT", 7), ("SIGTERM", -signal.SIGTERM)])
def test_counting_at_the_end_can_be_stopped(tmp_path, name, code):
    command = [sys.executable, "-c", SLOW, name]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=30)
    assert done.returncode == code
    said = "itt: x.pftrace: not counted; next: itt report x.pftrace\n"
    assert done.stderr == (said if name == "SIGINT" else "")
