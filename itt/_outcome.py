"""What came of a recording: the one line with which `itt record` ends."""

from __future__ import annotations

import contextlib
import errno
import glob
import os
import stat
import subprocess
import sys
from typing import Any

from itt import _analysis, _parts, _recording
from itt._analysis import DETACHED, PAUSED, STOPPED
from itt._errors import count, error_text, report_command
from itt._limits import ring_text, stop_text

LONGEST_REASON = 1000
LOAD = "import ctypes, sys\ntry: ctypes.CDLL(sys.argv[1])\nexcept OSError as error: print(error)"


def describe(path: str, shown: str, run: str) -> str:
    """Sets the recording in order and says what is in it, and where there is nothing, why."""
    reason = take_reason(run)
    try:
        _analysis.recording_settle(path)
    except FileNotFoundError:
        return gone(path, shown, run, "the program or somebody else removed it")
    except OSError as error:
        if error.errno == errno.EBADMSG:
            return gone(path, shown, run, "something else is in its place")
        if error.errno != errno.EBUSY:  # a process that goes on has its newest events in a file of slots
            raise
    head = _analysis.recording_head(path)
    if head["run"] != int(run, 16):
        return gone(path, shown, run, "another run of itt replaced the file")
    others = other_hosts(path, run)
    found = [_analysis.recording_counts(file) for file in [path, *others]]
    events, lost = (sum(counts[what] for counts in found) for what in ("events", "lost"))
    if not events:
        return f"{shown}: no events: {why_empty(head, reason)}"
    line = f"{shown}: {count(events, 'event')}, {lost:,} lost"
    if others:
        line += f", with {len(others)} of other hosts beside it"
    if head["state"] & STOPPED:
        line += f" (recording stopped: {stop_text(head)})"
    elif head["failed_joins"]:
        line += f" (a process could not write: {error_text(head['join_error'])})"
    elif reason:
        line += f" (a process could not write: {reason})"
    elif ring_text(head):
        line += f" ({ring_text(head)})"
    return f"{line}; next: {report_command([shown, *names_of(shown, others)])}"


def gone(path: str, shown: str, run: str, why: str) -> str:
    """Processes that started later have made a file of their own."""
    line = f"{shown}: the recording is gone, {why}"
    beside = names_of(shown, other_hosts(path, run))
    return f"{line}; what came then: {report_command(beside)}" if beside else line


def names_of(shown: str, others: list[str]) -> list[str]:
    """Files beside the recording, as that was named on the command line."""
    return [os.path.join(os.path.dirname(shown), os.path.basename(other)) for other in others]


def other_hosts(path: str, run: str) -> list[str]:
    """The files NAME.HOST.pftrace that processes elsewhere made for themselves."""
    stem, suffix = os.path.splitext(path)
    found = []
    for other in sorted(glob.glob(f"{glob.escape(stem)}.*{glob.escape(suffix)}")):
        try:
            if _analysis.recording_head(other)["run"] == int(run, 16):
                found.append(other)
        except OSError:
            pass  # not a recording
    return found


def why_empty(head: dict[str, Any], reason: str) -> str:
    if head["state"] & STOPPED:
        return f"recording stopped: {stop_text(head)}"
    if reason:
        return f"the collector could not write: {reason}"
    if not head["processes"] and os.environ.get("ITT_DISABLE", "0") not in ("", "0"):
        return "ITT_DISABLE is set"
    if not head["processes"]:
        return why_not_loaded()
    if head["failed_joins"]:
        return f"the collector could not write: {error_text(head['join_error'])}"
    if head["paused_begins"] or head["state"] & PAUSED:
        many = count(head["paused_begins"], "task")
        return f"recording was paused ({many} meanwhile) and the program did not resume it"
    if head["state"] & DETACHED:
        return "the program detached the collector before its first task"
    return "the program called ITT, but began no task"


def why_not_loaded() -> str:
    collector = _parts.collector()
    # Not in this process: it shall not become a recorded one.
    tried = subprocess.run([sys.executable, "-c", LOAD, str(collector)], stdout=subprocess.PIPE, text=True)
    if tried.stdout:
        return f"the collector cannot be loaded: {tried.stdout.strip()}"
    return (
        "the program never loaded the collector: it called no ITT function, or lost its environment"
        " (sudo, a container, a batch system)"
    )


def reason_for_shell(path: str) -> str:
    """Why a file is not there into which this shell, after `itt env`, records."""
    run = os.environ.get(_recording.RUN, "")
    with contextlib.suppress(OSError):  # the current folder may be gone
        if run and os.path.abspath(path) == os.environ.get(_recording.TRACE):
            return read_reason(run)
    return ""


def take_reason(run: str) -> str:
    """What a collector left behind that could not open the recording; its file is removed."""
    reason = read_reason(run)
    with contextlib.suppress(OSError):
        os.unlink(reason_path(run))  # it may be another user's, whose process could not write
    return reason


def reason_path(run: str) -> str:
    folder = os.environ.get("TMPDIR", "")
    return os.path.join(folder if folder.startswith("/") else "/tmp", f"itt-{run}.reason")


def read_reason(run: str) -> str:
    try:
        descriptor = os.open(reason_path(run), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return ""
    with open(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            return ""
        lines = file.read(LONGEST_REASON).decode(errors="replace").splitlines()
    return lines[0] if lines and lines[0].isprintable() else ""
