"""Libraries in this process whose static part found no collector: it does not look again."""

from __future__ import annotations

import os
import struct

from itt import _itt

MAGIC = bytes.fromhex("EDABABEC0DEEDA30")  # how a static part's __itt_global begins
STATE = 160  # offset of its state in there, an int
ABSENT = 2
NEWEST = 9  # a major version beyond is none


def libraries() -> list[str]:
    """Their files, sorted; ours is not among them. Where memory cannot be read so, none."""
    own = os.path.realpath(_itt.__file__)
    found = set()
    try:
        with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as file:
            lines = file.readlines()
        memory = os.open("/proc/self/mem", os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return []
    try:
        for line in lines:
            # 7f00-7f08 rw-p 00001000 08:01 1234    /usr/lib/libtbb.so
            words = line.rstrip("\n").split(maxsplit=5)
            if len(words) < 6 or not words[1].startswith("rw-p") or not words[5].startswith("/"):
                continue
            path = words[5]
            if path in found or path == own:
                continue
            start, end = (int(word, 16) for word in words[0].split("-"))
            if _has_silent(memory, start, end):
                found.add(path)
    finally:
        os.close(memory)
    return sorted(found)


def _has_silent(memory: int, start: int, end: int) -> bool:
    block = 1 << 20
    overlap = STATE + 4
    for at in range(start, end, block):
        try:
            content = os.pread(memory, min(block + overlap, end - at), at)
        except OSError:
            return False  # unmapped meanwhile
        place = content.find(MAGIC)
        while place >= 0:
            if place % struct.calcsize("P") == 0 and len(content) >= place + overlap:
                major = struct.unpack_from("@L", content, place + 8)[0]
                state = struct.unpack_from("@i", content, place + STATE)[0]
                if 0 < major <= NEWEST and state == ABSENT:
                    return True
            place = content.find(MAGIC, place + 1)
    return False
