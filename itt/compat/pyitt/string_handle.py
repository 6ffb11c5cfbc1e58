from __future__ import annotations

from itt.compat.pyitt import native


def string_handle(string: str) -> native.StringHandle:
    return native.StringHandle(string)
