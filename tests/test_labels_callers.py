"""What labels find out about their callers: default domains, names of threads, ids, decorated functions."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
import zipfile
from pathlib import Path

import pytest
from fake import Fake
from test_labels import python, sent

# ---- The default domain ----

LABEL = "import itt; itt.marker('m')\n"


def domains(fake: Fake) -> list[str]:
    return [call[1] for call in fake.take() if call[0] == "marker"]


@pytest.mark.parametrize(
    "name, domain",
    [
        ("script.py", "script"),
        ("two.parts.py", "two.parts"),
        ("without suffix", "without suffix"),
        (".hidden", ".hidden"),
        ("ümlaut.py", "ümlaut"),
        ("__main__.py", None),  # of its folder
    ],
)
def test_a_script(fake: Fake, tmp_path: Path, name: str, domain: str | None) -> None:
    (tmp_path / name).write_text(LABEL)
    python(tmp_path / name, env=fake.env())
    assert domains(fake) == [domain or tmp_path.name]


def test_a_folder_and_a_zip_file(fake: Fake, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "__main__.py").write_text(LABEL)
    python(folder, env=fake.env())
    with zipfile.ZipFile(tmp_path / "program.pyz", "w") as archive:
        archive.writestr("__main__.py", LABEL)
    python(tmp_path / "program.pyz", env=fake.env())
    assert domains(fake) == ["folder", "program"]


def test_modules_and_packages(fake: Fake, tmp_path: Path) -> None:
    package = tmp_path / "package" / "inner"
    package.mkdir(parents=True)
    for folder in package.parent, package:
        (folder / "__init__.py").write_text(LABEL)
        (folder / "__main__.py").write_text(LABEL)
    (package / "module.py").write_text(LABEL)
    (tmp_path / "single.py").write_text(LABEL + "import package.inner.module\n")
    env = fake.env(PYTHONPATH=str(tmp_path))
    for module, count in ("single", 4), ("package", 2), ("package.inner", 3), ("package.inner.module", 3):
        python("-m", module, env=env)
        assert domains(fake) == ["single"] * (module == "single") + ["package"] * (
            count - (module == "single")
        )


def test_code_without_a_module(fake: Fake) -> None:
    """-c, standard input, and exec() with globals of all kinds."""
    script = r"""
import itt
itt.marker("m")
class Strange(dict):
    def __missing__(self, key): raise KeyError(key)
    def get(self, *args): raise RuntimeError
label = "itt.marker('m')"
for names in {}, {"__name__": 5}, {"__name__": "a\0b"}, {"__name__": ""}, {"__name__": ".b"}:
    exec(label, {"itt": itt, **names})
exec(label, Strange(itt=itt, __name__="strange"))
class Spec:
    @property
    def name(self): raise RuntimeError
exec(label, {"itt": itt, "__name__": "__main__", "__spec__": Spec(), "__file__": "/a/b.py"})
exec(label, {"itt": itt, "__name__": "__main__", "__spec__": None, "__file__": None})
exec(label, {"itt": itt, "__name__": "__mp_main__", "__file__": "/a/c.d.py"})
for file in "", "/", ".", "..", "__main__", "__main__.py", "/__main__.py", "a/", "\0":
    exec(label, {"itt": itt, "__name__": "__main__", "__file__": file})
"""
    python("-c", script, env=fake.env())
    before = ["__main__", "__main__", "__main__", "__main__", "", "", "strange", "b", "__main__", "c.d"]
    found = domains(fake)
    assert found[: len(before)] == before
    assert len(found) == len(before) + 9


def test_every_label_with_a_default(fake: Fake, tmp_path: Path) -> None:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "__init__.py").write_text("")
    (tmp_path / "package" / "labels.py").write_text("""
import itt
with itt.region("r"), itt.frame(): pass
itt.metadata(k=1)
itt.relation(None, "child_of", itt.Id())
counter = itt.Counter("c")
counter.set(1)
assert counter.domain == itt.Domain("package")
""")
    python("-c", "import package.labels", env=fake.env(PYTHONPATH=str(tmp_path)))
    skipped = ("api_init", "api_fini", "string_handle_create", "domain_create")
    calls = [call for call in fake.take() if call[0] not in skipped and not call[0].startswith("adopt")]
    named = [call[1] for call in calls if not call[0].startswith(("counter_set", "bind"))]
    assert named and set(named) == {"package"}


def test_calls_without_a_python_frame(fake: Fake) -> None:
    script = """
import itt, threading, _thread, functools
done = threading.Event()
class Late:
    def __del__(self): done.set()
