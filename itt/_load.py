"""Reads the files of recordings into a report."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Literal

from itt import ReadError, _analysis, _report
from itt._errors import count, shown
from itt.reporters import Report, as_dict

FOREIGN = {
    "empty": "an empty file, not a recording of itt",
    "foreign": "not a recording of itt (itt record makes one)",
    "pipe": "is a pipe: itt report needs a file",
}


Failure = tuple[str, "int | str"]  # a path, and an errno or words


def load(paths: Sequence[str], choice: _report.Choice) -> tuple[Report | None, list[Failure]]:
    """The report on the files that can be read (None: there is none), and what is wrong with the others."""
    paths = list(dict.fromkeys(paths))
    notes = [note for path in paths for note in settle(path)]
    summary = _analysis.summarize(paths, by=choice.by, tree=choice.tree)
    good: list[str] = []
    failures: list[Failure] = []
    for path, (error, missing) in zip(paths, summary["files"]):
        if error is not None:
            failures.append((path, FOREIGN[error] if isinstance(error, str) else error))
            continue
        good.append(path)
        if missing:
            are = "is" if missing == 1 else "are"
            notes.append(f"{shown(path)} is cut short: {count(missing, 'byte')} {are} missing at its end")
    return _report.make(summary, good, notes, choice) if good else None, failures


def read_dict(
    paths: Sequence[str | os.PathLike[str]], by: Literal["thread", "process"] | None, tree: bool
) -> dict[str, Any]:
    """What itt.read() does."""
    if by not in (None, "thread", "process"):
        raise ValueError(f"read() argument 'by' must be 'thread', 'process' or None, not {by!r}")
    report, failures = load([_path_argument(path) for path in paths], _report.Choice(by=by, tree=tree))
    for path, error in failures:
        if isinstance(error, int):
            raise OSError(error, os.strerror(error), path)
        raise ReadError(f"{shown(path)}: {error}")
    assert report is not None
    return as_dict(report)


def _path_argument(path: str | os.PathLike[str]) -> str:
    try:
        text = os.fsdecode(path)
        os.fsencode(text)
    except TypeError:
        kind = type(path).__name__
        raise TypeError(f"read() argument 'path' must be str or os.PathLike, not {kind}") from None
    except UnicodeEncodeError:
        text = "\0"
    if "\0" in text:
        raise ValueError("read() argument 'path' must be the name of a file")
    return text


def settle(path: str) -> list[str]:
    """Where slots of a recording lie in another file, what is left in them belongs into the recording."""
    try:
        head = _analysis.recording_head(path)
    except OSError:
        return []  # no recording: what reads it says so
    try:
        if head["in_slots"]:
            _analysis.recording_settle(path)
        elif head["slots_path"]:
            where = shown(head["slots_path"])
            return [f"events left in {where} are not counted: it is not there, or of another file"]
    except OSError as error:
        return [f"what is still in the program's slots is not counted: {os.strerror(error.errno or 0)}"]
    return []
