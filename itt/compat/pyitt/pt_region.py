"""pyitt's regions for Intel Processor Trace."""

from __future__ import annotations

from typing import Any

from itt.compat._naming import CallSite as _CallSite
from itt.compat.pyitt import native
from itt.compat.pyitt._named_region import _NamedRegion


class PTRegion(_NamedRegion):
    """A region of code for Intel Processor Trace; made when its name is final."""

    def __init__(self, region: Any = None) -> None:
        super().__init__(region)
        self._region: Any = None
        self._on_name_determination = self._make

    def _make(self, name: native.StringHandle) -> None:
        self._region = native.PTRegion(name)

    def begin(self) -> None:
        self._settle()
        self._region.begin()

    def end(self) -> None:
        self._region.end()


def pt_region(region: Any = None) -> PTRegion:
    """A PT region; without a name it is called by the place of the call."""
    return PTRegion(_CallSite(_CallSite.CallerFrame) if region is None else region)
