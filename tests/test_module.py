"""The Python module: what each function sends to a collector, and what wrong use gets."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest
from fake import Fake

import itt
from itt import _itt

NULL_ID = "0,0,0"
S32 = "4"  # __itt_metadata_s32
OURS = _itt.static_part.startswith("itt ")
FUNCTIONS = [name for name in itt.__all__ if inspect.isbuiltin(getattr(itt, name))]


def run(script: str, **env: str) -> str:
    """What the script prints, in a Python of its own: a process finds its collector once."""
    return python("-c", textwrap.dedent(script), env=env)


def python(*arguments: str | Path, env: dict[str, str], text: str = "") -> str:
    """Runs Python outside the checkout, where `itt` is the installed one."""
    command = [sys.executable, *map(str, arguments)]
    done = subprocess.run(
        command, cwd="/", env={**os.environ, **env}, input=text, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout


@pytest.fixture
def fake(cc: Callable[..., Path], tmp_path: Path) -> Fake:
    flags = ["-shared", "-fPIC"]
    return Fake(cc("fake_collector.c", flags=flags, link=False, output="fake_collector.so"), tmp_path / "log")


class Probe(Fake):
    def env(self, **more: str) -> dict[str, str]:
        return {"INTEL_LIBITTNOTIFY64": str(self.library), "PROBE_LOG": str(self.log), **more}


@pytest.fixture
def probe(cc: Callable[..., Path], tmp_path: Path) -> Probe:
    flags = ["-shared", "-fPIC"]
    return Probe(cc("probe_collector.c", flags=flags, link=False, output="probe.so"), tmp_path / "probe.log")


def labels(fake: Fake, script: str, **env: str) -> list[list[str]]:
    """The calls that a script makes, after the loading."""
    run("import itt\n" + textwrap.dedent(script), **fake.env(**env))
    calls = fake.take()
    assert calls[0][0] == "api_init"
    loading = ("api_init", "api_fini", "domain_create", "string_handle_create")
    return [call for call in calls if call[0] not in loading and not call[0].startswith("adopt_")]


def begin(domain: str, name: str) -> list[str]:
    return ["task_begin", domain, NULL_ID, NULL_ID, name]


def end(domain: str) -> list[str]:
    return ["task_end", domain]


# ---- What is sent ----


def test_readme_of_itt_python(fake: Fake) -> None:
    """The examples of itt-python's README, unchanged."""
    script = """
        domain = itt.domain_create("domain")
        itt.task_begin(domain, "awesome")
        itt.task_end(domain)
        itt.resume()
        itt.pause()
        itt.resume()
        itt.detach()
    """
    sent = [begin("domain", "awesome"), end("domain"), ["resume"], ["pause"], ["resume"], ["detach"]]
    assert labels(fake, script) == sent


def test_names_and_domains(fake: Fake) -> None:
    script = r"""
        class Label(str):
            __hash__ = None
            def __eq__(self, other): raise RuntimeError
        for domain in "", "плоть", "a" * 4000:
            domain = itt.domain_create(domain)
            for name in "", "é", "\U0001f600", "\udc80", "\ud83d", Label("label"), Label("é"), "n" * 4000:
                itt.task_begin(domain, name)
                itt.task_end(domain)
    """
    names = ["", "é", "\U0001f600", "\\udc80", "\\ud83d", "label", "é", "n" * 4000]
    domains = ["", "плоть", "a" * 4000]
    sent = [call for domain in domains for name in names for call in (begin(domain, name), end(domain))]
    assert labels(fake, script) == sent


def test_an_equal_name_is_the_same_handle(fake: Fake) -> None:
    """The collector is asked once for a name, whichever object says it."""
    script = """
        import itt
        domain = itt.domain_create("d")
        kept = []
        for i in range(1000):
            kept.append("name %d" % (i % 10))
            itt.task_begin(domain, kept[-1])
            itt.task_end(domain)
    """
    run(script, **fake.env())
    calls = fake.take()
    asked = [call[1] for call in calls if call[0] in ("string_handle_create", "adopt_string")]
    assert sorted(asked) == [f"name {i}" for i in range(10)]
    assert [call[4] for call in calls if call[0] == "task_begin"] == [f"name {i % 10}" for i in range(1000)]


