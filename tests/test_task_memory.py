"""itt.task: no reference lost over many uses, in threads and interpreters; the end of a program."""

from __future__ import annotations

import os
import textwrap
from typing import Any

import pytest
from memory import run

import itt

USES = int(os.environ.get("ITT_TEST_USES", 100_000))  # a million takes minutes for all forms

# Each runs once for an i from 0 on. What stands before "---" is done first.
FORMS = {
    "with fresh": "with itt.task('x'): pass",
    "with domain": "with itt.task('x', domain='d'): pass",
    "with place": "with itt.task(): pass",
    "with reused": "task = itt.task('x')\n---\nwith task: pass",
    "with nested": "task = itt.task('x')\n---\nwith task:\n    with task: pass",
    "with keywords": "value = object()\n---\nwith itt.task('x', a=1, b='t', c=value): pass",
    "with mapping": "more = {'a': 1.5}\n---\nwith itt.task('x', metadata=more, b=2): pass",
    "with parent": "outer = itt.task('x')\n---\nwith outer, itt.task('y', parent=outer): pass",
    "with exception": "try:\n    with itt.task('x'): raise KeyError(i)\nexcept KeyError: pass",
    "never entered": "itt.task('x', a=i, parent=itt.Id())",
    "never left": "itt.task('x', a=i).__enter__()",
    "in a cycle": "one = []\none.append(itt.task('x', one=one))",
    "decorated": "@itt.task\ndef f(a, *b, c=0): return a\n---\nf(i, 2, c=3)",
    "decorated fails": "@itt.task\ndef f(): raise KeyError\n---\ntry: f()\nexcept KeyError: pass",
    "method": "class C:\n    @itt.task\n    def m(self, a): pass\no = C()\n---\no.m(i); C.m(o, i); (o.m)(i)",
    "decorating": "def f(): pass\nf.mark = 1\n---\nitt.task(f)(), itt.task('x', k=i)(f)",
    "wrong": (
        "def refused(call):\n    try: call()\n    except (TypeError, ValueError): pass\n"
        "o = itt.Id(itt.Domain('o'))\n---\n"
        "refused(lambda: itt.task(1)), refused(lambda: itt.task('x', domain='d', parent=o, k=i))\n"
        "refused(lambda: itt.task('x', metadata={1: 2}, k=i)), refused(lambda: itt.task('x\\0'))"
    ),
    "coroutine": "@itt.task\nasync def f(a): return a\n---\nassert finish(f(i)) == i",
    "async with": "async def f():\n    async with itt.task('x') as t: t.id\n---\nfinish(f())",
    "decorating async": "async def f(): pass\n---\nif not i % 20: finish(itt.task(f)())",
    "generator": "@itt.task\ndef g(a): yield a\n---\nlist(g(i))",
    "generator abandoned": "@itt.task\ndef g(a): yield a\n---\nnext(g(i))",
    "async generator": (
        "@itt.task\nasync def g(a): yield a\nasync def f(a): [b async for b in g(a)]\n---\nfinish(f(i))"
    ),
    "many at once": (
        "task = itt.task('x')\ndef g():\n    with task: yield\nopened = [g() for _ in range(100)]\n---\n"
        "next(opened[i % 100], None)\nif i % 100 == 99: opened = [g() for _ in range(100)]"
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_many_uses(form: str, state: dict[str, str]) -> None:
    """Leaves reference counts, traced memory and the process's size as they were."""
    before, _, body = FORMS[form].rpartition("---\n")
    script = f"""
import tracemalloc
{before}
def use(times):
    for i in range(times):
{textwrap.indent(body, "        ")}
        {"if i % 1000 == 0: gc.collect()" if "cycle" in form else ""}
def count():
    gc.collect()
    types = itt.Task, itt.Id, type(itt.task(finish))
    return [sys.getrefcount(value) for value in (None, True, itt.task, finish, use, *types)]
use(2000)
tracemalloc.start()
use(1000)
gc.collect()
traced = tracemalloc.get_traced_memory()[0]
use(5000)
gc.collect()
grown = tracemalloc.get_traced_memory()[0] - traced
assert grown < 3000, grown
tracemalloc.stop()
counts, memory = count(), resident()
use({USES})
assert max(abs(a - b) for a, b in zip(counts, count())) < 1000, (counts, count())
grown = resident() - memory
assert grown < 2 << 20, grown
"""
    if "many" in form:
        script = script.replace("def use(times):", "def use(times):\n    global opened")
    run(script, state)


def test_a_chain_of_parents(state: dict[str, str]) -> None:
    """Taking it down needs no stack; a function that is labelled again and again ends in no crash."""
    script = """
        task = itt.task("first")
        for _ in range(300_000):
            task = itt.task("next", parent=task)
        del task
        function = len
        for _ in range(2000):
            function = itt.task("again")(function)
        assert function.__name__ == "len" and not hasattr(function, "missing")
        try:
            function("")
        except RecursionError:
            pass  # where Python would not go that deep
        del function
        print("done")
    """
    assert run(script, state) == ["done"]


def test_the_program_may_end_at_any_point(state: dict[str, str]) -> None:
    """Tasks in daemon threads, in __del__, in open generators and at exit."""
    script = """
        import atexit, threading
        task = itt.task("late")
        @itt.task
        def function(): pass
        def generator():
            with task:
                yield
        class Late:
            def __init__(self):
                self.task, self.function, self.make = task, function, itt.task
            def __del__(self):
                with self.task, self.make("new", key=1): self.function()
        late, sys.late = Late(), Late()
        late.cycle = late
        sys.generator = generator()
        next(sys.generator)
        kept = generator()
        next(kept)
        atexit.register(function)
        def work():
            while True:
                with task, itt.task("work"): function()
                list(generator())
        [threading.Thread(target=work, daemon=True).start() for _ in range(3)]
        print("end")
    """
    assert run(script, state) == ["end"]


def test_threads_use_one_object(state: dict[str, str]) -> None:
    script = """
        import threading
        sys.setswitchinterval(1e-6)
        task = itt.task("x", key="value")
        function = itt.task(lambda: None)
        def generator():
            with task:
                yield
        before = sys.getrefcount(task)
        def work():
            for _ in range(20_000):
                with task:
                    with task: function()
                one = generator()
                next(one)
                finish(coroutine())
                list(one)
        async def coroutine():
            async with task: pass
        threads = [threading.Thread(target=work) for _ in range(6)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        print(sys.getrefcount(task) - before)
    """
    assert run(script, state) == ["0"]


def test_subinterpreters(state: dict[str, str]) -> None:
    """Each has types of its own, and ends whatever is open."""
    script = """
        try:
            import _interpreters as interpreters
        except ImportError:
            import _xxsubinterpreters as interpreters
        source = '''if True:
            import itt
            @itt.task
            def function(): pass
            @itt.task
            def generator(): yield
            async def coroutine():
                async with itt.task("x", key="v") as task:
                    function()
                    return task.id
            task = itt.task("open").__enter__()
            kept = generator()
            next(kept)
            for _ in range(100):
                with task: function()
                try: coroutine().send(None)
                except StopIteration: pass
        '''
        def use():
            one = interpreters.create()
            failed = interpreters.run_string(one, source)
            assert not failed, failed
            interpreters.destroy(one)
        for _ in range(5):
            use()
        exec(source)
        memory = resident()
        for _ in range(30):
            use()
        grown = resident() - memory
        assert grown < 8 << 20 or sys.version_info >= (3, 12), grown  # which itself keeps 2 MB of each
        if sys.version_info >= (3, 12):
            import threading
            threads = [threading.Thread(target=use) for _ in range(4)]
            [thread.start() for thread in threads]
            [thread.join() for thread in threads]
        print("done")
    """
    assert run(script, state) == ["done"]


def test_a_module_that_is_imported_again(state: dict[str, str]) -> None:
    """Its state goes with the last of its objects."""
    script = """
        import importlib
        def use():
            for name in [name for name in sys.modules if name.split(".")[0] == "itt"]:
                del sys.modules[name]
            again = importlib.import_module("itt")
            function = again.task("x")(lambda: None)
            with again.task("x") as task: function()
            return task
        def use_often(times):
            for _ in range(times):
                use()
        use_often(100)
        gc.collect()
        memory, types = resident(), sum(type(one) is type for one in gc.get_objects())
        use_often(1000)
        gc.collect()
        assert sum(type(one) is type for one in gc.get_objects()) == types
        assert resident() - memory < 32 << 20, resident() - memory
    """
    run(script, state)


def test_decorating_what_is_nested_too_deep() -> None:
    def function() -> None: ...

    nested: Any = function
    for _ in range(100_000):
        nested = staticmethod(nested)
    with pytest.raises(RecursionError):
        itt.task(nested)
    while isinstance(nested, staticmethod):  # what is nested so deep is not freed at once either
        nested = nested.__func__
