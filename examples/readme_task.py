"""The task labels of itt-python's README, with something to do in them.

itt record examples/readme_task.py
"""

import itt


def do_the_awesome():
    return sum(i * i for i in range(1_000_000))


domain = itt.domain_create("domain")
itt.task_begin(domain, "awesome")
print(do_the_awesome())
itt.task_end(domain)
