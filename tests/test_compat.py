"""itt.compat.pyitt and itt.compat.ittapi beside the packages: the same names, signatures and answers, and
the same calls of ITT, as the tests' own collector sees them from Intel's static part and from ours.
"""

from __future__ import annotations

import importlib
import inspect
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any, Callable

import pytest
from fake import Fake

BOTH = ("pyitt", "ittapi")
SCENES = (
    *("tasks", "begin_and_end", "overlapped", "methods", "natives", "ids", "events", "control", "threads"),
    "pt_regions",
)
OF_PYITT = ("named_later", "frames", "counters", "steps", "region_of_class")
# Not the label itself: each static part tells of these when it likes.
HANDLES = ("domain_create", "string_handle_create", "api_init", "adopt_domain", "adopt_string")


def original(package: str) -> ModuleType:
    return pytest.importorskip(package, reason=f"{package} is not installed: it is in tests/requirements.txt")


def moved(package: str) -> ModuleType:
    return importlib.import_module(f"itt.compat.{package}")


# ---- Names and signatures ----


def public(thing: Any) -> set[str]:
    return {name for name in dir(thing) if not name.startswith("_")}


def modules(package: str) -> Iterator[tuple[str, ModuleType, ModuleType]]:
    inner = ["", ".native", ".collection_control", ".thread_naming"]
    inner += {
        "pyitt": [".compatibility_layers.itt_python", ".compatibility_layers.ittapi"],
        "ittapi": [".compat", ".region"],
    }[package]
    inner += [f".{name}" for name in ("domain", "event", "id", "pt_region", "string_handle", "task")]
    inner += [".counter", ".frame"] if package == "pyitt" else []
    for name in inner:
        theirs = importlib.import_module(package + name)
        yield package + name, theirs, importlib.import_module(f"itt.compat.{package}{name}")


def parameters(thing: Any) -> list[tuple[str, Any, Any]] | None:
    """Names, kinds and defaults; None where the thing does not say."""
    try:
        found = inspect.signature(thing).parameters.values()
    except (TypeError, ValueError):
        return None
    return [(p.name, p.kind, p.default if is_plain(p.default) else type(p.default).__name__) for p in found]


def is_plain(value: Any) -> bool:
    return value is inspect.Parameter.empty or isinstance(value, (int, str, type(None)))


# Modules that only the original is made of, and what says who wrote it.
INNER = {
    "ittapi.compat": {"pt_region", "task"},
    "pyitt.compatibility_layers.itt_python": {"domain", "pt_region", "task"},
    "pyitt.compatibility_layers.ittapi": {"event", "pt_region", "task"},
}
ABOUT = {"year"}


@pytest.mark.parametrize("package", BOTH)
def test_all_names_are_there(package: str) -> None:
    original(package)
    for name, theirs, ours in modules(package):
        missing = public(theirs) - public(ours) - INNER.get(name, set()) - ABOUT
        assert not missing, f"{name}: {missing}"
        for inner in public(theirs) & public(ours):
            assert callable(getattr(theirs, inner)) == callable(getattr(ours, inner)), f"{name}.{inner}"


@pytest.mark.parametrize("package", BOTH)
def test_signatures(package: str) -> None:
    """Where the original says what it takes: C functions and types do not."""
    original(package)
    compared = 0
    for name, theirs, ours in modules(package):
        for inner in sorted(public(theirs) & public(ours)):
            pairs = [(inner, getattr(theirs, inner), getattr(ours, inner))]
            if inspect.isclass(pairs[0][1]):
                methods = public(pairs[0][1]) - {"mro"}
                assert methods <= public(pairs[0][2]), f"{name}.{inner}"
                pairs += [
                    (f"{inner}.{m}", getattr(pairs[0][1], m), getattr(pairs[0][2], m))
                    for m in sorted(methods)
                ]
            for path, wanted, found in pairs:
                expected = parameters(wanted) if callable(wanted) and not inspect.ismodule(wanted) else None
                if expected is None or [p[0] for p in expected][-1:] == ["object"]:
                    continue  # Argument Clinic calls what it was told no name of so
                assert parameters(found) == expected, f"{name}.{path}"
                compared += 1
    assert compared > 50


# ---- What labels do, and say to the collector ----


