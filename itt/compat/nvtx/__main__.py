"""python -m itt.compat.nvtx SCRIPT ...: runs it with a range for each call."""

from __future__ import annotations

import argparse
import runpy
import sys

from itt.compat.nvtx._profile import Profile


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m itt.compat.nvtx")
    lines = parser.add_mutually_exclusive_group()
    lines.add_argument("--linenos", action="store_true", default=True, help="show files and lines too")
    lines.add_argument("--no-linenos", action="store_false", dest="linenos", help="show the names only")
    parser.add_argument("--annotate-cfuncs", action="store_true", help="C functions too")
    parser.add_argument("script")
    parser.add_argument("arguments", nargs=argparse.REMAINDER)
    options = parser.parse_args()
    sys.argv = [options.script, *options.arguments]
    profile = Profile(linenos=options.linenos, annotate_cfuncs=options.annotate_cfuncs)
    profile.enable()
    try:
        runpy.run_path(options.script, run_name="__main__")
    finally:
        profile.disable()


if __name__ == "__main__":
    main()
