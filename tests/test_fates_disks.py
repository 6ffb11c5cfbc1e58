"""Disks that fill up, limits, files that others move: the program goes on, and the file stays readable."""

from __future__ import annotations

import contextlib
import errno
import os
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Callable

import fates
import pytest
import traced

Fixture = Callable[..., Any]

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root, to mount a file system")


@contextlib.contextmanager
def mounted(folder: Path, *options: str | Path) -> Iterator[Path]:
    """A file system of its own."""
    folder.mkdir()
    done = subprocess.run(["mount", *options, folder], capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"cannot be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", folder], check=True)


def _script(tmp_path: Path, source: str) -> Path:
    script = tmp_path / "labels.py"
    script.write_text(fates.LABELS + source)
    return script


@needs_root
@pytest.mark.parametrize("size", ["192k", "1m", "5m"])
def test_a_full_disk(size: str, record: Fixture, sql: Fixture, tmp_path: Path) -> None:
    """Every call is in the file or counted as lost; the last line says why."""
    with mounted(tmp_path / "small", "-t", "tmpfs", "-o", f"size={size}", "none") as folder:
        script = _script(tmp_path, "pairs(400_000)\nprint('went on')")
        trace, done = record([script], output=folder / "x.pftrace")
        assert done.stdout == "went on\n"
        found = sql(trace)
        assert found.problems() == []
        begins, ends = fates.found(found)
        lost = traced.head(trace).counts["lost_space"]
        assert begins + ends + lost == 800_000
        assert f"{begins + ends:,} events, {lost:,} lost (recording stopped: No space" in done.stderr


@needs_root
def test_a_disk_that_others_fill_meanwhile(record: Fixture, sql: Fixture, tmp_path: Path) -> None:
    """Also a slot that is there already, whose pages nobody has written yet, does not kill."""
    with mounted(tmp_path / "small", "-t", "tmpfs", "-o", "size=8m", "none") as folder:
        script = _script(
            tmp_path,
            f"pairs(10)\nwith open({str(folder / 'other')!r}, 'wb', 0) as other:\n"
            "    try:\n        while True: other.write(bytes(4096))\n"
            "    except OSError: pass\n"
            "pairs(100_000)\nprint('went on')",
        )
        trace, done = record([script], output=folder / "x.pftrace")
        assert done.stdout == "went on\n"
        found = sql(trace)
        begins, ends = fates.found(found)
        assert begins + ends + traced.head(trace).counts["lost_space"] == 200_020
        assert begins >= 2000 and found.problems() == []


def test_a_quota(cc: Fixture, collector: Path, sql: Fixture, tmp_path: Path) -> None:
    """As a full disk. The quota is played: few kernels let a test have one."""
    world = cc("world.c", flags=["-shared", "-fPIC"], link=False, output="world.so")
    trace, counts = tmp_path / "x.pftrace", tmp_path / "counts"
    env = {"LD_PRELOAD": str(world), "WORLD_QUOTA": str(1 << 20)}
    traced.run(collector, trace, cc("fates.c"), counts, "pairs", "100000", env=env)
    head = traced.head(trace)
    assert head.state == 4 and head.stop_reason == errno.EDQUOT
    found = sql(trace)
    assert sum(fates.found(found)) + head.counts["lost_space"] == sum(fates.issued(counts)) == 200_000
    assert found.problems() == []


@pytest.mark.parametrize("limit", [0, 4096, 65536, 131072, 500_000])
def test_a_limit_of_the_file_size(
    limit: int, cc: Fixture, collector: Path, sql: Fixture, tmp_path: Path
) -> None:
    """Without SIGXFSZ for the program, wherever it is met."""
    trace = tmp_path / "x.pftrace"
    done = traced.run(
        collector,
        trace,
        cc("scenes.c"),
        "nest",
        "50000",
        env={"TMPDIR": str(tmp_path)},
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )
    assert done.returncode == 0
    if limit < 65536:
        (reason,) = tmp_path.iterdir()
        assert reason.suffix == ".reason"
        assert (
            limit == 0 or reason.read_text() == f"{trace}: a limit of the file's size is reached (errno 27)\n"
        )
        return
    found = sql(trace)
    ((begins, ends),) = found.query("select count(*), ifnull(sum(dur >= 0), 0) from slice")
    assert begins + ends + traced.head(trace).counts["lost_space"] == 100_002
    assert (begins > 1000) == (limit > 65536) and found.problems() == []