def test_a_name_that_dies_is_not_mistaken_for_the_next(fake: Fake) -> None:
    """Objects come and go at the same address; a label never shows another's name."""
    script = """
        domain = itt.domain_create("d")
        for i in range(3000):
            itt.task_begin(domain, f"{i}")
    """
    assert labels(fake, script) == [begin("d", str(i)) for i in range(3000)]


def test_threads(fake: Fake) -> None:
    script = """
        import threading
        domain = itt.domain_create("d")
        barrier = threading.Barrier(8)
        def work(number):
            barrier.wait()
            for i in range(200):
                itt.task_begin(domain, f"{number} {i % 50}")
                itt.task_end(domain)
        threads = [threading.Thread(target=work, args=[i]) for i in range(8)]
        [thread.start() for thread in threads]
        [thread.join() for thread in threads]
    """
    calls = labels(fake, script)
    begun = sorted(call[4] for call in calls if call[0] == "task_begin")
    assert begun == sorted(f"{number} {i % 50}" for number in range(8) for i in range(200))
    names = [call for call in calls if call[0] == "thread_set_name"]
    assert len(names) == 8 and len(calls) == 2 * len(begun) + 8


def test_pt_regions(probe: Probe) -> None:
    """Our static part passes the marks on; Intel's leaves them in the processor's trace."""
    script = """
        import itt
        itt.itt_pt_region_create("hot")
        itt.itt_pt_region_begin(0)
        itt.itt_pt_region_end(7)
    """
    run(script, **probe.env())
    create, *marks = ([call[0], *call[2:]] for call in probe.take())
    assert create == ["pt_region_create"]
    sent = [["mark_pt_region_begin", "0"], ["mark_pt_region_end", "7"]]
    assert marks == (sent if OURS else [])
    assert itt.pt_region_create is itt.itt_pt_region_create
    assert itt.pt_region_begin is itt.itt_pt_region_begin
    assert itt.pt_region_end is itt.itt_pt_region_end


@pytest.mark.skipif(not OURS, reason="Intel's static part keeps stubs for what the fake collector skips")
def test_a_collector_that_knows_little(fake: Fake) -> None:
    """A function that the collector does not have is not called, and nothing else changes."""
    skip = "task_begin_fn,metadata_add,metadata_str_add,pause,pt_region_create"
    script = """
        import ctypes
        domain = itt.domain_create("d")
        itt.pause()
        assert itt.pt_region_create("region") in range(8)
        itt.task_begin_fn(domain, 4096)
        itt.task_end(domain)
        itt.task_begin_fn(domain, lambda: 0)
        itt.task_end(domain)
    """
    sent = [begin("d", "0x1000"), end("d"), begin("d", "<lambda>"), end("d")]
    assert labels(fake, script, FAKE_ITT_SKIP=skip) == sent
    assert labels(fake, "itt.task_end(itt.domain_create('d'))", FAKE_ITT_SKIP="domain_create,task_end") == []


def test_broken_collectors_do_not_disturb(tmp_path: Path) -> None:
    broken = tmp_path / "broken.so"
    broken.write_bytes(b"not a library")
    script = "import itt; d = itt.domain_create('d'); itt.task_begin(d, 'n'); itt.task_end(d); itt.pause()"
    for library in "", str(broken), "/nowhere/lib.so", "relative.so", str(tmp_path):
        assert run(script, INTEL_LIBITTNOTIFY64=library) == ""


# ---- Capsules ----

POINTER = """
    import ctypes, itt
    pointer = ctypes.pythonapi.PyCapsule_GetPointer
    pointer.restype, pointer.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    def address(name):
        return pointer(itt.domain_create(name), b"itt.domain")
    class Domain(ctypes.Structure):
        _fields_ = [("flags", ctypes.c_int), ("name", ctypes.c_char_p)]
"""


@pytest.mark.parametrize("collector", ["none", "fake", "broken"])
def test_a_domain_is_a_capsule(collector: str, fake: Fake) -> None:
    """One pointer a name, to a domain that is on or off, also when no collector is there."""
    env = {"none": {}, "fake": fake.env(), "broken": {"INTEL_LIBITTNOTIFY64": "/nowhere"}}[collector]
    script = (
        POINTER
        + """
    first = address("é")
    [address(str(i)) for i in range(100)]
    assert first and first == address("é") != address("b")
    domain = Domain.from_address(first)
    print(type(itt.domain_create("é")).__name__, ascii(domain.name.decode()), domain.flags)
    """
    )
    said = run(script, **env).split()
    assert said[:2] == ["PyCapsule", "'\\xe9'"]
    if collector == "fake" or OURS:  # Intel's switches its own off by the function pointers
        assert said[2] == ("1" if collector == "fake" else "0")


