"""A web server on loopback, in a process of its own, so that its work is not counted: ``/s/NAME`` is the file NAME.

Asked for ``--reread`` it reads a file for each answer. Asked for ``--views`` it counts the views of each post anew for
each answer, so that no two answers are the same. Prints its port and serves until it is stopped.
"""

import contextlib
import itertools
import re
import subprocess
import sys
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

LOOPBACK = "127.0.0.1"
_ROOT = Path(__file__).resolve().parents[1]
_COUNT_VIEWS, _REREAD = "--views", "--reread"
_VIEWS = re.compile(rb'(?<=message_views">)[^<]+')


@contextlib.contextmanager
def page_server(folder: Path, *, count_views: bool = False, reread: bool = False) -> Iterator[int]:
    """Serve the files of `folder` from another process; yield the port."""
    options = [*([_COUNT_VIEWS] if count_views else []), *([_REREAD] if reread else [])]
    command = [sys.executable, "-m", "benchmarks.page_server", str(folder), *options]
    with subprocess.Popen(command, cwd=_ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield int(process.stdout.readline())
        finally:
            process.terminate()


def _serve(folder: Path, *, count_views: bool, reread: bool) -> None:
    views = itertools.count(10)
    bodies = {f"/s/{path.name}": path.read_bytes() for path in folder.iterdir()}

    class Pages(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # headers and body leave in one piece
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            body = bodies.get(self.path, b"")
            if body and reread:
                body = (folder / self.path.rpartition("/")[2]).read_bytes()
            if count_views:
                body = _VIEWS.sub(b"%d" % next(views), body)
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
    _serve(Path(sys.argv[1]), count_views=_COUNT_VIEWS in sys.argv, reread=_REREAD in sys.argv)
