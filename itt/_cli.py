"""The command `itt`: finds the verb's module in itt/commands and runs it.

A verb's module has HELP (one line), add_arguments(parser) and run(args) -> exit code. USAGE replaces the
usage line of argparse, EPILOG ends the help. FAILURE is for a verb that ends with another program's exit
code: what it returns itself in place of 1 (failed) and 2 (usage).
"""

from __future__ import annotations

import argparse
import importlib
import os
import signal
import sys
from collections.abc import Sequence
from types import ModuleType
from typing import NoReturn

from itt import commands
from itt._errors import Error, UsageError, complain, os_error_text

FAILED, BAD_USAGE, INTERRUPTED, READER_GONE = 1, 2, 130, 141


class Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message} ({self.prog} --help)")


def verbs() -> list[str]:
    """By the names of the files: pkgutil, which would know more ways, takes longer than the whole command."""
    names = {name.partition(".")[0] for folder in commands.__path__ for name in os.listdir(folder)}
    return sorted(name for name in names if name.isidentifier() and not name.startswith("_"))


def verb_module(verb: str) -> ModuleType:
    return importlib.import_module(f"{commands.__name__}.{verb}")


def usage() -> str:
    lines = ["usage: itt VERB ...", "       itt VERB --help", "       itt --version", "", "verbs:"]
    lines += [f"  {verb:8} {verb_module(verb).HELP}" for verb in verbs()]
    return "\n".join(lines)


def run_verb(verb: str, arguments: Sequence[str]) -> int:
    module = verb_module(verb)
    parser = Parser(
        prog=f"itt {verb}",
        usage=getattr(module, "USAGE", None),
        description=module.HELP[0].upper() + module.HELP[1:] + ".",
        epilog=getattr(module, "EPILOG", None),
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    module.add_arguments(parser)
    try:
        return int(module.run(parser.parse_args(arguments)))
    except (Error, OSError) as error:
        if isinstance(error, BrokenPipeError):
            raise
        text = os_error_text(error) if isinstance(error, OSError) else str(error)
        complain(f"itt {verb}: {text}")
        code = int(getattr(error, "exit_code", FAILED))
        return int(getattr(module, "FAILURE", code)) if code in (FAILED, BAD_USAGE) else code
    except MemoryError:
        complain(f"itt {verb}: out of memory")
        return int(getattr(module, "FAILURE", FAILED))


def dispatch(arguments: Sequence[str]) -> int:
    if not arguments or arguments[0] in ("-h", "--help", "help"):
        print(usage())
        return 0 if arguments else BAD_USAGE
    if arguments[0] in ("-V", "--version"):
        from itt import _about

        print(_about.describe())
        return 0
    if arguments[0] not in verbs():
        known = ", ".join(verbs())
        complain(f"itt {arguments[0]}: no such verb; there are {known} (itt --help)")
        return BAD_USAGE
    return run_verb(arguments[0], arguments[1:])


def main(arguments: Sequence[str] | None = None) -> int:
    if sys.stdout is None:  # closed: what is printed goes nowhere
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115
    try:
        code = dispatch(sys.argv[1:] if arguments is None else arguments)
        sys.stdout.flush()
        return code
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)
        return INTERRUPTED
    except BrokenPipeError:
        # `itt report ... | head`: the reader has what it wanted.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return READER_GONE
    except OSError as error:
        complain(f"itt: standard output: {os_error_text(error)}")
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return FAILED