# ---- Functions as labels ----

CALLABLES = """
    import functools, operator, sys
    def plain(): pass
    def decorator(fn):
        @functools.wraps(fn)
        def wrapper(*args): return fn(*args)
        return wrapper
    @decorator
    @functools.lru_cache
    def decorated(): pass
    class Class:
        def __init__(self): pass
        def method(self): pass
        @classmethod
        def class_method(cls): pass
        @staticmethod
        def static_method(): pass
        def __call__(self): pass  # Class
    class Bare: pass
    class Hidden:
        def __getattr__(self, name): raise RuntimeError(name)
        def __call__(self): pass  # Hidden
    class Odd:
        def __getattr__(self, name): return 7
        def __call__(self): pass  # Odd
    def nul(): pass
    nul.__qualname__ = "a\\0b"
    def loop(): pass
    loop.__wrapped__ = loop
    def nested():
        def inner(): yield
        return inner
    async def coroutine(): pass
"""

EXPECTED = [  # fn, the name of its task, the line where it is defined
    ("plain", "plain", "def plain(): pass"),
    ("lambda: 0", "<lambda>", "fn = lambda: 0"),
    ("nested()", "nested.<locals>.inner", "    def inner(): yield"),
    ("coroutine", "coroutine", "async def coroutine(): pass"),
    ("decorated", "decorated", "@decorator"),
    ("Class", "Class", "    def __init__(self): pass"),
    ("Class.method", "Class.method", "    def method(self): pass"),
    ("Class().method", "Class.method", "    def method(self): pass"),
    ("Class.class_method", "Class.class_method", "    @classmethod"),
    ("Class.static_method", "Class.static_method", "    @staticmethod"),
    ("Class()", "Class", "    def __call__(self): pass  # Class"),
    ("Bare", "Bare", ""),
    ("Hidden()", "Hidden", "    def __call__(self): pass  # Hidden"),
    ("Odd()", "Odd", "    def __call__(self): pass  # Odd"),
    ("nul", "function", "def nul(): pass"),
    ("loop", "loop", "def loop(): pass"),
    ("functools.partial(plain)", "plain", "def plain(): pass"),
    ("functools.partial(functools.partial(Class().method), 1)", "Class.method", "    def method(self): pass"),
    ("functools.partial(len, ())", "len", ""),
    ("len", "len", ""),
    ("[].append", "list.append", ""),
    ("list.append", "list.append", ""),
    ("int", "int", ""),
    ("operator.itemgetter(1)", "itemgetter", ""),
    ("(3).__add__", "int.__add__", ""),
]


@pytest.mark.parametrize("expression, name, line", EXPECTED)
def test_callables(fake: Fake, probe: Probe, tmp_path: Path, expression: str, name: str, line: str) -> None:
    """The qualified name, and file and line of the code that runs, where it is Python's."""
    script = tmp_path / "script.py"
    source = textwrap.dedent(CALLABLES) + f"import itt\nfn = {expression}\n"
    source += "domain = itt.domain_create('d')\nitt.task_begin_fn(domain, fn)\nitt.task_end(domain)\n"
    script.write_text(source)
    python(script, env=fake.env())
    calls = [call for call in fake.take() if call[0].startswith(("task", "metadata"))]
    sent = [begin("d", name), end("d")]
    if line:
        sent[1:1] = [
            ["metadata_str_add", "d", NULL_ID, "file", str(script), str(len(str(script)))],
            ["metadata_add", "d", NULL_ID, "line", S32, "1", calls[2][-1]],
        ]
    assert calls == sent

    python(script, env=probe.env())
    values = [call[2:] for call in probe.take() if call[0] == "metadata_add"]
    assert values == ([[S32, "1", str(source.splitlines().index(line) + 1)]] if line else [])


