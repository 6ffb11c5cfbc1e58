"""All forms of pyitt's and ittapi's labels: labels.py PACKAGE SCENE. Says what they return, as JSON."""

import asyncio
import functools
import gc
import importlib
import json
import os
import sys

package = importlib.import_module(sys.argv[1])
is_pyitt = sys.argv[1].endswith("pyitt")
said = []


def say(*values):
    said.append([value if isinstance(value, (int, type(None))) else str(value) for value in values])


def called(region):
    """The name of a label, a method of ittapi's and a property of pyitt's."""
    return region.name if is_pyitt else region.name()


def function(a, b=2, *, c=3):
    """Its doc."""
    return a + b + c


class Callable:
    def __call__(self, value):
        return value + 1


def raises():
    raise ValueError("mine")


def tasks():
    for make in (package.task, package.nested_task):
        plain = make(function)
        say(plain(1), plain(1, b=1, c=1), plain.__name__, plain.__doc__, called(plain))
        named = make("named", domain="elsewhere")
        with named as entered:
            say(entered is named, entered is None)
        decorated = make("decorated", "elsewhere")(function)
        say(decorated(1), decorated.__qualname__, decorated.__wrapped__ is function)
        unnamed = make()
        say(called(unnamed), str(unnamed.__class__.__name__))
        with unnamed:
            say("inside")
        with make(domain="elsewhere"):
            pass
        both = make(make("inner")(function))
        say(both(1), called(both))
        instance = make(Callable())
        say(instance(1), called(instance))
        try:
            make(raises)()
        except ValueError as error:
            say(error)


def begin_and_end():
    task = package.task("by hand", domain="d")
    for _ in range(3):
        say(task.begin(), task.end())


def overlapped():
    first, second = package.overlapped_task("first"), package.overlapped_task("second", "d")
    first.begin()
    second.begin()
    first.end()
    second.end()
    with package.overlapped_task(function):
        pass
    domain = package.domain("ids")
    parent, own = package.id(domain), package.id(domain)
    with package.nested_task("parent", domain, parent), package.nested_task("child", domain, own, parent):
        say("nested")
    child = package.overlapped_task("child", domain, None, parent)
    child.begin()
    child.end()


def methods():
    class Class:
        @package.task
        def method(self, value):
            return value, type(self).__name__

        @classmethod
        @package.task
        def of_class(cls):
            return cls.__name__

        @staticmethod
        @package.task
        def static():
            return "static"

        @package.task("given")
        def named(self):
            return "named"

    for owner in (Class, Class()):
        say(owner.of_class(), owner.static())
    say(*Class().method(1), *Class.method(Class(), 2), Class().named())
    say(Class.method.__qualname__, Class().method.__name__)
    bound = functools.partial(Class().method, 3)
    say(*bound())


def natives():
    domain, name = package.Domain("native"), package.StringHandle("by function")
    say(package.Domain(), domain, domain.name, name, package.string_handle("x"), package.domain().name)
    one, two = package.Id(domain), package.Id(domain)
    say(one.domain is domain, str(one) == str(two))
    package.task_begin(domain, name)
    package.task_end(domain)
    package.task_begin(domain, name, one, two)
    package.task_begin(domain, name, None, two)
    package.task_begin(domain, name, two, None)
    for _ in range(3):
        package.task_end(domain)
    package.task_begin_overlapped(domain, name, one)
    package.task_begin_overlapped(domain, name, two, one)
    package.task_end_overlapped(domain, one)
    package.task_end_overlapped(domain, two)
    other = package.Domain(package.StringHandle("of a handle"))
    package.task_begin(other, name, one)  # an id of another domain
    package.task_end(other)


def ids():
    """Told when they are made and when they go."""
    domain = package.Domain("ids")
    package.task_end(domain)  # from here on the collector is there
    id = package.Id(domain)
    del id
    gc.collect()
    task = package.task("x", domain)
    del task
    gc.collect()


def events():
    with package.event("given"):
        pass
    event = package.event()
    say(called(event))
    event.begin()
    event.end()
    decorated = package.event(function)
    say(decorated(1), called(decorated))
    say(package.event("again")(function)(1))


def control():
    with package.active_region(), package.paused_region():
        say("both")
    say(package.active_region(function)(1), package.paused_region()(function)(1))
    for i in range(4):
        with package.active_region(activator=lambda i=i: i % 2):
            pass
    switch = package.collection_control.ManualCollectionRegionActivator()
    region = package.paused_region(activator=switch)
    switch.deactivate()
    with region:
        switch.activate()
    with region:
        switch.deactivate()
    with package.active_region(activator=None):
        pass
    shared = package.active_region()
    shared.activator.deactivate()
    with package.active_region():
        pass
    shared.activator.activate()
    package.collection_control.resume()
    package.pause()
    package.resume()
    package.detach()


def threads():
    package.thread_set_name("by text")
    package.thread_set_name(package.StringHandle("by handle"))


def pt_regions():
    region = package.pt_region("region")
    say(called(region))
    with region:
        pass
    say(package.pt_region(function)(1), package.pt_region("other")(function)(1))


def named_later():
    later = package.task()
    say(later(function)(5), called(later))
    say(package.event()(function)(1))


# pyitt only


def frames():
    with package.frame():
        pass
    with package.frame(domain="d") as frame:
        say(frame, frame.domain(), frame.id())
    say(package.frame(function)(1), package.frame(domain="d")(function)(1))
    domain = package.Domain("d")
    id = package.Id(domain)
    with package.frame(domain=domain, id=id):
        pass
    package.frame_begin(domain)
    package.frame_end(domain, None)
    package.frame_begin(domain, id)
    package.frame_end(domain, id)


def counters():
    counter = package.Counter("counter", "d", 5)
    say(counter, counter.name, counter.domain, counter.value)
    counter.inc()
    counter.inc(10)
    counter += 2.9
    counter.dec()
    counter.dec(3)
    counter -= 1
    counter.set(2**64 - 1)
    say(counter.value)
    say(package.counter("plain"), package.counter(package.StringHandle("handle"), package.Domain("d"), 7.5))
    for wrong in (lambda: counter.inc(1), lambda: counter.set(-1), lambda: counter.set("1")):
        try:
            wrong()
        except Exception as error:
            say(type(error).__name__, counter.value)


def steps():
    @package.task
    def numbers(count):
        yield from range(count)

    say(*numbers(3))
    abandoned = numbers(3)
    say(next(abandoned))
    abandoned.close()
    numbers(3).close()  # never begun
    thrown = numbers(1)
    next(thrown)
    try:
        thrown.throw(KeyError("thrown"))
    except KeyError as error:
        say(error)

    @package.task
    async def wait(number):
        await asyncio.sleep(0)
        return number

    class Class:
        @package.task
        async def method(self, number):
            return await wait(number)

        @package.task
        @staticmethod
        async def static(number):
            return await wait(number)

    async def main():
        say(await wait(1), await Class().method(2), await Class.static(3), *await asyncio.gather(wait(4)))

    asyncio.run(main())
    say(asyncio.iscoroutinefunction(wait), type(wait).__name__, type(numbers).__name__)


def region_of_class():
    class Class:
        task = package.task()

    say(Class.__dict__["task"].name)


globals()[sys.argv[2]]()
print(json.dumps(said), flush=True)
os._exit(0)  # what a package lets go of at the end differs
