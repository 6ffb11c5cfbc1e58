"""Times are those of CLOCK_MONOTONIC: each lies between two looks at it, or outside by 2 µs at most."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Callable

import moments
import pytest
from moments import Error

Fixture = Callable[..., Any]

MOST = 2_000
STARTED = 100_000_000  # from then on


@pytest.fixture
def play(cc: Fixture, collector: Path, tmp_path: Path) -> Fixture:
    """play("pace 1000 100", ...) -> errors of each begin and end that tests/c/moments.c made."""
    program = cc("moments.c")

    def run(*steps: str, **env: str) -> list[Error]:
        if env:
            env["LD_PRELOAD"] = str(cc("world.c", flags=["-shared", "-fPIC"], link=False, output="world.so"))
        return moments.run(program, collector, tmp_path, *steps, env=env)

    return run


def worst(errors: Sequence[Error], since: int = STARTED) -> Error:
    """Of those `since` ns after the first; all of them are near enough to be a time at all."""
    start = min(error.moment for error in errors)
    assert max(abs(error.ns) for error in errors) < 1_000_000
    return max((error for error in errors if error.moment >= start + since), key=lambda error: abs(error.ns))


@pytest.mark.parametrize("every", ["1000", "15000", "17000", "10000000"])
def test_at_a_steady_pace(play: Fixture, every: str) -> None:
    """From the first label on; 16 µs are what a short packet can tell."""
    found = play(f"keep {max(1, 20000 // int(every))} pace {every} {250 if every == '1000' else 600}")
    assert abs(worst(found).ns) <= MOST


def test_at_full_speed_and_after_a_rest(play: Fixture) -> None:
    found = play("pace 1000000 100 keep 500 pace 0 8 keep 1 idle 1200 pace 0 1 idle 300 pace 50000000 200")
    assert abs(worst(found).ns) <= MOST


def test_threads_and_children(play: Fixture) -> None:
    """What starts later has the rate that is known by then."""
    found = play(
        "pace 1000000 150 thread pace 10000 300 end thread pace 5000000 300 end fork pace 10000 300 end"
    )
    assert len({error.tid for error in found}) == 4
    assert abs(worst(found).ns) <= MOST


@pytest.mark.parametrize("ppm", ["500", "-500"])
def test_the_clock_is_slewed(play: Fixture, ppm: str) -> None:
    """By adjtime()'s most, from half a second on. No time goes back: see moments.errors()."""
    found = play("keep 10 pace 10000 900 thread pace 700000 300", WORLD_SLEW=ppm)
    assert abs(worst(found).ns) <= MOST
    assert abs(worst(found, since=750_000_000).ns) <= MOST / 2  # it has learned


def test_no_counter_can_be_trusted(play: Fixture, tmp_path: Path) -> None:
    """Then every time is clock_gettime's own."""
    other = tmp_path / "clocksource"
    other.write_text("hpet\n")
    found = play("keep 10 pace 5000 100 idle 50 pace 1000000 50", WORLD_CLOCKSOURCE=str(other))
    assert {error.ns for error in found} == {0}
