"""Where the C parts lie that are installed with the package."""

from __future__ import annotations

from pathlib import Path

from itt._errors import Error


def prefix() -> Path:
    return _existing("")


def include() -> Path:
    return _existing("include")


def static_part() -> Path:
    return _existing("lib/libittnotify.a")


def collector() -> Path:
    return _existing("lib/libitt_collector.so")


def _existing(name: str) -> Path:
    path = Path(__file__).resolve().parent / "_c" / name
    if not path.exists():
        raise Error(f"{path} is missing: this itt was not built whole, install it again (pip install .)")
    return path
