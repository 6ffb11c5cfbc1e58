"""Perfetto's own trace processor as the tests' independent judge."""

from .trace_sql import Slice, TraceSql

__all__ = ["Slice", "TraceSql"]
