"""itt-python's names as ittapi has them; its own handles stand for domains and PT regions."""

from __future__ import annotations

from itt.compat.ittapi import native
from itt.compat.ittapi.collection_control import detach, pause, resume
from itt.compat.ittapi.domain import domain as domain_create
from itt.compat.ittapi.native import pt_region_begin, pt_region_end

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


def task_begin(domain: native.Domain, task_name: str) -> None:
    native.task_begin(domain, native.StringHandle(task_name))


def task_end(domain: native.Domain) -> None:
    native.task_end(domain)


def pt_region_create(name: str) -> native.PT_Region:
    return native.PT_Region(name)