_thread.start_new_thread(functools.partial(itt.marker, "m", late=Late()), ())
done.wait(10)
"""
    python("-c", script, env=fake.env())
    assert domains(fake) == ["__main__"]


# ---- Names of threads ----


def thread_names(fake: Fake, script: str) -> list[str]:
    return [call[1] for call in sent(fake, script) if call[0] == "thread_set_name"]


def test_names_of_threads(fake: Fake) -> None:
    script = """
        import threading
        from concurrent.futures import ThreadPoolExecutor
        def label(): itt.task_begin(d, "t"), itt.task_end(d), itt.marker("m", domain=d)
        label()
        for name in "first", "ümlaut", "":
            thread = threading.Thread(target=label, name=name or None)
            thread.start(), thread.join()
        with ThreadPoolExecutor(1, "pool") as pool: pool.submit(label).result()
        def renamed():
            threading.current_thread().name = "renamed"
            label()
            threading.current_thread().name = "too late"
            label()
        thread = threading.Thread(target=renamed)
        thread.start(), thread.join()
        def own():
            itt.thread_set_name("own")
            label()
        thread = threading.Thread(target=own, name="other")
        thread.start(), thread.join()
    """
    names = thread_names(fake, script)
    assert names[2].startswith("Thread-")
    del names[2]
    assert names == ["first", "ümlaut", "pool_0", "renamed", "own"]


LABELS = [
    "itt.task_begin(d, 't')",
    "itt.task_begin(d, 't', id=one)",
    "itt.task_begin_fn(d, print)",
    "itt.task_begin_overlapped(d, 't', one)",
    "itt.task_group(d, 't', one)",
    "itt.task_submit(d, 't', 1, 2)",
    "itt.metadata(domain=d, k=1)",
    "itt.marker('m', domain=d)",
    "itt.relation(one, 'child_of', two, domain=d)",
    "itt.region_begin(d, 'r', one)",
    "itt.region('r', domain=d).__enter__()",
    "itt.frame_begin(d)",
    "itt.frame_submit(d, 1, 2)",
    "itt.frame(d).__enter__()",
    "itt.event('e').begin()",
    "itt.Counter('c', domain=d).set(1)",
    "itt.Counter('c', domain=d).inc()",
]


@pytest.mark.parametrize("label", LABELS)
def test_every_label_tells_the_name_first(fake: Fake, label: str) -> None:
    script = f"""
        import threading
        def work(): {label}
        thread = threading.Thread(target=work, name="named")
        thread.start(), thread.join()
    """
    calls = [call for call in sent(fake, script) if "create" not in call[0] and "bind" not in call[0]]
    assert calls[0] == ["thread_set_name", "named"] and len(calls) > 1


def test_the_main_thread_and_foreign_ones_keep_the_systems_name(fake: Fake) -> None:
    script = """
        import _thread, threading, time
        itt.task_begin(d, "t")
        done = []
        def dummy():
            threading.current_thread()
            itt.task_begin(d, "t")
            done.append(1)
        def bare():
            itt.task_begin(d, "t")
            done.append(threading.active_count())
        for work in dummy, bare:
            _thread.start_new_thread(work, ())
            while not done: time.sleep(0.001)
            last = done.pop()
        print(last)
    """
    assert thread_names(fake, script) == []


def test_a_main_thread_that_was_renamed(fake: Fake) -> None:
    script = "import threading; threading.main_thread().name = 'ui'; itt.task_begin(d, 't')"
    assert thread_names(fake, script) == ["ui"]


def test_threading_is_not_imported_for_it(fake: Fake) -> None:
    script = """
import itt, sys
sys.modules.pop("threading", None)
itt.task_begin(itt.Domain("d"), "t")
print("threading" in sys.modules)
"""
    assert python("-c", script, env=fake.env()) == "False\n"
    fake.take()


def test_strange_thread_objects(fake: Fake) -> None:
    """Names that are no names, and attributes that fail: the label goes on."""
    script = r"""
        import threading
        class Thread(threading.Thread):
            @property
            def name(self): return self.tell()
            @name.setter
            def name(self, value): pass
        def fails(): raise ValueError
        def labels(): return itt.task_begin(d, "inner") or "in"
        for tell in fails, lambda: 5, lambda: "a\0b", lambda: "\udc80", labels:
            thread = Thread(target=itt.task_begin, args=(d, "t"))
            thread.tell = tell
            thread.start(), thread.join()
        threading._active = None
        thread = threading._start_new_thread if hasattr(threading, "_start_new_thread") else None
        itt.task_begin(d, "main")
    """
    calls = [call[-1] for call in sent(fake, script)]
    assert calls == ["t", "t", "t", "\\udc80", "t", "inner", "in", "t", "main"]


def test_names_in_forked_children(fake: Fake) -> None:
    """A child's one thread tells its name again, as the collector begins anew there."""
    script = """
        import os, threading
        def work():
            itt.task_begin(d, "before")
            child = os.fork()
            if child == 0:
                itt.task_begin(d, "child")
                os._exit(0)
            os.waitpid(child, 0)
            itt.task_begin(d, "after")
        thread = threading.Thread(target=work, name="forks")
        thread.start(), thread.join()
    """
    script = "import warnings; warnings.simplefilter('ignore')\n" + script.replace("\n        ", "\n")
    calls = [call[-1] for call in sent(fake, script)]
    assert calls == ["forks", "before", "forks", "child", "after"]


