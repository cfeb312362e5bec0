"""The demonstration's own servers, all on loopback: web pages, a mail server and a webhook receiver."""

import contextlib
import json
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session
from standardwebhooks import Webhook

HOST = "127.0.0.1"


@dataclass
class Received:
    """What the servers got, in order: files in the demonstration's folder."""

    folder: Path
    mails: list[Path] = field(default_factory=list)
    hooks: list[Path] = field(default_factory=list)
    refused_hooks: int = 0


@contextlib.contextmanager
def web_server(page: Callable[[str], bytes | None], received: Received, secret: str) -> Iterator[int]:
    """Serve `page(path)` by GET and take signed webhooks by POST; yield the port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = page(self.path)
            self.send_response(404 if body is None else 200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body or b"")))
            self.end_headers()
            self.wfile.write(body or b"")

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            # The story's clock is not the wall clock, so the signature is made again instead of verify(), which looks
            # at the present time.
            sent_at = datetime.fromtimestamp(int(self.headers["webhook-timestamp"]), UTC)
            if (
                Webhook(secret).sign(self.headers["webhook-id"], sent_at, body.decode())
                != self.headers["webhook-signature"]
            ):
                received.refused_hooks += 1
                self.send_response(401)
            else:
                name = received.folder / f"webhook-{len(received.hooks) + 1}.json"
                name.write_text(json.dumps(json.loads(body), ensure_ascii=False, indent=2), encoding="utf-8")
                received.hooks.append(name)
                self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing: the demonstration tells its own story."""

    server = ThreadingHTTPServer((HOST, 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextlib.contextmanager
def mail_server(received: Received) -> Iterator[int]:
    """Take mails and keep each as an ``.eml`` file; yield the port."""

    class Keep:
        async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
            name = received.folder / f"digest-{len(received.mails) + 1}.eml"
            name.write_bytes(envelope.original_content or b"")
            received.mails.append(name)
            return "250 kept"

    controller = Controller(Keep(), hostname=HOST, port=_free_port())
    controller.start()
    try:
        yield controller.port
    finally:
        controller.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
