"""Calls all that pyitt and ittapi offer."""

import asyncio
import threading

import ittapi
import ittapi.compat
import pyitt
import pyitt.compatibility_layers.itt_python as pyitt_as_itt
import pyitt.compatibility_layers.ittapi as pyitt_as_ittapi


def both(itt):
    """What pyitt and ittapi share."""
    itt.thread_set_name("renamed")
    domain = itt.domain("all")
    assert itt.domain() is not None and repr(domain)
    first, second = itt.id(domain), itt.id(domain)
    with itt.nested_task("parent", domain, first), itt.nested_task("child", domain, second, first):
        pass
    with itt.task(domain=domain) as _:
        pass
    one, two = itt.overlapped_task("one", domain), itt.overlapped_task("two", domain, parent=first)
    one.begin(), two.begin(), one.end(), two.end()
    itt.task_begin_overlapped(domain, itt.string_handle("three"), first)
    itt.task_end_overlapped(domain, first)
    for _ in range(3):
        with itt.event("an event"):
            pass
    decorated = itt.event(lambda: None)
    decorated()
    regions = [itt.pt_region(f"region {number}") for number in range(9)]
    for region in regions:
        with region:
            pass
    with itt.active_region(), itt.active_region(activator=lambda: False), itt.paused_region(activator=bool):
        pass
    itt.resume()
    del first, second


def of_pyitt():
    domain = pyitt.domain("all")
    for counter in pyitt.counter("a counter"), pyitt.counter("another", "all", 7):
        counter.inc(), counter.dec(), counter.inc(5), counter.dec(2), counter.set(40)
        counter += 2
        counter -= 1
        assert counter.value == 41
    with pyitt.frame(), pyitt.frame(domain=domain), pyitt.frame(domain=domain, id=pyitt.id(domain)):
        pass
    pyitt.frame_begin(domain), pyitt.frame_end(domain)

    @pyitt.task(domain=domain)
    async def coroutine():
        await asyncio.sleep(0)

    @pyitt.task(domain=domain)
    def generator():
        yield 1
        yield 2

    async def several():
        await asyncio.gather(coroutine(), coroutine(), coroutine())

    asyncio.run(several())
    assert list(generator()) == [1, 2]


def like_itt(itt, name):
    domain = itt.domain_create("all")
    itt.task_begin(domain, name)
    itt.task_end(domain)
    region = itt.pt_region_create("region")
    itt.pt_region_begin(region)
    itt.pt_region_end(region)
    itt.pause(), itt.resume()


def everything():
    for itt in pyitt, ittapi, pyitt_as_ittapi:
        both(itt)
    of_pyitt()
    like_itt(pyitt_as_itt, "by pyitt")
    like_itt(ittapi.compat, "by ittapi")


everything()
thread = threading.Thread(target=everything)
thread.start()
thread.join()
pyitt.detach(), ittapi.detach()
print("done")