def test_addresses(fake: Fake) -> None:
    script = """
        import ctypes
        domain = itt.domain_create("d")
        libc = ctypes.CDLL(None)
        callback = ctypes.CFUNCTYPE(None)(print)
        for fn in libc.qsort, ctypes.pythonapi.Py_IncRef, callback:
            itt.task_begin_fn(domain, fn)
            print(hex(ctypes.cast(fn, ctypes.c_void_p).value))
        for address in 1, 2**63, 2**64 - 2:
            itt.task_begin_fn(domain, address)
            print(hex(address))
    """
    out = run("import itt\n" + textwrap.dedent(script), **fake.env()).split()
    sent = [call for call in fake.take() if call[0] == "task_begin_fn"]
    assert sent == [["task_begin_fn", "d", NULL_ID, NULL_ID, address] for address in out]


# ---- The GIL ----


def test_gil(probe: Probe) -> None:
    """What may take long lets other threads run; what is called often does not."""
    script = """
        import itt
        itt.pause()  # Intel's static part loads the collector here, not when it makes a domain
        domain = itt.domain_create("d")
        itt.task_begin(domain, "n")
        itt.task_begin_fn(domain, print)
        itt.task_begin_fn(domain, run := lambda: 0)
        itt.task_begin_fn(domain, 1)
        itt.task_end(domain)
        itt.pause(), itt.resume(), itt.detach(), itt.pt_region_create("r")
    """
    run(script, **probe.env())
    calls = probe.take()
    free = {call[0] for call in calls if call[1] == "free"}
    held = {call[0] for call in calls if call[1] == "held"}
    assert free == {"domain_create", "pause", "resume", "detach", "pt_region_create"}
    begins = {"task_begin", "task_begin_fn", "task_end", "metadata_add", "metadata_str_add"}
    assert held == {*begins, "string_handle_create"}


# ---- Wrong use ----

WRONG = [
    ("task_begin()", "TypeError", "(domain, name)"),
    ("task_begin(domain)", "TypeError", "(domain, name)"),
    ("task_begin(domain, 'a', 'b')", "TypeError", "(domain, name)"),
    ("task_begin(domain=domain, name='a')", "TypeError", "keyword"),
    ("task_begin(domain, 1)", "TypeError", "'name' must be str, not int"),
    ("task_begin(domain, b'bytes')", "TypeError", "'name' must be str, not bytes"),
    ("task_begin(domain, None)", "TypeError", "'name' must be str, not NoneType"),
    ("task_begin(domain, 'a\\0b')", "ValueError", "'name' must be a str without NUL"),
    ("task_begin(domain, 'é\\0')", "ValueError", "'name' must be a str without NUL"),
    ("task_begin(domain, '\\udc80\\0')", "ValueError", "'name' must be a str without NUL"),
    ("task_begin(domain, Label('\\0'))", "ValueError", "'name' must be a str without NUL"),
    (
        "task_begin('d', 'a')",
        "TypeError",
        "'domain' must be a domain made by domain_create() or Domain(), not str",
    ),
    ("task_begin(None, 'a')", "TypeError", "'domain' must be"),
    ("task_begin(other, 'a')", "TypeError", "not a capsule named 'datetime.datetime_CAPI'"),
    ("task_begin(other, 1)", "TypeError", "'domain' must be"),
    ("task_begin_fn()", "TypeError", "(domain, fn)"),
    ("task_begin_fn(domain, fn=print)", "TypeError", "keyword"),
    ("task_begin_fn(other, print)", "TypeError", "'domain' must be"),
    (
        "task_begin_fn(domain, 'name')",
        "TypeError",
        "'fn' must be a callable, a ctypes function or an address",
    ),
    ("task_begin_fn(domain, 1.5)", "TypeError", "'fn' must be a callable"),
    ("task_begin_fn(domain, True)", "TypeError", "'fn' must be a callable"),
    ("task_begin_fn(domain, 0)", "ValueError", "'fn' must not be a null"),
    ("task_begin_fn(domain, -1)", "ValueError", "'fn' must not be"),
    ("task_begin_fn(domain, 2**64)", "ValueError", "'fn' must not be"),
    ("task_begin_fn(domain, null_function)", "ValueError", "'fn' must not be a null"),
    ("task_end()", "TypeError", "one argument"),
    ("task_end(domain, 1)", "TypeError", "one argument"),
    ("task_end(domain=domain)", "TypeError", "keyword"),
    ("task_end(3)", "TypeError", "'domain' must be a domain made by domain_create() or Domain(), not int"),
    ("task_end(other)", "TypeError", "not a capsule named"),
    ("domain_create()", "TypeError", "one argument"),
    ("domain_create(name='d')", "TypeError", "keyword"),
    ("domain_create(7)", "TypeError", "'name' must be str, not int"),
    ("domain_create('a\\0')", "ValueError", "'name' must be a str without NUL"),
    ("pause(1)", "TypeError", "no arguments"),
    ("resume(1)", "TypeError", "no arguments"),
    ("detach(1)", "TypeError", "no arguments"),
    ("pt_region_create(b'')", "TypeError", "'name' must be str, not bytes"),
    ("pt_region_create('a\\0')", "ValueError", "'name' must be a str without NUL"),
    ("pt_region_begin(8)", "ValueError", "'region' must be in 0..7"),
    ("pt_region_begin(-1)", "ValueError", "'region' must be in 0..7"),
    ("pt_region_begin(10**5000)", "ValueError", "'region' must be in 0..7"),
    (
        "pt_region_begin(True)",
        "TypeError",
        "'region' must be an int made by itt_pt_region_create(), not bool",
    ),
    ("pt_region_begin(1.0)", "TypeError", "'region' must be an int"),
    ("pt_region_begin('1')", "TypeError", "'region' must be an int"),
    ("pt_region_end(8)", "ValueError", "'region' must be in 0..7"),
    ("pt_region_end(None)", "TypeError", "'region' must be an int"),
]

