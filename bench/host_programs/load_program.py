"""Asks server_program.py for pages: load_program.py PORT FORMS SECONDS; prints requests a second.

In a few connections, with so many requests under way that the server never waits for this process. A few are
answered by one form, the next few by the next one.
"""

from __future__ import annotations

import selectors
import socket
import sys
import time

CONNECTIONS, IN_A_ROW = 4, 6

REQUEST = (
    "GET /{form}/shop?tag={tag}&page=0&rebate=3 HTTP/1.1\r\nHost: localhost\r\nUser-Agent: bench\r\n"
    "Accept: text/html\r\nAccept-Encoding: deflate\r\nCookie: session=8a1f{i}\r\n\r\n"
)
TAGS = ("oak", "lamp", "chair", "table", "red", "shelf", "small", "green")


def block(forms: int) -> bytes:
    """Requests of each form."""
    return "".join(
        REQUEST.format(form=form, tag=TAGS[i], i=i) for form in range(forms) for i in range(IN_A_ROW)
    ).encode()


class Answers:
    """Counts those that have come whole."""

    def __init__(self) -> None:
        self.rest = b""

    def count(self, data: bytes) -> int:
        self.rest += data
        done = 0
        while True:
            head = self.rest.find(b"\r\n\r\n")
            if head < 0:
                return done
            if not self.rest.startswith(b"HTTP/1.1 200 "):
                sys.exit(f"the server said {self.rest[:200]!r}")
            length = int(self.rest[:head].rpartition(b"Content-Length: ")[2])
            if len(self.rest) < head + 4 + length:
                return done
            self.rest = self.rest[head + 4 + length :]
            done += 1


def main() -> None:
    port, forms, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
    selector = selectors.DefaultSelector()
    requests = block(forms)
    left: dict[socket.socket, int] = {}
    for _ in range(CONNECTIONS):
        connection = socket.create_connection(("127.0.0.1", port))
        selector.register(connection, selectors.EVENT_READ, Answers())
        connection.sendall(2 * requests)
        left[connection] = 2 * forms * IN_A_ROW
    start, done = time.monotonic(), 0
    while any(left.values()):
        for key, _ in selector.select():
            connection = next(one for one in left if one is key.fileobj)
            came = key.data.count(connection.recv(1 << 20))
            left[connection] -= came
            done += came
            if left[connection] <= forms * IN_A_ROW and time.monotonic() < start + seconds:
                connection.sendall(requests)
                left[connection] += forms * IN_A_ROW
    print(done / (time.monotonic() - start))


if __name__ == "__main__":
    main()
