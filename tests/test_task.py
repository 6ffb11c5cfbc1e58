"""itt.task: what each form sends to a collector, and what becomes of what it labels."""

from __future__ import annotations

import abc
import asyncio
import copy
import functools
import inspect
import pickle
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fake import Fake
from task_calls import labels, run

import itt

# ---- Blocks ----


def test_a_block_is_a_task_of_its_thread(fake: Fake) -> None:
    script = """
        with itt.task("a"):
            with itt.task("b", domain="d"), itt.task("c", domain=itt.Domain("e")):
                pass
            with itt.task("é", domain=itt.domain_create("f")) as task:
                assert type(task) is itt.Task and task.id is None
    """
    assert labels(fake, script) == [
        *["begin a", "begin b in d", "begin c in e", "end", "end", "begin é in f", "end", "end"]
    ]


def test_an_object_is_used_many_times(fake: Fake) -> None:
    script = """
        task = itt.task("again")
        def recurse(depth):
            with task:
                if depth:
                    recurse(depth - 1)
        recurse(2)
        with task, task: pass
    """
    three = ["begin again"] * 3 + ["end"] * 3
    assert labels(fake, script) == [*three, "begin again", "begin again", "end", "end"]


def test_what_suspends_is_overlapped(fake: Fake) -> None:
    """A block in a coroutine, a generator, an async generator or a generator-based coroutine is; in a
    function that they call it is not."""
    script = """
        import types
        task = itt.task("x")
        def plain():
            with task:
                pass
        def generator():
            with task:
                yield
        async def coroutine():
            with task:
                plain()
        async def async_generator():
            with task:
                yield
        async def iterate():
            async for _ in async_generator():
                pass
        @types.coroutine
        def old():
            with task:
                yield
        def finish(coroutine):
            try:
                while True:
                    coroutine.send(None)
            except StopIteration:
                pass
        list(generator())
        finish(coroutine())
        finish(iterate())
        finish(old())
        list(task.__enter__() and task.__exit__(None, None, None) for _ in range(1))
    """
    assert labels(fake, script) == [
        *["begin x #1", "end #1"],
        *["begin x #2", "begin x", "end", "end #2"],
        *["begin x #3", "end #3", "begin x #4", "end #4", "begin x #5", "end #5"],
    ]


def test_async_with(fake: Fake) -> None:
    script = """
        import asyncio, contextlib
        async def main():
            task = itt.task("x")
            async with task as entered:
                assert entered is task and task.id is not None
                await asyncio.sleep(0)
                async with task:
                    pass
            async with contextlib.AsyncExitStack() as stack:
                assert await stack.enter_async_context(task) is task
                assert task.id is not None
                assert await asyncio.wait_for(task.__aenter__(), 9) is task
                assert await task.__aexit__(None, None, None) is None
        asyncio.run(main())
    """
    assert labels(fake, script) == [
        *["begin x #1", "begin x #2", "end #2", "end #1"],
        *["begin x #3", "begin x #4", "end #4", "end #3"],
    ]


def test_ids_and_parents(fake: Fake) -> None:
    script = """
        import asyncio
        outer, shared = itt.task("outer"), itt.task("shared")
        ids = set()
        async def part(i):
            with shared, itt.task("part", parent=outer):
                ids.add(shared.id)
                await asyncio.sleep(0)
                ids.add(shared.id)
        async def main():
            assert outer.id is None
            with outer:
                await asyncio.gather(part(0), part(1))
                with itt.task("by id", parent=outer.id):
                    pass
            assert outer.id is None
        asyncio.run(main())
        assert len(ids) == 2
        with outer, itt.task("of none", parent=outer):
            pass
    """
    assert labels(fake, script) == [
        *["begin outer #1", "begin shared #2", "begin part #3 of #1"],
        *["begin shared #4", "begin part #5 of #1"],
        *["end #3", "end #2", "end #5", "end #4", "begin by id #6 of #1", "end #6", "end #1"],
        *["begin outer", "begin of none", "end", "end"],
    ]


