"""itt record: runs a program and records what it labels."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from itt import _child, _limits, _outcome, _recording
from itt._errors import UsageError, complain, report_command

HELP = "run a program and record its labels into a file"
USAGE = (
    "itt record [-o FILE] [-f] [--start-paused] [--max-size N | --ring N] [--sync] [--no-cmdline] [--]"
    " PROGRAM | script.py | -m module [args ...]"
)
EPILOG = """\
The program keeps its terminal, descriptors and process group and gets the signals that are sent to itt, which
ends as the program ended. Exit codes of its own: 125 itt failed, 126 PROGRAM cannot be executed, 127 PROGRAM
was not found. Then: itt report FILE"""
FAILURE = 125


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", metavar="FILE", help="the recording (PROGRAM.PID.pftrace)")
    parser.add_argument("-f", "--force", action="store_true", help="replace FILE if it is there already")
    parser.add_argument(
        "--start-paused", action="store_true", help="record nothing until the program resumes"
    )
    _limits.add_arguments(parser)
    parser.add_argument(
        "--sync",
        action="store_true",
        help="also locks and waits (sync_*), and where tasks come from (stack_*)",
    )
    parser.add_argument(
        "--no-cmdline",
        dest="cmdline",
        action="store_false",
        help="do not record the command lines of processes, only their names",
    )
    parser.add_argument(
        "-m",
        dest="module",
        nargs=argparse.REMAINDER,
        metavar="...",
        help="run a Python module, as python -m does",
    )
    parser.add_argument(
        "command",
        nargs=argparse.REMAINDER,
        metavar="PROGRAM ...",
        help="a program, or a Python script (*.py)",
    )


def run(args: argparse.Namespace) -> int:
    _recording.refuse_other_collector(os.environ)
    name, path, command = _program(args)
    run_id = _recording.new_run()
    output = _recording.Output(f"{name}.{os.getpid()}.pftrace" if args.output is None else args.output)
    for file in (path, *command[1:2]):
        output.refuse(file)
    environ = {**os.environ, **_recording.environment(output.path, run_id, args.start_paused)}
    output.check(args.force)
    slots = _recording.slots_folder()
    output.create(run_id, args.start_paused, slots, args.sync, args.cmdline, _limits.given(args))
    output.hold()
    try:
        child = _child.Child(path, command, environ)
    except BaseException:
        output.restore()
        raise
    output.keep()
    status = child.wait()
    try:
        complain(f"itt: {_outcome.describe(output.path, output.shown, run_id)}")
    except Exception as error:
        # The program's end counts, and what it recorded is in the file.
        why = error.strerror if isinstance(error, OSError) else error
        complain(f"itt record: {output.shown}: {why}; the recording is there, try itt report")
    except KeyboardInterrupt:
        complain(f"itt: {output.shown}: not counted; next: {report_command([output.shown])}")
    output.bring_home()
    return _child.end_like(status)


def _program(args: argparse.Namespace) -> tuple[str, str, list[str]]:
    """A short name for it, the file to execute, its arguments."""
    if args.module is not None:
        if not args.module or not args.module[0]:
            raise UsageError("-m needs the name of a module (itt record --help)")
        return args.module[0], *_python("-m", *args.module)
    command = args.command[1:] if args.command[:1] == ["--"] else args.command
    if not command:
        raise UsageError("which program? itt record [-o FILE] PROGRAM [args ...] (itt record --help)")
    name = Path(command[0]).name
    if name.endswith(".py") and os.path.isfile(command[0]):
        script = f"./{command[0]}" if command[0].startswith("-") else command[0]  # to Python, an option
        return name[: -len(".py")], *_python(script, *command[1:])
    return name, _child.find(command[0]), command


def _python(*arguments: str) -> tuple[str, list[str]]:
    return sys.executable, [sys.executable, *arguments]
