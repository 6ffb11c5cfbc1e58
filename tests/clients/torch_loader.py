"""Forked workers of torch's DataLoader: torch_loader.py WORKERS. Says which process made how many items."""

from __future__ import annotations

import os
import sys
from collections import Counter

import torch
from torch.profiler import itt
from torch.utils.data import DataLoader, Dataset

ITEMS = 300


class Data(Dataset[torch.Tensor]):
    def __len__(self) -> int:
        return ITEMS

    def __getitem__(self, index: int) -> torch.Tensor:
        itt.range_push("item")
        itt.mark("inside")
        itt.range_pop()
        return torch.tensor([index, os.getpid()])


itt.range_push("across the fork")
made: Counter[int] = Counter()
loader = DataLoader(Data(), batch_size=7, num_workers=int(sys.argv[1]), multiprocessing_context="fork")
for epoch in range(2):
    itt.range_push(f"epoch {epoch}")
    rows = torch.cat(list(loader))
    assert sorted(rows[:, 0].tolist()) == list(range(ITEMS))
    made.update(rows[:, 1].tolist())
    itt.range_pop()
itt.range_pop()
for pid, count in made.items():
    print(pid, count)
