"""The collector and the static part under the sanitizers and valgrind: not a word from any of them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any, Callable

import pytest
import traced

Fixture = Callable[..., Any]

SCENES = ["nest 60000", "deep 1500", "walk 5000", "threads 20", "short_threads 100", "odd_names", "paused"]
SCENES += ["regions", "functions", "unmatched", "exec 5", "recordings 50"]
# Not under TSan, which does not follow a threaded program's fork.
FORKS = ["forks 5", "signals 100000", "recordings 20 forks"]


@pytest.fixture(scope="module")
def sanitized(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Path, Path]]:
    """sanitized("thread") -> (collector, scenes), both built so."""
    made: dict[str, tuple[Path, Path]] = {}

    def build(sanitizer: str) -> tuple[Path, Path]:
        if sanitizer not in made:
            folder = tmp_path_factory.mktemp("sanitized")
            flags = [
                f"-fsanitize={sanitizer}",
                "-g",
                "-O1",
                "-std=gnu11",
                "-pthread",
                f"-I{root / 'include'}",
            ]
            probe = subprocess.run(
                ["cc", *flags, "-x", "c", "-", "-o", folder / "probe"], input=b"int main(void) { return 0; }"
            )
            if probe.returncode:
                pytest.skip(f"the compiler has no runtime for -fsanitize={sanitizer}")
            make = ["make", "-s", f"SANITIZE={sanitizer}", f"BUILD={folder}", "CFLAGS=-O1 -g -w"]
            subprocess.run(make, cwd=root, check=True)
            libs = folder / "lib"
            source = root / "tests" / "c" / "scenes.c"
            command = ["cc", *flags, source, libs / "libittnotify.a", "-ldl", "-o", folder / "scenes"]
            subprocess.run(command, check=True)
            made[sanitizer] = libs / "libitt_collector.so", folder / "scenes"
        return made[sanitizer]

    return build


def _quiet(collector: Path, trace: Path, *command: str | Path) -> None:
    done = traced.run(collector, trace, *command, check=False, stderr=subprocess.STDOUT, timeout=300)
    said = "\n".join(line for line in done.stdout.splitlines() if "==" in line or "runtime error" in line)
    assert (done.returncode, said) == (0, ""), done.stdout[-4000:]
    assert trace.stat().st_size > 65536


@pytest.mark.parametrize("scene", [*SCENES, *FORKS])
def test_address_and_undefined_behaviour(sanitized: Fixture, tmp_path: Path, scene: str) -> None:
    collector, program = sanitized("address,undefined")
    _quiet(collector, tmp_path / "x.pftrace", program, *scene.split())


@pytest.mark.parametrize("scene", SCENES)
def test_threads(sanitized: Fixture, tmp_path: Path, scene: str) -> None:
    collector, program = sanitized("thread")
    # Its shadow memory and a random layout of the address space do not always get on.
    plain = ["setarch", "-R"] if shutil.which("setarch") else []
    _quiet(collector, tmp_path / "x.pftrace", *plain, program, *scene.split())


@pytest.mark.skipif(not shutil.which("valgrind"), reason="valgrind is not installed")
@pytest.mark.parametrize("scene", ["nest 5000", "walk 500", "threads 4", "forks 1", "functions", "odd_names"])
def test_valgrind(collector: Path, cc: Fixture, tmp_path: Path, scene: str) -> None:
    valgrind = ["valgrind", "-q", "--error-exitcode=9", "--leak-check=full"]
    _quiet(collector, tmp_path / "x.pftrace", *valgrind, cc("scenes.c"), *scene.split())
