"""A C program that calls every function of the interface (tests/c/interface.tsv), and what must arrive."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import NamedTuple

INTERFACE = Path(__file__).parent / "c" / "interface.tsv"

# Calls that test their domain first; these two make an object of a domain and do not.
UNTESTED_DOMAIN = ("histogram_create", "counter_create_v3")

INTEGERS = ("int", "__itt_event", "__itt_mark_type", "__itt_state_t", "__itt_pt_region")
ENUMS = (
    "__itt_metadata_type",
    "__itt_scope",
    "__itt_relation",
    "__itt_suppress_mode_t",
    "__itt_collection_scope",
    "__itt_model_disable",
    "__itt_obj_prop_t",
    "__itt_obj_state_t",
    "__itt_thr_prop_t",
    "__itt_thr_state_t",
    "__itt_track_type",
    "__itt_track_group_type",
)
MODELS = tuple(f"__itt_model_{name} *" for name in ("site", "site_instance", "task", "task_instance"))

# Things to pass that are made once, and how they look in the fake collector's log.
OBJECTS = {
    "const __itt_domain *": ("domain", ["domain"]),
    "__itt_string_handle *": ("handle", ["handle"]),
    "__itt_counter": ("counter", ["counter"]),
    "__itt_clock_domain *": ("clock", ["0x77"]),
    "__itt_histogram *": ("histogram", ["histogram"]),
    "__itt_track_group *": ("group", ["handle"]),
    "__itt_track *": ("track", ["handle"]),
    "__itt_get_clock_info_fn": ("clock_read", ["*1000,4096"]),
    "__itt_context_metadata *": ("metadata", ["*9,0x51", "*10,0x52"]),
    "__itt_module_object *": (
        "&module",
        ["*1,1", "31,32,33", "module", "0x61", "62", "text", "3,20000000,0x63,64,65"],
    ),
    "const int *": ("dimensions", ["*4", "*5", "*6"]),
}

PREPARED = [
    ["domain_create", "domain"],
    ["string_handle_create", "handle"],
    ["string_handle_create", "value %d %s"],
    ["counter_create", "counter", "domain"],
    ["clock_domain_create", "*1000,119", "0x77"],
    ["histogram_create", "domain", "histogram", "1", "2"],
    ["track_group_create", "handle", "0"],
    ["track_create", "handle", "handle", "0"],
]

# What the fake collector's functions return; of the rest, which return objects, only that they are there.
RETURNS = {
    "av_save": 102,
    "event_create": 108,
    "event_end": 109,
    "event_start": 110,
    "frame_create": 0xF4A3E,
    "get_timestamp": 123456789012345,
    "heap_function_create": 0x4EA9,
    "mark": 115,
    "mark_create": 116,
    "mark_global": 117,
    "mark_global_off": 118,
    "mark_off": 119,
    "notify_sync_name": 120,
    "obj_mode_set": 3,
    "pt_region_create": 5,
    "stack_caller_create": 0xCA11,
    "state_get": 124,
    "state_set": 125,
    "thr_mode_set": 2,
    "thr_name_set": 128,
}

HEAD = """
#include "ittnotify.h"
#include "legacy/ittnotify.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned evaluated;

static void count(void)
{
    evaluated++;
}

#define A(value) (count(), (value))
#define SHOW(name, value) printf("%s %llu\\n", name, (unsigned long long)(value))

static __itt_domain *domain;
static __itt_string_handle *handle, *format;
static __itt_counter counter;
static __itt_clock_domain *clock_;
static __itt_histogram *histogram;
static __itt_track_group *group;
static __itt_track *track;
static const __itt_id first = {11, 12, 13}, second = {21, 22, 23};
static __itt_id changing = {11, 12, 13};
static int dimensions[] = {4, 5, 6};
static void *pointers[8] = {(void *)0x7000, (void *)0x7001, (void *)0x7002, (void *)0x7003};
static __itt_context_metadata metadata[] = {
    {__itt_context_tid, (void *)0x51}, {__itt_context_max_val, (void *)0x52}};
static __itt_section_info section = {"text", itt_section_type_text, __itt_section_exec, (void *)0x63, 64, 65};
static __itt_module_object module = {
    1, {31, 32, 33}, __itt_module_type_elf, "module", (void *)0x61, 62, &section, 1};

static void clock_read(__itt_clock_info *info, void *data)
{
    info->clock_freq = 1000;
    info->clock_base = (unsigned long long)(uintptr_t)data;
}

