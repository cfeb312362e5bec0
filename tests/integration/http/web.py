"""A server on loopback whose answers are raw bytes, a fetcher that asks it, and a clock that only sleeping moves."""

import gzip
import socket
import ssl
import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from worker.adapters.http import HttpFetcher
from worker.core.models import Fetched, Validators
from worker.errors import FetchError

PAGE = "<html><p>Le ministère et la Сводка, 1</p></html>".encode()
#: loading the certificates that httpx ships takes 20 ms each time
NO_TRUST = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
DATE = "Mon, 04 May 2026 10:00:00 GMT"


def packed_by_gzip(body: bytes) -> bytes:
    """Pack `body` without the time, so that the names of the tests are the same in every process."""
    return gzip.compress(body, mtime=0)


class Site:
    """A server whose pages are raw answers: path -> bytes, or a function of the request's headers."""

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self.pages: dict[str, bytes | Callable[[Message], bytes]] = {}
        self.live: dict[str, Callable[[socket.socket], None]] = {}
        self.requests: list[tuple[str, Message]] = []
        site = self

        class Page(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                site.requests.append((self.path, self.headers))
                if self.path in site.live:
                    site.live[self.path](self.connection)
                    self.close_connection = True
                    return
                page = site.pages[self.path]
                raw = page if isinstance(page, bytes) else page(self.headers)
                self.wfile.write(raw)
                self.close_connection = b"Connection: close" in raw

            def log_message(self, *args: object) -> None:
                pass

        class Quiet(ThreadingHTTPServer):
            def handle_error(self, request: object, client_address: object) -> None:
                pass

        self.server = Quiet(("127.0.0.1", 0), Page)
        self.server.daemon_threads = True
        if tls is not None:
            self.server.socket = tls.wrap_socket(self.server.socket, server_side=True)
        self.port = self.server.server_port
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}"
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()


def answer(body: bytes = PAGE, *headers: str, status: str = "200 OK", length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    lines = [f"HTTP/1.1 {status}", f"Date: {DATE}", f"Content-Length: {size}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


def not_modified(*headers: str) -> bytes:
    return "\r\n".join(["HTTP/1.1 304 Not Modified", *headers, "", ""]).encode("latin-1")


def redirect(location: str, status: int = 302) -> bytes:
    return answer(b"moved", f"Location: {location}", status=f"{status} Moved")


def make_fetcher(
    client: httpx.Client,
    *,
    seconds: float = 10,
    max_bytes: int = 20_000_000,
    host_parallel: Mapping[str, int] | None = None,
    robots: bool = False,
    host_robots: Mapping[str, bool] | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> HttpFetcher:
    return HttpFetcher(
        client,
        contact="ops@example.org",
        timeout=timedelta(seconds=seconds),
        spacing=timedelta(0),
        host_spacing={},
        host_parallel=host_parallel,
        robots=robots,
        host_robots=host_robots,
        max_bytes=max_bytes,
        clock=clock,
    )


def fetched(fetcher: HttpFetcher, url: str, validators: Validators | None = None) -> Fetched:
    found = fetcher.fetch(url, validators)
    assert isinstance(found, Fetched)
    return found


def refusal(fetcher: HttpFetcher, url: str, validators: Validators | None = None) -> FetchError:
    with pytest.raises(FetchError) as caught:
        fetcher.fetch(url, validators)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) < 1000
    return caught.value


class Clock:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
