"""Parallel loops of numba: numba_loop.py CALLS. Says its threading layer and how many threads that has."""

from __future__ import annotations

import sys
from typing import Any

import numba
import numpy as np


@numba.njit(parallel=True)
def total(values: Any) -> float:
    result = 0.0
    for i in numba.prange(values.shape[0]):
        result += values[i]
    return result


ones = np.ones(10_000)
for _ in range(int(sys.argv[1])):
    assert total(ones) == len(ones)
print(numba.threading_layer(), numba.get_num_threads())
