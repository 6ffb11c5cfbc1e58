"""Pause, resume and detach by one package, tasks of it and of ours: control.py PACKAGE"""

import importlib
import sys

import itt as ours

itt = importlib.import_module(sys.argv[1])
domain = ours.domain_create("ours")


def pairs(name, count):
    for _ in range(count):
        with itt.task(name, domain="theirs"):
            ours.task_begin(domain, name)
            ours.task_end(domain)


pairs("before", 3)
with itt.task("across", domain="theirs"):
    itt.pause()
    itt.pause()
    pairs("paused", 5)
    itt.resume()
pairs("between", 7)
with itt.paused_region():
    pairs("paused region", 2)
    with itt.active_region():
        pairs("active region", 4)
ours.pause()
pairs("paused by us", 6)
itt.resume()
pairs("after", 8)
itt.detach()
pairs("detached", 9)
itt.resume()
pairs("still detached", 10)
