"""Three static parts in one process: those of pyitt and ittapi, and ours."""

import threading

import ittapi
import pyitt

import itt

shared = (pyitt.domain("shared"), ittapi.domain("shared"), itt.domain_create("shared"))
own = (pyitt.domain("of pyitt"), ittapi.domain("of ittapi"), itt.domain_create("of itt"))
begins = (
    lambda domain, name: pyitt.task_begin(domain, pyitt.string_handle(name)),
    lambda domain, name: ittapi.task_begin(domain, ittapi.string_handle(name)),
    itt.task_begin,
)
ends = (pyitt.task_end, ittapi.task_end, itt.task_end)


def nested():
    """Each inside the one before, each in its own domain."""
    for part in 0, 1, 2:
        begins[part](own[part], f"nested {part}")
    for part in 2, 1, 0:
        ends[part](own[part])


def crossing():
    """The first to begin is the first to end."""
    for part in 0, 1, 2:
        begins[part](own[part], f"crossing {part}")
    for part in 0, 1, 2:
        ends[part](own[part])


def handed_on():
    """One domain is one, whoever made it: what a part begins the next one ends."""
    for part in 0, 1, 2:
        begins[part](shared[part], "shared")
        ends[(part + 1) % 3](shared[(part + 1) % 3])


def work(times, *what):
    for _ in range(times):
        for one in what:
            one()


threads = [threading.Thread(target=work, args=(100 * n, nested, handed_on)) for n in (1, 2, 3)]
threads.append(threading.Thread(target=work, args=(50, crossing)))
for thread in threads:
    thread.start()
work(10, nested, handed_on)
for thread in threads:
    thread.join()
