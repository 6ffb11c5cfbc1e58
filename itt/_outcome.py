"""What came of a recording: the one line with which `itt record` ends."""

from __future__ import annotations

import os
import shlex
import stat
import subprocess
import sys
import tempfile
from typing import Any

from itt import _analysis, _parts

PAUSED, DETACHED, STOPPED = 1, 2, 4  # ITT_STATE_* of src/trace/format.h
STOP_SIZE = 10001

LONGEST_REASON = 1000
LOAD = "import ctypes, sys\ntry: ctypes.CDLL(sys.argv[1])\nexcept OSError as error: print(error)"


def describe(path: str, shown: str, run: str) -> str:
    """Sets the recording in order and says what is in it, and where there is nothing, why."""
    reason = take_reason(run)
    _analysis.recording_settle(path)
    head = _analysis.recording_head(path)
    counts = _analysis.recording_counts(path)
    if not counts["events"]:
        return f"{shown}: no events: {why_empty(head, reason)}"
    line = f"{shown}: {counts['events']:,} events, {counts['lost']:,} lost"
    if head["state"] & STOPPED:
        line += f" (recording stopped: {why_stopped(head)})"
    elif reason:
        line += f" (a process could not write: {reason})"
    return f"{line}; next: itt report {shlex.quote(shown)}"


def why_empty(head: dict[str, Any], reason: str) -> str:
    if head["state"] & STOPPED:
        return f"recording stopped: {why_stopped(head)}"
    if reason:
        return f"the collector could not write: {reason}"
    if not head["processes"]:
        return why_not_loaded()
    if head["failed_joins"]:
        return f"the collector could not write: {os.strerror(head['join_error'])}"
    if head["paused_begins"] or head["state"] & PAUSED:
        return f"recording was paused ({head['paused_begins']:,} tasks meanwhile) and the program did not resume it"
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


def why_stopped(head: dict[str, Any]) -> str:
    reason = head["stop_reason"]
    return "the limit of a file's size is reached" if reason == STOP_SIZE else os.strerror(reason)


def take_reason(run: str) -> str:
    """What a collector left behind that could not open the recording; its file is removed."""
    path = os.path.join(os.environ.get("TMPDIR") or tempfile.gettempdir(), f"itt-{run}.reason")
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return ""
    with open(descriptor, "rb") as file:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode) or status.st_uid != os.getuid():
            return ""
        lines = file.read(LONGEST_REASON).decode(errors="replace").splitlines()
    os.unlink(path)
    return lines[0] if lines else ""
