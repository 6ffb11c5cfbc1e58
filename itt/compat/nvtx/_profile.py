"""nvtx's automatic ranges: every function that is called."""

from __future__ import annotations

import os
import sys
import threading
from types import FrameType
from typing import Any

import itt
from itt.compat.nvtx.nvtx import enabled


class Profile:
    """enable() makes a range of each call, of C functions too, until disable()."""

    def __init__(self, linenos: bool = True, annotate_cfuncs: bool = True) -> None:
        self.linenos = linenos
        self.annotate_cfuncs = annotate_cfuncs
        self._domain = itt.Domain("nvtx.py")
        self._open = threading.local()  # ranges of the thread: what was called before ends without one
        self._own = (Profile.enable.__code__, Profile.disable.__code__)

    def enable(self) -> None:
        if enabled() and self._domain.enabled:
            threading.setprofile(self._profile)
            sys.setprofile(self._profile)

    def disable(self) -> None:
        if enabled() and self._domain.enabled:
            sys.setprofile(None)
            threading.setprofile(None)

    def _profile(self, frame: FrameType, event: str, arg: Any) -> None:
        code = frame.f_code
        if code in self._own:
            return
        if event == "call":
            name = code.co_name
            if self.linenos:
                name = f"{os.path.basename(code.co_filename)}:{frame.f_lineno}({name})"
            self._begin(name)
        elif event == "c_call" and self.annotate_cfuncs:
            self._begin(arg.__name__)
        elif event == "return" or (event in ("c_return", "c_exception") and self.annotate_cfuncs):
            self._end()

    def _begin(self, name: str) -> None:
        self._open.count = getattr(self._open, "count", 0) + 1
        itt.task_begin(self._domain, name)

    def _end(self) -> None:
        count = getattr(self._open, "count", 0)
        if count:
            self._open.count = count - 1
            itt.task_end(self._domain)
