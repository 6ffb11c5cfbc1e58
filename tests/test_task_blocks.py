"""itt.task: blocks that interleave, end elsewhere, fail, or see the recording come and go."""

from __future__ import annotations

import random

import pytest
from fake import Fake
from task_calls import labels, run

# ---- Many at once ----


@pytest.mark.parametrize("form", ["with task", "async with task", "decorated", "with fresh"])
def test_gathered_coroutines(fake: Fake, form: str) -> None:
    """Each of many coroutines ends its own task, also where all use one object."""
    body = {
        "with task": "with task: await pause(i)",
        "async with task": "async with task: await pause(i)",
        "with fresh": "with itt.task('x'): await pause(i)",
        "decorated": "await pause(i)",
    }[form]
    script = f"""
        import asyncio, random
        task = itt.task("x")
        order, events = list(range(100)), {{}}
        random.Random(1).shuffle(order)
        async def pause(i):
            events[i] = asyncio.Event()
            await events[i].wait()
            print(i)
        async def work(i):
            {body}
            await asyncio.sleep(0)
        if {form == "decorated"}:
            work = task(work)
        async def main():
            works = [asyncio.ensure_future(work(i)) for i in range(100)]
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            for i in order:
                events[i].set()
                await asyncio.sleep(0)
                await asyncio.sleep(0)
                await asyncio.sleep(0)
            await asyncio.gather(*works)
        asyncio.run(main())
    """
    calls = labels(fake, script)
    assert calls[:100] == [f"begin x #{i + 1}" for i in range(100)]
    order = list(range(100))
    random.Random(1).shuffle(order)
    assert calls[100:] == [f"end #{i + 1}" for i in order]


def test_nested_in_one_frame_and_in_others(fake: Fake) -> None:
    """The newest block of a frame ends first, whatever other frames do in between."""
    script = """
        task = itt.task("x")
        def generator():
            with task:
                yield
                with task:
                    yield
                yield
        one, two = generator(), generator()
        next(one), next(two), next(one), next(two)
        next(one), next(two)
        list(two), list(one)
    """
    assert labels(fake, script) == [
        *["begin x #1", "begin x #2", "begin x #3", "begin x #4"],
        *["end #3", "end #4", "end #2", "end #1"],
    ]


def test_recursive_generators(fake: Fake) -> None:
    script = """
        @itt.task
        def walk(depth):
            yield depth
            if depth < 200:
                yield from walk(depth + 1)
        assert list(walk(0)) == list(range(201))
    """
    calls = labels(fake, script)
    assert calls == [f"begin walk #{i}" for i in range(1, 202)] + [f"end #{i}" for i in range(201, 0, -1)]


def test_threads_share_an_object(fake: Fake) -> None:
    """Each thread's calls are its own pairs; a barrier holds all of them in the block at once."""
    script = """
        import threading
        task, barrier = itt.task("x"), threading.Barrier(8)
        def plain():
            for _ in range(20):
                with task:
                    barrier.wait()
                    with task:
                        barrier.wait()
        def coroutine():
            async def work():
                with task:
                    barrier.wait()
            for _ in range(20):
                try:
                    work().send(None)
                except StopIteration:
                    pass
        for target in plain, coroutine:
            threads = [threading.Thread(target=target) for _ in range(8)]
            [thread.start() for thread in threads]
            [thread.join() for thread in threads]
    """
    calls = labels(fake, script)
    assert [calls.count(call) for call in ("begin x", "end")] == [320, 320]
    overlapped = calls[640:]
    assert sorted(call.split("#")[1] for call in overlapped if call.startswith("begin")) == sorted(
        call.split("#")[1] for call in overlapped if call.startswith("end")
    )
    assert len(overlapped) == len(set(overlapped)) == 320


# ---- Blocks that end elsewhere ----


def test_a_generator_that_is_closed_or_abandoned(fake: Fake) -> None:
    script = """
        import gc
        @itt.task("whole")
        def generator():
            with itt.task("part"):
                yield
        closed = generator()
        next(closed)
        closed.close()
        abandoned = generator()
        next(abandoned)
        del abandoned
        never = generator()
        never.close()
        del never
        in_a_cycle = [generator()]
        next(in_a_cycle[0])
        in_a_cycle.append(in_a_cycle)
        del in_a_cycle
        gc.collect()
    """
    assert labels(fake, script) == [
        *["begin whole #1", "begin part #2", "end #2", "end #1"],
        *["begin whole #3", "begin part #4", "end #4", "end #3"],
        *["begin whole #5", "begin part #6", "end #6", "end #5"],
    ]


def test_an_async_generator_that_is_abandoned(fake: Fake) -> None:
    script = """
        import asyncio
        @itt.task("whole")
        async def generator():
            try:
                with itt.task("part"):
                    yield
            finally:
                await asyncio.sleep(0)
        async def main():
            async for _ in generator():
                break
            for _ in range(5):
                await asyncio.sleep(0)
            print("end of main")
        asyncio.run(main())
    """
    assert labels(fake, script) == ["begin whole #1", "begin part #2", "end #2", "end #1"]