ATTEMPTS = """
    import ctypes, datetime, json, sys, itt
    class Label(str): pass
    values = dict(vars(itt), domain=itt.domain_create("d"), other=datetime.datetime_CAPI, Label=Label)
    values["null_function"] = ctypes.CFUNCTYPE(None)()
    for expression in json.loads(sys.stdin.read()):
        try:
            eval(expression, values)
        except Exception as error:
            print(type(error).__name__, ascii(str(error)))
        else:
            print("nothing")
"""


def attempt(env: dict[str, str]) -> list[str]:
    text = json.dumps([expression for expression, _, _ in WRONG])
    return python("-c", textwrap.dedent(ATTEMPTS), env=env, text=text).splitlines()


def test_wrong_use(fake: Fake) -> None:
    """Each error names the argument and what is expected, the same with and without a collector."""
    off = attempt({})
    for (expression, kind, message), line in zip(WRONG, off):
        assert line.startswith(kind + " ") and message in line, f"{expression}: {line}"
    assert len(off) == len(WRONG)
    assert attempt(fake.env()) == off
    names = [call[0] for call in fake.take()]
    assert not [
        name for name in names if name.startswith(("task", "mark", "pt", "pause", "resume", "detach"))
    ]


def test_an_interrupt_goes_through(fake: Fake) -> None:
    """Attributes may fail, but what is to end the program ends it."""
    script = """
        class Stop:
            def __getattr__(self, name): raise KeyboardInterrupt
            def __call__(self): pass
        domain = itt.domain_create("d")
        try:
            itt.task_begin_fn(domain, Stop())
        except KeyboardInterrupt:
            itt.task_begin(domain, "interrupted")
    """
    assert labels(fake, script) == [begin("d", "interrupted")]


# ---- Help ----


@pytest.mark.parametrize("name", FUNCTIONS)
def test_help(name: str) -> None:
    function = getattr(itt, name)
    parameters = inspect.signature(function).parameters.values()
    kinds = {one.kind for one in parameters}
    assert inspect.Parameter.VAR_POSITIONAL not in kinds
    assert inspect.Parameter.POSITIONAL_OR_KEYWORD not in kinds or name in ("frame", "task_group")
    text = inspect.getdoc(function)
    assert text and "__itt_" in text
    assert "Raises" in text or not parameters
    assert max(map(len, text.splitlines())) <= 105


def test_constants() -> None:
    assert itt.__version__ == _itt.__version__
    assert _itt.static_part.startswith(("itt " + itt.__version__, "Intel ITT API "))


def test_functions_are_looked_up_at_full_speed() -> None:
    """CPython does not specialise the lookup in a module that has a __getattr__: 15 ns at each call."""
    assert not hasattr(itt, "__getattr__")
    assert issubclass(itt.Error, Exception) and "Error" in itt.__all__ and "Error" in dir(itt)


def test_import_is_light() -> None:
    """What `import itt` brings is itself: no module of the standard library."""
    script = "import sys; old = set(sys.modules); import itt; print(*sorted(set(sys.modules) - old))"
    assert python("-I", "-c", script, env={}).split() == ["itt", "itt._itt"]
