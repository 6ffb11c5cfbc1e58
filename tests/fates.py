"""tests/c/fates.c: what a program says that it labelled, in a file that survives it."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any, NamedTuple

SIZE = 64  # of struct counted


class Counted(NamedTuple):
    pid: int
    begins: int
    ends: int


def counted(path: Path) -> list[Counted]:
    """Calls that returned, for each thread."""
    threads = []
    with open(path, "rb") as file:
        while record := file.read(SIZE):
            begins, ends, _, pid = struct.unpack_from("<QQII", record)
            if not pid:
                break
            threads.append(Counted(pid, begins, ends))
    return threads


def issued(path: Path) -> tuple[int, int]:
    """Begins and ends of all threads."""
    threads = counted(path)
    return sum(thread.begins for thread in threads), sum(thread.ends for thread in threads)


def found(trace: Any) -> tuple[int, int]:
    """The same as Perfetto's trace processor has them."""
    ((begins, ends),) = trace.query(
        "select count(*), ifnull(sum(dur >= 0), 0) from slice where category = 'fates'"
    )
    return begins, ends
