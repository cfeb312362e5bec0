"""A web server on loopback, in a process of its own, for which nothing has ever changed: it answers 304 to everything.

Reads and writes bare sockets, so that it is never the one that is waited for. Run by `benchmarks.fetching`; prints its
port and serves until it is stopped.
"""

import contextlib
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
_END = b"\r\n\r\n"
_ANSWER = (
    b"HTTP/1.1 304 Not Modified\r\nDate: Mon, 04 May 2026 10:00:00 GMT\r\nServer: harbour\r\n"
    b'ETag: W/"harbour-1"\r\nCache-Control: max-age=600\r\nVary: Accept-Encoding\r\n\r\n'
)


@contextlib.contextmanager
def unchanged_server() -> Iterator[int]:
    """Serve from another process; yield the port."""
    command = [sys.executable, "-m", "benchmarks.unchanged_server"]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def _serve() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=64) as server:
        print(server.getsockname()[1], flush=True)
        while True:
            connection, _ = server.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=_answer, args=(connection,), daemon=True).start()


def _answer(connection: socket.socket) -> None:
    asked = b""
    with connection:
        while received := connection.recv(65_536):
            *requests, asked = (asked + received).split(_END)
            for request in requests:
                assert b"\r\nIf-None-Match: " in request, request
                connection.sendall(_ANSWER)


if __name__ == "__main__":
    _serve()
