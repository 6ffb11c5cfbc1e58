"""Colors as numbers."""

from __future__ import annotations

import functools
import importlib

_BY_NAME = {
    "blue": 0x0000FF,
    "cyan": 0x00FFFF,
    "darkgreen": 0x006400,
    "green": 0x008000,
    "orange": 0xFFA500,
    "purple": 0x800080,
    "rapids": 0x7400FF,
    "red": 0xFF0000,
    "white": 0xFFFFFF,
    "yellow": 0xFFFF00,
}
_DEFAULT = "blue"


@functools.lru_cache
def color_to_hex(color: object = None) -> int:
    """The number 0xRRGGBB of a color: a name, a number, or with matplotlib (0xAARRGGBB) all that it knows."""
    if isinstance(color, int):
        return color
    known = _BY_NAME.get(_DEFAULT if color is None else color)  # type: ignore[call-overload]
    if known is not None:
        return int(known)
    try:
        to_rgba = importlib.import_module("matplotlib.colors").to_rgba
    except ImportError:
        raise TypeError(
            f"argument 'color' must be a number or one of {', '.join(_BY_NAME)}, not {color!r};"
            " pip install matplotlib for more"
        ) from None
    red, green, blue, alpha = (round(255 * part) for part in to_rgba(color))
    return int(alpha << 24 | red << 16 | green << 8 | blue)