def test_metadata(fake: Fake) -> None:
    script = """
        more = {"domain": "d", "name": "lost", "parent": "p"}
        with itt.task("x", name="n", id="i", metadata=more, self="s"):
            pass
        @itt.task(k="v")
        async def coroutine(): pass
        try:
            coroutine().send(None)
        except StopIteration:
            pass
    """
    calls = labels(fake, script)
    assert calls[0] == "begin x" and calls[-4:] == ["end", "begin coroutine #1", "k=v #1", "end #1"]
    # In whichever order; a keyword counts where a mapping has the key, too.
    pairs = dict(call.split("=") for call in calls[1:-4])
    assert pairs == {"name": "n", "id": "i", "domain": "d", "parent": "p", "self": "s"}


# ---- Names and domains that nobody gave ----


def test_default_names(fake: Fake) -> None:
    script = """
        import contextlib, functools
        def load():
            with itt.task():
                with contextlib.ExitStack() as stack:
                    stack.enter_context(itt.task(None))
        load()
        class Loader:
            @itt.task
            def method(self): pass
            def __call__(self): pass
        Loader().method()
        itt.task(functools.partial(Loader.method, Loader()))()
        itt.task(Loader())()
        itt.task(len)("")
        itt.task()(lambda: None)()
        odd = lambda: None
        odd.__qualname__ = "a\\0"
        itt.task(odd)()
    """
    names = ["load:5", "load:7"], ["Loader.method"], ["Loader.method"] * 2, ["Loader"], ["len"], ["<lambda>"]
    calls = labels(fake, script)
    begun = [call.split()[1] for call in calls if call.startswith("begin")]
    assert begun == [*[name for some in names for name in some], "function"]
    assert "begin len in builtins" in calls


def test_default_domains(fake: Fake, tmp_path: Path) -> None:
    """The package of the code that enters a block, or of a function's module; the script's name."""
    package = tmp_path / "pack"
    package.mkdir()
    (package / "__init__.py").write_text("")
    (package / "inner.py").write_text(
        "import contextlib, itt\n"
        "def block(task):\n"
        "    with contextlib.ExitStack() as stack:\n"
        "        stack.enter_context(task)\n"
        "@itt.task\n"
        "def function(): pass\n"
        "decorator = itt.task('f')\n"
    )
    script = """
        import pack.inner as inner
        task = itt.task("x")
        with task: pass
        inner.block(task)
        inner.function()
        inner.decorator(lambda: None)()
        exec("with task: pass", {"__name__": "other.module", "task": task})
        exec("with task: pass", {"__name__": None, "task": task})
    """
    begun = [call for call in labels(fake, script) if call.startswith("begin")]
    assert begun[:5] == [
        "begin x",
        "begin x in pack",
        "begin function in pack",
        "begin f",
        "begin x in other",
    ]


# ---- What a decorated function is ----


class Unbound:
    def __call__(self, *args: Any) -> tuple[Any, ...]:
        return args


class Base(abc.ABC):
    @itt.task
    @abc.abstractmethod
    def must(self) -> None: ...


class Example(Base):
    def must(self) -> None: ...

    @itt.task("m")
    def method(self, value: int, *more: int, key: str = "k") -> tuple[Any, ...]:
        """Of a method."""
        return self, value, more, key

    @itt.task
    @staticmethod
    def static(value: int) -> int:
        return value

    @staticmethod
    @itt.task
    def static_outside(value: int) -> int:
        return value

    @itt.task
    @classmethod
    def of_class(cls, value: int) -> tuple[Any, int]:
        return cls, value

    @itt.task
    @property
    def computed(self) -> int:
        """Of a property."""
        return self._computed

    @computed.setter
    def computed(self, value: int) -> None:
        self._computed = value

    length = itt.task(len)
    instance = itt.task(Unbound())


@itt.task
def decorated(a: int, b: str = "b", *args: int, c: float = 0.5, **kwargs: str) -> list[str]:
    """What it does."""
    return [str(a), b, *map(str, args), str(c), *kwargs]


