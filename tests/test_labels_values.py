"""Values of metadata: any object may be one, and none makes a label fail."""

from __future__ import annotations

import struct
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from fake import Fake
from test_labels import HEAD, python, sent

U64, S64, U32, S32, U16, S16, FLOAT, DOUBLE = "12345678"

OBJECTS = """
import array, ctypes, enum, decimal, os, sys
class Shows:
    def __init__(self, show): self.show = show
    def __str__(self): return self.show()
def fails(): raise ValueError("no")
class Number(enum.IntEnum): ONE = 1
class Text(str):
    def __str__(self): return "not asked"
class Int(int):
    def __str__(self): return "not asked"
    def __int__(self): raise ValueError
    __index__ = __int__
class Loose:
    def __getattribute__(self, name): raise RuntimeError
class Structure(ctypes.Structure):
    _fields_ = [("a", ctypes.c_int), ("b", ctypes.c_double)]
    def __str__(self): return "a structure"
def released():
    view = memoryview(b"abc")
    view.release()
    return view
view = memoryview
def ints(code, *values): return array.array(code, values)
matrix = view(bytes(range(1, 13))).cast("h", (2, 3))
"""

NATIVE = struct.pack("=h", 1) == struct.pack("<h", 1)
assert NATIVE, "these tests know little endian machines only"
MATRIX = [str(number) for number in struct.unpack("6h", bytes(range(1, 13)))]

# the value, and what is sent: (type, number ...) or the text
VALUES: list[tuple[str, object]] = [
    ("0", (S64, "0")),
    ("True", (S64, "1")),
    ("-2**63", (S64, str(-(2**63)))),
    ("2**63", (U64, str(2**63))),
    ("2**64 - 1", (U64, str(2**64 - 1))),
    ("2**64", str(2**64)),
    ("-2**63 - 1", str(-(2**63) - 1)),
    ("10**199", str(10**199)),
    ("-10**1000", "-1" + "0" * 197 + "…"),
    ("1 << 5000", "<int of 5001 bits>"),
    ("1 << 50_000_000", "<int of 50000001 bits>"),
    ("Number.ONE", (S64, "1")),
    ("Int(5)", (S64, "5")),
    ("Int(2**70)", str(2**70)),
    ("1.5", (DOUBLE, "1.5")),
    ("float('-inf')", (DOUBLE, "-inf")),
    ("float('nan')", (DOUBLE, "nan")),
    ("'text'", "text"),
    ("''", ""),
    ("'é' * 1000", "é" * 1000),
    ("'\\udc80x'", "\\udc80x"),
    ("Text('text')", "text"),
    ("b'bytes'", "bytes"),
    ("b''", ""),
    ("'é'.encode()", "é"),
    ("b'\\xff\\x00'", "\\xff"),  # the fake collector shows what is before the NUL
    ("bytearray(b'array')", "array"),
    ("view(b'view')[::2]", "ve"),
    ("view(b'view').cast('c')", "view"),
    ("None", "None"),
    ("[1, 2]", "[1, 2]"),
    ("1j", "1j"),
    ("decimal.Decimal('1.50')", "1.50"),
    ("'x' * 300", "x" * 300),
    ("['x' * 300]", "['" + "x" * 197 + "…"),
    ("Shows(lambda: 'y' * 200)", "y" * 200),
    ("Shows(lambda: 'y' * 201)", "y" * 199 + "…"),
    ("Shows(lambda: '\\ud800')", "\\ud800"),
    ("Shows(fails)", "<unprintable Shows>"),
    ("Shows(lambda: 5)", "<unprintable Shows>"),
    ("Shows(lambda: sys.exit.nothing)", "<unprintable Shows>"),
    ("Shows(lambda: (_ for _ in ()).throw(RecursionError))", "<unprintable Shows>"),
    ("Shows(lambda: (_ for _ in ()).throw(MemoryError))", "<unprintable Shows>"),
    ("released()", "<released memory at"),
    ("Loose()", "<__main__.Loose object at"),
    ("object", "<class 'object'>"),
    ("ints('b', -1, 2)", (S16, "-1", "2")),
    ("ints('B', 104, 105)", "hi"),
    ("ints('h', -1, 2)", (S16, "-1", "2")),
    ("ints('H', 65535)", (U16, "65535")),
    ("ints('i', -1, 2)", (S32, "-1", "2")),
    ("ints('I', 2**32 - 1)", (U32, str(2**32 - 1))),
    ("ints('l', -2**63)", (S64, str(-(2**63)))),
    ("ints('Q', 2**64 - 1)", (U64, str(2**64 - 1))),
    ("array.array('f', [0.5, -2])", (FLOAT, "0.5", "-2")),
    ("array.array('d', [0.1])", (DOUBLE, "0.10000000000000001")),
    ("array.array('d')", "[]"),
    ("array.array('b')", "[]"),
    ("array.array('B')", ""),
    ("view(ints('i', *range(10)))[8:1:-3]", (S32, "8", "5", "2")),
    ("view(ints('b', *range(10)))[::4]", (S16, "0", "4", "8")),
    ("view(b'\\0\\1').cast('?')", (U16, "0", "1")),
    ("matrix", (S16, *MATRIX)),
    ("matrix[::-1]", (S16, *MATRIX[3:], *MATRIX[:3])),
    ("(ctypes.c_double * 2)(1, 2.5)", (DOUBLE, "1", "2.5")),
    ("((ctypes.c_int * 2) * 2)((1, 2), (3, 4))", (S32, "1", "2", "3", "4")),
    ("ctypes.c_ushort(5)", (U16, "5")),
    ("ctypes.c_int.__ctype_be__(5)", "c_int_be(5)"),
    ("Structure()", "a structure"),
    ("(ctypes.c_longdouble * 1)()", "<"),
    ("ctypes.c_void_p(5)", (U64, "5")),
    ("ctypes.py_object(5)", "py_object(5)"),
]


