"""A web server on loopback, in a process of its own, so that its work is not counted: ``/s/NAME`` is the file NAME.

Run by `benchmarks.full_cycle`; prints its port and serves until it is stopped.
"""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

LOOPBACK = "127.0.0.1"
_ROOT = Path(__file__).resolve().parents[1]


@contextlib.contextmanager
def page_server(folder: Path) -> Iterator[int]:
    """Serve the files of `folder` from another process; yield the port."""
    command = [sys.executable, "-m", "benchmarks.page_server", str(folder)]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def _serve(folder: Path) -> None:
    bodies = {f"/s/{path.name}": path.read_bytes() for path in folder.iterdir()}

    class Pages(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # headers and body leave in one piece
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            body = bodies.get(self.path, b"")
            # there is no robots.txt: everything may be read
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, *_: object) -> None:
            """Say nothing of clients that went away in the middle."""

    with Server((LOOPBACK, 0), Pages) as server:
        print(server.server_address[1], flush=True)
        server.serve_forever()


if __name__ == "__main__":
    _serve(Path(sys.argv[1]))
