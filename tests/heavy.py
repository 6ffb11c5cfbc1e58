"""An environment with large libraries, for test_clients_heavy.py: what can be had in time, on one Python."""

import os
import subprocess
import time

FILE = "test_clients_heavy.py"
PYTHON = 11  # all of them have wheels for it
SECONDS = 300  # to install them
SWITCH = "ITT_TEST_HEAVY"  # 0: without them


def is_wanted():
    return os.environ.get(SWITCH) != "0"


def choose(usable):
    """The interpreter, of those there are."""
    return next((one for one in usable if one.minor == PYTHON), usable[-1])


def install(python, requirements, say):
    """Line by line: what cannot be had now is said, and left out."""
    end = time.monotonic() + SECONDS
    lines = (line.partition("#")[0].split() for line in requirements.read_text().splitlines())
    for packages in filter(None, lines):
        stamp = python.parent.parent / ("has-" + "-".join(packages).replace("/", "_"))
        if stamp.exists():
            continue
        say(f"itt: installing {' '.join(packages)} for {FILE}")
        problem = attempt(python, packages, max(end - time.monotonic(), 1))
        if problem:
            say(f"itt: left out, with what tests it: {' '.join(packages)}: {problem}")
        else:
            stamp.touch()


def attempt(python, packages, seconds):
    """What kept pip from installing them, if anything did."""
    options = ["--quiet", "--disable-pip-version-check", "--retries=1", "--timeout=20", "--only-binary=:all:"]
    command = [str(python), "-m", "pip", "install", *options, *packages]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds)
    except subprocess.TimeoutExpired:
        return f"not in {SECONDS} seconds"
    said = [line for line in done.stdout.decode(errors="replace").splitlines() if line.startswith("ERROR")]
    return (said[-1:] or [f"pip ended with {done.returncode}"])[0] if done.returncode else None