# ---- Ids ----


def test_ids_are_like_no_other(tmp_path: Path) -> None:
    """Among threads, forked children, spawned processes and interpreters."""
    script = """
import itt, json, os, sys, threading
try: import _interpreters as interpreters
except ImportError: import _xxsubinterpreters as interpreters
ids = []
def values(count): return [(i.d1, i.d2, i.d3) for i in (itt.Id() for _ in range(count))]
threads = [threading.Thread(target=lambda: ids.extend(values(1000))) for _ in range(4)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
for _ in range(2):
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write, json.dumps(values(100)).encode())
        os._exit(0)
    ids += json.loads(os.read(read, 1 << 16))
    os.waitpid(child, 0)
    one = interpreters.create()
    read, write = os.pipe()
    code = "import itt, json, os; ids = [itt.Id() for _ in range(100)]; "
    code += f"os.write({write}, json.dumps([(i.d1, i.d2, i.d3) for i in ids]).encode())"
    failed = interpreters.run_string(one, code)
    assert not failed, failed
    ids += json.loads(os.read(read, 1 << 16))
    interpreters.destroy(one)
ids += values(100)
print(json.dumps(ids))
"""
    ids = [tuple(one) for _ in range(2) for one in json.loads(python("-c", script, env={}))]
    assert len(ids) == 2 * (4000 + 2 * 200 + 100) == len(set(ids))


def test_ids_and_domains_as_values() -> None:
    script = """
import itt, pickle, copy
i = itt.Id()
same = itt.Id.from_values(i.d1, i.d2, i.d3)
assert i == same and hash(i) == hash(same) and not i != same and i != itt.Id() and i != 5 and i is not None
assert eval(repr(i)) == i == pickle.loads(pickle.dumps(i)) == copy.deepcopy(i)
assert itt.Id.from_values(1) != itt.Id.from_values(0, 1) != itt.Id.from_values(0, 0, 1)
big = 2**64 - 1
i = itt.Id.from_values(d3=big, d2=0, d1=big)
assert (i.d1, i.d2, i.d3) == (big, 0, big) and eval(repr(i)) == i
d = itt.Domain("é\\udc80")
same = itt.Domain(name="é\\udc80")
assert d == same and hash(d) == hash(same) and d != itt.Domain("e") and d != "é\\udc80" and not d.enabled
assert d.name == "é\\udc80" and eval(repr(d)) == d == pickle.loads(pickle.dumps(d, 2)) == copy.copy(d)
assert len({d, same, itt.Domain("e")}) == 2
class Text(str): pass
assert type(itt.Domain(Text("d")).name) is str
for i in range(10_000): assert itt.Domain(f"domain {i}").name == f"domain {i}"
assert itt.Domain("domain 9998") != itt.Domain("domain 9999")
assert itt.event("e") is itt.event("e") is not itt.event("f") and repr(itt.event("e")) == "itt.Event('e')"
"""
    python("-c", script, env={})


# ---- Decorators ----

DECORATED = """
import asyncio, functools
make = {make}
class Class:
    @make
    def method(self, x): "doc"; return itt.marker("in", domain=d) or x
    @make
    @staticmethod
    def static(x): return itt.marker("in", domain=d) or x
    @make
    @classmethod
    def of_class(cls, x): return itt.marker("in", domain=d) or x
@make
def function(x: int, *, y: int = 2) -> int:
    "doc"
    itt.marker("in", domain=d)
    return x + y
@make
async def coroutine(x):
    await asyncio.sleep(0)
    itt.marker("in", domain=d)
    return x
@make
def generator(x):
    got = yield x
    itt.marker("in", domain=d)
    try: yield got
    except KeyError: yield "caught"
    return "returned"
@make
async def async_generator(x):
    got = yield x
    itt.marker("in", domain=d)
    try: yield got
    except KeyError: yield "caught"
    finally: itt.marker("in", domain=d)
partial = make(functools.partial(coroutine.__wrapped__, 5))
@make
def fails(): raise ZeroDivisionError
"""

