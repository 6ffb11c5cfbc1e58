"""The collection control of itt-python's README, with something to collect in it.

itt record --start-paused examples/readme_control.py

Only the two interesting parts are recorded. Under VTune: vtune -start-paused ... python readme_control.py
"""

import itt


def code(name):
    """What is between the calls in the README, here with a label of its own."""
    itt.task_begin(domain, name)
    result = sum(i * i for i in range(300_000))
    itt.task_end(domain)
    return result


domain = itt.domain_create("control")

code("uninteresting code")
itt.resume()
code("very interesting code")
itt.pause()
code("boring stuff again")
itt.resume()
code("interesting code")
itt.detach()
print(code("uninteresting code like writing output (sheesh)"))
