"""Serves shop.py by http.server: server_program.py PACKAGE.

Prints a line: its port, and the forms that there are (see forms.py). A path begins with the number of the
form that answers it. At the end of its standard input it prints, as JSON, for each form a list of [ns of wall
time, ns of the thread's processor time, tasks] of each request, and ends.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import forms


def main() -> None:
    programs = forms.load_all(Path(__file__).with_name("shop.py"), sys.argv[1])
    answers = [program["answer"] for program in programs.values()]
    tasks: int = programs[forms.PLAIN]["TASKS"]
    turns: list[list[tuple[int, int, int]]] = [[] for _ in answers]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = 1 << 16

        def do_GET(self) -> None:
            form = int(self.path[1])
            wall, cpu = time.perf_counter_ns(), time.thread_time_ns()
            answers[form](self)
            cpu, wall = time.thread_time_ns() - cpu, time.perf_counter_ns() - wall
            turns[form].append((wall, cpu, tasks))

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(server.server_address[1], *programs, sep=";", flush=True)
    sys.stdin.read()
    print(json.dumps(turns), flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