@pytest.mark.parametrize("value, expected", VALUES, ids=[value for value, _ in VALUES])
def test_values(fake: Fake, value: str, expected: object) -> None:
    (call,) = sent(fake, OBJECTS + f"itt.metadata(domain=d, id=one, key={value})")
    if isinstance(expected, tuple):
        kind, *numbers = expected
        assert call == ["metadata_add", "d", "1,2,3", "key", kind, str(len(numbers)), *numbers]
    else:
        assert call[:4] == ["metadata_str_add", "d", "1,2,3", "key"]
        text = str(expected)
        assert call[4].startswith(text) if text.startswith("<") else call[4] == text
        assert text.startswith(("<", "\\xff")) or int(call[5]) == len(text.encode())


def test_a_huge_array_goes_whole_where_it_lies(fake: Fake) -> None:
    """And copies of what does not lie together are limited."""
    script = """
        numbers = array.array("d", bytes(8 * 2_000_000))
        itt.metadata(domain=d, whole=numbers, part=memoryview(numbers)[::2])
    """
    python("-c", HEAD + OBJECTS + script.replace("        ", ""), env=fake.env())
    calls = [call for call in fake.take() if call[0] == "metadata_add"]
    assert [call[3:6] for call in calls] == [["whole", DOUBLE, "2000000"], ["part", DOUBLE, "65536"]]


def test_long_text_is_cut(cc: Callable[..., Path], tmp_path: Path) -> None:
    probe = cc("probe_collector.c", flags=["-shared", "-fPIC"], link=False, output="probe.so")
    log = tmp_path / "log"
    script = "itt.metadata(domain=d, a='é' * (3 << 20), b=b'x' * (3 << 20), c=b'\\xff' * (3 << 20))"
    python("-c", HEAD + script, env={"INTEL_LIBITTNOTIFY64": str(probe), "PROBE_LOG": str(log)})
    calls = [line.split() for line in log.read_text().splitlines()]
    sizes = [int(call[-1]) for call in calls if call[0] == "metadata_str_add"]
    assert sizes == [2 << 20, 1 << 20, 1 << 20]


def test_nothing_is_converted_when_nobody_listens(fake: Fake) -> None:
    script = """
        class Never:
            def __str__(self): os._exit(3)
            __repr__ = __str__
        never = Never()
        def use():
            itt.metadata({"a": never}, domain=d, k=never)
            itt.marker("m", domain=d, k=never)
            itt.task_submit(d, "t", 1, 2, k=never, metadata={"m": never})
            with itt.region("r", domain=d, k=never, metadata={"m": never}): pass
    """
    script = HEAD + OBJECTS + script.replace("\n        ", "\n")
    python("-c", script + "use()", env={})
    assert sent(fake, script.replace(HEAD, "") + "d.enabled = False; use()") == []


