"""What the tests of the static part share: running programs, and the fake collector's choices."""

from __future__ import annotations

import os
import subprocess

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror", "-Wshadow"]

# The functions for which the static part has makers of its own.
MAKERS = (
    "domain_create",
    "string_handle_create",
    "counter_create",
    "counter_create_typed",
    "counter_create_v3",
    "histogram_create",
)
NO_MAKERS = ",".join(MAKERS)


def run(*command: object, env: dict[str, str] | None = None, code: int = 0) -> list[str]:
    """Runs a program, wants its exit code and silence on stderr; returns the lines of stdout."""
    done = subprocess.run(
        [str(word) for word in command],
        env={**os.environ, **(env or {})},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == code, f"{done.returncode}: {done.stdout}{done.stderr}"
    assert done.stderr == ""
    return list(done.stdout.splitlines())


def facts(*command: object, env: dict[str, str] | None = None) -> dict[str, int]:
    """Runs static_cases: what it says, name to number; a later line of the same name wins."""
    lines = [line.rsplit(" ", 1) for line in run(*command, env=env)]
    return {name: int(value) for name, value in lines}


def returned(lines: list[str]) -> dict[str, int]:
    """What the functions returned, as the program of static_calls says it."""
    return {name: int(value) for name, value in (line.split() for line in lines)}
