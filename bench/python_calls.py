"""What a label costs in Python: the calls of itt against empty C functions that take the same arguments.

    python bench/python_calls.py [--loops N]

Off: without a collector. With INTEL_LIBITTNOTIFY64 set, what that collector adds (`itt record -- python
bench/python_calls.py`). All times are ns for a begin and an end, the best of many short rounds in turn.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import shlex
import subprocess
import sysconfig
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import itt

EMPTY = r"""
#include <Python.h>

static PyObject *two(PyObject *module, PyObject *const *args, Py_ssize_t count)
{
    (void)module, (void)args, (void)count;
    Py_RETURN_NONE;
}

static PyMethodDef methods[] = {
    {"begin", (PyCFunction)(void (*)(void))two, METH_FASTCALL, NULL},
    {"end", (PyCFunction)(void (*)(void))two, METH_FASTCALL, NULL},
    {NULL, NULL, 0, NULL},
};

static struct PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "empty", .m_methods = methods};

PyMODINIT_FUNC PyInit_empty(void)
{
    return PyModule_Create(&definition);
}
"""


def empty_module(folder: Path) -> ModuleType:
    """The floor: an extension whose functions do nothing."""
    source, built = folder / "empty.c", folder / "empty.so"
    source.write_text(EMPTY)
    compiler = [*shlex.split(os.environ.get("CC", "cc")), "-O2", "-shared", "-fPIC"]
    include = sysconfig.get_path("include")
    subprocess.run([*compiler, "-I", include, str(source), "-o", str(built)], check=True)
    spec = importlib.util.spec_from_file_location("empty", built)
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pairs(module: ModuleType, domain: object) -> Callable[[int], None]:
    def run(loops: int) -> None:
        for _ in range(loops):
            module.begin(domain, "name")
            module.end(domain)

    return run


def task_pairs(domain: object) -> Callable[[int], None]:
    def run(loops: int) -> None:
        for _ in range(loops):
            itt.task_begin(domain, "name")
            itt.task_end(domain)

    return run


def equal_pairs(domain: object) -> Callable[[int], None]:
    """Names that are equal, but never the same object."""

    def run(loops: int) -> None:
        for i in range(loops):
            itt.task_begin(domain, f"name {i & 63}")
            itt.task_end(domain)

    return run


def formatted(module: ModuleType, domain: object) -> Callable[[int], None]:
    def run(loops: int) -> None:
        for i in range(loops):
            module.begin(domain, f"name {i & 63}")
            module.end(domain)

    return run


def function_pairs(domain: object) -> Callable[[int], None]:
    def run(loops: int) -> None:
        for _ in range(loops):
            itt.task_begin_fn(domain, run)
            itt.task_end(domain)

    return run


def measure(runs: dict[str, Callable[[int], None]], loops: int, rounds: int = 40) -> dict[str, float]:
    best = dict.fromkeys(runs, float("inf"))
    for _ in range(rounds):
        for name, run in runs.items():
            start = time.perf_counter_ns()
            run(loops)
            best[name] = min(best[name], (time.perf_counter_ns() - start) / loops)
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--loops", type=int, default=20_000, help="pairs in a round")
    loops = parser.parse_args().loops
    domain = itt.domain_create("itt.bench")
    with tempfile.TemporaryDirectory() as folder:
        empty = empty_module(Path(folder))
    state = "with a collector" if os.environ.get("INTEL_LIBITTNOTIFY64") else "off"
    runs = {
        "two empty calls": pairs(empty, domain),
        f"task_begin + task_end, {state}": task_pairs(domain),
        "two empty calls, name made each time": formatted(empty, domain),
        f"the same with task_begin + task_end, {state}": equal_pairs(domain),
        f"task_begin_fn + task_end, {state}": function_pairs(domain),
    }
    best = measure(runs, loops)
    floor = best["two empty calls"]
    for name, ns in best.items():
        print(f"{name:<55} {ns:7.1f} ns  {ns / floor:5.2f} x")


if __name__ == "__main__":
    main()
