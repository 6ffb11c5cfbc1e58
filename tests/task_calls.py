"""What a script's labels send to the fake collector, in few words."""

from __future__ import annotations

import shlex
import subprocess
import sys
import textwrap
from pathlib import Path

from fake import Fake

NONE = "0,0,0"
LOADING = ("api_init", "api_fini", "domain_create", "string_handle_create", "thread_set_name")


def run(script: str, env: dict[str, str]) -> str:
    """What a script prints, in a Python of its own: a process finds its collector once."""
    path = Path(env["FAKE_ITT_LOG"]).parent / "script.py"
    path.write_text("import itt\n" + textwrap.dedent(script))
    command = [sys.executable, str(path)]
    done = subprocess.run(command, cwd=path.parent, env=env, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0 and not done.stderr, done.stderr
    return done.stdout


def labels(fake: Fake, script: str, **env: str) -> list[str]:
    """The calls that a script makes: "begin x", "end", "begin x #1" and "end #1" for an overlapped one, and
    "key=value" for metadata. Ids are numbered in the order in which they come up."""
    run(script, fake.env(**env))
    said = []
    numbers: dict[str, str] = {NONE: ""}
    for name, *args in fake.take():
        if name in LOADING or name.startswith("adopt_"):
            continue
        ids = [numbers.setdefault(arg, f" #{len(numbers)}") for arg in args if arg.count(",") == 2]
        if name in ("task_begin", "task_begin_overlapped"):
            parent = f" of{ids[1]}" if ids[1] else ""
            domain = "" if args[0] == "script" else f" in {args[0]}"
            said.append(f"begin {args[-1]}{ids[0]}{parent}{domain}")
            assert bool(ids[0]) == name.endswith("overlapped")
        elif name in ("task_end", "task_end_overlapped"):
            said.append(f"end{ids[0] if ids else ''}")
        elif name == "metadata_str_add":
            said.append(f"{args[2]}={args[3]}{ids[0]}")
        elif name == "metadata_add":
            said.append(f"{args[2]}{ids[0]}")
        elif name == "relation_add":
            said.append(f"relation{ids[0]}{ids[1]}")
        elif name == "marker":
            said.append(f"marker {args[2]}")
        else:
            said.append(shlex.join([name, *args]))
    return said