def test_a_function_stays_what_it_is() -> None:
    def same(a: int, b: str = "b", *args: int, c: float = 0.5, **kwargs: str) -> list[str]: ...

    assert decorated.__name__ == decorated.__qualname__ == "decorated"
    assert decorated.__doc__ == "What it does." and decorated.__module__ == __name__
    assert inspect.signature(decorated) == inspect.signature(same)
    assert decorated.__annotations__ == same.__annotations__ and decorated.__defaults__ == ("b",)
    assert inspect.unwrap(decorated).__code__.co_name == "decorated"
    assert inspect.isroutine(decorated) and callable(decorated)
    assert decorated(1, "x", 2, c=3, d="e") == ["1", "x", "2", "3", "d"]
    with pytest.raises(TypeError, match=r"decorated\(\) missing 1 required positional argument: 'a'"):
        decorated()  # type: ignore[call-arg]
    assert pickle.loads(pickle.dumps(decorated)) is decorated
    assert copy.copy(decorated) is decorated and copy.deepcopy(decorated) is decorated
    assert weakref.ref(decorated)() is decorated and {decorated: 1}[decorated] == 1
    assert "decorated" in repr(decorated)
    decorated.extra = 1  # type: ignore[attr-defined]
    assert functools.wraps(decorated)(lambda: None).extra == 1  # type: ignore[attr-defined]
    del decorated.extra  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match="extra"):
        decorated.extra  # type: ignore[attr-defined] # noqa: B018


def test_attributes_of_a_function_come_along() -> None:
    def function() -> None: ...

    function.mark = [1]  # type: ignore[attr-defined]
    labelled: Any = itt.task("other")(function)
    assert labelled.mark is function.mark  # type: ignore[attr-defined]
    assert vars(labelled) == {
        **{name: getattr(function, name) for name in ("__module__", "__name__", "__qualname__", "__doc__")},
        "mark": [1],
        "__wrapped__": function,
    }
    labelled.__name__ = labelled.__doc__ = "changed"
    assert labelled.__name__ == labelled.__doc__ == "changed" and function.__name__ == "function"


def test_methods() -> None:
    one = Example()
    assert one.method(1, 2, key="x") == Example.method(one, 1, 2, key="x") == (one, 1, (2,), "x")
    bound = one.method
    assert inspect.ismethod(bound) and bound.__self__ is one and bound(3) == (one, 3, (), "k")
    assert list(inspect.signature(bound).parameters) == ["value", "more", "key"]
    assert bound.__doc__ == "Of a method." and "Of a method." in inspect.getdoc(Example.method)
    assert Example.static(1) == one.static(1) == Example.static_outside(1) == one.static_outside(1) == 1
    assert Example.of_class(2) == one.of_class(2) == (Example, 2)
    for name, kind in [("static", staticmethod), ("of_class", classmethod), ("computed", property)]:
        assert type(vars(Example)[name]) is kind
    one.computed = 4
    assert one.computed == 4 and Example.computed.__doc__ == "Of a property."
    assert one.length("abc") == 3 and one.instance(5) == (5,), "what does not bind still does not"
    with pytest.raises(TypeError, match="abstract"):
        Base()  # type: ignore[abstract]


def test_callables_that_bind_in_their_own_way() -> None:
    class Descriptor:
        def __init__(self, function: Any, instance: Any = None) -> None:
            self.function, self.instance = function, instance

        def __get__(self, instance: Any, owner: Any) -> Any:
            return self if instance is None else Descriptor(self.function, instance)

        def __call__(self, *args: Any) -> Any:
            return self.function("bound to", self.instance, *args)

    class Owner:
        method = itt.task(Descriptor(lambda *args: args))
        cached = itt.task(functools.lru_cache(maxsize=None)(lambda self, value: (self, value)))

    one = Owner()
    assert one.method(1) == ("bound to", one, 1) and Owner.method(1) == ("bound to", None, 1)
    assert one.cached(1) is one.cached(1) and one.cached(1) == (one, 1)
    assert Owner.cached.cache_info().hits == 2  # type: ignore[attr-defined]


class Callable_:
    async def __call__(self) -> int:
        return 1


async def coroutine_function(x: int, y: int = 2) -> int:
    """Of a coroutine."""
    await asyncio.sleep(0)
    return x + y


def generator_function(x: int) -> Any:
    """Of a generator."""
    got = [(yield x)]
    try:
        got.append((yield got[-1]))
    except KeyError as error:
        got.append((yield error))
    except GeneratorExit:
        got.append("closed")
        raise
    return got


