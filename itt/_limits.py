"""How large a recording may become: max_size and ring, as `itt record` and itt.record take them."""

from __future__ import annotations

import argparse
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from itt._analysis import LEAST_SIZE, MAX_SIZE
from itt._errors import count, error_text

UNITS = "KMGT"


class Limits(NamedTuple):
    """In bytes; 0: none."""

    max_size: int = 0
    ring: int = 0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    either = parser.add_mutually_exclusive_group()
    either.add_argument(
        "--max-size",
        type=_size,
        metavar="N",
        default=0,
        help="stop recording before FILE exceeds N (100M, 2G)",
    )
    either.add_argument(
        "--ring",
        type=_size,
        metavar="N",
        default=0,
        help="a flight recorder: keep the newest N (64M, 1G) only",
    )


def given(args: argparse.Namespace) -> Limits:
    return Limits(args.max_size, args.ring)


def _size(text: str) -> int:
    try:
        return parse(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def parse(text: str) -> int:
    """ "64M" in bytes. Raises ValueError, whose text says what is wrong."""
    found = re.fullmatch(rf"(\d+)([{UNITS}]?)(?:i?B)?", text.strip(), re.IGNORECASE | re.ASCII)
    if not found:
        raise ValueError(f"{text!r} is not a size: a number of bytes, or with K, M, G or T behind")
    number, unit = found.groups()
    return checked(int(number) << 10 * (UNITS.index(unit.upper()) + 1 if unit else 0))


def checked(size: int) -> int:
    if size < LEAST_SIZE:
        least = f"{LEAST_SIZE >> 20}M ({LEAST_SIZE:,} bytes)"
        raise ValueError(f"{count(size, 'byte')} {'is' if size == 1 else 'are'} not enough: at least {least}")
    if size >= 1 << 48:
        raise ValueError(f"{size:,} bytes are more than any file has")
    return size


def shown(size: int) -> str:
    """The largest unit in which it is a whole number."""
    unit = ""
    for name in UNITS:
        if size == 0 or size % 1024:
            break
        size, unit = size >> 10, name
    return f"{size:,} {unit}B" if unit else f"{size:,} bytes"


def stop_text(head: Mapping[str, Any]) -> str:
    """Why a recording stopped."""
    reason = head["stop_reason"]
    if reason != MAX_SIZE:
        return error_text(reason)
    return f"it may not become larger than {shown(head['max_size'])}"


def ring_text(head: Mapping[str, Any]) -> str:
    """What a flight recorder kept; empty where it kept all."""
    gone = head["ring_overwritten"]
    if not gone:
        return ""
    return f"flight recorder: the newest {shown(head['ring_size'])}; {count(gone, 'chunk')} overwritten"
