"""pyitt's frames."""

from __future__ import annotations

from typing import Any

from itt.compat.pyitt import native
from itt.compat.pyitt._region import _Region
from itt.compat.pyitt.domain import domain_of


class Frame(_Region):
    """A frame of a domain. Frames of one domain without ids cannot overlap."""

    def __init__(self, region: Any = None, domain: Any = None, id: Any = None) -> None:
        super().__init__(region)
        self._domain = domain_of(domain)
        self._id = id

    def domain(self) -> Any:
        return self._domain

    def id(self) -> Any:
        return self._id

    def begin(self) -> None:
        native.frame_begin(self._domain, self._id)

    def end(self) -> None:
        native.frame_end(self._domain, self._id)

    def __str__(self) -> str:
        return f"{{ domain: '{self._domain}', id: {self._id} }}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._domain!r}, {self._id!r})"


def frame(region: Any = None, domain: Any = None, id: Any = None) -> Frame:
    return Frame(region, domain, id)
