"""itt.compat.nvtx beside nvtx: names, signatures, answers; what it sends, and what wrong use gets.

nvtx speaks to tools of NVIDIA's only, so that what a collector of ITT gets has nothing to be compared with
here; its own tests, run in test_compat_originals.py, say what a tool is to see.
"""

from __future__ import annotations

import enum
import inspect
import os
import pickle
import subprocess
import sys
import textwrap
from types import ModuleType
from typing import Any, Callable

import pytest
from fake import Fake

from itt.compat import nvtx as ours

TASK_SCOPE_TRACK = "4"


@pytest.fixture
def theirs() -> ModuleType:
    return pytest.importorskip("nvtx", reason="nvtx is not installed: it is in tests/requirements.txt")


def public(thing: Any) -> set[str]:
    return {name for name in dir(thing) if not name.startswith("_")}


def test_all_names_are_there(theirs: ModuleType) -> None:
    assert public(theirs) - public(ours) == set()
    for name in public(theirs):
        wanted = getattr(theirs, name)
        if inspect.isclass(wanted) and issubclass(wanted, enum.Enum):
            members = {m.name: m.value for m in getattr(ours, name)}
            assert members == {m.name: m.value for m in wanted}, name
        elif inspect.isclass(wanted):
            assert public(wanted) - public(getattr(ours, name)) - {"mro"} <= {
                *("name", "dtype", "domain", "description", "scope", "semantics", "time_domain")
            }, name


def parameters(thing: Any) -> list[tuple[str, Any, Any]]:
    simple = (int, str, type(None), enum.Enum, type(inspect.Parameter.empty))
    found = inspect.signature(thing).parameters.values()
    return [(p.name, p.kind, str(p.default) if isinstance(p.default, simple) else "?") for p in found]


def test_signatures(theirs: ModuleType) -> None:
    names = [
        "annotate",
        "mark",
        "push_range",
        "pop_range",
        "start_range",
        "end_range",
        "get_domain",
        "enabled",
        "numpy_dtype",
    ]
    for name in [*names, "CounterSemantics", "Domain"]:
        assert parameters(getattr(ours, name)) == parameters(getattr(theirs, name)), name
    for name in public(theirs.Domain) - {"mro"}:
        assert parameters(getattr(ours.Domain, name)) == parameters(getattr(theirs.Domain, name)), name
    for kind in ("Counter", "Int64Counter", "Float64Counter", "ExtCounter"):
        for name in ("sample", "batch_submit", "sample_no_value"):
            method = getattr(getattr(ours, kind), name)
            assert parameters(method) == parameters(getattr(getattr(theirs, kind), name)), f"{kind}.{name}"


def test_colors(theirs: ModuleType) -> None:
    for name in (
        None,
        "green",
        "blue",
        "yellow",
        "purple",
        "rapids",
        "cyan",
        "red",
        "white",
        "darkgreen",
        "orange",
    ):
        assert ours.colors.color_to_hex(name) == theirs.colors.color_to_hex(name)
    for package in (ours, theirs):
        assert package.colors.color_to_hex(5) == 5
        with pytest.raises((TypeError, ValueError)):  # without matplotlib, and with it
            package.colors.color_to_hex("no color")


SEMANTICS = [
    ({}, None),
    ({"unit": "bytes", "min": 0, "max": 5}, None),
    ({"max": 2**64 - 1}, None),
    ({"min": -1, "max": 2**63 - 1}, None),
    ({"min": 1.0, "max": 2.0}, None),
    ({"min": 2, "max": 1}, ValueError),
    ({"min": -1, "max": 2**63}, ValueError),
    ({"max": 2**64}, ValueError),
    ({"min": 1, "max": 2.0}, ValueError),
    ({"min": "low"}, TypeError),
    ({"unit_scale_numerator": 0}, ValueError),
    ({"unit_scale_denominator": 2**64}, ValueError),
    ({"unit_scale_denominator": 1.5}, TypeError),
    ({"unit": 1}, TypeError),
    ({"value_type": 16}, TypeError),
    ({"interpolation": 256}, TypeError),
]


@pytest.mark.parametrize(("arguments", "error"), SEMANTICS)
def test_semantics_of_counters(theirs: ModuleType, arguments: dict[str, Any], error: Any) -> None:
    for package in (ours, theirs):
        if error:
            with pytest.raises(error):
                package.CounterSemantics(**arguments)
        else:
            made = package.CounterSemantics(**arguments)
            assert made == package.CounterSemantics(**arguments)
            assert made.unit in (None, b"bytes")


