"""itt.task recorded by itt's own collector: each task lies within the times that the program took."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

# Around each block four times are taken: outside and inside of its begin, inside and outside of its end.
SCRIPT = """
import asyncio, itt, json, random
now, times = itt.timestamp, []
shared = itt.task("x", domain="d")
async def pause():
    for _ in range(3):
        await asyncio.sleep(random.uniform(0, 0.02))
@itt.task("x", domain="d")
async def decorated(around, i):
    itt.metadata(number=i)
    around.append(now())
    await pause()
    around.append(now())
@itt.task("x", domain="d")
async def generator(around, i):
    itt.metadata(number=i)
    around.append(now())
    for _ in range(3):
        await asyncio.sleep(random.uniform(0, 0.02))
        yield
    around.append(now())
async def work(i):
    around = [now()]
    FORM
    around.append(now())
    times.append([i, *around])
async def main():
    await asyncio.gather(*map(work, range(100)))
asyncio.run(main())
print(json.dumps(times))
"""
BODY = "around.append(now()); await pause(); around.append(now())"
FORMS = {
    "with": f"with itt.task('x', domain='d', number=i): {BODY}",
    "async with": f"async with itt.task('x', domain='d', number=i): {BODY}",
    "shared": f"with shared: itt.metadata(number=i); {BODY}",
    "shared async": f"async with shared: itt.metadata(number=i); {BODY}",
    "decorated": "await decorated(around, i)",
    "async generator": "[None async for _ in generator(around, i)]",
}


@pytest.mark.parametrize("form", FORMS)
def test_gathered_coroutines(
    form: str, record: Callable[..., Any], sql: Callable[..., Any], tmp_path: Path
) -> None:
    """100 at once, each with its own time, on tracks that never break nesting."""
    script = tmp_path / "script.py"
    script.write_text(SCRIPT.replace("FORM", FORMS[form]))
    recorded = record([script])
    trace = sql(recorded.trace)
    assert trace.problems() == []
    rows = trace.query(
        "select a.int_value, s.ts, s.ts + s.dur, s.track_id from slice s join args a using (arg_set_id)"
        " where s.name = 'x' and s.category = 'd' and a.key = 'debug.number'"
    )
    shown = {number: (begin, end, track) for number, begin, end, track in rows}
    times = {number: around for number, *around in json.loads(recorded.process.stdout)}
    assert len(rows) == len(shown) == len(times) == 100
    # The clocks of two threads, and that of the trace and the program's, agree to some 100 ns.
    for number, (before, begun, ending, after) in times.items():
        begin, end, _ = shown[number]
        assert before - 2000 <= begin <= begun + 2000 and ending - 2000 <= end <= after + 2000
    threads = {track for (track,) in trace.query("select id from thread_track")}
    assert not threads & {track for _, _, track in shown.values()}


def test_all_forms(record: Callable[..., Any], sql: Callable[..., Any], tmp_path: Path) -> None:
    """What is on the thread's track and what is not; errors and parents."""
    script = tmp_path / "program.py"
    script.write_text("""
import asyncio, itt
@itt.task
def function():
    with itt.task("block", rows=3): pass
@itt.task
def generator():
    with itt.task("in generator"): yield
@itt.task
async def coroutine(parent):
    with itt.task("child", parent=parent):
        await asyncio.sleep(0)
async def main():
    async with itt.task("parent") as parent:
        await asyncio.gather(coroutine(parent), fails())
@itt.task
async def fails():
    await asyncio.sleep(0)
    raise LookupError
function(), list(generator())
try:
    asyncio.run(main())
except LookupError:
    pass
""")
    recorded = record([script])
    trace = sql(recorded.trace)
    assert trace.problems() == []
    rows = trace.query(
        "select s.name, s.category, tt.id is not null, s.dur >= 0, p.name from slice s"
        " left join thread_track tt on tt.id = s.track_id left join slice p on p.id = s.parent_id"
    )
    assert sorted(rows) == sorted(
        [
            ("function", "program", 1, 1, None),
            ("block", "program", 1, 1, "function"),
            ("generator", "program", 0, 1, None),
            ("in generator", "program", 0, 1, None),
            ("parent", "program", 0, 1, None),
            ("coroutine", "program", 0, 1, None),
            ("child", "program", 0, 1, None),
            ("fails", "program", 0, 1, None),
        ]
    )
    keys = trace.query(
        "select s.name, a.key, a.display_value from slice s join args a using (arg_set_id)"
        " where a.key glob 'debug.*' order by s.ts"
    )
    assert keys[0] == ("block", "debug.rows", "3")
    assert ("fails", "debug.error", "LookupError") in keys
    flows = trace.query(
        "select a.name, b.name from flow f"
        " join slice a on a.id = f.slice_out join slice b on b.id = f.slice_in"
    )
    assert flows == [("parent", "child")]
