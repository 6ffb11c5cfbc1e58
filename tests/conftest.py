"""What the tests share: the C compiler, `itt record`, and Perfetto's trace processor."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Callable, NamedTuple

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import driver as driver_source
import static_calls
from fake import Fake
from static_runs import WARNINGS

from oracle import TraceSql

pytest_plugins = ["inside"]

LARGE_TRACE = 8 << 20  # its memory is not given back

ROOT = Path(__file__).resolve().parent.parent
BUILD = Path(os.environ.get("ITT_TEST_BUILD", ROOT / "build")).resolve()

# A test says itself what is recorded and where: nothing comes from the shell it was started in.
for name in [n for n in os.environ if n.startswith(("INTEL_LIBITTNOTIFY", "INTEL_ITTNOTIFY", "ITT_"))]:
    if not name.startswith("ITT_TEST_"):
        del os.environ[name]


def _built(name: str) -> Path:
    path = BUILD / "lib" / name
    if not path.exists():
        pytest.fail(f"{path} is missing: run make", pytrace=False)
    return path


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def collector() -> Path:
    """The collector that `make` built."""
    return _built("libitt_collector.so")


@pytest.fixture(scope="session")
def cc(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """cc("name.c", flags=[...]) -> the program, linked to our static part unless link=False."""
    made: dict[tuple[Any, ...], Path] = {}
    folder = tmp_path_factory.mktemp("cc")

    def compile(
        source: str | Path,
        flags: Sequence[str] = (),
        link: bool = True,
        compiler: str | None = None,
        output: str | None = None,
    ) -> Path:
        path = ROOT / "tests" / "c" / source
        key = (path, tuple(flags), link, compiler, output)
        if key in made:
            return made[key]
        cpp = path.suffix in (".cpp", ".cc", ".cxx")
        command = shlex.split(compiler or os.environ.get("CXX" if cpp else "CC") or ("c++" if cpp else "cc"))
        if not shutil.which(command[0]):
            pytest.skip(f"{command[0]} is not installed")
        binary = folder / f"{len(made)}" / (output or path.stem)
        binary.parent.mkdir(exist_ok=True)  # there already where the last one failed
        command += ["-g", "-O1", *([] if cpp else ["-std=gnu11"]), "-pthread"]
        command += ["-I", str(ROOT / "include"), *flags, str(path), "-o", str(binary)]
        if link:
            command += [str(_built("libittnotify.a"))]
        command += ["-ldl", "-lm"]
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode:
            pytest.fail(f"{shlex.join(command)}\n{done.stdout}", pytrace=False)
        made[key] = binary
        return binary

    return compile


@pytest.fixture(scope="session")
def driver(cc: Callable[..., Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program that runs scripts of ITT calls: see driver.py."""
    folder = tmp_path_factory.mktemp("driver")
    (folder / "driver_calls.h").write_text(driver_source.header())
    return cc("driver.c", flags=[*WARNINGS, "-Wno-shadow", "-I", str(folder)])


@pytest.fixture
def make_fake(cc: Callable[..., Path], tmp_path: Path) -> Iterator[Callable[..., Fake]]:
    made = []

    def make(protocol: int = 2, flags: tuple[str, ...] = (), **more: str) -> Fake:
        library = cc(
            "fake_collector.c",
            flags=["-shared", "-fPIC", f"-DFAKE_PROTOCOL={protocol}", *flags],
            link=False,
            output="libfake.so",
            **more,
        )
        made.append(Fake(library, tmp_path / f"fake{len(made)}.log"))
        return made[-1]

    yield make
    for one in made:
        one.done()


@pytest.fixture
def fake(make_fake: Callable[..., Fake]) -> Fake:
    return make_fake()


@pytest.fixture(scope="session")
def cases(cc: Callable[..., Path]) -> Path:
    return cc("static_cases.c", flags=WARNINGS)


@pytest.fixture(scope="session")
def all_calls(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Source of the program that calls everything."""
    source = tmp_path_factory.mktemp("calls") / "static_calls.c"
    source.write_text(static_calls.program())
    return source


@pytest.fixture(scope="session")
def calls(cc: Callable[..., Path], all_calls: Path) -> Path:
    return cc(all_calls, flags=WARNINGS)


@pytest.fixture(scope="session")
def processors() -> Iterator[list[TraceSql]]:
    """Trace processors that nobody uses at the moment: starting one takes longer than most traces."""
    idle: list[TraceSql] = []
    yield idle
    for one in idle:
        one.close()


@pytest.fixture
def sql(processors: list[TraceSql]) -> Iterator[Callable[[Path | str], TraceSql]]:
    """sql(trace): Perfetto's trace processor with the trace loaded: .query(), .slices(), .problems()."""
    used: list[TraceSql] = []
    passing: list[TraceSql] = []

    def load(trace: Path | str) -> TraceSql:
        large = os.path.getsize(trace) > LARGE_TRACE
        if large or not processors:
            one = TraceSql(trace)
            (passing if large else used).append(one)
            return one
        one = processors.pop()
        try:
            one.load(trace)
        except BaseException:
            one.close()
            raise
        used.append(one)
        return one

    yield load
    for one in passing:
        one.close()
    processors.extend(one for one in used if one.alive())


@pytest.fixture
def processor(processors: list[TraceSql], tmp_path_factory: pytest.TempPathFactory) -> Iterator[TraceSql]:
    """One trace processor for many traces: .load(trace) each."""
    empty = tmp_path_factory.mktemp("empty") / "empty"
    empty.write_bytes(b"\x0a\x00")
    one = processors.pop() if processors else TraceSql(empty)
    yield one
    if one.alive():
        processors.append(one)


@pytest.fixture
def quiet(cc: Callable[..., Path]) -> dict[str, str]:
    """The environment of a collector that listens and keeps nothing."""
    library = cc("probe_collector.c", flags=["-shared", "-fPIC"], link=False, output="probe.so")
    return {"INTEL_LIBITTNOTIFY64": str(library)}


@pytest.fixture(params=["on", "off"])
def state(request: pytest.FixtureRequest, quiet: dict[str, str]) -> dict[str, str]:
    """With a collector, and without one."""
    return quiet if request.param == "on" else {}


@pytest.fixture
def cli(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """cli("report", file): the command line, run in the test's folder."""

    def run(*args: str | Path, check: bool = False, **more: Any) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "itt", *map(str, args)]
        more.setdefault("cwd", tmp_path)
        more.setdefault("timeout", 120)
        done = subprocess.run(command, capture_output=True, text=True, **more)
        if check and done.returncode:
            said = f"exit code {done.returncode}\n{done.stdout}{done.stderr}"
            pytest.fail(f"{shlex.join(command)}: {said}", pytrace=False)
        return done

    return run


class Recorded(NamedTuple):
    trace: Path
    process: subprocess.CompletedProcess[str]


@pytest.fixture
def record(cli: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path) -> Callable[..., Recorded]:
    """record([program, args...]) -> (trace, process), run under `itt record`; check=False: it may fail."""
    count = 0

    def run(
        command: Sequence[str | Path],
        options: Sequence[str] = (),
        output: Path | None = None,
        check: bool = True,
        **more: Any,
    ) -> Recorded:
        nonlocal count
        count += 1
        trace = output or tmp_path / f"recorded{count}.pftrace"
        process = cli("record", "-o", str(trace), *options, "--", *command, check=check, **more)
        return Recorded(trace, process)

    return run
