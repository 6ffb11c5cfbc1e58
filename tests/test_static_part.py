"""The static part: the header, every function, what a disabled call costs. A fake collector observes."""

from __future__ import annotations

import csv
import os
import re
import shutil
from collections import Counter
from pathlib import Path
from typing import Callable

import pytest
import static_calls
from fake import Fake
from static_runs import MAKERS, NO_MAKERS, WARNINGS, facts, returned, run

Compile = Callable[..., Path]

STANDARDS = ["c99", "c11", "c17", "c++11", "c++14", "c++17", "c++20"]
HEADERS = ["ittnotify.h", "legacy/ittnotify.h", "libittnotify.h", "ittnotify_collector.h"]
STRICT_CPP = ["-Wold-style-cast", "-Wzero-as-null-pointer-constant"]
MODES = [[], ["-DINTEL_NO_ITTNOTIFY_API"], ["-DINTEL_NO_MACRO_BODY"]]
GROUPS = [
    "legacy", "control", "thread", "mark", "sync", "fsync", "jit", "model", "counter", "frame", "stitch",
    "heap", "structure", "suppress", "arrays", "module",
]  # fmt: skip


def compilers(language: str) -> list[str]:
    """The compilers that are here; clang also under a name with its version."""
    names = ["g++", "clang++"] if "+" in language else ["gcc", "clang"]
    found = []
    for name in names:
        choices = [name, *(f"{name}-{version}" for version in range(25, 10, -1))]
        found += [choice for choice in choices if shutil.which(choice)][:1]
    return found


@pytest.fixture(scope="session")
def ours(root: Path) -> Path:
    return Path(os.environ.get("ITT_TEST_BUILD", root / "build")) / "lib" / "libittnotify.a"


# ---- The header ----


@pytest.mark.parametrize("standard", STANDARDS)
def test_header_alone(standard: str, root: Path) -> None:
    for compiler in compilers(standard):
        for header in HEADERS:
            for mode in MODES if header == HEADERS[0] else MODES[:1]:
                language = "c++" if "+" in standard else "c"
                strict = STRICT_CPP if "+" in standard else ["-Wstrict-prototypes"]
                flags = [f"-std={standard}", *WARNINGS, *strict, *mode, "-fsyntax-only", "-x", language]
                assert run(compiler, *flags, root / "include" / header) == []


@pytest.mark.parametrize("standard", STANDARDS)
def test_all_calls_compile(standard: str, root: Path, all_calls: Path, tmp_path: Path) -> None:
    for compiler in compilers(standard):
        language = "c++" if "+" in standard else "c"
        flags = [f"-std={standard}", *WARNINGS, "-I", root / "include", "-x", language, "-c"]
        run(compiler, *flags, all_calls, "-o", tmp_path / "calls.o")


def test_every_function_has_its_macros(root: Path) -> None:
    table = (root / "include" / "ittnotify_functions.h").read_text()
    macros = (root / "include" / "ittnotify_calls.h").read_text()
    names = re.findall(r"^ITT_(?:VOID|DATA|VA)\((\w+),", table, re.M)
    assert len(names) == len(set(names)) == 156
    assert re.findall(r"^#define __itt_(\w+)\(", macros, re.M) == names
    pointers = re.findall(r"^#define __itt_(\w+)_ptr +ITT_POINTER\((\w+)\)$", macros, re.M)
    assert pointers == [(name, name) for name in names]


def test_table_is_the_interface(root: Path) -> None:
    with static_calls.INTERFACE.open() as file:
        wanted = [row["name"].removeprefix("__itt_") for row in csv.DictReader(file, delimiter="\t")]
    table = (root / "include" / "ittnotify_functions.h").read_text()
    assert re.findall(r"^ITT_(?:VOID|DATA|VA)\((\w+),", table, re.M) == wanted


def test_layouts(cc: Compile) -> None:
    run(cc("static_layout.c", flags=WARNINGS))


def test_nothing_left_of_the_calls(cc: Compile, tmp_path: Path) -> None:
    program = cc("static_away.c", flags=["-DINTEL_NO_ITTNOTIFY_API", *WARNINGS], link=False)
    run(program, env={"INTEL_LIBITTNOTIFY64": str(tmp_path / "nothing")})
    symbols = run("nm", program)
    assert not [line for line in symbols if "_ptr__3_0" in line]


