"""torch's own labels, by several threads: torch_ranges.py THREADS ROUNDS."""

from __future__ import annotations

import sys
import threading

from torch.profiler import itt


def work(rounds: int) -> None:
    for _ in range(rounds):
        itt.range_push("outer")
        with itt.range("inner {}", 1):
            itt.mark("mark")
        itt.range_pop()


assert itt.is_available()
threads = [threading.Thread(target=work, args=(int(sys.argv[2]),)) for _ in range(int(sys.argv[1]))]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
itt.range_push("open at the end")
