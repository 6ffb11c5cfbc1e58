"""Scripts of ITT calls for tests/c/driver.c: writing and running them; and what the driver calls by."""

from __future__ import annotations

import csv
import itertools
import re
import subprocess
from pathlib import Path
from typing import Any, NamedTuple, Union

import traced

INTERFACE = Path(__file__).parent / "c" / "interface.tsv"

# How the driver reads an argument of a type; of all others a number.
READERS = {
    "const __itt_domain *": "domain({})",
    "__itt_string_handle *": "handle({})",
    "const char *": "text({})",
    "__itt_id": "identity({})",
    "__itt_id *": "identity_at({})",
    "__itt_get_clock_info_fn": "clock_read",
    "__itt_context_metadata *": "context({})",
    "__itt_module_object *": "&module",
}
NUMBERS = ("__itt_counter", "__itt_caller", "__itt_frame", "__itt_histogram *", "__itt_clock_domain *")
NUMBERS += ("__itt_track *", "__itt_track_group *", "__itt_heap_function")

# What may follow a format: i, d, s in this order.
FORMATS = [kinds for n in range(3) for kinds in itertools.product("ids", repeat=n)] + [("i", "d", "s")]


class Call(NamedTuple):
    name: str  # without __itt_
    type: str
    parameters: list[tuple[str, str]]


def interface() -> list[Call]:
    """The functions in the order of the list."""
    calls = []
    with INTERFACE.open() as file:
        for row in csv.DictReader(file, delimiter="\t"):
            parameters = []
            for parameter in row["arguments"].strip("()").split(","):
                words = re.match(r"(.*?)(\w*)$", re.sub(r"\s*\*\s*", "*", parameter.strip()))
                assert words
                kind = re.sub(r"\*+", lambda stars: f" {stars[0]}", words[1].strip())
                if parameter.strip() != "void":
                    parameters.append((kind or words[2], words[2]))
            calls.append(Call(row["name"].removeprefix("__itt_"), row["return"], parameters))
    return calls


def _read(kind: str, word: str) -> str:
    if kind in READERS:
        return READERS[kind].format(word)
    if kind in NUMBERS:
        return f"({kind})(uintptr_t)number({word})"
    if kind.endswith("*"):
        return f"({kind})data({word})"
    return f"({kind})number({word})"


def _function(call: Call) -> str:
    fixed = [parameter for parameter in call.parameters if parameter[0] != "..."]
    code = [f"static void call_{call.name}(char **words)\n{{\n    (void)words;\n"]
    for i, (kind, _) in enumerate(fixed):
        code.append(f"    {kind} a{i} = {_read(kind, f'words[{i}]')};\n")
    names = [f"a{i}" for i in range(len(fixed))]
    macro = "CALL" if call.type == "void" else "GET"
    cast = "(uintptr_t)" if "*" in call.type or call.type in NUMBERS else ""
    if len(fixed) == len(call.parameters):
        code.append(f"    {macro}({cast}__itt_{call.name}({', '.join(names)}));\n")
    for kinds in FORMATS if len(fixed) < len(call.parameters) else []:
        places = [f"words[{len(fixed) + i}]" for i in range(len(kinds) + 1)]
        tests = [f"{at} != NULL && {at}[0] == '{kind}'" for at, kind in zip(places, kinds)]
        more = [
            {"i": f"(int)number({at} + 2)", "d": f"strtod({at} + 2, NULL)", "s": f"text({at} + 2)"}[kind]
            for at, kind in zip(places, kinds)
        ]
        test = " && ".join([*tests, f"{places[-1]} == NULL"])
        code.append(f"    if ({test})\n        CALL(__itt_{call.name}({', '.join(names + more)}));\n")
    return "".join(code) + "}\n\n"


