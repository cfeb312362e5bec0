"""The servers that the end-to-end tests talk to, all real and on loopback: web pages, webhooks and mail."""

import contextlib
import email
import email.policy
import itertools
import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

HOST = "127.0.0.1"
MAIL_USER, MAIL_PASSWORD = "watchword", "correct horse battery"


@dataclass(frozen=True)
class Answer:
    """What the web server says to one request."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)
    #: the body is sent so many times
    times: int = 1
    #: sent piece by piece instead of the body, without saying how long it will be
    pieces: Callable[[], Iterable[bytes]] | None = None
    #: nothing is answered before this is set
    hold: threading.Event | None = None


@dataclass(frozen=True)
class Asked:
    """One request for a page."""

    path: str
    #: by lower-case name
    headers: Mapping[str, str]


@dataclass(frozen=True)
class Hook:
    """One webhook as it arrived."""

    headers: Mapping[str, str]
    body: str

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


class Site:
    """A web server: pages by path, and a webhook receiver at every path that is posted to."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.asked: list[str] = []
        self.requests: list[Asked] = []
        self.hooks: list[Hook] = []
        #: path -> answers to the next webhooks there; afterwards 204
        self.hook_answers: dict[str, list[Answer]] = {}
        #: set as soon as somebody waits in a held answer
        self.holding = threading.Event()
        self.url = ""

    def answer(self, asked: Asked) -> Answer:
        page = self.pages.get(asked.path.partition("?")[0], Answer(404))
        if callable(page):
            page = page(asked)
        return page if isinstance(page, Answer) else Answer(body=page)


#: what is said at an address, always the same or by what is asked; with the query or without, the address is one
Page = bytes | Answer | Callable[[Asked], bytes | Answer]


class _Pages(BaseHTTPRequestHandler):
    site: Site
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        asked = Asked(self.path, {name.lower(): value for name, value in self.headers.items()})
        self.site.asked.append(self.path)
        self.site.requests.append(asked)
        self._say(self.site.answer(asked))

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.site.hooks.append(Hook({name.lower(): value for name, value in self.headers.items()}, body))
        answers = self.site.hook_answers.get(self.path)
        self._say(answers.pop(0) if answers else Answer(204))

    def _say(self, answer: Answer) -> None:
        if answer.hold:
            self.site.holding.set()
            answer.hold.wait(30)
        with contextlib.suppress(ConnectionError):  # the other side may have had enough
            if "Date" in answer.headers:
                self.send_response_only(answer.status)
            else:
                self.send_response(answer.status)
            for name, value in {"Content-Type": "text/html; charset=utf-8", **answer.headers}.items():
                self.send_header(name, value)
            if answer.pieces:
                self.close_connection = True
            elif answer.status not in {204, 304}:
                self.send_header("Content-Length", str(len(answer.body) * answer.times))
            self.end_headers()
            for piece in answer.pieces() if answer.pieces else itertools.repeat(answer.body, answer.times):
                self.wfile.write(piece)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing: clients are killed here on purpose."""


@contextlib.contextmanager
def web_site() -> Iterator[Site]:
    """Run a web server."""
    site = Site()
    server = _Server((HOST, 0), type("Pages", (_Pages,), {"site": site}))
    site.url = f"http://{HOST}:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Mailbox:
    """What a mail server got, and what it is to answer."""

    def __init__(self) -> None:
        self.received: list[tuple[str, EmailMessage]] = []
        #: answers to the next mails' data, "cut" drops the connection after the mail was kept; afterwards 250
        self.data_answers: list[str] = []
        #: address -> answer to RCPT
        self.refused: dict[str, str] = {}
        self.password = MAIL_PASSWORD
        self.port = 0
        self.logins = 0

    def ids(self, to: str | None = None) -> list[str]:
        return [str(mail["message-id"]) for address, mail in self.received if to in {None, address}]

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.refused.get(address, "250 OK")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self.data_answers.pop(0) if self.data_answers else "250 kept"
        if answer == "cut" or answer.startswith("2"):
            content = envelope.original_content or b""
            mail = email.message_from_bytes(content, policy=email.policy.default)
            self.received.append((envelope.rcpt_tos[0], mail))
        if answer == "cut":
            transport: Any = server.transport
            transport.abort()
        return answer

    def login(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object) -> AuthResult:
        self.logins += 1
        right = (MAIL_USER.encode(), self.password.encode())
        ok = isinstance(given, LoginPassword) and (given.login, given.password) == right
        return AuthResult(success=ok, handled=False, auth_data=None)


@contextlib.contextmanager
def mail_server(tls: ssl.SSLContext) -> Iterator[Mailbox]:
    """Run a mail server that takes mail after STARTTLS and a login only."""
    mailbox = Mailbox()
    mailbox.port = free_port()
    controller = Controller(
        mailbox,
        hostname=HOST,
        port=mailbox.port,
        tls_context=tls,
        require_starttls=True,
        authenticator=mailbox.login,
        auth_required=True,
    )
    controller.start()
    try:
        yield mailbox
    finally:
        controller.stop()


def free_port() -> int:
    """Return a port that nothing listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port