def test_a_coroutine_that_is_never_awaited(fake: Fake) -> None:
    script = """
        import warnings
        warnings.simplefilter("ignore")
        @itt.task
        async def coroutine(): pass
        coroutine()
        coroutine().close()
    """
    assert labels(fake, script) == []


def test_a_generator_goes_on_in_another_thread(fake: Fake) -> None:
    script = """
        import threading
        task = itt.task("x")
        def generator():
            with task:
                yield
        one, two = generator(), generator()
        next(one), next(two)
        def elsewhere():
            list(one)
            with task: pass
        thread = threading.Thread(target=elsewhere)
        thread.start()
        thread.join()
        list(two)
    """
    assert labels(fake, script) == ["begin x #1", "begin x #2", "end #1", "begin x", "end", "end #2"]


def test_exit_stacks(fake: Fake) -> None:
    """A block that an exit stack enters is the block of the code that uses the stack."""
    script = """
        import asyncio, contextlib
        task = itt.task("x")
        def plain():
            with contextlib.ExitStack() as stack:
                stack.enter_context(task)
                stack.enter_context(itt.task("y"))
        plain()
        async def sync(first, second):
            with contextlib.ExitStack() as stack:
                stack.enter_context(task)
                first.set()
                await second.wait()
        async def main():
            a, b, c = asyncio.Event(), asyncio.Event(), asyncio.Event()
            c.set()
            await asyncio.gather(sync(a, b), sync(b, c))
            async with contextlib.AsyncExitStack() as stack:
                stack.enter_context(task)
                later = stack.pop_all()
            await later.aclose()
        asyncio.run(main())
    """
    assert labels(fake, script) == [
        *["begin x", "begin y", "end", "end"],
        *["begin x #1", "begin x #2", "end #2", "end #1", "begin x #3", "end #3"],
    ]


def test_enter_and_exit_in_different_functions(fake: Fake) -> None:
    script = """
        import threading
        class Hooks:
            def start(self):
                self.task = itt.task("x").__enter__()
            def stop(self):
                self.task.__exit__(None, None, None)
        hooks = Hooks()
        hooks.start(), hooks.stop()
        class Async:
            async def start(self):
                self.task = await itt.task("x").__aenter__()
            async def stop(self):
                await self.task.__aexit__(None, None, None)
        def finish(coroutine):
            try:
                coroutine.send(None)
            except StopIteration:
                pass
        hooks = Async()
        finish(hooks.start())
        thread = threading.Thread(target=lambda: finish(hooks.stop()))
        thread.start()
        thread.join()
        finish(hooks.stop())
        hooks = Hooks()
        hooks.start()
        with itt.task("other"):
            thread = threading.Thread(target=hooks.stop)
            thread.start()
            thread.join()
        hooks.stop()
        hooks.stop()
    """
    # A thread cannot end what is on the stack of another: nothing is sent, and its own thread still can.
    assert labels(fake, script) == [
        *["begin x", "end", "begin x #1", "end #1"],
        *["begin x", "begin other", "end", "end"],
    ]


# ---- Exceptions ----


def test_exceptions_mark_and_pass(fake: Fake) -> None:
    script = """
        import asyncio, concurrent.futures, json
        class Mine(ValueError): pass
        class Cancelled(asyncio.CancelledError): pass
        def block(error):
            with itt.task("x"):
                raise error
        @itt.task("x")
        def function(error):
            raise error
        for error in [
            Mine(), KeyboardInterrupt(), SystemExit(1), json.JSONDecodeError("", "", 0),
            StopIteration(1), StopAsyncIteration(), GeneratorExit(),
            Cancelled(), concurrent.futures.CancelledError(),
        ]:
            for form in block, function:
                try:
                    form(error)
                except BaseException as caught:
                    assert caught is error and caught.__context__ is None
    """
    marks = ["error=Mine", "error=KeyboardInterrupt", "error=SystemExit", "error=JSONDecodeError"]
    marks += [""] * 3 + ["cancelled"] * 2
    expected = [call for mark in marks for _ in range(2) for call in ("begin x", mark, "end") if call]
    assert labels(fake, script) == expected


def test_exceptions_in_what_suspends(fake: Fake) -> None:
    script = """
        import asyncio
        @itt.task("x")
        async def coroutine(event):
            event.set()
            await asyncio.sleep(9)
        @itt.task("x")
        async def fails():
            async with itt.task("y"):
                raise OSError
        @itt.task("x")
        def generator():
            yield 1 / 0
        @itt.task("x")
        async def async_generator():
            yield
            raise LookupError
        async def main():
            event = asyncio.Event()
            cancelled = asyncio.ensure_future(coroutine(event))
            await event.wait()
            cancelled.cancel()
            for use in cancelled, fails(), use_async():
                try:
                    await use
                except BaseException as error:
                    print(type(error).__name__)
        async def use_async():
            async for _ in async_generator():
                pass
        asyncio.run(main())
        try:
            next(generator())
        except ZeroDivisionError:
            print("ZeroDivisionError")
    """
    assert labels(fake, script) == [
        *["begin x #1", "cancelled #1", "end #1"],
        *["begin x #2", "begin y #3", "error=OSError #3", "end #3", "error=OSError #2", "end #2"],
        *["begin x #4", "error=LookupError #4", "end #4"],
        *["begin x #5", "error=ZeroDivisionError #5", "end #5"],
    ]


