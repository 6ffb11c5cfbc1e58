"""Programs that start and stop their recordings themselves, and what they recorded."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections import Counter
from pathlib import Path
from typing import Any, Callable

import pytest

from itt import _analysis

Fixture = Callable[..., Any]

LABEL = """
import itt, os, sys
domain = itt.domain_create("domain")
def label(name):
    itt.task_begin(domain, name)
    itt.task_end(domain)
def nothing_left():
    return [name for name in ("INTEL_LIBITTNOTIFY64", "ITT_TRACE", "ITT_RUN") if name in os.environ] == []
"""


@pytest.fixture
def program(tmp_path: Path) -> Fixture:
    """program(source) -> what it says, run in a Python of its own in the test's folder."""

    def run(source: str, *, command: list[str] | None = None, returncode: int = 0, **env: str) -> str:
        script = tmp_path / "program.py"
        script.write_text(LABEL + textwrap.dedent(source))
        done = subprocess.run(
            [*(command or [sys.executable, "-W", "always::RuntimeWarning"]), str(script)],
            cwd=tmp_path,
            env={**os.environ, **env},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )
        assert done.returncode == returncode, done.stdout
        return done.stdout

    return run


@pytest.fixture
def names(sql: Fixture, tmp_path: Path) -> Fixture:
    """names("x.pftrace"): the tasks in there, with how often; nothing else may be wrong."""

    def read(name: str) -> dict[str, int]:
        path = tmp_path / name
        trace = sql(path)
        assert not trace.problems()
        counts = _analysis.recording_counts(path)
        assert counts["lost"] == 0
        return dict(Counter(name for (name,) in trace.query("select name from slice")))

    return read
