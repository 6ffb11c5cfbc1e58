"""ittapi's regions for Intel Processor Trace."""

from __future__ import annotations

from typing import Any

from itt.compat._naming import CallSite as _CallSite
from itt.compat.ittapi import native
from itt.compat.ittapi.region import _NamedRegion


class PT_Region(_NamedRegion):
    """A region of code for Intel Processor Trace."""

    def __init__(self, region: Any = None) -> None:
        super().__init__(region)
        self._region = native.PT_Region(self._name)

    def begin(self) -> None:
        self._settle()
        native.pt_region_begin(self._region)

    def end(self) -> None:
        native.pt_region_end(self._region)

    def get_pt_region(self) -> Any:
        return self._region

    def __str__(self) -> str:
        return f"{{ region name: '{self._name}' }}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._name!r})"


def pt_region(pt_region: Any = None) -> PT_Region:
    """A PT region; without a name it is called by the place of the call."""
    return PT_Region(_CallSite(_CallSite.CallerFrame) if pt_region is None else pt_region)
