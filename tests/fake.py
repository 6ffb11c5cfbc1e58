"""The collector of the tests' own (tests/c/fake_collector.c): what was called, read line by line."""

from __future__ import annotations

import shlex
from pathlib import Path


class Fake:
    """A fake collector and its log. Every line must be read: `done()` fails if a call was left over."""

    def __init__(self, library: Path, log: Path) -> None:
        self.library = library
        self.log = log
        self.taken = 0

    def env(self, **more: str) -> dict[str, str]:
        """The variables that make a program use it."""
        return {"INTEL_LIBITTNOTIFY64": str(self.library), "FAKE_ITT_LOG": str(self.log), **more}

    def unread(self) -> list[list[str]]:
        text = self.log.read_text() if self.log.exists() else ""
        return [shlex.split(line) for line in text.splitlines()[self.taken :]]

    def take(self) -> list[list[str]]:
        """All calls that were not read yet, each as [name, argument, ...]; now they are."""
        lines = self.unread()
        self.taken += len(lines)
        return lines

    def done(self) -> None:
        left = self.unread()
        assert not left, f"calls that nobody expected: {left[:20]}"
