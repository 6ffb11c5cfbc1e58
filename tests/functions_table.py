"""The table of docs/functions.md: each function, and what tests prove that Perfetto shows of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Callable, NamedTuple, TypeVar

from driver import interface

TESTS = "test_functions.py"

Test = TypeVar("Test", bound=Callable[..., Any])

HEAD = """\
# The functions

What [Perfetto](https://ui.perfetto.dev) shows of each of the {count} functions of the interface. `make docs`
makes this table of [{tests}](../tests/{tests}), whose tests call them and ask Perfetto's trace processor.

- **accepted, not shown**: has no place in a timeline. The call is counted, and that is all.
- **with `--sync`**: `itt record --sync`, `itt.record(sync=True)`. Without it the pointer stays empty, so
  that a call costs what it costs without a collector: these come in floods.

{proved} functions are proved, {unbound} of them with `--sync` alone; {accepted} are accepted and not shown.

| function | what Perfetto shows | test |
|---|---|---|
"""


class Row(NamedTuple):
    functions: tuple[str, ...]
    what: str
    test: str


def shows(*functions: str, what: str) -> Callable[[Test], Test]:
    """Marks a test with the functions that it proves, and the text of their rows."""

    def mark(test: Test) -> Test:
        rows = test.__dict__.setdefault("shown", [])
        rows.insert(0, Row(functions, what, test.__name__))
        return test

    return mark


def rows() -> list[Row]:
    """All marks, in the order of the tests."""
    import test_functions

    return [row for test in vars(test_functions).values() for row in getattr(test, "shown", [])]


def table(bound: set[str]) -> str:
    """The page; `bound` are the functions that the collector puts into a client's table."""
    proofs: dict[str, list[Row]] = {call.name: [] for call in interface()}
    for row in rows():
        for name in row.functions:
            if name not in proofs:
                raise KeyError(f"{row.test} proves __itt_{name}, which is not in the interface")
            proofs[name].append(row)
    lines = list(_lines(proofs, bound))
    proved = sum(bool(found) for found in proofs.values())
    accepted = sum(not found and name in bound for name, found in proofs.items())
    head = HEAD.format(
        count=len(proofs),
        tests=TESTS,
        proved=proved,
        accepted=accepted,
        unbound=len(proofs) - len(bound),
    )
    return head + "".join(lines)


def _lines(proofs: dict[str, list[Row]], bound: set[str]) -> Iterator[str]:
    for name, found in proofs.items():
        what = "; ".join(row.what for row in found)
        tests = ", ".join(dict.fromkeys(f"`{row.test}`" for row in found))
        if not found:
            what = "accepted, not shown"
        if name not in bound:
            what = f"with `--sync`: {what}"
        yield f"| `__itt_{name}` | {what} | {tests} |\n"
