"""Errors that a user can cause: one line that says what is wrong and what to do."""

from __future__ import annotations

import os


class Error(Exception):
    """The command failed."""

    exit_code = 1


class UsageError(Error):
    """The command line is wrong."""

    exit_code = 2


def complain(message: str) -> None:
    """One line on standard error, if there is one and somebody reads it."""
    try:
        # Not by sys.stderr: what it could not write, Python tries again at its end, and exits with 120.
        os.write(2, os.fsencode(message + "\n"))
    except OSError:
        pass
