"""itt-python's names; pyitt's own handles stand for domains and PT regions."""

from __future__ import annotations

from itt.compat.pyitt import native
from itt.compat.pyitt.native import detach, pause, resume

__all__ = [
    "detach",
    "domain_create",
    "pause",
    "pt_region_begin",
    "pt_region_create",
    "pt_region_end",
    "resume",
    "task_begin",
    "task_end",
]


def domain_create(name: str | None) -> native.Domain:
    return native.Domain(name)


def task_begin(domain: native.Domain, name: str) -> None:
    native.task_begin(domain, native.StringHandle(name))


def task_end(domain: native.Domain) -> None:
    native.task_end(domain)


def pt_region_create(name: str | None) -> native.PTRegion:
    return native.PTRegion(name)


def pt_region_begin(region: native.PTRegion) -> None:
    region.begin()


def pt_region_end(region: native.PTRegion) -> None:
    region.end()