def test_ids(cases: Path) -> None:
    assert facts(cases, "ids") == {"id": 1, "id_ex": 1, "null": 1}


# ---- Every function ----


def test_every_call_arrives(calls: Path, fake: Fake) -> None:
    lines = run(calls, "all", env=fake.env())
    wanted = [["api_init", "-1"], *static_calls.PREPARED]
    wanted += [call.line for call in static_calls.calls() if call.name != "api_version"]
    assert fake.take() == wanted
    values = returned(lines)
    assert {name: values[name] for name in static_calls.RETURNS} == static_calls.RETURNS
    assert all(values.values())


def test_every_call_arrives_by_symbol(calls: Path, make_fake: Callable[..., Fake]) -> None:
    fake = make_fake(protocol=1)
    run(calls, "all", env=fake.env())
    wanted = static_calls.PREPARED + [c.line for c in static_calls.calls() if c.name != "api_version"]
    assert fake.take() == wanted


def test_every_call_as_the_first(calls: Path, fake: Fake) -> None:
    for number, call in enumerate(static_calls.calls()):
        run(calls, number, *(["prepare"] if call.objects else []), env=fake.env())
        wanted = [["api_init", "-1"], *(static_calls.PREPARED if call.objects else [])]
        assert fake.take() == wanted + [call.line] * (call.name != "api_version"), call.name


def test_old_collector_gets_the_legacy_group(calls: Path, make_fake: Callable[..., Fake]) -> None:
    fake = make_fake(protocol=0)
    run(calls, "all", env=fake.env())
    legacy = [call for call in static_calls.calls() if {"legacy", "all"} & set(call.groups.split(" | "))]
    assert len(legacy) == 22
    assert fake.take() == [call.line for call in legacy]


def test_list_of_functions(cases: Path, fake: Fake) -> None:
    run(cases, "mark", env=fake.env(FAKE_ITT_LIST="1"))
    lines = fake.take()
    entries = Counter((line[1], int(line[2])) for line in lines if line[0] == "entry")
    wanted = Counter({("__itt_mark_pt_region_begin", 0): 1, ("__itt_mark_pt_region_end", 0): 1})
    for call in static_calls.calls():
        group = {"all": -1, "all & ~legacy": -2}.get(call.groups, 0)
        for name in call.groups.split(" | ") if not group else ():
            group |= 1 << GROUPS.index(name)
        wanted[f"__itt_{call.symbol}", group] += 1
    assert entries == wanted
    assert [line for line in lines if line[0] != "entry"] == [
        ["api_init", "-1"],
        ["mark_pt_region_begin", "3"],
        ["mark_pt_region_end", "3"],
    ]


# ---- Disabled ----


def test_disabled_calls_do_not_evaluate(calls: Path, fake: Fake) -> None:
    # domain_create keeps working without a collector: its argument is the one that counts.
    values = returned(run(calls, "twice"))
    assert values.pop("evaluated") == 1
    assert [name for name, value in values.items() if value] == ["domain_create"]

    # A collector with domains and nothing else: what is not bound is as cheap.
    names = {call.symbol for call in static_calls.calls()} - {"domain_create"}
    values = returned(run(calls, "twice", env=fake.env(FAKE_ITT_SKIP=",".join(names))))
    assert values.pop("evaluated") == 1 + 1 + 2 + 3 + 3 + 4
    assert {name for name, value in values.items() if value} == set(MAKERS)
    assert [line[0] for line in fake.take()] == ["api_init"] + ["domain_create"] * 3


