from __future__ import annotations

from itt.compat.ittapi import native


def id(domain: native.Domain) -> native.Id:
    """A new id for the domain."""
    return native.Id(domain)
