"""A C program that calls every function of the interface with whatever its types allow (test_garbage.py)."""

from __future__ import annotations

import csv
import re

from static_calls import ENUMS, HEAD, INTEGERS, INTERFACE, MODELS

# Ends everything, or needs arguments that only the program can know to be right: called in other tests.
LEFT_OUT = ("api_version", "detach", "release_resources", "fini_ittlib", "init_ittlib", "init_ittlib_api")

# What a pointer may be. Texts and data are longer than any length beside them, or NULL beside any length.
PICKS = {
    "const __itt_domain *": "pick(domain, NULL, &off, &nameless)",
    "__itt_string_handle *": "pick(handle, NULL, &untold, &huge, &raw)",
    "__itt_counter": "pick(counter, NULL)",
    "__itt_clock_domain *": "pick(clock_, NULL, &broken)",
    "__itt_histogram *": "pick(histogram, NULL)",
    "__itt_track_group *": "pick(group, NULL)",
    "__itt_track *": "pick(track, NULL)",
    "__itt_get_clock_info_fn": "(any(2) ? clock_read : NULL)",
    "__itt_context_metadata *": "(all_null ? NULL : many)",
    "__itt_module_object *": "(any(2) ? &module : NULL)",
    "const int *": "(all_null ? NULL : dimensions)",
    "const char *": "text()",
    "__itt_id": "(any(3) ? (__itt_id){any(3), any(2), 0} : (__itt_id){number(), number(), number()})",
    "__itt_id *": "(any(2) ? &changing : NULL)",
    "size_t": "size()",
    "unsigned int": "(unsigned)number()",
    "unsigned long long": "number()",
    "__itt_timestamp": "number()",
    "void **": "(void **)data()",
    "void *": "data()",
    "__itt_caller": "pick(caller, NULL)",
    "__itt_frame": "pick(frame, NULL)",
    "__itt_heap_function": "pick(heap, NULL)",
}

GARBAGE = """
static unsigned long long random_state = 1;
static int all_null;
static char bytes[1 << 20];
static __itt_domain off, nameless;
static __itt_string_handle untold, huge, raw;
static __itt_clock_domain broken;
static __itt_caller caller;
static __itt_frame frame;
static __itt_heap_function heap;
static __itt_context_metadata many[70000];

static unsigned long long any(unsigned long long below)
{
    random_state = random_state * 6364136223846793005ull + 1442695040888963407ull;
    return (random_state >> 33) % below;
}

static unsigned long long number(void)
{
    static const unsigned long long numbers[] = {0, 1, 2, 99, 0x7fffffff, 0x80000000, 0xffffffff,
                                                 1ull << 62, 1ull << 63, ~0ull};
    return numbers[any(sizeof numbers / sizeof *numbers)];
}

static size_t size(void)
{
    static const size_t sizes[] = {0, 1, 7, 4000, 65536};
    return all_null ? (size_t)number() : sizes[any(5)];
}

static void *data(void)
{
    return all_null ? NULL : bytes;
}

static const char *text(void)
{
    static char texts[][70000] = {"", "text", "\\xff\\xfe\\n\\x1b[31m\\x01"};
    if (all_null)
        return NULL;
    return any(40) == 0 ? bytes : texts[any(3)];
}

/* One of some pointers of one type. */
#define pick(...) \\
    (((__typeof__(first_of(__VA_ARGS__))[]){__VA_ARGS__})[any( \\
        sizeof((void *[]){__VA_ARGS__}) / sizeof(void *))])
#define first_of(first, ...) (first)

static void prepare_garbage(void)
{
    prepare();
    caller = __itt_stack_caller_create();
    frame = __itt_frame_create("frame");
    heap = __itt_heap_function_create("heap", "domain");
    memset(bytes, 'x', sizeof bytes - 1);
    off = *domain;
    off.flags = 0;
    nameless = *domain;
    nameless.nameA = NULL;
    nameless.extra2 = NULL;
    huge.strA = bytes;
    raw.strA = "\\xff\\xfe\\n\\x1b[31m\\x01";
    for (size_t i = 0; i < sizeof many / sizeof *many; i++)
        many[i].type = (__itt_context_type)number();
}
"""

TAIL = """
int main(int argc, char **argv)
{
    const unsigned count = sizeof calls / sizeof calls[0];
    prepare_garbage();
    random_state = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    for (long i = argc > 2 ? atol(argv[2]) : 1000; i > 0; i--) {
        all_null = any(2) != 0;
        calls[any(count)]();
    }
    __itt_resume();
    __itt_task_begin(domain, __itt_null, __itt_null, handle);
    __itt_task_end(domain);
    puts("came to its end");
    return 0;
}
"""


def _value(kind: str, name: str) -> str:
    if name in ("format", "fmt") and kind == "__itt_string_handle *":
        return "format"
    if kind in PICKS:
        return PICKS[kind]
    if kind in INTEGERS or kind in ENUMS:
        return f"({kind})number()"
    if kind in MODELS:
        return f"({kind})data()"
    raise ValueError(f"no garbage for {kind} {name}")


def _call(row: dict[str, str]) -> str:
    arguments = []
    for parameter in row["arguments"].strip("()").split(","):
        words = re.match(
            r"(.*?)(\w*)$", re.sub(r"\s*(\*+)\s*", r" \1", parameter.strip()).replace("* *", "**")
        )
        assert words
        kind, what = words[1].strip(), words[2]
        if parameter.strip() == "void":
            continue
        arguments.append('42, "more"' if parameter.strip() == "..." else _value(kind, what))
    return f"__itt_{row['name'].removeprefix('__itt_')}({', '.join(arguments)})"


def names() -> list[str]:
    with INTERFACE.open() as file:
        rows = [row["name"].removeprefix("__itt_") for row in csv.DictReader(file, delimiter="\t")]
    return [name for name in rows if name not in LEFT_OUT]


def program() -> str:
    text = [HEAD.replace("#define A(value)", "#define UNUSED(value)"), GARBAGE]
    with INTERFACE.open() as file:
        rows = {row["name"].removeprefix("__itt_"): row for row in csv.DictReader(file, delimiter="\t")}
    for name in names():
        text.append(f"static void call_{name}(void)\n{{\n    (void){_call(rows[name])};\n}}\n")
    calls = ", ".join(f"call_{name}" for name in names())
    return "".join(text) + f"static void (*const calls[])(void) = {{{calls}}};\n" + TAIL