def test_disabled_call_is_a_load_and_a_compare(root: Path, tmp_path: Path) -> None:
    """A function with nothing but __itt_pause() in it: the way to its return has four instructions."""
    source = tmp_path / "pause.c"
    source.write_text('#include "ittnotify.h"\nvoid off(void);\nvoid off(void) { __itt_pause(); }\n')
    flags = ["-O2", "-fcf-protection=none", "-fno-pic", "-I", root / "include", "-c"]
    for compiler in compilers("c"):
        run(compiler, *flags, source, "-o", tmp_path / "pause.o")
        text = run("objdump", "--disassemble=off", "--no-show-raw-insn", tmp_path / "pause.o")
        code = [line.split("\t", 1)[1].split()[0] for line in text if "\t" in line]
        if os.uname().machine == "x86_64":
            assert code[0].startswith(("mov", "cmp")) and "call" not in code[:4]
        assert sum(word.startswith(("cmp", "test", "cb")) for word in code[:4]) == 1, code


def test_objects_without_collector(cases: Path) -> None:
    said = facts(cases, "objects")
    assert said.pop("state") == 2
    off = {"flags", "handle", "other handle", "counter", "other counter", "histogram", "listening"}
    assert {name for name, value in said.items() if not value} == off


def test_odd_names(cases: Path, fake: Fake) -> None:
    assert set(facts(cases, "names").values()) == {1}
    said = facts(cases, "names", env=fake.env(FAKE_ITT_SKIP=NO_MAKERS))
    assert set(said.values()) == {1}
    assert fake.take() == [["api_init", "-1"]]


def test_domains_are_bounded(cases: Path) -> None:
    assert facts(cases, "many") == {"made": 4096}


def test_archive_exports_the_interface_only(ours: Path) -> None:
    lines = [line.split() for line in run("readelf", "-sW", ours)]
    symbols = [line for line in lines if len(line) == 8 and line[4] == "GLOBAL" and line[6] != "UND"]
    visible = {line[7] for line in symbols if line[5] == "DEFAULT"}
    pointers = {f"__itt_{call.name}_ptr__3_0" for call in static_calls.calls()}
    assert visible == pointers | {
        "__itt_mark_pt_region_begin", "__itt_mark_pt_region_end", "__itt_set_error_handler",
        "__itt_get_collection_state", "__itt_init_ittlib", "__itt_fini_ittlib", "__itt_release_resources",
    }  # fmt: skip
    assert all(line[7].startswith("itt_part") for line in symbols if line[5] == "HIDDEN")


# ---- Another implementation: its header and archive, in $ITT_TEST_VTUNE or its folder sdk ----

VTUNE = os.environ.get("ITT_TEST_VTUNE")
PRIVATE = "-DINTEL_ITTNOTIFY_API_PRIVATE"
needs_vtune = pytest.mark.skipif(not VTUNE, reason="ITT_TEST_VTUNE names no VTune installation")


def vtune(path: str) -> Path:
    found = [base / path for base in (Path(VTUNE or ""), Path(VTUNE or "") / "sdk") if (base / path).exists()]
    assert found, f"{VTUNE} has no {path}"
    return found[0]


@needs_vtune
@pytest.mark.parametrize("theirs", ["header", "archive"])
def test_half_is_theirs(theirs: str, all_calls: Path, root: Path, ours: Path, fake: Fake) -> None:
    """A program built with their header and our archive, or with our header and theirs."""
    include = vtune("include") if theirs == "header" else root / "include"
    archive = vtune("lib64/libittnotify.a") if theirs == "archive" else ours
    program = fake.log.with_name("program")
    run("cc", "-g", PRIVATE, "-isystem", include, all_calls, archive, "-o", program, "-ldl", "-pthread")
    run(program, "all", env=fake.env())
    wanted = [call.line for call in static_calls.calls() if call.name != "api_version"]
    assert fake.take()[-len(wanted) :] == wanted


@needs_vtune
def test_all_their_names_are_here(root: Path, tmp_path: Path) -> None:
    source = tmp_path / "names.c"
    source.write_text('#include "ittnotify.h"\n#include "legacy/ittnotify.h"\n')
    names = []
    for include in (vtune("include"), root / "include"):
        text = run("cc", "-E", "-P", "-dD", PRIVATE, "-I", include, source)
        names.append({name for line in text for name in re.findall(r"\b__itt_\w+", line)})
    kept = {name for name in names[0] if not re.search(r"_ptr__3_0", name)}
    assert kept - names[1] <= {"__itt_err", "__itt_error_handler"}  # declared there, defined nowhere
