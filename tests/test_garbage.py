"""Every function of the interface, called with whatever its types allow: program and trace survive."""

from __future__ import annotations

import subprocess

import garbage_calls
import pytest

CALLS = 5000


@pytest.fixture(scope="module")
def garbage(cc, tmp_path_factory):
    source = tmp_path_factory.mktemp("garbage") / "garbage.c"
    source.write_text(garbage_calls.program())
    return cc(source)


def test_without_a_collector(garbage):
    done = subprocess.run([garbage, "1", str(CALLS)], capture_output=True, text=True)
    assert (done.returncode, done.stdout, done.stderr) == (0, "came to its end\n", "")


@pytest.mark.parametrize("options", [[], ["--sync"]], ids=["plain", "sync"])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_under_the_collector(seed, options, garbage, record, sql):
    trace, process = record([garbage, str(seed), str(CALLS)], options)
    assert process.stdout == "came to its end\n"
    loaded = sql(trace)
    assert loaded.problems() == []
    # What comes behind it all is recorded as ever.
    assert loaded.query("select count(*) from slice where category = 'domain' and name = 'handle'")[0][0] >= 1
