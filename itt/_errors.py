"""Errors that a user can cause: one line that says what is wrong and what to do."""

from __future__ import annotations

import os

from itt import Error as Error


class UsageError(Error):
    """The command line is wrong."""

    exit_code = 2


def shown(text: str) -> str:
    """Control characters and the like as escapes."""
    return text if text.isprintable() else text.encode("unicode_escape", "replace").decode()


def complain(message: str) -> None:
    """One line on standard error, if there is one and somebody reads it; whatever the names in it are."""
    words = "".join(letter if letter.isprintable() else shown(letter) for letter in message)
    try:
        # Not by sys.stderr: what it could not write, Python tries again at its end, and exits with 120.
        os.write(2, os.fsencode(words + "\n"))
    except OSError:
        pass


def error_text(error: int) -> str:
    """The words for an errno that a file names: a damaged one may say anything."""
    return os.strerror(error) if error < 4096 else f"error {error}"


def os_error_text(error: OSError) -> str:
    """Without Python's [Errno N]."""
    if error.strerror is None:
        return str(error)
    return f"{os.fsdecode(error.filename)}: {error.strerror}" if error.filename else error.strerror
