"""Tasks of one package, by decorator, context manager and hand, in four threads: tasks.py PACKAGE"""

import functools
import importlib
import sys
import threading

itt = importlib.import_module(sys.argv[1])
barrier = threading.Barrier(4)
decorated = functools.partial(itt.task, domain="decorated")


@decorated
def plain():
    pass


@itt.task("named by hand", domain="decorated")
def other():
    plain()


class Class:
    @decorated
    def method(self):
        raise ValueError


def by_hand(count):
    domain, name = itt.domain("by hand"), itt.string_handle("pair")
    for _ in range(count):
        itt.task_begin(domain, name)
        itt.task_end(domain)


def work(number):
    itt.thread_set_name(f"thread {number}")
    barrier.wait()
    with itt.task("outer", domain="context"):
        for _ in range(10 * number):
            with itt.task("café", domain="context"), itt.task("third", domain="elsewhere"):
                plain()
    by_hand(1000 + number)


threads = [threading.Thread(target=work, args=(number,)) for number in range(1, 4)]
for thread in threads:
    thread.start()
for _ in range(5):
    other()
    try:
        Class().method()
    except ValueError:
        pass
work(0)
for thread in threads:
    thread.join()
