"""Labels and the report take no more instructions than they did: bench/instructions.json, within 3 %."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "bench"))

import counts

BASELINE: dict[str, Any] = json.loads(counts.BASELINE.read_text())


@pytest.fixture(scope="module")
def found(collector: Path) -> dict[str, float]:
    if counts.missing():
        pytest.skip("valgrind is not installed")
    if "CFLAGS" in os.environ or "ITT_TEST_BUILD" in os.environ:
        pytest.skip("built with other flags than the baseline")
    return counts.counts()


@pytest.mark.parametrize("kind", ["C", "Python"])
def test_no_more_instructions(found: dict[str, float], kind: str) -> None:
    was, now = BASELINE["conditions"][kind], counts.conditions()[kind]
    if was != now:
        pytest.skip(f"the baseline was made with {was}; this is {now}")
    kept = {name: count for name, count in BASELINE["counts"].items() if name.startswith(f"{kind}:")}
    assert kept.keys() == {name for name in found if name.startswith(f"{kind}:")}
    # Where it has to be: make bench ARGS="--write counts"
    assert not counts.grown(found, kept)


def test_growth_is_noticed() -> None:
    assert counts.grown({"a": 102.9, "b": 50.0}, {"a": 100.0, "b": 100.0}) == []
    assert counts.grown({"a": 103.1, "b": 50.0}, {"a": 100.0, "b": 100.0}) == ["a: 103.1 instructions, +3.1%"]
