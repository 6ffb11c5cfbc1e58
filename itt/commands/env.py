"""itt env: the environment of a recording, for a shell."""

from __future__ import annotations

import argparse
import os
import shlex

from itt import _limits, _recording

HELP = "print the export lines that record whatever the shell starts, without a wrapper"
USAGE = "itt env -o FILE [-f] [--start-paused] [--max-size N | --ring N] [--sync] [--no-cmdline]"
EPILOG = 'for example: eval "$(itt env -o run.pftrace)" && ./program && itt report run.pftrace'


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-o", "--output", metavar="FILE", required=True, help="the recording")
    parser.add_argument("-f", "--force", action="store_true", help="remove FILE if it is there already")
    parser.add_argument(
        "--start-paused", action="store_true", help="record nothing until the program resumes"
    )
    _limits.add_arguments(parser)
    parser.add_argument("--sync", action="store_true", help="as with itt record")
    parser.add_argument("--no-cmdline", dest="cmdline", action="store_false", help="as with itt record")


def run(args: argparse.Namespace) -> int:
    output = _recording.Output(args.output)
    run_id, limits = _recording.new_run(), _limits.given(args)
    environment = _recording.environment(output.path, run_id, args.start_paused)
    _recording.refuse_other_collector(os.environ, ours_too=False)
    output.check(args.force)
    slots = _recording.slots_folder()
    if any(limits) or args.sync or not args.cmdline:  # its head tells them
        output.create(run_id, args.start_paused, slots, args.sync, args.cmdline, limits)
        output.keep()
    elif args.force:
        output.remove()
    if not args.start_paused and _recording.START_PAUSED in os.environ:
        print(f"unset {_recording.START_PAUSED}")
    for name, value in environment.items():
        print(f"export {name}={shlex.quote(value)}")
    return 0
