"""Errors that a user can cause: one line that says what is wrong and what to do."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterable

from itt import Error as Error


class UsageError(Error):
    """The command line is wrong."""

    exit_code = 2


def shown(text: str) -> str:
    """Control characters and the like as escapes."""
    return text if text.isprintable() else text.encode("unicode_escape", "replace").decode()


SHORT = {"\t": "\\t", "\n": "\\n", "\r": "\\r", "'": "\\'", "\\": "\\\\"}


def shell_word(text: str) -> str:
    """As a shell reads it; where letters in it cannot be shown, as bash, zsh and ksh do."""
    if text.isprintable():
        return shlex.quote(text)
    words = (SHORT.get(c) or (c if c.isprintable() else _as_bytes(c)) for c in text)
    return f"$'{''.join(words)}'"


def _as_bytes(letter: str) -> str:
    return "".join(f"\\x{byte:02x}" for byte in os.fsencode(letter))


def report_command(files: Iterable[str]) -> str:
    """To be pasted: a name that begins with a dash is no option."""
    return " ".join(["itt report", *(shell_word(f"./{file}" if file[0] == "-" else file) for file in files)])


def count(number: int, thing: str) -> str:
    return f"{number:,} {thing}{'' if number == 1 else 's'}"


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
