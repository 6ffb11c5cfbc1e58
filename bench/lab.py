"""What the benches share: folder, compiler, environments, rounds in turn, and the machine."""

from __future__ import annotations

import contextlib
import operator
import os
import platform
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Callable, Union

ROOT = Path(__file__).resolve().parent.parent
LIB = ROOT / "build" / "lib"
COLLECTOR = LIB / "libitt_collector.so"
RING, TMPFS, SLOTS = "itt, ring", "itt, tmpfs", "itt, slots on tmpfs"  # columns of their own
ITT = [sys.executable, "-m", "itt"]
CORES = len(os.sched_getaffinity(0))

# A few rounds of short runs: to try a bench, not to quote it.
QUICK = os.environ.get("ITT_BENCH_QUICK", "0") != "0"

# What a bench says: a figure, its samples (one of each round), or why there is none.
Figures = dict[str, Union[float, list[float], str]]


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A folder in build/, for programs and what they record: on the file system that the checkout lies on."""
    (ROOT / "build").mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="bench-", dir=ROOT / "build") as name:
        yield Path(name)


def compiler() -> list[str]:
    return shlex.split(os.environ.get("CC", "cc"))


def build(program: Path, sources: Sequence[str], flags: Sequence[str] = (), libs: Sequence[str] = ()) -> Path:
    """Compiles a program of bench/c, linked to the static part."""
    files = [str(ROOT / "bench" / "c" / name) for name in sources]
    command = [*compiler(), "-std=gnu11", "-O2", "-pthread", f"-I{ROOT / 'include'}", *flags, *files]
    command += [str(LIB / "libittnotify.a"), "-ldl", *libs, "-o", str(program)]
    subprocess.run(command, check=True)
    return program


def off() -> dict[str, str]:
    """The environment without a recording."""
    return {k: v for k, v in os.environ.items() if not k.startswith(("INTEL_", "ITT_"))}


@contextlib.contextmanager
def memory() -> Iterator[Path | None]:
    """A folder on a tmpfs, where there is one with room."""
    place = Path("/dev/shm")
    if (
        not os.access(place, os.W_OK)
        or file_system(place) != "tmpfs"
        or shutil.disk_usage(place).free < 1 << 30
    ):
        yield None
        return
    with tempfile.TemporaryDirectory(prefix="itt-bench-", dir=place) as name:
        yield Path(name)


def recorded(trace: Path, *options: str, groups: str = "") -> dict[str, str]:
    """The environment of a new recording; with options, those of `itt env`."""
    environ = off()
    if options:
        lines = subprocess.check_output(
            [*ITT, "env", "-f", "-o", str(trace), *options], env=environ, text=True
        )
        for line in lines.splitlines():
            name, _, value = line.removeprefix("export ").partition("=")
            environ[name] = shlex.split(value)[0]
    else:
        trace.unlink(missing_ok=True)
        environ.update(INTEL_LIBITTNOTIFY64=str(COLLECTOR), ITT_TRACE=str(trace))
    if groups:
        environ["INTEL_ITTNOTIFY_GROUPS"] = groups
    return environ


def numbers(command: Sequence[object], environ: Mapping[str, str], cwd: Path) -> list[float]:
    """What a program prints."""
    words = [str(word) for word in command]
    return [float(word) for word in subprocess.check_output(words, env=environ, cwd=cwd).split()]


def in_turn(measures: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """Samples of each, taken in rounds, so that a ratio is one of neighbours in time."""
    samples: dict[str, list[float]] = {name: [] for name in measures}
    for _ in range(rounds):
        for name, measure in measures.items():
            samples[name].append(measure())
    return samples


class Derived(list[float]):
    """Figures made of others of the same round; the best is made of the best ones."""

    def __init__(self, function: Callable[..., float], *samples: Sequence[float]) -> None:
        super().__init__(function(*values) for values in zip(*samples))
        self.best = function(*map(min, samples))


def ratios(ours: Sequence[float], others: Sequence[float]) -> Derived:
    return Derived(operator.truediv, ours, others)


def differences(ours: Sequence[float], others: Sequence[float]) -> Derived:
    return Derived(operator.sub, ours, others)


def file_system(path: Path) -> str:
    """The type of the file system that the path lies on, such as ext4."""
    best, found = "", "unknown"
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        before, _, after = line.partition(" - ")
        mount = before.split()[4]
        if len(mount) >= len(best) and path.resolve().is_relative_to(mount):
            best, found = mount, after.split()[0]
    return found


def compiler_version() -> str:
    return subprocess.check_output([*compiler(), "--version"], text=True).splitlines()[0]


def machine() -> dict[str, str | int]:
    """Where it was measured. Times are comparable where `processor` and `cores` are the same."""
    cpu = [
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith(("model name", "CPU part"))
    ]
    source = Path("/sys/devices/system/clocksource/clocksource0/current_clocksource")
    return {
        "processor": f"{platform.machine()} {cpu[0] if cpu else 'unknown'}",
        "cores": CORES,
        "kernel": platform.release(),
        "clock": source.read_text().strip() if source.exists() else "unknown",
        "file system": file_system(ROOT / "build"),
        "compiler": compiler_version(),
        "python": platform.python_version(),
    }
