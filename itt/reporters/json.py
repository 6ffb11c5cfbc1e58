"""The report for programs: one JSON object, a line for each row."""

from __future__ import annotations

import json
from typing import TextIO

from itt.reporters import Report, as_dict


def write(report: Report, out: TextIO, by: str | None = None) -> None:
    utf8 = (out.encoding or "").lower() in ("utf-8", "utf8")
    encode = json.JSONEncoder(ensure_ascii=not utf8).encode
    before = "{"
    for key, value in as_dict(report).items():
        text = encode(value)
        if key in report.sections and value:
            text = "[\n  " + ",\n  ".join(map(encode, value)) + "\n]"
        out.write(f"{before}{encode(key)}: {text}")
        before = ", "
    out.write("}\n")