async def async_generator_function(x: int) -> Any:
    """Of an async generator."""
    got = [(yield x)]
    try:
        got.append((yield got[-1]))
    except KeyError as error:
        got.append((yield error))
    finally:
        await asyncio.sleep(0)


@pytest.mark.parametrize(
    "function", [coroutine_function, generator_function, async_generator_function], ids=lambda f: f.__name__
)
def test_the_kind_stays(function: Any) -> None:
    for labelled in itt.task(function), itt.task("name", key=1)(function), itt.task()(function):
        for kind in inspect.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction:
            assert kind(labelled) == kind(function)
            assert kind(itt.task(functools.partial(function, 1))) == kind(function)
        assert inspect.signature(labelled) == inspect.signature(function)
        assert labelled.__name__ == function.__name__ and labelled.__doc__ == function.__doc__
        assert labelled.__wrapped__ is function


def test_coroutines_pass_everything() -> None:
    labelled = itt.task(coroutine_function)
    assert asyncio.run(labelled(1, y=4)) == 5 == asyncio.run(itt.task(Callable_())()) + 4
    started = labelled(1)
    assert inspect.iscoroutine(started) and started.__name__ == "coroutine_function"
    started.close()
    with pytest.raises(TypeError, match="coroutine_function"):
        asyncio.run(labelled())  # type: ignore[call-arg]


def test_generators_pass_everything() -> None:
    for function in generator_function, itt.task(generator_function):
        one = function(1)
        assert (next(one), one.send(2)) == (1, 2)
        error = KeyError()
        assert one.throw(error) is error
        with pytest.raises(StopIteration) as stop:
            one.send("end")
        assert stop.value.value == [2, "end"]
        closed = function(1)
        next(closed), next(closed)
        closed.close()
        with pytest.raises(StopIteration):
            next(closed)
        with pytest.raises(ValueError, match="mine"):
            function(1).throw(ValueError("mine"))


def test_async_generators_pass_everything() -> None:
    async def stubborn() -> Any:
        try:
            yield 1
        except GeneratorExit:
            yield 2

    async def ends() -> Any:
        try:
            yield 1
        except BaseException:
            return

    async def use(label: Callable[[Any], Any]) -> None:
        one = label(async_generator_function)(1)
        assert (await one.__anext__(), await one.asend(2)) == (1, 2)
        error = KeyError()
        assert await one.athrow(error) is error
        with pytest.raises(StopAsyncIteration):
            await one.asend("end")
        with pytest.raises(StopAsyncIteration):
            await one.__anext__()
        closed = label(async_generator_function)(1)
        await closed.__anext__()
        await closed.aclose()
        with pytest.raises(StopAsyncIteration):
            await closed.__anext__()
        with pytest.raises(ValueError, match="mine"):
            failed = label(async_generator_function)(1)
            await failed.__anext__()
            await failed.athrow(ValueError("mine"))
        odd = label(stubborn)()
        await odd.__anext__()
        with pytest.raises(RuntimeError, match="async generator ignored GeneratorExit"):
            await odd.aclose()
        assert [value async for value in odd] == []
        odd = label(stubborn)()
        await odd.__anext__()
        assert await odd.athrow(GeneratorExit()) == 2
        assert [value async for value in odd] == []
        ended = label(ends)()
        await ended.__anext__()
        with pytest.raises(StopAsyncIteration):
            await ended.athrow(KeyError())
        assert [value async for value in label(ends)()] == [1]

    asyncio.run(use(lambda function: function))
    asyncio.run(use(itt.task))


@pytest.mark.parametrize("label", [itt.task, itt.region("region"), itt.frame("domain"), itt.Event("event")])
def test_async_generators_that_the_event_loop_closes(label: Callable[[Any], Any]) -> None:
    """It is told of one generator, not of the one inside too, which it would close at the same time."""
    problems: list[Any] = []
    cleaned: list[str] = []

    @label
    async def numbers(how: str) -> Any:
        try:
            yield 1
            yield 2
        finally:
            await asyncio.sleep(0.001)
            cleaned.append(how)

    async def use() -> Any:
        asyncio.get_running_loop().set_exception_handler(lambda loop, context: problems.append(context))
        kept = numbers("kept")
        await kept.__anext__()
        dropped = numbers("dropped")
        await dropped.__anext__()
        del dropped
        async for _ in numbers("left"):
            break
        while len(cleaned) < 2:  # Python 3.9's loop does not wait for them
            await asyncio.sleep(0)
        return kept

    kept = asyncio.run(use())
    assert (problems, sorted(cleaned)) == ([], ["dropped", "kept", "left"])
    assert kept.ag_frame is None


