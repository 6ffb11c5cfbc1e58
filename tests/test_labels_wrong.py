"""Wrong use of labels: errors that name the argument, the same whether anything is collected or not."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap

import pytest
from fake import Fake

DOMAIN = "'domain' must be a domain made by domain_create() or Domain(), not "
ANY_DOMAIN = "'domain' must be a domain, the name of one, or None, not "
ID = "must be an Id, not "
OTHER = "is an Id of domain 'other', not of 'd'"
NUL = "must be a str without NUL characters"
TIME = "must be a time as timestamp() tells it"

# what is called, the error, a part of its message
WRONG: list[tuple[str, str, str]] = [
    ("task_begin(d, 'n', one)", "TypeError", "takes 2 positional arguments (domain, name), not 3"),
    ("task_begin(d, 'n', ident=one)", "TypeError", "unexpected keyword argument 'ident'"),
    ("task_begin(d, 'n', id=1)", "TypeError", f"'id' {ID}int"),
    ("task_begin(d, 'n', id=other_id)", "ValueError", f"'id' {OTHER}"),
    ("task_begin(d, 'n', parent='p')", "TypeError", f"'parent' {ID}str"),
    ("task_begin(d, 'n', parent=other_id)", "ValueError", f"'parent' {OTHER}"),
    ("task_begin('d', 'n', id=one)", "TypeError", DOMAIN + "str"),
    ("task_begin(d, 1, id=one)", "TypeError", "'name' must be str, not int"),
    ("task_begin(d, 'a\\0', id=one)", "ValueError", f"'name' {NUL}"),
    ("task_end('d')", "TypeError", DOMAIN + "str"),
    ("task_begin_overlapped(d, 'n')", "TypeError", "takes 3 positional arguments (domain, name, id), not 2"),
    ("task_begin_overlapped(d, 'n', None)", "TypeError", f"'id' {ID}NoneType"),
    ("task_begin_overlapped(d, 'n', other_id)", "ValueError", f"'id' {OTHER}"),
    ("task_begin_overlapped(d, 'n', one, parent=2)", "TypeError", f"'parent' {ID}int"),
    ("task_begin_overlapped(d, None, one)", "TypeError", "'name' must be str, not NoneType"),
    ("task_begin_overlapped(None, 'n', one)", "TypeError", DOMAIN + "NoneType"),
    ("task_begin_overlapped(d, 'n', id=one)", "TypeError", "unexpected keyword argument 'id'"),
    ("task_end_overlapped(d)", "TypeError", "takes 2 positional arguments (domain, id), not 1"),
    ("task_end_overlapped(d, None)", "TypeError", f"'id' {ID}NoneType"),
    ("task_end_overlapped(d, other_id)", "ValueError", f"'id' {OTHER}"),
    ("task_end_overlapped(1, one)", "TypeError", DOMAIN + "int"),
    (
        "task_group(d, 'n')",
        "TypeError",
        "takes 3 to 4 positional arguments (domain, name, id, parent), not 2",
    ),
    ("task_group(d, 'n', 1)", "TypeError", f"'id' {ID}int"),
    ("task_group(d, 'n', one, 1)", "TypeError", f"'parent' {ID}int"),
    ("task_group(d, 'n', one, one, parent=one)", "TypeError", "'parent' twice"),
    ("task_group(d, b'n', one)", "TypeError", "'name' must be str, not bytes"),
    (
        "task_submit(d, 'n')",
        "TypeError",
        "takes 3 to 4 positional arguments (domain, name, begin, end), not 2",
    ),
    ("task_submit('d', 'n', 1, 2)", "TypeError", DOMAIN + "str"),
    ("task_submit(d, 1, 1, 2)", "TypeError", "'name' must be str, not int"),
    ("task_submit(d, 'n', 1.5, 2)", "TypeError", "'begin' must be an int, not float"),
    ("task_submit(d, 'n', 1, '2')", "TypeError", "'end' must be an int, not str"),
    ("task_submit(d, 'n', None, 2)", "TypeError", "'begin' must be an int, not NoneType"),
    ("task_submit(d, 'n', -1, 2)", "ValueError", f"'begin' {TIME}"),
    ("task_submit(d, 'n', 1, 2**64 - 1)", "ValueError", f"'end' {TIME}"),
    ("task_submit(d, 'n', 1, 2**640)", "ValueError", f"'end' {TIME}"),
    ("task_submit(d, 'n', 2, 1)", "ValueError", "'end' must not be before 'begin'"),
    ("task_submit(d, 'n', 1, 2, id=other_id)", "ValueError", f"'id' {OTHER}"),
    ("task_submit(d, 'n', 1, 2, parent=3)", "TypeError", f"'parent' {ID}int"),
    ("task_submit(d, 'n', 1, 2, metadata=3)", "TypeError", "'metadata' must be a mapping, not int"),
    ("task_submit(d, 'n', 1, 2, **{'a\\0': 1})", "ValueError", "must not have a NUL character"),
    ("frame_begin()", "TypeError", "takes 1 to 2 positional arguments (domain, id), not 0"),
    ("frame_begin(7)", "TypeError", DOMAIN + "int"),
    ("frame_begin(d, 'id')", "TypeError", f"'id' {ID}str"),
    ("frame_begin(d, id=one)", "TypeError", "keyword"),
    ("frame_begin(d, other_id)", "ValueError", f"'id' {OTHER}"),
    ("frame_end(d, 5)", "TypeError", f"'id' {ID}int"),
    ("frame_end(d, other_id)", "ValueError", f"'id' {OTHER}"),
    ("frame_submit(d)", "TypeError", "takes 2 to 3 positional arguments (domain, begin, end), not 1"),
    ("frame_submit(d, 'x', 5)", "TypeError", "'begin' must be an int, not str"),
    ("frame_submit(d, 6, 5)", "ValueError", "'end' must not be before 'begin'"),
    ("frame_submit(d, 5, 6, id=other_id)", "ValueError", f"'id' {OTHER}"),
    ("frame(1)", "TypeError", ANY_DOMAIN + "int"),
    ("frame('a\\0')", "ValueError", f"'domain' {NUL}"),
    ("frame(d, domain=d)", "TypeError", "'domain' twice"),
    ("frame(d, one)", "TypeError", "takes 0 to 1 positional arguments (domain), not 2"),
    ("frame(d, id=1)", "TypeError", f"'id' {ID}int"),
    ("frame(d, id=other_id)", "ValueError", f"'id' {OTHER}"),
    ("frame(d)(7)", "TypeError", "frame() can decorate functions and other callables, not int"),
    ("frame(d)(int)", "TypeError", "frame() can decorate functions and other callables, not a class"),
    ("frame(d)()", "TypeError", "1"),
    ("Frame()", "TypeError", "cannot create 'itt.Frame' instances"),
    ("object.__new__(Frame)", "TypeError", "itt.Frame"),
    ("region()", "TypeError", "takes 1 positional argument (name), not 0"),
    ("region(1)", "TypeError", "'name' must be str, not int"),
    ("region('a\\0')", "ValueError", f"'name' {NUL}"),
    (
        "region(lambda: 0)",
        "TypeError",
        'must be str, not function: to decorate one, write @itt.region("name")',
    ),
    ("frame(lambda: 0)", "TypeError", "not function: to decorate one, write @itt.frame()"),
    ("event(lambda: 0)", "TypeError", 'must be str, not function: to decorate one, write @itt.event("name")'),
    ("region('r', domain=b'')", "TypeError", ANY_DOMAIN + "bytes"),
    ("region('r', domain=capsule)", "TypeError", "not a capsule named 'datetime.datetime_CAPI'"),
    ("region('r', parent=1)", "TypeError", f"'parent' {ID}int"),
    ("region('r', domain=d, parent=other_id)", "ValueError", f"'parent' {OTHER}"),
    ("region('r', metadata=[1])", "TypeError", "'metadata' must be a mapping, not list"),
    ("region('r', metadata={1: 2})", "TypeError", "'metadata' must have keys of type str, not int"),
    ("region('r', metadata={'a\\0': 2})", "ValueError", "'metadata' must have keys without NUL"),
    ("region('r', **{'\\0': 2})", "ValueError", "keyword '\\x00' must not have a NUL character in it"),
    ("region('r')(None)", "TypeError", "region() can decorate functions and other callables, not NoneType"),
    ("Region()", "TypeError", "cannot create 'itt.Region' instances"),
    ("region_begin(d, 'r')", "TypeError", "takes 3 positional arguments (domain, name, id), not 2"),
    ("region_begin(d, 'r', 1)", "TypeError", f"'id' {ID}int"),
    ("region_begin(d, 'r', one, parent=1)", "TypeError", f"'parent' {ID}int"),
    ("region_end(d, 1)", "TypeError", f"'id' {ID}int"),
    ("region_end(d, other_id)", "ValueError", f"'id' {OTHER}"),
    ("marker()", "TypeError", "takes 1 positional argument (name), not 0"),
    ("marker(1)", "TypeError", "'name' must be str, not int"),
    ("marker('a\\0')", "ValueError", f"'name' {NUL}"),
    ("marker('m', scope=1)", "TypeError", "'scope' must be str, not int"),
    ("marker('m', scope=None)", "TypeError", "'scope' must be str, not NoneType"),
    ("marker('m', scope='all')", "ValueError", "'scope' must be global, process, thread or task, not 'all'"),
    ("marker('m', domain=1)", "TypeError", ANY_DOMAIN + "int"),
    ("marker('m', domain=d, id=other_id)", "ValueError", f"'id' {OTHER}"),
    ("marker('m', metadata=1)", "TypeError", "'metadata' must be a mapping, not int"),
    ("metadata(1)", "TypeError", "'mapping' must be a mapping, not int"),
    ("metadata('text')", "TypeError", "'mapping' must be a mapping, not str"),
    ("metadata({}, {})", "TypeError", "takes 0 to 1 positional arguments (mapping), not 2"),
    ("metadata({1: 2})", "TypeError", "'mapping' must have keys of type str, not int"),
    ("metadata({'a\\0': 2})", "ValueError", "'mapping' must have keys without NUL"),
    ("metadata(BadMapping())", "ZeroDivisionError", ""),
    ("metadata(id=1)", "TypeError", f"'id' {ID}int"),
    ("metadata(domain=d, id=other_id)", "ValueError", f"'id' {OTHER}"),
    ("metadata(domain=3)", "TypeError", ANY_DOMAIN + "int"),
    ("relation(one, 'child_of')", "TypeError", "takes 3 positional arguments (head, relation, tail), not 2"),
    ("relation(1, 'child_of', one)", "TypeError", f"'head' {ID}int"),
    ("relation(one, 'child_of', None)", "TypeError", f"'tail' {ID}NoneType"),
    ("relation(one, 5, one)", "TypeError", "'relation' must be str, not int"),
    ("relation(one, 'cousin_of', one)", "ValueError", "'relation' must be dependent_on, sibling_of"),
    ("relation(one, 'child_of', one, domain=5)", "TypeError", ANY_DOMAIN + "int"),
    ("relation(one, 'child_of', other_id, domain=d)", "ValueError", f"'tail' {OTHER}"),
    ("event(1)", "TypeError", "'name' must be str, not int"),
    ("event('a\\0')", "ValueError", f"'name' {NUL}"),
    ("Event(b'')", "TypeError", "'name' must be str, not bytes"),
    ("Event('a\\0')", "ValueError", f"'name' {NUL}"),
    ("Event(name='e')", "TypeError", "Event()"),
    ("event('e').begin(1)", "TypeError", "no arguments"),
    ("event('e')(3)", "TypeError", "Event can decorate functions and other callables, not int"),
    ("Counter()", "TypeError", "Counter()"),
    ("Counter(1)", "TypeError", "'name' must be str, not int"),
    ("Counter('a\\0')", "ValueError", f"'name' {NUL}"),
    ("Counter('c', 'd')", "TypeError", "Counter()"),
    ("Counter('c', domain=1)", "TypeError", ANY_DOMAIN + "int"),
    ("Counter('c', type=1)", "TypeError", "'type' must be int, float or a str, not int"),
    ("Counter('c', type=str)", "TypeError", "'type' must be int, float or a str, not str"),
    ("Counter('c', type='u8')", "ValueError", "'type' must be int, float, 'u64', 's64'"),
    ("Counter('c', unit=1)", "TypeError", "'unit' must be str, not int"),
    ("Counter('c', unit='\\0')", "ValueError", f"'unit' {NUL}"),
    ("Counter('c').set()", "TypeError", "one argument"),
    ("Counter('c').set(1.5)", "TypeError", "'value' must be an int, as the counter's type is s64, not float"),
    ("Counter('c').set('1')", "TypeError", "'value' must be an int"),
    ("Counter('c').set(None)", "TypeError", "'value' must be an int"),
    ("Counter('c').set(2**63)", "ValueError", "'value' is out of range: the counter's type is s64"),
    ("Counter('c').set(-2**63 - 1)", "ValueError", "'value' is out of range"),
    ("Counter('c').set(BadIndex())", "ZeroDivisionError", ""),
    ("Counter('c', type='u16').set(-1)", "ValueError", "'value' is out of range"),
    ("Counter('c', type=float).set('1')", "TypeError", "'value' must be a number, not str"),
    ("Counter('c', type=float).set(10**400)", "ValueError", "'value' is out of range"),
    ("Counter('c', type='float').set(1e39)", "ValueError", "'value' is out of range"),
    ("Counter('c', type=float).set(BadIndex())", "ZeroDivisionError", ""),
    ("Counter('c').inc(0.5)", "TypeError", "'delta' must be an int"),
    ("Counter('c').inc(2**64)", "ValueError", "'delta' is out of range"),
    ("Counter('c').dec(-2**64)", "ValueError", "'delta' is out of range"),
    ("Counter('c').inc(1, 2)", "TypeError", "inc() takes 0 to 1 positional arguments (delta), not 2"),
    ("Counter('c').inc(1, delta=2)", "TypeError", "'delta' twice"),
    ("Counter('c').dec(by=2)", "TypeError", "unexpected keyword argument 'by'"),
    ("Domain()", "TypeError", "Domain()"),
    ("Domain(5)", "TypeError", "'name' must be str, not int"),
    ("Domain('a\\0')", "ValueError", f"'name' {NUL}"),
    ("setattr(d, 'enabled', 1)", "TypeError", "'enabled' must be bool, not int"),
    ("delattr(d, 'enabled')", "TypeError", "'enabled' must be bool"),
    ("setattr(d, 'name', 'x')", "AttributeError", ""),
    ("type('D', (Domain,), {})", "TypeError", "not an acceptable base type"),
    ("type('I', (Id,), {})", "TypeError", "not an acceptable base type"),
    ("Id('d')", "TypeError", DOMAIN + "str"),
    ("Id(5)", "TypeError", DOMAIN + "int"),
    ("Id.from_values()", "TypeError", "from_values()"),
    ("Id.from_values('1')", "TypeError", "'d1' must be int, not str"),
    ("Id.from_values(1, 1.5)", "TypeError", "'d2' must be int, not float"),
    ("Id.from_values(1, 2, -1)", "ValueError", "'d3' must be in 0..2**64-1"),
    ("Id.from_values(2**64)", "ValueError", "'d1' must be in 0..2**64-1"),
    ("Id.from_values(0)", "ValueError", "'d1' must not be 0 with all others 0"),
    ("one < one", "TypeError", "not supported"),
    ("thread_set_name(1)", "TypeError", "'name' must be str, not int"),
    ("thread_set_name('a\\0')", "ValueError", f"'name' {NUL}"),
    ("timestamp(1)", "TypeError", "no arguments"),
    ("active(1)", "TypeError", "no arguments"),
    ("paused(1)", "TypeError", "no arguments"),
    ("resumed(1)", "TypeError", "no arguments"),
    ("type(paused())()", "TypeError", "cannot create 'itt.Control' instances"),
]

ATTEMPTS = """
    import datetime, json, sys, itt
    class BadMapping:
        def keys(self): return 1 / 0
    class BadIndex:
        def __index__(self): return 1 // 0
        def __float__(self): return 1 / 0
    values = dict(vars(itt), BadMapping=BadMapping, BadIndex=BadIndex, capsule=datetime.datetime_CAPI)
    values.update(d=itt.Domain("d"), one=itt.Id.from_values(1), other_id=itt.Id(itt.Domain("other")))
    for expression in json.loads(sys.stdin.read()):
        try:
            eval(expression, values)
        except Exception as error:
            print(type(error).__name__, str(error).encode("unicode_escape").decode())
        else:
            print("nothing")
"""


def attempt(env: dict[str, str]) -> list[str]:
    text = json.dumps([expression for expression, _, _ in WRONG])
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(ATTEMPTS)],
        cwd="/",
        env={**os.environ, **env},
        input=text,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def off() -> list[str]:
    return attempt({})


@pytest.mark.parametrize("number", range(len(WRONG)), ids=[expression for expression, _, _ in WRONG])
def test_the_error_names_the_argument(off: list[str], number: int) -> None:
    _, kind, message = WRONG[number]
    said = off[number].replace("\\\\", "\\")
    assert said.startswith(kind + " ") and message in said


def test_the_same_when_it_is_collected(fake: Fake, off: list[str]) -> None:
    """And nothing is sent."""
    assert attempt(fake.env()) == off
    names = {call[0] for call in fake.take()}
    assert names <= {
        "api_init",
        "api_fini",
        "domain_create",
        "id_create",
        "id_destroy",
        "string_handle_create",
    }
