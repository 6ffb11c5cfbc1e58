"""The Python module, with static part, collector and analysis, under the sanitizers and valgrind."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path
from typing import Any, Callable

import pytest

Fixture = Callable[..., Any]

STRESS = """
import asyncio, itt, os, sys, threading

rounds, forks = int(sys.argv[1]), sys.argv[2] == "forks"
domain = itt.Domain("stress")
ints, floats = itt.Counter("ints", domain=domain), itt.Counter("floats", domain=domain, type=float)

@itt.task
def plain(n):
    with itt.task("inside", domain="other", number=n, text="x" * (n % 300), large=2**70):
        return n

@itt.task
def generator(n):
    for i in range(n):
        yield plain(i)

@itt.task
async def coroutine(n):
    await asyncio.sleep(0)
    return plain(n)

@itt.task
def fails():
    raise ValueError("é")

async def several(n):
    await asyncio.gather(*(coroutine(i) for i in range(5)))

def work(number):
    for i in range(rounds):
        list(generator(3))
        generator(3).send(None)  # is abandoned
        try:
            fails()
        except ValueError:
            pass
        id = itt.Id()
        itt.task_begin(domain, f"named {number} {i % 50}", id=id)
        itt.metadata({"key": [i, number]}, domain=domain)
        itt.task_begin_overlapped(domain, "overlapped", other := itt.Id(), parent=id)
        with itt.region("region", domain=domain, key=i), itt.frame(domain), itt.event("event"):
            ints.inc(), floats.set(i / 3)
            itt.marker("marker", domain=domain)
        itt.task_end_overlapped(domain, other)
        itt.task_end(domain)
        if i % 20 == 0:
            asyncio.run(several(i))
        if forks and i % 25 == 0:
            if (pid := os.fork()) == 0:
                plain(1)
                itt.thread_set_name("child")
                os._exit(0)
            assert os.waitpid(pid, 0)[1] == 0

for _ in range(3):
    threads = [threading.Thread(target=work, args=(n,), name=f"worker {n}") for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with itt.paused():
        plain(1)
print("done")
"""

# Python itself keeps memory at its end, and its own locks are not all seen through.
ENVIRONMENT = {
    "PYTHONMALLOC": "malloc",
    "PYTHONWARNINGS": "ignore::DeprecationWarning",
    "ASAN_OPTIONS": "detect_leaks=0",
    "TSAN_OPTIONS": "halt_on_error=0",
    "UBSAN_OPTIONS": "print_stacktrace=1",
}


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "stress.py"
    path.write_text(textwrap.dedent(STRESS))
    return path


def _build(root: Path, folder: Path, sanitizer: str) -> Path:
    """The package, all C parts of it built so."""
    flags = f"-fsanitize={sanitizer} -fno-sanitize-recover=undefined"
    env = {**os.environ, "CFLAGS": f"-O1 -g -w {flags}", "LDFLAGS": f"-fsanitize={sanitizer}"}
    command = [sys.executable, "setup.py", "-q", "build", "--build-base", folder, "-j", "2"]
    done = subprocess.run(command, cwd=root, env=env, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (library,) = folder.glob("lib.*")
    return library


def _runtime(name: str) -> str:
    """The sanitizer's library, which has to come before all others."""
    path = subprocess.check_output(["cc", f"-print-file-name={name}"], text=True).strip()
    if not os.path.isabs(path):
        pytest.skip(f"the compiler has no {name}")
    return path


@pytest.mark.parametrize(
    "sanitizer, runtime", [("address,undefined", "libasan.so"), ("thread", "libtsan.so")]
)
def test_all_labels(
    sanitizer: str, runtime: str, root: Path, script: Path, tmp_path: Path, sql: Fixture
) -> None:
    env = {**os.environ, **ENVIRONMENT, "LD_PRELOAD": _runtime(runtime)}
    env["PYTHONPATH"] = str(_build(root, tmp_path / "build", sanitizer))
    thread = sanitizer == "thread"
    # TSan does not follow a threaded program's fork; it and a random address space do not always get on.
    plain = ["setarch", "-R"] if thread and shutil.which("setarch") else []
    words = [str(script), "120", "no" if thread else "forks"]
    trace = tmp_path / "x.pftrace"
    command = [*plain, sys.executable, "-m", "itt", "record", "-o", str(trace), "--", sys.executable, *words]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=280)
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr[-4000:]
    (line,) = done.stderr.splitlines()
    assert " events, 0 lost" in line
    found = sql(trace)
    assert found.problems() == []
    tasks = "select count(*) from slice where name = 'overlapped' and dur >= 0"
    assert found.query(tasks) == [(3 * 4 * 120,)]


@pytest.mark.skipif(not shutil.which("valgrind"), reason="valgrind is not installed")
def test_valgrind(script: Path, collector: Path, tmp_path: Path) -> None:
    """Not what Python itself does at its start and end, but what passes through us."""
    env = {**os.environ, **ENVIRONMENT, "INTEL_LIBITTNOTIFY64": str(collector)}
    env.update(ITT_TRACE=str(tmp_path / "x.pftrace"), ITT_RUN="12")
    command = ["valgrind", "--undef-value-errors=no", sys.executable, str(script), "2", "no"]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=280)
    assert (done.returncode, done.stdout) == (0, "done\n"), done.stderr[-4000:]
    blocks = done.stderr.split("\n==")
    ours = [line for line in blocks if "_itt" in line or "libitt_collector" in line]
    assert ours == [] and "ERROR SUMMARY" in done.stderr
