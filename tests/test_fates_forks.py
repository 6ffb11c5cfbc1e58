"""Forked and spawned processes: exact counts, each event once, and nobody waits for ever."""

from __future__ import annotations

import sys
import textwrap
import time
from collections import Counter
from pathlib import Path
from typing import Any, Callable

import fates
import pytest
import traced

Fixture = Callable[..., Any]


@pytest.fixture
def tally(record: Fixture, sql: Fixture, tmp_path: Path) -> Fixture:
    """tally(source) -> events of each name, of a Python program under `itt record`."""

    def run(source: str, *arguments: str) -> Counter[str]:
        script = tmp_path / "forks.py"
        script.write_text(fates.LABELS + textwrap.dedent(source))
        trace, _ = record([sys.executable, "-W", "ignore", script, *arguments])
        return _tally(sql(trace))

    return run


def _tally(found: Any) -> Counter[str]:
    assert found.problems() == []
    rows = found.query("select name, count(*), sum(dur < 0) from slice group by 1")
    assert all(never_ended == 0 for _, _, never_ended in rows)
    return Counter({name: count for name, count, _ in rows})


def test_fork(tally: Fixture) -> None:
    counts = tally("""
        pairs(100, "parent")
        for _ in range(20):
            if (pid := os.fork()) == 0:
                pairs(50, "child")
                if (pid := os.fork()) == 0:
                    pairs(7, "grandchild")
                    os._exit(0)
                ended_well(pid)
                os._exit(0)
            pairs(10, "parent")
            ended_well(pid)
    """)
    assert counts == {"parent": 300, "child": 1000, "grandchild": 140}


def test_fork_by_a_thread_while_others_label(tally: Fixture) -> None:
    """The child is in the middle of nothing: neither of the others' tasks nor of the forking thread's own."""
    counts = tally("""
        stop = threading.Event()
        done = [0, 0]
        def label(number):
            while not stop.is_set():
                with itt.task(f"other {number}"):
                    done[number] += 1
        def fork():
            for _ in range(8):
                with itt.task("around"):
                    if (pid := os.fork()) == 0:
                        pairs(30, "child")
                        thread = threading.Thread(target=pairs, args=(20, "child's thread"))
                        thread.start()
                        thread.join()
                        os._exit(0)
                ended_well(pid)
        threads = [threading.Thread(target=label, args=(number,)) for number in range(2)]
        forks = threading.Thread(target=fork)
        for thread in [*threads, forks]:
            thread.start()
        forks.join()
        stop.set()
        for thread in threads:
            thread.join()
        pairs(sum(done), "as many")
    """)
    assert counts["other 0"] + counts["other 1"] == counts["as many"] > 0
    assert counts["around"] == 8
    assert (counts["child"], counts["child's thread"]) == (8 * 30, 8 * 20)


def test_fork_then_exec(tally: Fixture) -> None:
    counts = tally(
        """
        if len(sys.argv) > 1 and sys.argv[1] == "again":
            pairs(40, "after exec")
            sys.exit()
        for _ in range(3):
            if (pid := os.fork()) == 0:
                pairs(5, "before exec")
                os.execv(sys.executable, [sys.executable, sys.argv[0], "again"])
            ended_well(pid)
        subprocess.run([sys.executable, sys.argv[0], "again"], check=True)
        """
    )
    assert counts == {"before exec": 15, "after exec": 160}


@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing(tally: Fixture, method: str) -> None:
    counts = tally(
        """
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor
        def work(n):
            pairs(n, "worker")
            return n
        if __name__ == "__main__":
            context = multiprocessing.get_context(sys.argv[1])
            pairs(10, "parent")
            with context.Pool(3) as pool:
                assert sum(pool.map(work, range(50), 1)) == 1225
            with ProcessPoolExecutor(2, mp_context=context) as pool:
                assert sum(pool.map(work, range(50))) == 1225
            process = context.Process(target=work, args=(1000,))
            process.start()
            process.join()
            assert process.exitcode == 0
            pairs(10, "parent")
        """,
        method,
    )
    assert counts == {"parent": 20, "worker": 2 * 1225 + 1000}


def test_daemons_outlive_the_recorder(cli: Fixture, sql: Fixture, tmp_path: Path) -> None:
    """They go on recording into the same file when `itt record` has ended and said what it found."""
    script, trace = tmp_path / "daemons.py", tmp_path / "x.pftrace"
    go, gone = tmp_path / "go", tmp_path / "gone"
    script.write_text(
        fates.LABELS
        + textwrap.dedent("""
        pairs(10, "parent")
        for number in range(3):
            if (pid := os.fork()) == 0:
                os.setsid()
                if os.fork() != 0:
                    os._exit(0)
                for fd in range(3):
                    os.close(fd)
                pairs(100, "early")
                open(f"{sys.argv[1]}.{number}", "w").close()
                while not os.path.exists(sys.argv[1]):
                    time.sleep(0.01)
                pairs(20000, "late")
                os.rename(f"{sys.argv[1]}.{number}", f"{sys.argv[2]}.{number}")
                os._exit(0)
            ended_well(pid)
        while not all(os.path.exists(f"{sys.argv[1]}.{number}") for number in range(3)):
            time.sleep(0.01)
        """)
    )
    done = cli("record", "-o", trace, script, go, gone, check=True)
    assert "620 events, 0 lost" in done.stderr
    assert _tally(sql(trace)) == {"parent": 10, "early": 300}
    go.touch()
    deadline = time.monotonic() + 60
    while not all(Path(f"{gone}.{number}").exists() for number in range(3)):
        assert time.monotonic() < deadline, "the daemons died"
        time.sleep(0.01)
    assert _tally(sql(trace)) == {"parent": 10, "early": 300, "late": 60000}
    assert "60,000" in cli("report", trace, check=True).stdout


def test_threads_fork_while_others_write(cc: Fixture, collector: Path, tmp_path: Path, sql: Fixture) -> None:
    trace, counts = tmp_path / "x.pftrace", tmp_path / "counts"
    traced.run(collector, trace, cc("fates.c"), counts, "forks", "12", "30")
    found = sql(trace)
    assert found.problems() == []
    assert fates.found(found) == fates.issued(counts)
    assert len(fates.counted(counts)) == 3 + 3 * 12  # and the one that waits
    assert traced.head(trace).counts["processes"] == 1 + 2 * 12
    assert len({thread.pid for thread in fates.counted(counts)}) == 1 + 2 * 12


def test_a_child_of_the_first_call(cc: Fixture, collector: Path, tmp_path: Path) -> None:
    """Forked while another thread is attaching, it records as any other does."""
    from itt import _analysis

    for number, delay in enumerate(range(50_000, 1_600_000, 50_000)):
        trace, counts = tmp_path / f"{number}.pftrace", tmp_path / f"{number}.counts"
        traced.run(collector, trace, cc("fates.c"), counts, "fork_at_first", "10", str(delay))
        assert fates.issued(counts) == (40, 40)
        assert _analysis.recording_counts(str(trace)) == {"events": 80, "lost": 0}