USES = [
    ("assert function(1, y=3) == 4", 1),
    ("assert Class().method(1) == 1", 1),
    ("assert Class.static(1) == Class().static(1) == 1", 2),
    ("assert Class.of_class(1) == 1", 1),
    ("assert asyncio.run(coroutine(3)) == 3", 1),
    ("assert asyncio.run(partial()) == 5", 1),
    (
        """
g = generator(1)
itt.marker("out", domain=d)
assert next(g) == 1 and g.send(2) == 2 and g.throw(KeyError) == "caught"
try: next(g)
except StopIteration as stop: assert stop.value == "returned"
""",
        1,
    ),
    (
        """
async def main():
    g = async_generator(1)
    assert await g.__anext__() == 1 and await g.asend(2) == 2 and await g.athrow(KeyError) == "caught"
    assert [value async for value in g] == []
asyncio.run(main())
""",
        1,
    ),
    (
        """
async def main():
    g = async_generator(1)
    assert await g.__anext__() == 1 and await g.asend(2) == 2
    await g.aclose()
    try: await g.__anext__()
    except StopAsyncIteration: pass
asyncio.run(main())
""",
        1,
    ),
    ("try: fails()\nexcept ZeroDivisionError: pass", 1),
]


@pytest.mark.parametrize("make", ["itt.region('r', domain=d)", "itt.frame(d)", "itt.event('e')"])
@pytest.mark.parametrize("use, count", USES)
def test_decorators(fake: Fake, make: str, use: str, count: int) -> None:
    """Begun when the function begins to run, ended when it ends; what it does and returns is its own."""
    calls = [call for call in sent(fake, DECORATED.replace("{make}", make) + use) if "create" not in call[0]]
    shown = [
        "begin" if "begin" in c[0] or "start" in c[0] else "end" if "end" in c[0] else c[3] for c in calls
    ]
    shown = [word for word in shown if word != "out"]
    assert shown[0] == "begin" and shown[-1] == "end"
    assert shown.count("begin") == shown.count("end") == count
    assert "in" in shown[1:-1] or "fails" in use
    begun = [call[1:3] for call in calls if "begin" in call[0]]
    ended = [call[1:3] for call in calls if "end" in call[0]]
    assert begun == ended or make.startswith("itt.event")


def test_signatures_survive() -> None:
    script = (
        "import itt; d = itt.Domain('d')\n"
        + DECORATED.replace("{make}", "itt.region('r', domain=d)")
        + """
import inspect
assert str(inspect.signature(function)) == "(x: int, *, y: int = 2) -> int" and function.__doc__ == "doc"
assert function.__name__ == "function" and Class.method.__qualname__ == "Class.method"
assert Class.method.__doc__ == "doc" and inspect.iscoroutinefunction(coroutine)
assert inspect.isgeneratorfunction(generator) and inspect.isasyncgenfunction(async_generator)
assert isinstance(vars(Class)["static"], staticmethod) and isinstance(vars(Class)["of_class"], classmethod)
"""
    )
    python("-c", script, env={})


def test_help_of_types() -> None:
    import inspect

    import itt

    for one in (itt.Counter, itt.Domain, itt.Event, itt.Frame, itt.Id, itt.Region):
        assert inspect.getdoc(one)
        for name in (name for name in vars(one) if not name.startswith("_")):
            assert inspect.getdoc(getattr(one, name)), (one, name)
    if sys.version_info < (3, 10):
        return  # which does not look into the docs of types
    assert str(inspect.signature(itt.Counter)) == "(name, /, *, domain=None, type=None, unit=None)"
    assert str(inspect.signature(itt.Id)) == "(domain=None)"


def test_scripts_under_multiprocessing(fake: Fake, tmp_path: Path) -> None:
    """A spawned child runs the script under another name: it is the same domain."""
    script = tmp_path / "program.py"
    script.write_text(
        "import itt, multiprocessing\n"
        "def work(): itt.marker('m')\n"
        "if __name__ == '__main__':\n"
        "    work()\n"
        "    child = multiprocessing.get_context('spawn').Process(target=work)\n"
        "    child.start(); child.join()\n"
    )
    env = {**os.environ, **fake.env()}
    done = subprocess.run([sys.executable, script], env=env, cwd="/", timeout=120, capture_output=True)
    assert done.returncode == 0 and not done.stderr
    assert domains(fake) == ["program", "program"]


def test_an_interrupt_while_the_name_is_asked_for(fake: Fake) -> None:
    """Ctrl-C that comes while a thread's own kind of name is looked up is not lost."""
    said = python(
        "-c",
        textwrap.dedent("""
        import itt, os, signal, threading
        class Own(type(threading.main_thread())):
            @property
            def name(self):
                os.kill(os.getpid(), signal.SIGINT)
                return "own"
        threading.main_thread().__class__ = Own
        try:
            itt.task_begin(itt.domain_create("d"), "t")
            for _ in range(1000): pass
        except KeyboardInterrupt:
            print("seen")
        """),
        env=fake.env(),
    )
    assert said == "seen\n"
    fake.take()