WRONG: list[tuple[Callable[[Any], Any], Any]] = [
    (lambda n: n.annotate(5), TypeError),
    (lambda n: n.annotate("a\0b"), ValueError),
    (lambda n: n.annotate("x", color="no color"), (TypeError, ValueError)),
    (lambda n: n.annotate("x", domain=5), TypeError),
    (lambda n: n.annotate("x", category=2.5), TypeError),
    (lambda n: n.annotate("x", unknown=1), TypeError),
    (lambda n: n.push_range(5), TypeError),
    (lambda n: n.mark(5), TypeError),
    (lambda n: n.start_range(5), TypeError),
    (lambda n: n.end_range(5), TypeError),
    (lambda n: n.end_range((1,)), TypeError),
    (lambda n: n.end_range(("1", n.get_domain().handle)), TypeError),
    (lambda n: n.get_domain().end_range(-1), OverflowError),
    (lambda n: n.get_domain().end_range("1"), TypeError),
    (lambda n: n.get_domain().push_range("message"), TypeError),
    (lambda n: n.get_domain().mark(unknown=1), TypeError),
    (lambda n: n.get_domain().get_counter("c", "no dtype"), (TypeError, RuntimeError)),
    (lambda n: n.get_domain().get_counter(5, int), TypeError),
    (lambda n: n.get_domain().get_counter("c", int, semantics="s"), TypeError),
    (lambda n: n.get_domain().get_counter("c", int).sample("1"), TypeError),
    (lambda n: n.get_domain().get_counter("c", int).sample(2.5), TypeError),
    (lambda n: n.get_domain().get_counter("c", int).sample(2**63), OverflowError),
    (lambda n: n.get_domain().get_counter("c", float).sample("1"), TypeError),
    (lambda n: n.get_domain().get_counter("c", int).sample_no_value(0), TypeError),
    (lambda n: n.get_domain().get_counter("c", int).batch_submit([1, 2], [1]), ValueError),
    (
        lambda n: n.Counter(n.get_domain(), "c", int, None, None, None, n.TimestampType.NONE),
        NotImplementedError,
    ),
]


@pytest.mark.parametrize(("wrong", "error"), WRONG)
def test_wrong_use(wrong: Callable[[Any], Any], error: Any) -> None:
    """The same without a collector: here is none."""
    with pytest.raises(error):
        wrong(ours)


def test_the_same_domain_and_counter() -> None:
    assert ours.get_domain("d") is ours.get_domain("d") is not ours.get_domain("e")
    domain = ours.get_domain("d")
    assert (domain.name, ours.get_domain().name) == ("d", None)
    assert domain.get_registered_string("s") is domain.get_registered_string("s")
    assert [domain.get_category_id(name) for name in ("a", "b", "a")] == [1, 2, 1]
    first = domain.get_counter("c", int)
    assert first is domain.get_counter("c", int)
    assert first is not domain.get_counter("c", int, semantics=ours.CounterSemantics(unit="items"))
    assert type(first) is ours.Int64Counter and isinstance(first, ours.Counter)
    assert type(domain.get_counter("f", float)) is ours.Float64Counter
    assert domain.get_timestamp() <= domain.get_timestamp()


@ours.annotate(color="red")
def decorated(value: int) -> int:
    """Its doc."""
    return value + 1


def test_what_is_decorated() -> None:
    assert decorated(1) == 2
    assert (decorated.__name__, decorated.__doc__) == ("decorated", "Its doc.")
    assert inspect.isfunction(decorated) and pickle.loads(pickle.dumps(decorated)) is decorated
    again = pickle.loads(pickle.dumps(ours.annotate("m", "red", "d", "c", 5)))
    assert again.init_args == ("m", "red", "d", "c", 5)
    with again as entered:
        assert entered is again
    assert decorated.__wrapped__(1) == 2