static void prepare(void)
{
    domain = __itt_domain_create("domain");
    handle = __itt_string_handle_create("handle");
    format = __itt_string_handle_create("value %d %s");
    counter = __itt_counter_create("counter", "domain");
    clock_ = __itt_clock_domain_create(clock_read, (void *)0x77);
    histogram = __itt_histogram_create(domain, "histogram", __itt_metadata_u64, __itt_metadata_s64);
    group = __itt_track_group_create(handle, __itt_track_group_type_normal);
    track = __itt_track_create(group, handle, __itt_track_type_normal);
}
"""

TAIL = """
/* all: every function; twice: again, with arguments counted; a number: that function alone, as the first. */
int main(int argc, char **argv)
{
    const char *what = argc > 1 ? argv[1] : "all";
    const int count = (int)(sizeof calls / sizeof calls[0]);

    if (what[0] >= '0' && what[0] <= '9') {
        if (argc > 2)
            prepare();
        calls[atoi(what)]();
        return 0;
    }
    prepare();
    for (int i = 0; i < count; i++)
        calls[i]();
    if (strcmp(what, "twice") != 0)
        return 0;
    evaluated = 0;
    for (int i = 0; i < count; i++)
        calls[i]();
    SHOW("evaluated", evaluated);
    return 0;
}
"""


class Call(NamedTuple):
    name: str
    type: str
    parameters: str
    groups: str
    symbol: str
    code: str  # the call, in C
    line: list[str]  # what arrives
    objects: bool  # whether it needs prepare() before


def _argument(kind: str, name: str, place: int, ids: int) -> tuple[str, list[str]]:
    if kind in OBJECTS:
        return OBJECTS[kind]
    if kind == "__itt_id":
        return ("second", ["21,22,23"]) if ids else ("first", ["11,12,13"])
    if kind == "__itt_id *":
        return "&changing", ["*11,12,13"]
    if kind == "const char *":
        return f'"text {place}"', [f"text {place}"]
    if name == "rank":
        return "3", ["3"]
    if name == "length" and kind == "size_t" and place == 1:
        return "2", ["2"]
    if kind in INTEGERS:
        return f"{place + 3}", [f"{place + 3}"]
    if kind == "unsigned int":
        return f"{4000000000 + place}u", [f"{4000000000 + place}"]
    if kind == "size_t":
        return f"(size_t){5000000000 + place}", [f"{5000000000 + place}"]
    if kind in ("unsigned long long", "__itt_timestamp"):
        return f"{18446744073709551000 + place}ull", [f"{18446744073709551000 + place}"]
    if kind == "void **" or kind in MODELS:
        return f"&pointers[{place}]", [f"*0x{0x7000 + place:x}"]
    if kind in ("void *", "__itt_caller", "__itt_frame", "__itt_heap_function"):
        value = "0x1000" if name == "fn_data" else f"{0x1000 + 0xFFF * place:#x}"
        return f"({kind}){value}", [value]
    if kind in ENUMS:
        return f"({kind})2", ["2"]
    raise ValueError(f"no value for {kind} {name}")


def _call(row: dict[str, str]) -> Call:
    name = row["name"].removeprefix("__itt_")
    symbol = row["symbol_in_collector"].removeprefix("__itt_")
    arguments, line, ids, objects = [], [symbol], 0, False
    for place, parameter in enumerate(row["arguments"].strip("()").split(",")):
        words = re.match(
            r"(.*?)(\w*)$", re.sub(r"\s*(\*+)\s*", r" \1", parameter.strip()).replace("* *", "**")
        )
        assert words
        kind, what = words[1].strip(), words[2]
        if parameter.strip() == "void":
            continue
        if parameter.strip() == "...":
            arguments += ["A(42)", 'A("more")']
            line.append("value 42 more")
            continue
        code, shown = _argument(kind, what, place, ids)
        if what == "format":
            code, shown = "format", ["value %d %s"]
        code = {"clock": "clock_"}.get(code, code)
        objects |= code in ("domain", "handle", "format", "counter", "clock_", "histogram", "group", "track")
        ids += kind == "__itt_id"
        tested = kind == "const __itt_domain *" and name not in UNTESTED_DOMAIN
        arguments.append(code if tested else f"A({code})")
        line += shown
    code = f"__itt_{name}({', '.join(arguments)})"
    kind = row["return"]
    if kind != "void":
        pointer = "*" in kind or kind in (
            "__itt_counter",
            "__itt_frame",
            "__itt_caller",
            "__itt_heap_function",
        )
        code = f'SHOW("{name}", {"(uintptr_t)" if pointer else ""}({code}))'
    return Call(name, kind, row["arguments"], row["groups"], symbol, code, line, objects)


def calls() -> list[Call]:
    """All functions of the interface but __itt_api_version, which a collector may not log."""
    with INTERFACE.open() as file:
        return [_call(row) for row in csv.DictReader(file, delimiter="\t")]


def program() -> str:
    """The C (and C++) source. It checks the type of each pointer at compile time."""
    text = [HEAD]
    for number, call in enumerate(calls()):
        text.append(
            f"static void call_{number}(void)\n{{\n"
            f"    {call.type} (**pointer) {call.parameters} = &__itt_{call.name}_ptr;\n"
            f"    (void)pointer;\n    {call.code};\n}}\n"
        )
    names = ", ".join(f"call_{number}" for number in range(len(calls())))
    text.append(f"static void (*const calls[])(void) = {{{names}}};\n")
    return "".join(text) + TAIL