def test_what_metadata_does_is_never_the_programs_error(fake: Fake) -> None:
    """Its str() may fail, but what is to end the program ends it, and no task stays open."""
    script = """
        class Fails:
            def __str__(self): raise ValueError
        class Stops:
            def __str__(self): raise KeyboardInterrupt
        with itt.task("x", key=Fails()):
            pass
        @itt.task(key=Stops())
        def function():
            print("not called")
        for use in itt.task("y", key=Stops()).__enter__, function:
            try:
                use()
            except KeyboardInterrupt:
                print("stopped")
    """
    calls = labels(fake, script)
    assert calls == ["begin x", "key=<unprintable Fails>", "end", "begin y", "end", "begin function", "end"]


# ---- Metadata and relations of what a coroutine is in ----


def test_the_current_task_of_a_coroutine(fake: Fake) -> None:
    script = """
        import asyncio
        other = itt.Id()
        def plain():
            itt.metadata(plain="p")
        @itt.task
        async def inner():
            itt.metadata(inner="i")
            with itt.task("block", domain="d"):
                itt.metadata(block="b")
                await waited()
                plain()
            itt.metadata(again="a")
        async def waited():
            await asyncio.sleep(0)
            itt.metadata(waited="w")
            itt.relation(None, "child_of", other)
        def generator():
            itt.metadata(outside="o")
            yield
        with itt.task("main"):
            asyncio.run(inner())
            list(generator())
    """
    assert labels(fake, script) == [
        *["begin main", "begin inner #1", "inner=i #1", "begin block #2 in d", "block=b #2", "waited=w #2"],
        *["relation #2 #3", "plain=p", "end #2", "again=a #1", "end #1", "outside=o", "end"],
    ]


# ---- A recording that comes and goes ----


def test_switched_while_inside(fake: Fake) -> None:
    """A block that began while its domain was off ends nothing; one that began while it was on is ended."""
    script = """
        domain = itt.Domain("d")
        task = itt.task("x", domain=domain)
        @itt.task("f", domain=domain)
        def switching(on):
            domain.enabled = on
        def generator():
            with task:
                yield
        with itt.task("outer", domain=domain):
            domain.enabled = False
            with task:
                domain.enabled = True
            with task:
                domain.enabled = False
            switching(True)
            switching(False)
            dark = generator()
            next(dark)
            domain.enabled = True
            lit = generator()
            next(lit)
            list(dark)
            domain.enabled = False
            list(lit)
            domain.enabled = True
            with task:
                domain.enabled = False
                with task:
                    domain.enabled = True
                itt.marker("still inside", domain=domain)
    """
    calls = [call.replace(" in d", "") for call in labels(fake, script)]
    assert [call for call in calls if call.startswith(("begin", "end", "marker"))] == [
        "begin outer",
        *["begin x", "end"],
        *["begin f", "end"],
        *["begin x #1", "end #1"],
        *["begin x", "marker still inside", "end"],
        "end",
    ]


def test_nothing_is_looked_at_when_off(fake: Fake) -> None:
    script = """
        class Loud:
            def __str__(self): raise SystemExit("converted")
        domain = itt.Domain("d")
        domain.enabled = False
        with itt.task("x", domain=domain, key=Loud()) as task:
            assert task.id is None
        itt.task("y", domain=domain, key=Loud())(print)("done")
    """
    assert run(script, fake.env()) == "done\n"
    assert not [call for call in fake.take() if call[0].startswith(("task", "metadata"))]


def test_a_collector_without_overlapped_tasks(fake: Fake) -> None:
    """Then they are not shown at all: on the thread's stack they would tell wrong times."""
    script = """
        async def coroutine():
            with itt.task("x"):
                pass
        try:
            coroutine().send(None)
        except StopIteration:
            pass
        with itt.task("y"): pass
    """
    assert labels(fake, script, FAKE_ITT_SKIP="task_begin_overlapped") == ["begin y", "end"]


def test_forks(fake: Fake) -> None:
    """A child ends what it inherited without a word too many, and its ids are its own."""
    script = """
        import os
        def generator():
            with itt.task("x") as task:
                yield task.id
                print(task.id, flush=True)
        one = generator()
        next(one)
        if os.fork():
            os.wait()
        else:
            async def coroutine():
                with itt.task("child"):
                    pass
            try:
                coroutine().send(None)
            except StopIteration:
                pass
            os._exit(0)
        list(one)
    """
    assert labels(fake, script) == ["begin x #1", "begin child #2", "end #2", "end #1"]