# ---- Wrong use ----


@pytest.mark.parametrize("state", ["off", "on"])
def test_wrong_use(fake: Fake, state: str) -> None:
    """The same errors whether anybody listens or not."""
    script = """
        import functools
        def function(): pass
        task, other = itt.task("t"), itt.Id(itt.Domain("other"))
        for call in [
            lambda: itt.task(1),
            lambda: itt.task("a", "b"),
            lambda: itt.task("a\\0"),
            lambda: itt.task(b"a"),
            lambda: itt.task(object),
            lambda: itt.task()(type("Class", (), {})),
            lambda: task(),
            lambda: task("a"),
            lambda: task(function, function),
            lambda: task(function, key=1),
            lambda: itt.task("a", domain=1),
            lambda: itt.task("a", domain="d\\0"),
            lambda: itt.task("a", parent=1),
            lambda: itt.task("a", domain="d", parent=other),
            lambda: itt.task("a", parent=other),
            lambda: itt.task("a", metadata=1),
            lambda: itt.task("a", metadata={1: 2}),
            lambda: itt.task("a", metadata={"k\\0": 2}),
            lambda: itt.task("a", **{"k\\0": 2}),
            lambda: itt.task(functools.cached_property(function)),
            lambda: itt.Task("a"),
            lambda: object.__new__(itt.Task),
            lambda: type(itt.task(function))(),
            lambda: task.__exit__(),
            lambda: task.__aexit__(None),
        ]:
            try:
                print("no error", call())
            except (TypeError, ValueError) as error:
                print(type(error).__name__, error)
    """
    env = fake.env() if state == "on" else {**fake.env(), "INTEL_LIBITTNOTIFY64": ""}
    said = run(script, env)
    fake.take()
    assert said.splitlines() == [
        "TypeError task() argument 'name' must be a str or what it is to decorate, a function, not int",
        "TypeError task() takes at most 1 positional argument (name), not 2",
        "ValueError task() argument 'name' must be a str without NUL characters",
        "TypeError task() argument 'name' must be a str or what it is to decorate, a function, not bytes",
        "TypeError task() cannot decorate a class (object): decorate its methods",
        "TypeError task() cannot decorate a class (Class): decorate its methods",
        *["TypeError a Task takes one function, to decorate it, or is used in a with statement"],
        "TypeError task() argument 'name' must be a str or what it is to decorate, a function, not str",
        *["TypeError a Task takes one function, to decorate it, or is used in a with statement"] * 2,
        "TypeError task() argument 'domain' must be a domain, the name of one, or None, not int",
        "ValueError task() argument 'domain' must be a str without NUL characters",
        "TypeError task() argument 'parent' must be an Id or a Task, not int",
        "ValueError task() argument 'parent' is an Id of domain 'other', not of 'd'",
        "ValueError task() argument 'parent' is an Id of domain 'other', not of 'script'",
        "TypeError task() argument 'metadata' must be a mapping, not int",
        "TypeError task() argument 'metadata' must have keys of type str, not int",
        "ValueError task() argument 'metadata' must have keys without NUL characters",
        "ValueError task() keyword 'k\\x00' must not have a NUL character in it",
        "TypeError task() argument 'name' must be a str or what it is to decorate, a function, not "
        "cached_property",
        "TypeError a Task is made by itt.task()",
        "TypeError object.__new__(itt.Task) is not safe, use itt.Task.__new__()",
        "TypeError cannot create 'itt._itt.TaskFunction' instances",
        "TypeError __exit__() takes 3 positional arguments (type, value, traceback), not 0",
        "TypeError __aexit__() takes 3 positional arguments (type, value, traceback), not 1",
    ]
