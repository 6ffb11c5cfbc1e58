"""The forms of a label in Python, of itt, its peers and the floor: loops around the line that is timed."""

from __future__ import annotations

import contextlib
import importlib.util
import subprocess
import sysconfig
import tempfile
from collections.abc import Awaitable
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any, Callable, TypeVar, cast

import lab

Run = Callable[[int], None]
Loop = TypeVar("Loop", bound=Callable[[int], Any])


def empty_module() -> ModuleType:
    """The floor: an extension whose functions do nothing."""
    source, include = lab.ROOT / "bench" / "c" / "empty.c", sysconfig.get_path("include")
    with tempfile.TemporaryDirectory() as folder:
        built = Path(folder) / "empty.so"
        flags = ["-O2", "-shared", "-fPIC", "-I", include, str(source), "-o", str(built)]
        subprocess.run([*lab.compiler(), *flags], check=True)
        spec = importlib.util.spec_from_file_location("empty", built)
        assert spec and spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    return module


def nothing() -> None:
    pass


async def nothing_async() -> None:
    pass


# ---- Loops: what is timed is the one line in each. ----


def own(loop: Loop) -> Loop:
    """With code of its own, which the interpreter adapts to what is called there, as in a program."""
    function: Any = loop
    parts = function.__code__.replace(), function.__globals__, function.__name__, None, function.__closure__
    copy: Any = FunctionType(*parts)
    return cast(Loop, copy)


def loop_empty(loops: int) -> None:
    for _ in range(loops):
        pass


def calls(function: Callable[[], object]) -> Run:
    @own
    def run(loops: int) -> None:
        for _ in range(loops):
            function()

    return run


def pairs(
    begin: Callable[..., object], arguments: tuple[Any, ...], end: Callable[..., object], domain: Any
) -> Run:
    """Calls of one and two arguments; of one and none where domain is None."""
    if domain is None:
        (only,) = arguments

        @own
        def run(loops: int) -> None:
            for _ in range(loops):
                begin(only)
                end()
    else:
        first, second = arguments

        @own
        def run(loops: int) -> None:
            for _ in range(loops):
                begin(first, second)
                end(domain)

    return run


def made_names(begin: Callable[..., object], end: Callable[..., object], domain: object) -> Run:
    """Names that are equal, but never the same object."""

    @own
    def run(loops: int) -> None:
        for i in range(loops):
            begin(domain, f"name {i & 63}")
            end(domain)

    return run


def reused(block: Any) -> Run:
    @own
    def run(loops: int) -> None:
        for _ in range(loops):
            with block:
                pass

    return run


def fresh(make: Callable[[str], Any]) -> Run:
    @own
    def run(loops: int) -> None:
        for _ in range(loops):
            with make("x"):
                pass

    return run


def fresh_with_metadata(make: Callable[..., Any]) -> Run:
    @own
    def run(loops: int) -> None:
        for i in range(loops):
            with make("x", rows=i, share=0.5):
                pass

    return run


def fresh_with_payload(make: Callable[..., Any]) -> Run:
    """What nvtx has for metadata: a category and one value."""

    @own
    def run(loops: int) -> None:
        for i in range(loops):
            with make("x", category=7, payload=i):
                pass

    return run


def driven(loop: Callable[[int], Awaitable[None]]) -> Run:
    """Runs a coroutine that never waits."""

    @own
    def run(loops: int) -> None:
        with contextlib.suppress(StopIteration):
            loop(loops).__await__().send(None)
            raise RuntimeError("the coroutine waits")

    return run


def awaits(function: Callable[[], Awaitable[object]]) -> Run:
    @own
    async def loop(loops: int) -> None:
        for _ in range(loops):
            await function()

    return driven(loop)


def fresh_in_coroutine(make: Callable[[str], Any]) -> Run:
    @own
    async def loop(loops: int) -> None:
        for _ in range(loops):
            with make("x"):
                pass

    return driven(loop)


def fresh_async(make: Callable[[str], Any]) -> Run:
    @own
    async def loop(loops: int) -> None:
        for _ in range(loops):
            async with make("x"):
                pass

    return driven(loop)


# ---- Forms: what each package has. ----


def forms_itt(package: Any) -> dict[str, Run]:
    domain = package.Domain("itt.bench")
    return {
        "function pair": pairs(package.task_begin, (domain, "x"), package.task_end, domain),
        "function pair, name made each time": made_names(package.task_begin, package.task_end, domain),
        "task_begin_fn pair": pairs(package.task_begin_fn, (domain, nothing), package.task_end, domain),
        "reused with": reused(package.task("x")),
        "fresh with": fresh(package.task),
        "decorated call": calls(package.task(nothing)),
        "fresh with, 2 metadata": fresh_with_metadata(package.task),
        "decorated coroutine": awaits(package.task(nothing_async)),
        "with in a coroutine": fresh_in_coroutine(package.task),
        "async with": fresh_async(package.task),
    }


def forms_peer(package: Any) -> dict[str, Run]:
    """pyitt and ittapi."""
    domain, name = package.Domain("bench"), package.StringHandle("x")
    return {
        "function pair": pairs(package.task_begin, (domain, name), package.task_end, domain),
        "reused with": reused(package.task("x")),
        "fresh with": fresh(package.task),
        "decorated call": calls(package.task(nothing)),
        "decorated coroutine": awaits(package.task(nothing_async)),
        "with in a coroutine": fresh_in_coroutine(package.overlapped_task),
    }


def forms_nvtx(package: Any) -> dict[str, Run]:
    domain = package.get_domain("bench")
    attributes = domain.get_event_attributes(message="x")
    return {
        "function pair": pairs(domain.push_range, (attributes,), domain.pop_range, None),
        "reused with": reused(package.annotate("x")),
        "fresh with": fresh(package.annotate),
        "decorated call": calls(package.annotate("x")(nothing)),
        "fresh with, 2 metadata": fresh_with_payload(package.annotate),
        "decorated coroutine": awaits(package.annotate("x")(nothing_async)),
        "with in a coroutine": fresh_in_coroutine(package.annotate),
    }


FORMS: dict[str, Callable[[Any], dict[str, Run]]] = {
    "itt": forms_itt,
    "pyitt": forms_peer,
    "ittapi": forms_peer,
    "nvtx": forms_nvtx,
}


def references(itt: Any, empty: ModuleType) -> dict[str, Run]:
    """What the forms consist of at least; "loop" is in all of them."""
    domain = itt.Domain("itt.bench")
    return {
        "loop": loop_empty,
        "bare call": calls(nothing),
        "two empty C calls": pairs(empty.begin, (domain, "x"), empty.end, domain),
        "two empty C calls, name made each time": made_names(empty.begin, empty.end, domain),
        "bare coroutine": awaits(nothing_async),
    }
