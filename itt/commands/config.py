"""itt config: where the C parts are."""

from __future__ import annotations

import argparse
import shlex

from itt import _parts
from itt._errors import UsageError

HELP = "say how a C program uses itt: folders, compiler and linker options"
EPILOG = "for example: cc $(itt config --cflags) program.c $(itt config --libs) -o program"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    for option, text in (
        ("include", "the folder of ittnotify.h"),
        ("cflags", "options for the compiler"),
        ("libs", "options for the linker: the static part and what it needs"),
        ("collector", "the collector: what INTEL_LIBITTNOTIFY64 names in a recording"),
        ("prefix", "the folder of the C parts"),
    ):
        parser.add_argument(f"--{option}", dest="wanted", action="append_const", const=option, help=text)


def run(args: argparse.Namespace) -> int:
    if not args.wanted:
        raise UsageError("say what you want to know, for example --cflags (itt config --help)")
    answers = {
        "include": lambda: str(_parts.include()),
        "cflags": lambda: f"-I{shlex.quote(str(_parts.include()))}",
        "libs": lambda: f"{shlex.quote(str(_parts.static_part()))} -ldl -pthread",
        "collector": lambda: str(_parts.collector()),
        "prefix": lambda: str(_parts.prefix()),
    }
    print(" ".join(answers[wanted]() for wanted in args.wanted))
    return 0