def header() -> str:
    """driver_calls.h: each function of the interface by its name."""
    calls = interface()
    code = [_function(call) for call in calls]
    code.append("static const struct {\n    const char *name;\n    void (*call)(char **);\n")
    code.append("    void *(*bound)(void);\n} calls[] = {\n")
    for call in calls:
        code.insert(
            0,
            f"static void *bound_{call.name}(void)\n{{\n"
            f"    return (void *)(uintptr_t)__itt_{call.name}_ptr;\n}}\n\n",
        )
        code.append(f'    {{"{call.name}", call_{call.name}, bound_{call.name}}},\n')
    regions = [
        f"static void call_mark_pt_region_{end}(char **words)\n{{\n"
        f"    __itt_pt_region a0 = (__itt_pt_region)number(words[0]);\n"
        f"    CALL((__itt_mark_pt_region_{end}(a0), 0));\n}}\n\n"
        for end in ("begin", "end")
    ]
    code += [f'    {{"mark_pt_region_{e}", call_mark_pt_region_{e}, NULL}},\n' for e in ("begin", "end")]
    search = """};

static int find_index(const char *name)
{
    for (int i = 0; i < (int)(sizeof calls / sizeof *calls); i++) {
        if (strcmp(calls[i].name, name) == 0)
            return i;
    }
    return -1;
}

static void (*find_call(const char *name))(char **)
{
    int i = find_index(name);
    return i < 0 ? NULL : calls[i].call;
}

static int is_bound(const char *name)
{
    int i = find_index(name);
    return i >= 0 && calls[i].bound != NULL && calls[i].bound() != NULL;
}
"""
    return "".join(regions + code) + search


class Data(NamedTuple):
    """Values in memory, passed by pointer: Data("u16", [1, 2])."""

    type: str
    values: list[Any]


class Register(NamedTuple):
    """What an earlier call returned."""

    name: str


class Symbol(NamedTuple):
    """The address of a function of the program."""

    name: str


class At(NamedTuple):
    """The time before a line, and so many units more."""

    line: int
    offset: int = 0


class Id(NamedTuple):
    d1: int = 0
    d2: int = 0
    d3: int = 0


NO_ID = Id()


class Context(NamedTuple):
    """Metadata of a counter: Context({5: "bytes", 10: 100}), by the numbers of __itt_context_type."""

    values: dict[int, str | int]


Word = Union[None, str, int, float, Data, Register, Symbol, At, Id, Context]


def _encode(text: str) -> str:
    return "".join(
        chr(b) if b < 128 and (chr(b).isalnum() or chr(b) in "_.") else f"%{b:02x}" for b in text.encode()
    )


def _word(value: Word) -> str:
    if value is None:
        return "-"
    if isinstance(value, str):
        return _encode(value)
    if isinstance(value, Data):
        return f"{value.type}:{','.join(map(repr, value.values))}"
    if isinstance(value, Register):
        return f"${value.name}"
    if isinstance(value, Symbol):
        return f"&{value.name}"
    if isinstance(value, At):
        return f"@{value.line}{value.offset:+d}"
    if isinstance(value, Id):
        return "{}.{}.{}".format(*value)
    if isinstance(value, Context):
        return ",".join(f"{kind}={_encode(str(what))}" for kind, what in value.values.items())
    return repr(value)


class Note(NamedTuple):
    """When a line ran, where, and what the call returned."""

    pid: int
    tid: int
    before: int
    after: int
    result: int


class Script:
    """Lines for the driver: script.call(thread, "task_end", domain) -> number of the line."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.called: set[str] = {"domain_create", "string_handle_create"}
        self.notes: list[Note] = []

    def call(self, thread: int, function: str, *arguments: Word, to: str = "") -> int:
        self.called.add(function)
        self.lines.append("\t".join([str(thread), to, function, *map(_word, arguments)]))
        return len(self.lines) - 1

    def formatted(self, thread: int, function: str, *arguments: Word, values: list[Any]) -> int:
        """A call with a format and values behind it."""
        words = []
        for value in values:
            kind = "s" if isinstance(value, str) else "d" if isinstance(value, float) else "i"
            words.append(f"{kind}:{_encode(value) if kind == 's' else value}")
        line = self.call(thread, function, *arguments)
        self.lines[line] = "\t".join([self.lines[line], *words])
        return line

    def run(self, program: Path, collector: Path, trace: Path, *words: str, **env: str) -> list[Note]:
        done = subprocess.run(
            [str(program), *words],
            input="".join(f"{line}\n" for line in self.lines),
            env=traced.environment(collector, trace, **env),
            stdout=subprocess.PIPE,
            check=True,
            text=True,
            timeout=120,
        )
        self.notes = [Note(*map(int, line.split())) for line in done.stdout.splitlines()]
        return self.notes