def test_str_may_do_anything(fake: Fake) -> None:
    """Labels, ends of tasks, metadata of its own, a fork, changes of the mapping; the label goes on."""
    script = """
        class Busy:
            def __str__(self):
                itt.task_begin(d, "inner"); itt.metadata(domain=d, inner=1); itt.task_end(d)
                itt.task_end(d)
                given.clear()
                return "busy"
        class Forks:
            def __str__(self):
                child = os.fork()
                if child == 0: os._exit(0)
                return str(os.waitpid(child, 0)[1])
        class Deep:
            def __str__(self):
                itt.metadata(domain=d, deep=self)
                return "deep"
        given = {"a": Busy(), "b": 2}
        itt.task_begin(d, "outer")
        itt.metadata(given, domain=d, c=Forks())
        with itt.region("r", domain=d, metadata=(again := {"a": Busy(), "b": 3})): pass
        itt.metadata(domain=d, last=1)
        sys.setrecursionlimit(200)
        try:
            itt.metadata(domain=d, deep=Deep())
        except RecursionError: pass  # of Python's own frames
        itt.metadata(domain=d, last=2)
    """
    calls = [call for call in sent(fake, OBJECTS + script.replace("\n        ", "\n")) if "deep" not in call]
    names = [(call[0], call[3] if call[0].startswith("meta") else "") for call in calls]
    busy = [("task_begin", ""), ("metadata_add", "inner"), ("task_end", ""), ("task_end", "")]
    busy.append(("metadata_str_add", "a"))
    assert names == [
        ("task_begin", ""),
        *busy,
        ("metadata_add", "b"),
        ("metadata_str_add", "c"),
        ("region_begin", ""),
        *busy,
        ("metadata_add", "b"),
        ("region_end", ""),
        ("metadata_add", "last"),
        ("metadata_add", "last"),
    ]


@pytest.mark.parametrize(
    "label",
    [
        "itt.metadata(domain=d, k=stop)",
        "itt.metadata({'k': stop}, domain=d)",
        "itt.marker('m', domain=d, k=stop)",
        "itt.task_submit(d, 't', 1, 2, k=stop)",
        "itt.region('r', domain=d, k=stop).__enter__()",
    ],
)
def test_an_interrupt_goes_through(fake: Fake, label: str) -> None:
    """What is to end the program ends it; what was begun is ended."""
    script = f"""
class Stop:
    def __str__(self): raise KeyboardInterrupt
stop = Stop()
try: {label}
except KeyboardInterrupt: itt.marker("caught", domain=d)
"""
    calls = [call[0] for call in sent(fake, script)]
    assert calls[-1] == "marker"
    assert calls[:-1] in ([], ["marker"], ["task_begin_ex", "task_end_ex"], ["region_begin", "region_end"])


def test_keys(fake: Fake) -> None:
    """Any str is a key, whatever a subclass makes of it; the caller's mapping is copied before it is used."""
    script = r"""
class Key(str):
    def __hash__(self): return 7
    def __eq__(self, other): return self is other
itt.metadata({"": 0, Key("a"): 1, Key("b"): 2, "\udc80": 3, "long" * 2000: 4}, domain=d, **{"é": 5})
"""
    assert [call[3] for call in sent(fake, script)] == ["", "a", "b", "\\udc80", "long" * 2000, "é"]


def test_buffers_of_python(fake: Fake) -> None:
    """A class's own __buffer__ (Python 3.12): what it lends, and what it raises."""
    script = """
class Lends:
    def __init__(self, lend): self.lend = lend
    def __buffer__(self, flags): return memoryview(self.lend())
    def __str__(self): return "str"
itt.metadata(domain=d, a=Lends(lambda: ints("i", 1, 2)), b=Lends(lambda: 1 / 0), c=Lends(lambda: b"text"))
"""
    a, b, c = sent(fake, OBJECTS + script)
    if sys.version_info < (3, 12):
        assert [call[4] for call in (a, b, c)] == ["str"] * 3
    else:
        assert a[4:] == [S32, "2", "1", "2"] and b[4] == "str" and c[4] == "text"
