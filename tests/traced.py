"""Programs of tests/c run under the collector without `itt record`, and the head of what they wrote."""

from __future__ import annotations

import os
import struct
import subprocess
from collections import Counter
from pathlib import Path
from typing import Any, NamedTuple

from oracle import TraceSql

RUN = 0x1234

COUNTS = ("lost_nested", "lost_space", "lost_depth", "unmatched_ends", "paused_begins", "names_beyond")
NUMBERS = ("processes", "static_parts", "threads", "failed_joins", "join_error")


class Head(NamedTuple):
    state: int
    stop_reason: int
    counts: dict[str, int]
    slots: str


def environment(collector: Path, trace: Path, **more: str) -> dict[str, str]:
    return {
        **os.environ,
        "INTEL_LIBITTNOTIFY64": str(collector),
        "ITT_TRACE": str(trace),
        "ITT_RUN": f"{RUN:016x}",
        **more,
    }


def run(
    collector: Path, trace: Path, *command: str | Path, env: dict[str, str] | None = None, **more: Any
) -> subprocess.CompletedProcess[str]:
    """Runs it to its end, which must be a good one unless check=False."""
    more.setdefault("check", True)
    more.setdefault("timeout", 120)
    return subprocess.run(
        [str(word) for word in command],
        env=environment(collector, trace, **(env or {})),
        stdout=subprocess.PIPE,
        text=True,
        **more,
    )


def head(trace: Path) -> Head:
    """The head of a recording, by the offsets of docs/format.md."""
    with open(trace, "rb") as file:
        page = file.read(4096)
    assert page[40:48] == b"ITTTRACE"
    state, reason = struct.unpack_from("<II", page, 64)
    counts = dict(zip(COUNTS, struct.unpack_from("<6Q", page, 192)))
    counts.update(zip(NUMBERS, struct.unpack_from("<5I", page, 240)))
    (counts["accepted"],) = struct.unpack_from("<Q", page, 264)
    slots = page[320 + 16 + 32 + 64 + 32 :][:1024].split(b"\0")[0].decode()
    return Head(state, reason, counts, slots)


def tally(trace: TraceSql) -> Counter[tuple[str, str]]:
    """How many slices there are of each (category, name)."""
    rows = trace.query("select category, name, count(*) from slice group by 1, 2")
    return Counter({(category, name): count for category, name, count in rows})
