"""The same work twice: counted by torch's profiler, which is printed, and under emit_itt()."""

from __future__ import annotations

from collections import Counter

import torch
from torch.autograd import profiler

x = torch.ones(8, 8, requires_grad=True)
gradient = torch.ones(8, 8)


def work() -> None:
    for _ in range(5):
        (x @ x + 1).relu().backward(gradient)


work()  # what torch does once, it does here
with profiler.profile() as profile:
    work()
with profiler.emit_itt():
    work()
counts = Counter(event.name for event in profile.function_events)
for name, count in counts.items():
    print(count, name)