@needs_root
def test_a_read_only_file_system(cli: Fixture, cc: Fixture, collector: Path, tmp_path: Path) -> None:
    with mounted(tmp_path / "fixed", "-t", "tmpfs", "-o", "ro", "none") as folder:
        trace = folder / "x.pftrace"
        done = cli("record", "-o", trace, "true")
        assert done.returncode == 125 and f"{folder}: the file system is read-only" in done.stderr
        counts, env = tmp_path / "counts", {"TMPDIR": str(tmp_path)}
        traced.run(collector, trace, cc("fates.c"), counts, "pairs", "100", env=env)
        assert fates.issued(counts) == (100, 100)
        (reason,) = tmp_path.glob("*.reason")
        assert reason.read_text() == f"{trace}: the file system is read-only (errno 30)\n"


@needs_root
def test_a_file_system_without_reserved_space(record: Fixture, sql: Fixture, tmp_path: Path) -> None:
    """The slots lie elsewhere, and come home at the end."""
    with mounted(tmp_path / "ram", "-t", "ramfs", "none") as folder:
        script = _script(
            tmp_path, "pairs(50_000)\nif os.fork() == 0:\n    pairs(10, 'child')\n    os._exit(0)"
        )
        trace, done = record(
            [script], output=folder / "x.pftrace", env={**os.environ, "TMPDIR": str(tmp_path)}
        )
        assert "100,020 events, 0 lost" in done.stderr
        assert traced.head(trace).slots == "" and os.listdir(folder) == ["x.pftrace"]
        found = sql(trace)
        assert traced.tally(found) == {("fates", "pair"): 50_000, ("fates", "child"): 10}
        assert found.problems() == []


def test_slots_in_another_file_with_metadata(
    cc: Fixture, collector: Path, sql: Fixture, tmp_path: Path
) -> None:
    """A begin that metadata replaced is no end of its chunk."""
    trace, counts, slots = tmp_path / "x.pftrace", tmp_path / "counts", tmp_path / "slots"
    slots.mkdir()
    traced.run(collector, trace, cc("fates.c"), counts, "forks", "4", "500", env={"ITT_SLOTS": str(slots)})
    assert fates.settle(trace) and os.listdir(slots) == []
    found = sql(trace)
    assert fates.found(found) == fates.issued(counts)
    assert found.problems() == []


MOVES = {
    "removed": "os.unlink(path)",
    "renamed": "os.rename(path, path + '.moved')",
    "replaced": "open(path + '.new', 'w').close(); os.rename(path + '.new', path)",
}


@pytest.mark.parametrize("slots", ["in the trace", "in another file"])
@pytest.mark.parametrize("move", MOVES)
def test_a_file_that_is_moved(
    move: str, slots: str, record: Fixture, cli: Fixture, sql: Fixture, tmp_path: Path
) -> None:
    """The program goes on; nothing of ours stays behind that has lost its trace."""
    source = f"pairs(20_000)\npath = os.environ['ITT_TRACE']\n{MOVES[move]}\npairs(20_000)\nprint('went on')"
    folder, env = tmp_path / "slots", dict(os.environ)
    folder.mkdir()
    if slots == "in another file":
        env["ITT_SLOTS"] = str(folder)
    trace, done = record([_script(tmp_path, source)], env=env)
    assert done.stdout == "went on\n"
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"itt: {trace}: the recording is gone, ")
    if move == "renamed":
        moved = Path(f"{trace}.moved")
        cli("report", moved, check=True)
        found = sql(moved)
        assert fates.found(found)[0] >= 20_000 and found.problems() == []
        if slots == "in the trace":
            assert fates.found(found) == (40_000, 40_000)
    assert os.listdir(folder) == []


@pytest.mark.parametrize("end", [".pftrace", ".slots"])
def test_a_name_that_changes_hands_while_it_is_joined(
    end: str, cc: Fixture, cli: Fixture, collector: Path, sql: Fixture, tmp_path: Path
) -> None:
    """As by `itt record -f`: what is there now is not written to, and the recording goes beside it."""
    world = cc("world.c", flags=["-shared", "-fPIC"], link=False, output="world.so")
    trace, counts, swap = tmp_path / "x.pftrace", tmp_path / "counts", tmp_path / "swap"
    swap.write_bytes(b"precious" * 20_000)
    env = {"LD_PRELOAD": str(world), "WORLD_SWAP": str(swap), "WORLD_SWAPPED": end}
    if end == ".slots":
        env["ITT_SLOTS"] = str(tmp_path)
    inode = swap.stat().st_ino
    traced.run(collector, trace, cc("fates.c"), counts, "pairs", "20000", env=env)
    (swapped,) = (path for path in tmp_path.glob(f"*{end}") if path.stat().st_ino == inode)
    assert not swap.exists() and swapped.read_bytes() == b"precious" * 20_000
    (beside,) = tmp_path.glob("x.*.pftrace")
    cli("report", beside, check=True)  # brings the slots home
    found = sql(beside)
    assert fates.found(found) == fates.issued(counts) == (20_000, 20_000)
    assert found.problems() == []
