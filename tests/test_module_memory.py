"""The Python module under many names, threads and interpreters: bounded memory, no reference lost."""

from __future__ import annotations

import sys

import pytest
from memory import run


def test_a_million_uses(state: dict[str, str]) -> None:
    """Each form, right and wrong, leaves every reference count and the allocated memory as they were."""
    script = """
        import ctypes, functools, tracemalloc
        domain, name, other = itt.domain_create("d"), "name %d" % 1, "é%d" % 2
        class Label(str): pass
        class Callable:
            def __call__(self): pass
        def function(): pass
        label, instance, partial = Label("label"), Callable(), functools.partial(function)
        null = ctypes.CFUNCTYPE(None)()
        values = [domain, name, other, label, instance, function, partial, null, Callable]
        def refused(*call):
            try:
                call[0](*call[1:])
            except (TypeError, ValueError):
                return
            assert False, call
        def use(times):
            for _ in range(times):
                for one in name, other, label, "\\udc80", "":
                    itt.task_begin(domain, one)
                    itt.task_end(domain)
                for one in function, instance, partial, Callable, len, 4096, ctypes.pythonapi.Py_IncRef:
                    itt.task_begin_fn(domain, one)
                    itt.task_end(domain)
                itt.domain_create("d"), itt.pt_region_create("r"), itt.pause(), itt.resume()
                itt.pt_region_begin(1), itt.pt_region_end(1)
                refused(itt.task_begin, None, name), refused(itt.task_begin, domain, None)
                refused(itt.task_begin, domain, "a\\0"), refused(itt.task_begin_fn, domain, null)
                refused(itt.task_begin_fn, domain, 0), refused(itt.task_end, name)
                refused(itt.domain_create, None), refused(itt.pt_region_begin, 9)
        use(1000)
        tracemalloc.start()
        use(10)
        gc.collect()
        counts, memory = [sys.getrefcount(value) for value in values], resident()
        traced = tracemalloc.get_traced_memory()[0]
        use(2000)
        gc.collect()
        grown = tracemalloc.get_traced_memory()[0] - traced
        assert grown < 2000, grown
        tracemalloc.stop()
        use(40_000)
        gc.collect()
        assert [sys.getrefcount(value) for value in values] == counts
        grown = resident() - memory
        assert grown < 2 << 20, grown
    """
    run(script, state)


def test_distinct_names_are_bounded(state: dict[str, str]) -> None:
    """The module keeps 65,536 names, and none that is long."""
    script = """
        domain = itt.domain_create("d")
        def use(first, last):
            for i in range(first, last):
                itt.task_begin(domain, f"name {i}")
                itt.task_end(domain)
        use(0, 70_000)
        full = resident()
        use(70_000, 1_000_000)
        assert resident() - full < 1 << 20, resident() - full
        for i in range(2000):
            itt.task_begin(domain, f"{i:0100000}")
            itt.task_end(domain)
        assert resident() - full < 4 << 20, resident() - full
    """
    run(script, state)


def test_a_kept_name_lives(quiet: dict[str, str]) -> None:
    script = """
        domain = itt.domain_create("d")
        name = "".join(["na", "me"])
        before = sys.getrefcount(name)
        itt.task_begin(domain, name)
        kept = sys.getrefcount(name)
        for _ in range(10):
            itt.task_begin(domain, name)
        print(kept - before, sys.getrefcount(name) - before)
    """
    assert run(script, quiet) == ["1", "1"]


def test_threads_share_the_names(quiet: dict[str, str]) -> None:
    """Many threads, the same and different names, while the table fills up: no name is kept twice."""
    script = """
        import threading
        sys.setswitchinterval(1e-6)
        domain = itt.domain_create("d")
        barrier = threading.Barrier(6)
        shared = ["shared %d" % i for i in range(300)]
        before = sum(map(sys.getrefcount, shared))
        def work(number):
            barrier.wait()
            for i in range(20_000):
                itt.task_begin(domain, shared[i % 300])
                itt.task_begin(domain, f"{number} {i}")
                itt.task_begin_fn(domain, work)
                itt.domain_create(f"domain {i % 7}")
        threads = [threading.Thread(target=work, args=[i]) for i in range(6)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
        print(sum(map(sys.getrefcount, shared)) - before)
    """
    assert run(script, quiet) == ["300"]


def test_the_program_may_end_at_any_point(state: dict[str, str]) -> None:
    """Labels in daemon threads, in __del__ and at exit, while the interpreter is taken down."""
    script = """
        import atexit, threading
        domain = itt.domain_create("d")
        class Late:
            def __init__(self): self.begin, self.end = itt.task_begin, itt.task_end
            def __del__(self): self.begin(domain, "late"), self.end(domain)
        late, sys.late = Late(), Late()
        late.cycle = late
        atexit.register(lambda: itt.task_begin_fn(domain, Late))
        def work():
            while True:
                itt.task_begin(domain, "work")
                itt.task_end(domain)
        [threading.Thread(target=work, daemon=True).start() for _ in range(3)]
        print("end")
    """
    assert run(script, state) == ["end"]


INTERPRETERS = """
        try:
            import _interpreters as interpreters
        except ImportError:
            import _xxsubinterpreters as interpreters
        def script(number):
            return (
                "import itt\\n"
                "domain = itt.domain_create('d')\\n"
                "for i in range(2000):\\n"
                f"    itt.task_begin(domain, f'{number} {{i % 100}}')\\n"
                "    itt.task_begin_fn(domain, print)\\n"
                "    itt.task_end(domain)\\n"
            )
        def use(number):
            one = interpreters.create()
            failed = interpreters.run_string(one, script(number))
            assert not failed, failed
            interpreters.destroy(one)
"""


def test_subinterpreters(state: dict[str, str]) -> None:
    """Each interpreter has names of its own and gives them back."""
    script = (
        INTERPRETERS
        + """
        first = itt.domain_create("d")
        for number in range(10):
            use(number)
        exec(script("main"))
        itt.task_begin(first, "main 1")
        memory = resident()
        for number in range(40):
            use(number)
        grown = resident() - memory
        assert grown < 8 << 20 or sys.version_info >= (3, 12), grown  # which itself keeps 2 MB of each
    """
    )
    run(script, state)


@pytest.mark.skipif(
    sys.version_info < (3, 12), reason="interpreters have a GIL of their own since Python 3.12"
)
def test_subinterpreters_at_once(state: dict[str, str]) -> None:
    script = (
        INTERPRETERS
        + """
        import threading
        threads = [threading.Thread(target=use, args=[i]) for i in range(4)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
    """
    )
    run(script, state)


def test_a_module_that_is_imported_again(state: dict[str, str]) -> None:
    """Its state goes with it."""
    script = """
        import importlib
        def use():
            del sys.modules["itt"], sys.modules["itt._itt"]
            again = importlib.import_module("itt")
            again.task_begin(again.domain_create("d"), f"a name of its own")
        [use() for _ in range(100)]
        gc.collect()
        memory = resident()
        [use() for _ in range(2000)]
        gc.collect()
        assert resident() - memory < 32 << 20, resident() - memory  # one has 140 KB
    """
    run(script, state)
