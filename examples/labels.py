"""Labels of every kind: tasks in coroutines, frames, a counter, markers, a region, an event.

itt record -o labels.pftrace examples/labels.py && itt report labels.pftrace
"""

import asyncio
import time

import itt

REQUESTS = 20
requests = itt.Counter("requests", unit="requests")


@itt.task
def checksum(text):
    return sum(text.encode())


@itt.task("fetch")
async def fetch(number):
    requests.inc()
    await asyncio.sleep(0.002 * (number % 5 + 1))
    itt.marker("answered", number=number)
    requests.dec()
    return checksum(f"answer {number}")


async def main():
    with itt.task("all", jobs=REQUESTS):
        return await asyncio.gather(*(fetch(number) for number in range(REQUESTS)))


print(sum(asyncio.run(main())))
for number in range(5):
    with itt.frame("screen"), itt.task("draw", number=number):
        time.sleep(0.002)
with itt.region("end"), itt.Event("flush"):
    time.sleep(0.001)
