"""Heat in a plate, by NumPy. A step is five labelled functions of a few array operations each."""

from __future__ import annotations

import numpy as np  # type: ignore[import-not-found]
from forms import label


class Plate:
    def __init__(self, size: int) -> None:
        self.heat = np.zeros((size, size))
        self.flow = np.zeros((size - 2, size - 2))
        self.loss = np.zeros((size - 2, size - 2))
        self.total = 0.0


@label
def spread(plate: Plate) -> None:
    heat, flow = plate.heat, plate.flow
    np.add(heat[:-2, 1:-1], heat[2:, 1:-1], out=flow)
    np.add(flow, heat[1:-1, :-2], out=flow)
    np.add(flow, heat[1:-1, 2:], out=flow)


@label
def radiate(plate: Plate) -> None:
    inner, loss = plate.heat[1:-1, 1:-1], plate.loss
    np.multiply(inner, inner, out=loss)
    np.multiply(loss, loss, out=loss)
    np.multiply(loss, 1e-9, out=loss)


@label
def add_up(plate: Plate) -> None:
    inner, flow = plate.heat[1:-1, 1:-1], plate.flow
    np.multiply(flow, 0.25, out=flow)
    np.subtract(flow, plate.loss, out=inner)


@label
def warm(plate: Plate) -> None:
    plate.heat[0, :] = 100.0
    plate.heat[:, 0] = 50.0
    plate.heat[-1, :] = 0.0
    np.maximum(plate.heat, 0.0, out=plate.heat)


@label
def look(plate: Plate) -> None:
    plate.total = float(plate.heat.sum())


def run(plate: Plate, steps: int) -> int:
    """How many tasks it was."""
    for _ in range(steps):
        spread(plate)
        radiate(plate)
        add_up(plate)
        warm(plate)
        look(plate)
    return 5 * steps
