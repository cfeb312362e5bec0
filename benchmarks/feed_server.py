"""A web server on loopback, in a process of its own, for feeds: ``/s/NAME`` is the file NAME, with validators.

A request with the validators of the file is answered by 304. Reads and writes bare sockets, so that it is never the one
that is waited for. ``/answered`` tells how often it has given which status. Prints its port and serves until it is
stopped.
"""

import contextlib
import re
import socket
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

_ROOT = Path(__file__).resolve().parents[1]
_LOOPBACK = "127.0.0.1"
_END = b"\r\n\r\n"
_ETAG = b'"harbour-1"'
_HEADERS = b"Date: Mon, 04 May 2026 10:00:00 GMT\r\nServer: harbour\r\n"
_VALIDATORS = _HEADERS + b"ETag: " + _ETAG + b"\r\nLast-Modified: Sun, 03 May 2026 08:00:00 GMT\r\n"
_UNCHANGED = b"HTTP/1.1 304 Not Modified\r\n" + _VALIDATORS + b"\r\n"
_MISSING = b"HTTP/1.1 404 Not Found\r\n" + _HEADERS + b"Content-Length: 0\r\n\r\n"
_PATH = re.compile(rb"GET (\S+) HTTP/1\.1\r\n")


@contextlib.contextmanager
def feed_server(folder: Path) -> Iterator[str]:
    """Serve the files of `folder` from another process; yield the address of its root."""
    command = [sys.executable, "-m", "benchmarks.feed_server", str(folder)]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://{_LOOPBACK}:{int(process.stdout.readline())}"
        finally:
            process.terminate()


def answered(root: str) -> Counter[int]:
    """Return how often the server at `root` has given which status."""
    with urlopen(f"{root}/answered") as response:
        lines = (line.split() for line in response.read().decode().splitlines())
        return Counter({int(status): int(count) for status, count in lines})


class _Feeds:
    """What is answered, made beforehand, and how often it was."""

    def __init__(self, folder: Path) -> None:
        self._answers = {f"/s/{path.name}".encode(): _found(path.read_bytes()) for path in folder.iterdir()}
        self._counts: Counter[int] = Counter()
        self._counting = threading.Lock()

    def answer(self, request: bytes) -> bytes:
        """Return the whole answer to a request."""
        path = _PATH.match(request)
        assert path, request
        if path[1] == b"/answered":
            return _found("\n".join(f"{status} {count}" for status, count in self._counts.items()).encode())
        known = self._answers.get(path[1])
        if known is None:
            return self._counted(404, _MISSING)  # there is no robots.txt: everything may be read
        return self._counted(304, _UNCHANGED) if _ETAG in request else self._counted(200, known)

    def _counted(self, status: int, answer: bytes) -> bytes:
        with self._counting:
            self._counts[status] += 1
        return answer


def _found(body: bytes) -> bytes:
    length = str(len(body)).encode()
    head = b"HTTP/1.1 200 OK\r\n" + _VALIDATORS + b"Content-Type: application/rss+xml; charset=utf-8\r\n"
    return head + b"Content-Length: " + length + _END + body


def _converse(connection: socket.socket, feeds: _Feeds) -> None:
    asked = b""
    with connection, contextlib.suppress(ConnectionError):
        while received := connection.recv(65_536):
            *requests, asked = (asked + received).split(_END)
            for request in requests:
                connection.sendall(feeds.answer(request))


def _serve(folder: Path) -> None:
    feeds = _Feeds(folder)
    with socket.create_server((_LOOPBACK, 0), backlog=64) as server:
        print(server.getsockname()[1], flush=True)
        while True:
            connection, _ = server.accept()
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=_converse, args=(connection, feeds), daemon=True).start()


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
