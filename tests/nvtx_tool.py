"""Stands for the conftest of nvtx's own tests, which its repository has, but not its sdist.

The tests call nvtx and say what a tool was to see; here that is looked up in what ITT's collector saw. They
run with this file beside them as conftest.py, under the tests' own collector, whose log FAKE_ITT_LOG names.
"""

from __future__ import annotations

import os
import shlex
from typing import Any

import pytest

from itt.compat import nvtx

# What nvtx's tests combine is in its conftest as well: these are our own choice.
MESSAGES = [None, "", "abc", "é"]
COLORS = [None, "blue", "red", 0x123456]
DOMAINS = [None, "dom", "é"]
CATEGORIES = [None, "cat", 1]
PAYLOADS = [None, 1, 2.5]


@pytest.fixture(params=MESSAGES)
def message(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(params=COLORS)
def color(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(params=DOMAINS)
def domain(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(params=CATEGORIES)
def category(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture(params=PAYLOADS)
def payload(request: pytest.FixtureRequest) -> Any:
    return request.param


class Events:
    """Labels in the order in which the collector got them; handles and ids are no labels."""

    OTHERS = (
        "domain_create",
        "string_handle_create",
        "api_init",
        "adopt_",
        "thread_set_name",
        "id_",
        "counter_create",
        "get_timestamp",
        "bind_",
    )

    def __init__(self, path: str) -> None:
        self.path = path
        self.at = os.path.getsize(path) if os.path.exists(path) else 0
        self.left: list[list[str]] = []
        self.ranges: dict[str, str] = {}

    def next(self) -> list[str]:
        with open(self.path) as log:
            log.seek(self.at)
            text = log.read()
        self.at += len(text.encode())
        lines = [shlex.split(line) for line in text.splitlines()]
        self.left += [line for line in lines if not line[0].startswith(self.OTHERS)]
        assert self.left, "the collector got no further label"
        return self.left.pop(0)

    def metadata(self, count: int) -> dict[str, list[str]]:
        found = {}
        for _ in range(count):
            line = self.next()
            assert line[0] in ("metadata_add", "metadata_str_add")
            found[line[3]] = line[4:]
        return found


@pytest.fixture
def nvtx_events() -> Any:
    return Events(os.environ["FAKE_ITT_LOG"])


def name_of(domain: Any) -> str:
    return "NVTX" if domain is None else domain


def keys(color: Any, payload: Any, category: Any) -> list[str]:
    """What is shown as metadata: a color that is not the default one, and all else that was given."""
    shown = {
        "color": color not in (None, "blue"),
        "category": category is not None,
        "payload": payload is not None,
    }
    return sorted(key for key, is_shown in shown.items() if is_shown)


def check_metadata(events: Events, color: Any, payload: Any, category: Any) -> None:
    expected = keys(color, payload, category)
    found = events.metadata(len(expected))
    assert sorted(found) == expected
    if "color" in found:
        shown = color if isinstance(color, str) else f"#{color:06x}"
        assert found["color"][0] == shown
    if isinstance(category, str):
        assert found["category"][0] == category


def verify_registration_events(events: Events, domain: Any, *args: Any, **kwargs: Any) -> None:
    """ITT has handles for the same; they are no labels."""


def verify_push(events: Events, domain: Any, message: Any, color: Any, payload: Any, category: Any) -> None:
    name, its_domain, _, _, its_message = events.next()
    assert (name, its_domain, its_message) == ("task_begin", name_of(domain), message or "")
    check_metadata(events, color, payload, category)


def verify_pop(events: Events, domain: Any) -> None:
    assert events.next() == ["task_end", name_of(domain)]


def verify_mark(events: Events, domain: Any, message: Any, color: Any, payload: Any, category: Any) -> None:
    name, its_domain, _, its_message, _ = events.next()
    assert (name, its_domain, its_message) == ("marker", name_of(domain), message or "")
    check_metadata(events, color, payload, category)


def verify_start(events: Events, domain: Any, message: Any, color: Any, payload: Any, category: Any) -> None:
    name, its_domain, _, _, its_message = events.next()
    assert (name, its_domain, its_message) == ("task_begin_overlapped", name_of(domain), message or "")
    check_metadata(events, color, payload, category)


def verify_end(events: Events, domain: Any, range_id: Any) -> None:
    name, its_domain, id = events.next()
    number = range_id[0] if isinstance(range_id, tuple) else range_id
    assert (name, its_domain, id.split(",")[0]) == ("task_end_overlapped", name_of(domain), str(number))


def verify_counter_register(events: Events, domain: Any, name: str, dtype: Any, **more: Any) -> Any:
    return name


def counter_values(events: Events, count: int) -> list[str]:
    found = []
    for _ in range(count):
        call, name, _ = events.next()
        assert call == "counter_set_value_v3"
        found.append(name)
    return found


def verify_counter_sample_int64(events: Events, domain: Any, counter_id: Any, value: Any) -> None:
    assert counter_values(events, 1) == [counter_id]


verify_counter_sample_float64 = verify_counter_sample_int64


def verify_counter_sample(events: Events, domain: Any, counter_id: Any, value: bytes) -> None:
    """A group is a counter for each of its fields, all of 8 bytes in these tests."""
    assert all(name.startswith(f"{counter_id}.") for name in counter_values(events, len(value) // 8))


def verify_counter_batch_submit(
    events: Events, domain: Any, counter_id: Any, values: bytes, timestamps: Any
) -> None:
    """The last value is the counter's."""
    fields = len(values) // 8 // len(timestamps)
    assert all(name.startswith(counter_id) for name in counter_values(events, fields))


def verify_counter_sample_no_value(events: Events, domain: Any, counter_id: Any, reason: int) -> None:
    if reason == nvtx.CounterNoValueReason.ZERO.value:
        assert counter_values(events, 1) == [counter_id]


def verify_timestamp_get(events: Events, timestamp: int) -> None:
    assert timestamp > 0
