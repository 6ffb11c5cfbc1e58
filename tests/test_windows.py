"""Windows at a file's end, in which threads claim room: each sees its own place, and nothing is left."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any, Callable

import pytest

Fixture = Callable[..., Any]


@pytest.mark.parametrize("sanitizer", ["", "address,undefined", "thread"])
def test_windows(cc: Fixture, root: Path, tmp_path: Path, sanitizer: str) -> None:
    flags = [f"-I{root}/src/trace", str(root / "src/trace/window.c"), str(root / "src/trace/file.c")]
    if sanitizer:
        flags += [f"-fsanitize={sanitizer}", "-fno-sanitize-recover=undefined"]
        probe = ["cc", flags[-2], "-x", "c", "-", "-o", str(tmp_path / "probe")]
        if subprocess.run(probe, input=b"int main(void) { return 0; }").returncode:
            pytest.skip(f"the compiler has no runtime for -fsanitize={sanitizer}")
    program = cc("windows.c", flags=flags, link=False)
    plain = ["setarch", "-R"] if sanitizer == "thread" and shutil.which("setarch") else []
    done = subprocess.run(
        [*plain, program, tmp_path / "windows.file"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stdout
    claimed, mapped, left = map(int, done.stdout.split())
    assert claimed > 40000 / 4  # threads step by 1 to 4 units
    assert (mapped, left) == (2, 1)  # one was on its way in a fork: it stays