def run(script: str, fake: Fake | None = None, **env: str) -> str:
    command = [sys.executable, "-c", textwrap.dedent(script)]
    environ = {**os.environ, **(fake.env() if fake else {}), **env}
    done = subprocess.run(command, env=environ, cwd="/", capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout


def labels(fake: Fake) -> list[list[str]]:
    others = ("api_init", "domain_create", "string_handle_create", "adopt_", "thread_set_name")
    return [call for call in fake.take() if not call[0].startswith(others)]


def test_what_is_sent(fake: Fake) -> None:
    run(
        """
        from itt.compat import nvtx
        with nvtx.annotate("block", color=0x123456, domain="d", category="cat", payload=[1, 2]):
            pass
        @nvtx.annotate()
        def named():
            raise KeyError
        try:
            named()
        except KeyError:
            pass
        nvtx.push_range("outer", color="red")
        nvtx.push_range("inner")
        nvtx.pop_range()
        nvtx.pop_range()
        first, second = nvtx.start_range("first"), nvtx.start_range("second", payload=2.5)
        nvtx.end_range(first)
        nvtx.end_range(second)
        nvtx.end_range(None)
        nvtx.mark("mark", payload="text")
        """,
        fake,
    )
    found = labels(fake)
    names = [(name, values[-1] if name.startswith("task_begin") else values[0]) for name, *values in found]
    assert names == [
        ("task_begin", "block"),
        ("metadata_str_add", "d"),
        ("metadata_str_add", "d"),
        ("metadata_add", "d"),
        ("task_end", "d"),
        ("task_begin", "named"),
        ("task_end", "NVTX"),
        ("task_begin", "outer"),
        ("metadata_str_add", "NVTX"),
        ("task_begin", "inner"),
        ("task_end", "NVTX"),
        ("task_end", "NVTX"),
        ("task_begin_overlapped", "first"),
        ("task_begin_overlapped", "second"),
        ("metadata_add", "NVTX"),
        ("task_end_overlapped", "NVTX"),
        ("task_end_overlapped", "NVTX"),
        ("marker", "NVTX"),
        ("metadata_str_add", "NVTX"),
    ]
    metadata = {call[3]: call[4] for call in found[1:3]}
    assert metadata == {"color": "#123456", "category": "cat"}
    assert found[3][3:6] == ["payload", "2", "2"]  # __itt_metadata_s64, twice
    ids = [call[2] for call in found if call[0].endswith("overlapped")]
    assert ids[:2] == ids[2:] and len(set(ids)) == 2


def test_payloads_are_looked_up_each_time(fake: Fake) -> None:
    run(
        """
        from itt.compat import nvtx
        payload = [1]
        block = nvtx.annotate("x", payload=payload)
        for _ in range(3):
            with block:
                payload.append(1)
        """,
        fake,
    )
    assert [call[5] for call in labels(fake) if call[0] == "metadata_add"] == ["1", "2", "3"]


def test_profile(fake: Fake) -> None:
    """Every begin is ended, also of what is open while it starts and stops."""
    said = run(
        """
        import sys, threading
        from itt.compat import nvtx
        def inner():
            return len("abc")
        def outer():
            profile.enable()
            inner()
            return inner()
        profile = nvtx.Profile(linenos=False)
        outer()
        thread = threading.Thread(target=inner, name="other")
        thread.start()
        thread.join()
        profile.disable()
        print(sys.getprofile())
        inner()
        """,
        fake,
    )
    assert said == "None\n"
    found = labels(fake)
    begun = [call[-1] for call in found if call[0] == "task_begin"]
    assert begun[:4] == ["inner", "len", "inner", "len"] and begun.count("inner") == 3
    assert all(call[1] == "nvtx.py" for call in found)
    assert len(begun) == sum(call[0] == "task_end" for call in found)


def test_as_a_program(fake: Fake, tmp_path: Any) -> None:
    script = tmp_path / "script.py"
    script.write_text("import sys\ndef function():\n    print(sys.argv[1:], __name__)\nfunction()\n")
    command = [sys.executable, "-m", "itt.compat.nvtx", "--no-linenos", script, "-x", "y"]
    done = subprocess.run(command, env={**os.environ, **fake.env()}, cwd="/", capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("['-x', 'y'] __main__\n", "")
    assert "function" in {call[-1] for call in labels(fake) if call[0] == "task_begin"}


@pytest.mark.parametrize("package", ["nvtx", "itt.compat.nvtx"])
def test_disabled(package: str, fake: Fake) -> None:
    if package == "nvtx":
        pytest.importorskip("nvtx")
    said = run(
        f"""
        import {package} as nvtx
        def function():
            pass
        print(nvtx.enabled(), nvtx.annotate("x")(function) is function, nvtx.start_range("x"))
        with nvtx.annotate("x", color="no color", domain=5):
            nvtx.push_range(5)
            nvtx.pop_range()
            nvtx.mark(5)
            nvtx.end_range(5)
        profile = nvtx.Profile()
        profile.enable()
        profile.disable()
        """,
        fake,
        NVTX_DISABLE="1",
    )
    assert said == "False True None\n"
    assert labels(fake) == []
