from __future__ import annotations

from typing import Any

from itt.compat.ittapi import native


def domain(name: Any = None) -> native.Domain:
    """The domain called name; without one, the package's own."""
    return native.Domain(name)


def domain_of(value: Any) -> Any:
    """A domain that may be given by its name or left out."""
    return domain(value) if value is None or isinstance(value, str) else value
