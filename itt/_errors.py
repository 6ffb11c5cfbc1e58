"""Errors that a user can cause: one line that says what is wrong and what to do."""

from __future__ import annotations


class Error(Exception):
    """The command failed."""

    exit_code = 1


class UsageError(Error):
    """The command line is wrong."""

    exit_code = 2
