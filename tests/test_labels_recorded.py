"""Labels from Python, recorded by itt's own collector and looked at by Perfetto's trace processor."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

SCRIPT = """
import array, itt, threading
d, i, j = itt.Domain("d"), itt.Id(), itt.Id()
def work():
    itt.task_begin(d, "task", id=i)
    values = {"id": 5, "float": 2.5, "large": 2**70, "text": "é", "bytes": b"\\xff"}
    values["empty"] = array.array("d")
    itt.metadata(values, domain=d, array=array.array("i", [1, -2, 3]), true=True, late=[1])
    itt.task_begin(d, "child", parent=i)
    itt.task_end(d)
    itt.task_end(d)
thread = threading.Thread(target=work, name="worker é")
thread.start(), thread.join()
itt.task_begin_overlapped(d, "overlapped", j, parent=i)
itt.metadata(domain=d, id=j, key=1)
itt.task_end_overlapped(d, j)
now = itt.timestamp()
itt.task_submit(d, "given", now - 5000, now, key="value")
itt.frame_submit(d, now - 3000, now - 1000)
with itt.region("region", domain=d, key=1), itt.frame(d): pass
ints, floats = itt.Counter("ints", domain=d, unit="ms"), itt.Counter("floats", domain=d, type=float)
ints.set(5), ints.inc(), ints.dec(3), floats.set(1.5), floats.inc(0.25)
for scope in "global", "process", "thread", "task":
    itt.marker(scope, scope=scope, domain=d, key=scope)
with itt.event("event"): pass
itt.event("moment").begin()
itt.task_group(d, "group", i)
itt.relation(i, "sibling_of", j, domain=d)
print(now)
"""


def test_all_of_them(record: Callable[..., Any], sql: Callable[..., Any], tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(textwrap.dedent(SCRIPT))
    recorded = record([script])
    now = int(recorded.process.stdout)
    trace = sql(recorded.trace)
    assert trace.problems() == []
    rows = trace.query(
        "select s.id, s.name, s.category, s.ts, s.dur, t.name, p.name from slice s"
        " join track t on t.id = s.track_id left join track p on p.id = t.parent_id order by s.id"
    )
    found = {row[1]: row for row in rows}
    places = {name: (row[2], row[6] or row[5]) for name, row in found.items()}
    assert {name: places[name] for name in ("task", "child")} == {"task": ("d", None), "child": ("d", None)}
    assert places["overlapped"] == places["given"] == ("d", "Tasks")
    assert places["region"] == ("d", "Regions") and places["d"] == ("d", "Frames")
    assert places["global"] == places["process"] == ("d", "Markers")
    assert places["thread"] == places["task"] == ("d", None)
    assert places["event"] == ("event", "Events") and places["moment"] == ("event", None)
    assert abs(found["given"][3] - (now - 5000)) < 100 and found["given"][4] == 5000
    frames = sorted(row[3:5] for row in rows if row[1] == "d")
    assert len(frames) == 2 and abs(frames[0][0] - (now - 3000)) < 100 and frames[0][1] == 2000

    def arguments(name: str) -> dict[str, str]:
        query = "select substr(a.key, 7), a.display_value from args a join slice s using (arg_set_id)"
        pairs = trace.query(f"{query} where s.id = {found[name][0]} and a.key glob 'debug.*'")
        return dict(pairs)

    task = {"id": "5", "float": "2.5", "large": str(2**70), "text": "é", "bytes": "\\xff", "empty": "[]"}
    task.update({"array[0]": "1", "array[1]": "-2", "array[2]": "3", "true": "1", "late": "[1]"})
    assert arguments("given") == {"key": "value"} and arguments("region") == {"key": "1"}
    assert arguments("overlapped") == {"key": "1"}
    assert arguments("process") == {"scope": "process", "key": "process"}
    slice_task = next(row for row in rows if row[1] == "task" and row[4] > 0)
    found["task"] = slice_task
    assert arguments("task") == task

    values = trace.query(
        "select t.name, t.unit, c.value from counter c"
        " join counter_track t on t.id = c.track_id order by c.id"
    )
    assert values[:3] == [("ints", "ms", 5.0), ("ints", "ms", 6.0), ("ints", "ms", 3.0)]
    assert [row[2] for row in values[3:]] == [1.5, 1.75]

    arrows = trace.query(
        "select a.name, b.name from flow f"
        " join slice a on a.id = f.slice_out join slice b on b.id = f.slice_in"
    )
    assert {("task", "child"), ("task", "overlapped")} <= set(arrows)
    assert ("worker é",) in trace.query("select name from thread")
