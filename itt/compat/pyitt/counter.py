from __future__ import annotations

from typing import Any

from itt.compat.pyitt import native


def counter(name: Any, domain: Any = None, init_value: Any = None) -> native.Counter:
    """A counter that starts with a value, or with 0."""
    return native.Counter(name, domain, init_value)
