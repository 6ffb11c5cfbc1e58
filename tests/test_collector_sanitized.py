"""The collector and the static part under the sanitizers and valgrind: not a word from any of them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any, Callable

import pytest
import traced

from itt import _analysis

Fixture = Callable[..., Any]

SCENES = ["nest 60000", "deep 1500", "walk 5000", "threads 20", "short_threads 100", "odd_names", "paused"]
SCENES += ["regions", "functions", "unmatched", "exec 5", "recordings 50"]
# Not under TSan, which does not follow a threaded program's fork.
FORKS = ["forks 5", "signals 100000", "recordings 20 forks"]
SPANS = ["crossing", "many 40000", "wrong", "walk 3000 1 4", "relay 4", "chain 200", "crowd 50", "submitted"]
SPANS += ["paused", "old_frames", "events", "names 70000"]

# Programs of tests/c, each with its scenes.
ALL = [f"scenes {scene}" for scene in SCENES] + [f"spans {scene}" for scene in SPANS]
ALL += ["times timed", "times clocks", "times tracks"]
METADATA = ["types", "texts", "formats", "many 1000", "nested 20000", "crossing", "targets", "paused"]
METADATA += ["crowded 3000", "spans 100"]
COUNTERS = ["types", "steps", "strange", "units", "threads 5000", "at_times", "paused", "markers", "flows"]
COUNTERS += ["histograms", "paces 0", "paces 30000"]
ALL += [f"metadata {scene}" for scene in METADATA] + [f"counters {scene}" for scene in COUNTERS]
ALL += ["syncs 8 2000", "joining tmc", "joining mct", "joining cmt"]
ALL_FORKS = [f"scenes {scene}" for scene in FORKS]
ALL_FORKS += ["metadata signals 20000", "metadata forks 3", "counters forks 5"]
ALL_FORKS += ["spans forked 5", "spans signals 50000", "spans signals 1 20"]

VALGRIND = ["nest 5000", "walk 500", "threads 4", "forks 1", "functions", "odd_names"]
VALGRIND = [f"scenes {scene}" for scene in VALGRIND]
VALGRIND += [f"spans {s}" for s in ("crossing", "wrong", "walk 300 1 2", "forked 1", "events")]
VALGRIND += ["times timed", "times tracks"]
VALGRIND += [f"metadata {scene}" for scene in ("types", "texts", "formats", "nested 1000")]
VALGRIND += ["counters steps", "counters markers", "counters flows", "counters strange"]
VALGRIND += ["syncs 4 100", "odd life 3", "odd keys 2"]


@pytest.fixture(scope="module")
def sanitized(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., tuple[Path, Path]]:
    """sanitized("thread", "scenes") -> (collector, tests/c/scenes.c), both built so."""
    folders: dict[str, Path] = {}

    def build(sanitizer: str, program: str) -> tuple[Path, Path]:
        flags = [f"-fsanitize={sanitizer}", "-g", "-O1", "-std=gnu11", "-pthread", f"-I{root / 'include'}"]
        if sanitizer not in folders:
            folder = tmp_path_factory.mktemp("sanitized")
            probe = subprocess.run(
                ["cc", *flags, "-x", "c", "-", "-o", folder / "probe"], input=b"int main(void) { return 0; }"
            )
            if probe.returncode:
                pytest.skip(f"the compiler has no runtime for -fsanitize={sanitizer}")
            make = ["make", "-s", f"SANITIZE={sanitizer}", f"BUILD={folder}", "CFLAGS=-O1 -g -w"]
            subprocess.run(make, cwd=root, check=True)
            folders[sanitizer] = folder
        folder = folders[sanitizer]
        if not (folder / program).exists():
            source = root / "tests" / "c" / f"{program}.c"
            command = ["cc", *flags, source, folder / "lib/libittnotify.a", "-ldl", "-o", folder / program]
            subprocess.run(command, check=True)
        return folder / "lib" / "libitt_collector.so", folder / program

    return build


RING = [
    "ring end 2 5 60000",
    "ring crossing 2 3 60000",
    "ring metadata 2 5 60000",
    "ring slices 2 3 60000",
    "ring end 1 700 30000",
    "ring apart 1 1400 3000",
    "ring longest 1 1500 3000",
    "ring limited 1 300 30000",
]


def _quiet(collector: Path, trace: Path, *command: str | Path) -> None:
    groups = {"INTEL_ITTNOTIFY_GROUPS": "all"}  # as with --sync
    done = traced.run(
        collector, trace, *command, env=groups, check=False, stderr=subprocess.STDOUT, timeout=300
    )
    said = "\n".join(line for line in done.stdout.splitlines() if "==" in line or "runtime error" in line)
    assert (done.returncode, said) == (0, ""), done.stdout[-4000:]
    assert trace.stat().st_size > 65536


@pytest.mark.parametrize("sanitizer", ["address,undefined", "thread"])
@pytest.mark.parametrize("scene", [*RING, "spans walk 3000 1 4", "scenes deep 1500", "metadata crowded 3000"])
def test_a_flight_recorder(sanitized: Fixture, tmp_path: Path, scene: str, sanitizer: str) -> None:
    name, *words = scene.split()
    collector, program = sanitized(sanitizer, name)
    _analysis.recording_create(tmp_path / "x.pftrace", traced.RUN, ring=1 << 20)
    _quiet(collector, tmp_path / "x.pftrace", program, *words)
    assert _analysis.recording_head(tmp_path / "x.pftrace")["ring_overwritten"] > 0 or scene not in RING


@pytest.mark.parametrize("scene", [*ALL, *ALL_FORKS])
def test_address_and_undefined_behaviour(sanitized: Fixture, tmp_path: Path, scene: str) -> None:
    name, *words = scene.split()
    collector, program = sanitized("address,undefined", name)
    _quiet(collector, tmp_path / "x.pftrace", program, *words)


@pytest.mark.parametrize("scene", ALL)
def test_threads(sanitized: Fixture, tmp_path: Path, scene: str) -> None:
    name, *words = scene.split()
    collector, program = sanitized("thread", name)
    # Its shadow memory and a random layout of the address space do not always get on.
    plain = ["setarch", "-R"] if shutil.which("setarch") else []
    _quiet(collector, tmp_path / "x.pftrace", *plain, program, *words)


@pytest.mark.skipif(not shutil.which("valgrind"), reason="valgrind is not installed")
@pytest.mark.parametrize("scene", VALGRIND)
def test_valgrind(collector: Path, cc: Fixture, tmp_path: Path, scene: str) -> None:
    valgrind = ["valgrind", "-q", "--error-exitcode=9", "--leak-check=full"]
    name, *words = scene.split()
    _quiet(collector, tmp_path / "x.pftrace", *valgrind, cc(f"{name}.c"), *words)
