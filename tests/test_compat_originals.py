"""What was written for pyitt, ittapi and nvtx, their own samples and tests, moved to itt.compat.

None of it is in this repository. nvtx's tests are in its sdist on PyPI, which `make test` fetches; those of
pyitt and ittapi, and the samples, are in their repositories only: ITT_TEST_PEERS=DIR with checkouts DIR/pyitt
and DIR/ittapi runs them.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tarfile
from collections import Counter
from pathlib import Path
from typing import Any, Callable

import pytest
from fake import Fake
from moved import move_tree


def checkout(package: str, inner: str) -> Path:
    peers = os.environ.get("ITT_TEST_PEERS")
    if not peers:
        pytest.skip(
            f"{package}'s repository is not there: ITT_TEST_PEERS=DIR names the folder of its checkout"
        )
    folder = Path(peers, package, inner)
    assert folder.is_dir(), folder
    return folder


def run_pytest(folder: Path, *arguments: str, **env: str) -> str:
    """Runs the tests of a folder; returns the summary."""
    command = [sys.executable, "-m", "pytest", "-q", "--tb=short", "-p", "no:cacheprovider", *arguments]
    done = subprocess.run(
        command, cwd=folder, env={**os.environ, **env}, capture_output=True, text=True, timeout=250
    )
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-1000:]
    return done.stdout.splitlines()[-1]


def passed(summary: str) -> int:
    found = re.search(r"(\d+) passed", summary)
    return int(found.group(1)) if found else 0


@pytest.mark.parametrize(
    ("package", "tests", "start", "least"),
    [
        ("pyitt", "tests", "tests/unit", 250),
        ("pyitt", "tests", "tests/integration", 100),
        ("ittapi", "python/utest", "utest", 70),
    ],
)
def test_of_pyitt_and_ittapi(package: str, tests: str, start: str, least: int, tmp_path: Path) -> None:
    folder = move_tree(checkout(package, tests), tmp_path / Path(tests).name)
    # ittapi's tests find their mock beside them, pyitt's are a package
    is_package = (folder / "unit" / "__init__.py").exists()
    where = tmp_path if is_package else folder
    summary = run_pytest(where, *([start] if is_package else ["."]))
    assert passed(summary) >= least, summary
    assert "failed" not in summary and "error" not in summary


@pytest.fixture
def nvtx_sdist(root: Path, tmp_path: Path) -> Path:
    """The unpacked sdist."""
    found = sorted((root / ".venv" / "peers").glob("nvtx-*.tar.gz"))
    if not found:
        pytest.skip("nvtx's sdist is not in .venv/peers: `make test` fetches it from PyPI")
    with tarfile.open(found[-1]) as archive:
        archive.extractall(
            tmp_path / "sdist", **({"filter": "data"} if hasattr(tarfile, "data_filter") else {})
        )
    (folder,) = (tmp_path / "sdist").iterdir()
    return folder


def test_of_nvtx(nvtx_sdist: Path, fake: Fake, root: Path, tmp_path: Path) -> None:
    """Its tests of annotate, ranges, marks, payloads, counters and the profiler."""
    pytest.importorskip("numpy")
    folder = move_tree(nvtx_sdist / "tests", tmp_path / "moved" / "tests")
    (folder / "__init__.py").touch()
    shutil.copy(root / "tests" / "nvtx_tool.py", folder / "conftest.py")
    summary = run_pytest(folder.parent, "tests", **fake.env())
    assert passed(summary) > 1000, summary
    assert "failed" not in summary and "skipped" not in summary
    fake.take()


SAMPLES = {
    "pyitt": (
        *("collection_control", "counter", "event", "frame", "itt_python_compatibility", "pt_region", "task"),
        "thread_naming",
    ),
    "ittapi": ("collection_control", "compat_collection_control", "event", "task", "thread_naming"),
}


@pytest.mark.parametrize(
    ("package", "sample"), [(package, sample) for package, names in SAMPLES.items() for sample in names]
)
def test_samples(
    package: str, sample: str, record: Callable[..., Any], sql: Callable[..., Any], tmp_path: Path
) -> None:
    """The trace shows the same, whether the package or itt.compat was asked."""
    pytest.importorskip(package)
    source = checkout(package, "samples" if package == "pyitt" else "python/samples")
    folder = move_tree(source, tmp_path / "moved")
    name = f"{sample}_sample.py"
    shown = []
    for script in (source / name, folder / name):
        done = record([sys.executable, script, "--run-sample"])
        trace = sql(done.trace)
        assert not trace.problems()
        shown.append(tally(trace))
    theirs, ours = shown
    begun_too_often = {("ittapi", "task"): 2, ("ittapi", "event"): 1}
    if (package, sample) in begun_too_often:
        # What ittapi begins where it decorates, and never ends: once more than it is called.
        assert not ours - theirs
        assert sum((theirs - ours).values()) == begun_too_often[package, sample]
    elif sample == "pt_region":
        assert theirs == Counter() and sum(ours.values()) == 25  # Intel's marks are for the processor's trace
    else:
        assert ours == theirs and ours


def tally(trace: Any) -> Counter[Any]:
    """How many slices and counter values of each name and category there are."""
    found = Counter(trace.query("select name, category from slice where name != 'paused'"))
    values = trace.query(
        "select t.name, c.value from counter c join track t on c.track_id = t.id order by c.ts"
    )
    found.update(("counter", *row) for row in values)
    return found