def answers(package: str, scene: str, fake: Fake | None, root: Path) -> tuple[Any, list[list[str]]]:
    """What a scene of tests/clients/labels.py says of a package, and the labels that a collector got."""
    command = [sys.executable, "-W", "ignore", root / "tests/clients/labels.py", package, scene]
    env = {**os.environ, **(fake.env() if fake else {})}
    done = subprocess.run(command, env=env, cwd="/", capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return json.loads(done.stdout), fake.take() if fake else []


def comparable(calls: list[list[str]]) -> list[list[str]]:
    """Ids by their order: those of the originals are addresses."""
    numbers: dict[str, str] = {}

    def shown(text: str) -> str:
        if text.count(",") == 2 and text != "0,0,0" and text.replace(",", "").lstrip("*").isdigit():
            return numbers.setdefault(text.lstrip("*"), f"id {len(numbers) + 1}")
        return text

    found = []
    for name, *values in calls:
        if name == "counter_create_v3":  # with the domain first, and a type
            name, values = "counter_create", [values[1], values[0]]
        if name == "adopt_counter":  # made before the collector was there
            name = "counter_create"
        if name == "counter_destroy":  # itt's counters live as long as the process
            continue
        if name.startswith(
            "counter_set_value"
        ):  # a pointer; test_the_same_trace_of_pyitt looks at what it points to
            name, values = "counter_set_value", values[:1]
        if name not in HANDLES:
            found.append([name, *map(shown, values)])
    return found


def both(package: str, scene: str, make_fake: Callable[..., Fake], root: Path) -> Any:
    original(package)
    theirs, their_calls = answers(package, scene, make_fake(), root)
    ours, our_calls = answers(f"itt.compat.{package}", scene, make_fake(), root)
    silent, _ = answers(f"itt.compat.{package}", scene, None, root)
    assert masked(ours) == masked(theirs)
    assert masked(silent) == masked(ours), "answers depend on a collector"
    return comparable(their_calls), comparable(our_calls)


def masked(said: Any) -> Any:
    """Without the numbers of ids."""
    return [["id" if isinstance(v, str) and v.startswith("(") else v for v in line] for line in said]


@pytest.mark.parametrize("scene", [s for s in SCENES if s not in ("ids", "pt_regions")])
@pytest.mark.parametrize("package", BOTH)
def test_the_same_labels(package: str, scene: str, make_fake: Callable[..., Fake], root: Path) -> None:
    theirs, ours = both(package, scene, make_fake, root)
    # When an object goes is Python's business; test_ids looks at it.
    assert [c for c in ours if c[0] != "id_destroy"] == [c for c in theirs if c[0] != "id_destroy"]
    assert len(ours) > 1


@pytest.mark.parametrize("scene", OF_PYITT)
def test_the_same_labels_of_pyitt(scene: str, make_fake: Callable[..., Fake], root: Path) -> None:
    theirs, ours = both("pyitt", scene, make_fake, root)
    assert [c for c in ours if c[0] != "id_destroy"] == [c for c in theirs if c[0] != "id_destroy"]


@pytest.mark.parametrize("package", BOTH)
def test_ids_are_told(package: str, make_fake: Callable[..., Fake], root: Path) -> None:
    theirs, ours = both(package, "ids", make_fake, root)
    ids = [c for c in ours if c[0].startswith("id_")]
    assert ids == [
        ["id_create", "ids", "id 1"],
        ["id_destroy", "ids", "id 1"],
        ["id_create", "ids", "id 2"],
        ["id_destroy", "ids", "id 2"],
    ]
    assert [c[0] for c in theirs if c[0] == "id_create"] == ["id_create"] * 2


@pytest.mark.parametrize("package", BOTH)
def test_pt_regions_are_marked(package: str, make_fake: Callable[..., Fake], root: Path) -> None:
    """Intel's static part marks them in the processor's trace, ours tells the collector."""
    theirs, ours = both(package, "pt_regions", make_fake, root)
    marks = [c for c in ours if c[0].startswith("mark_pt")]
    assert [c for c in ours if c not in marks] == theirs
    assert [c[0] for c in marks] == ["mark_pt_region_begin", "mark_pt_region_end"] * 3


def test_ittapi_begins_where_it_decorates(make_fake: Callable[..., Fake], root: Path) -> None:
    """What it never ends: a label without a name that decorates. Ours begins with the call, and ends."""
    original("ittapi")
    theirs, their_calls = answers("ittapi", "named_later", make_fake(), root)
    ours, our_calls = answers("itt.compat.ittapi", "named_later", make_fake(), root)
    assert ours == theirs
    ends = ("task_begin", "task_end", "event_start", "event_end")
    assert [c[0] for c in our_calls if c[0] in ends] == list(ends)
    assert [c[0] for c in their_calls if c[0] in ends] == ["task_begin", *ends[:2], "event_start", *ends[2:]]


@pytest.mark.parametrize("scene", ["tasks", "overlapped", "events", "frames", "counters", "steps"])
def test_the_same_trace_of_pyitt(
    scene: str, record: Callable[..., Any], sql: Callable[..., Any], root: Path
) -> None:
    """The same slices, and the same counter values in the same order."""
    original("pyitt")
    shown = []
    for package in ("pyitt", "itt.compat.pyitt"):
        script = root / "tests" / "clients" / "labels.py"
        trace = sql(record([sys.executable, "-W", "ignore", script, package, scene]).trace)
        assert not trace.problems()
        shown.append(
            (
                sorted(trace.query("select name, category from slice")),
                trace.query(
                    "select t.name, c.value from counter c join track t on c.track_id = t.id order by c.ts"
                ),
            )
        )
    assert shown[0] == shown[1]
    assert shown[0][scene == "counters"]
