"""Debian's recorders to a file, each at its best: uftrace and LTTng-UST run the same loops as ours.

uftrace records when a function begins and ends that does nothing, built with -finstrument-functions (quicker
here than -pg). LTTng-UST records two tracepoints, into buffers large enough that it discards little. Neither
needs root.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import lab

UFTRACE, LTTNG = "uftrace", "lttng-ust"
SESSION = "itt-bench"


class Missing(Exception):
    """The peer cannot run here: why."""


class Peer:
    """`run` gives what pairs prints for its words; `lost` is what was not recorded then, in events."""

    data: Path
    lost = 0

    def run(self, *words: object) -> list[float]:
        raise NotImplementedError

    def size(self) -> int:
        """Bytes of what the last run recorded."""
        return sum(path.stat().st_size for path in self.data.rglob("*") if path.is_file())

    def remove(self) -> None:
        shutil.rmtree(self.data, ignore_errors=True)

    def close(self) -> None:
        self.remove()


class Uftrace(Peer):
    def __init__(self, folder: Path) -> None:
        if not shutil.which("uftrace"):
            raise Missing("not installed: apt install uftrace")
        self.folder, self.data = folder, folder / "uftrace.data"
        part = folder / "peer_uftrace.o"
        source = lab.ROOT / "bench" / "c" / "peer_uftrace.c"
        flags = ["-std=gnu11", "-O2", "-finstrument-functions", "-c", str(source), "-o", str(part)]
        subprocess.run([*lab.compiler(), *flags], check=True)
        self.program = lab.build(folder / "pairs_uftrace", ["pairs.c", "mode.c"], ["-DPEER", str(part)])

    def run(self, *words: object) -> list[float]:
        self.remove()
        record = ["uftrace", "record", "--no-event", "--no-libcall", "-d", str(self.data), str(self.program)]
        command = [*record, "peer", *map(str, words)]
        done = subprocess.run(command, env=lab.off(), cwd=self.folder, capture_output=True, text=True)
        if done.returncode:
            raise Missing(f"fails here: {(done.stderr or 'no message').strip().splitlines()[-1]}")
        self.lost = sum(map(int, re.findall(r"LOST (\d+) records", done.stdout + done.stderr)))
        return [float(word) for word in done.stdout.split()]


class Lttng(Peer):
    """With a session daemon of its own, where none is running, for as long as it is measured."""

    def __init__(self, folder: Path) -> None:
        if not shutil.which("lttng") or not shutil.which("lttng-sessiond"):
            raise Missing("not installed: apt install lttng-tools liblttng-ust-dev")
        self.folder, self.data = folder, folder / "lttng"
        try:
            self.program = lab.build(
                folder / "pairs_lttng",
                ["pairs.c", "mode.c", "peer_lttng.c"],
                ["-DPEER", f"-I{lab.ROOT / 'bench' / 'c'}"],
                ["-llttng-ust"],
            )
        except subprocess.CalledProcessError as error:
            raise Missing("its program does not build: apt install liblttng-ust-dev") from error
        self.environ = {**lab.off(), "LTTNG_HOME": str(folder)}
        self.daemon: subprocess.Popen[bytes] | None = None
        if subprocess.run(["lttng", "list"], env=self.environ, capture_output=True).returncode:
            self._start()

    def _start(self) -> None:
        log = self.folder / "lttng-sessiond.log"
        with log.open("wb") as output:
            self.daemon = subprocess.Popen(
                ["lttng-sessiond", "--no-kernel"], env=self.environ, stdout=output, stderr=output
            )
        for _ in range(50):
            time.sleep(0.1)
            if not subprocess.run(["lttng", "list"], env=self.environ, capture_output=True).returncode:
                return
            if self.daemon.poll() is not None:
                break
        self.close()
        last = log.read_text(errors="replace").strip().splitlines()[-1:] or ["no message"]
        raise Missing(f"lttng-sessiond does not start: {last[0]}")

    def _say(self, *words: str) -> str:
        done = subprocess.run(["lttng", *words], env=self.environ, capture_output=True, text=True)
        if done.returncode:
            raise Missing(f"lttng {words[0]} fails: {(done.stderr.strip() or 'no message').splitlines()[-1]}")
        return done.stdout

    def run(self, *words: object) -> list[float]:
        self.remove()
        self._say("create", SESSION, f"--output={self.data}")
        try:
            self._say("enable-channel", "-u", "bench", "--subbuf-size=4M", "--num-subbuf=16")
            self._say("enable-event", "-u", "-c", "bench", "bench:*")
            self._say("start")
            numbers = lab.numbers([self.program, "peer", *words], self.environ, self.folder)
            self._say("stop")
            self.lost = sum(map(int, re.findall(r"Discarded events: (\d+)", self._say("list", SESSION))))
        finally:
            self._say("destroy", SESSION)
        return numbers

    def close(self) -> None:
        if self.daemon is not None:
            self.daemon.terminate()
            self.daemon.wait()
        self.remove()


@contextlib.contextmanager
def installed(folder: Path) -> Iterator[tuple[dict[str, Peer], lab.Figures]]:
    """Those that run here, and why the others do not."""
    there: dict[str, Peer] = {}
    why: lab.Figures = {}
    kinds: dict[str, type[Uftrace] | type[Lttng]] = {UFTRACE: Uftrace, LTTNG: Lttng}
    with contextlib.ExitStack() as ends:
        for name, kind in kinds.items():
            try:
                peer: Peer = kind(folder)
                ends.callback(peer.close)
                peer.run(1, 1000)
                there[name] = peer
            except Missing as missing:
                why[name] = str(missing)
            except (OSError, subprocess.CalledProcessError) as error:
                why[name] = f"fails here: {error}"
        yield there, why
