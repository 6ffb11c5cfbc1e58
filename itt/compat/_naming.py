"""Names of the regions that pyitt and ittapi mark: given, or those of what is marked."""

from __future__ import annotations

import os
import sys
from typing import Any


class CallSite:
    """The place in the sources that stands for a region without a name."""

    CallerFrame = 1

    def __init__(self, frame_number: int) -> None:
        """frame_number: 0 is the caller, CallerFrame the caller's caller."""
        frame = sys._getframe(frame_number + 1)
        self.filename = os.path.basename(frame.f_code.co_filename)
        self.lineno = frame.f_lineno

    def __str__(self) -> str:
        return f"{self.filename}:{self.lineno}"


def name_of(region: Any) -> str | None:
    """The name of a region that is given by a name, a call site or what it marks; None: that has none."""
    if isinstance(region, (str, CallSite)):
        return str(region)
    for attribute in ("__qualname__", "__name__"):
        name = getattr(region, attribute, None)
        if name is not None:
            return str(name)
    return None
