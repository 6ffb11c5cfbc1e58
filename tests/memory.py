"""Scripts that use a form many times, in a Python of their own: what they say of its memory."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

HELPERS = """
import gc, sys, itt
def resident():
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096
def finish(coroutine):
    try:
        while True:
            coroutine.send(None)
    except StopIteration as stop:
        return stop.value
"""


def run(script: str, env: dict[str, str]) -> list[str]:
    command = [sys.executable, "-c", HELPERS + textwrap.dedent(script)]
    done = subprocess.run(
        command, cwd="/", env={**os.environ, **env}, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout.split()
