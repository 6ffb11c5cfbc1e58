"""A parent and three children, each with tasks of all three packages: processes.py fork|spawn|forkserver

Says of each process its id and how many pairs it made with each package.
"""

import multiprocessing
import os
import sys

import ittapi
import pyitt

import itt

NAME = "pair"


def work(count):
    domain = itt.domain_create("itt")
    for _ in range(count):
        with pyitt.task(NAME, domain="pyitt"), ittapi.task(NAME, domain="ittapi"):
            itt.task_begin(domain, NAME)
            itt.task_end(domain)
    os.write(1, f"{os.getpid()} {count}\n".encode())


if __name__ == "__main__":
    context = multiprocessing.get_context(sys.argv[1])
    children = [context.Process(target=work, args=(100 * number,)) for number in (1, 2, 3)]
    with pyitt.task("open across the start", domain="pyitt"):
        for child in children:
            child.start()
    work(50)
    for child in children:
        child.join()
    sys.exit(any(child.exitcode for child in children))
