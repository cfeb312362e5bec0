"""A mail server on loopback that goes wrong on purpose: at each step of SMTP it refuses, cuts, stalls or drips."""

import contextlib
import email
import email.policy
import socket
import socketserver
import threading
from collections import defaultdict
from collections.abc import Iterator
from email.message import EmailMessage

#: what may go wrong at a step besides an answer such as ``451 4.7.1 greylisted``: the connection ends; nothing is said
#: until the other side has had enough; an answer comes letter by letter and never ends; it is a line without an end
CUT, STALL, DRIP, ENDLESS = "cut", "stall", "drip", "endless"
#: only at the end of the content: the mail is kept, and the connection ends before that is said
KEPT_AND_CUT = "kept and cut"


class FaultyServer:
    """What is to go wrong, and what arrived.

    Faults are played once each, in their order: those of a step before the recipient is known (``connect``, ``ehlo``,
    ``mail``) for whoever comes, those of ``rcpt``, ``data``, ``content`` (in the middle of it) and ``end`` (after its
    dot) by recipient.
    """

    def __init__(self) -> None:
        self.faults: dict[tuple[str, str], list[str]] = defaultdict(list)
        #: (recipient, mail) as kept, also if that was never said
        self.kept: list[tuple[str, EmailMessage]] = []
        #: recipients of each try that came as far as RCPT
        self.tried: list[str] = []
        self.port = 0
        self.lock = threading.Lock()
        self.over = threading.Event()

    def play(self, step: str, *faults: str, to: str = "") -> None:
        """Let this go wrong, one at each try."""
        self.faults[step, to].extend(faults)

    def fault(self, step: str, to: str = "") -> str | None:
        with self.lock:
            left = self.faults[step, to]
            return left.pop(0) if left else None

    def ids(self, to: str) -> list[str]:
        """Return the Message-IDs of what was kept for a recipient."""
        return [str(mail["Message-ID"]) for recipient, mail in self.kept if recipient == to]


class _Ended(Exception):
    pass


class _Talk(socketserver.StreamRequestHandler):
    faulty: FaultyServer

    def handle(self) -> None:
        with contextlib.suppress(_Ended, OSError):
            self._answer("connect", "", "220 mail.example ESMTP")
            while True:
                self._command()

    def finish(self) -> None:
        with contextlib.suppress(OSError):
            super().finish()

    def _command(self) -> None:
        line = self._line()
        verb, _, rest = line.partition(" ")
        match verb.upper():
            case "EHLO":
                self._answer("ehlo", "", "250-mail.example\r\n250 SIZE 10000000")
            case "MAIL":
                self._answer("mail", "", "250 2.1.0 OK")
            case "RCPT":
                self.to = rest.partition("<")[2].partition("@")[0]
                with self.faulty.lock:
                    self.faulty.tried.append(self.to)
                self._answer("rcpt", self.to, "250 2.1.5 OK")
            case "DATA":
                if self._answer("data", self.to, "354 go on"):
                    self._content()
            case "QUIT":
                self._say("221 2.0.0 goodbye")
                raise _Ended
            case _:
                self._say("250 OK")

    def _content(self) -> None:
        fault = self.faulty.fault("content", self.to)
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            if not line or fault == CUT:
                self._cut()
            lines.append(line.removeprefix(b"."))
        fault = self.faulty.fault("end", self.to)
        if fault in {None, KEPT_AND_CUT}:
            mail = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
            with self.faulty.lock:
                self.faulty.kept.append((self.to, mail))
        if fault == KEPT_AND_CUT:
            self._cut()
        self._play(fault) if fault else self._say("250 2.0.0 kept")

    def _answer(self, step: str, to: str, well: str) -> bool:
        fault = self.faulty.fault(step, to)
        if fault is None:
            self._say(well)
        else:
            self._play(fault)
        return fault is None

    def _play(self, fault: str) -> None:
        if fault == CUT:
            self._cut()
        if fault == STALL:
            self.faulty.over.wait(20)
            raise _Ended
        if fault == DRIP:
            self._drip()
        if fault == ENDLESS:
            while True:
                self.request.sendall(b"250-and so on\r\n" * 100)
        self._say(fault)

    def _drip(self) -> None:
        while not self.faulty.over.wait(0.02):
            self.request.sendall(b"2")
        raise _Ended

    def _cut(self) -> None:
        # RST instead of FIN: the other side may be writing
        self.request.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\0\0\0\0\0\0\0")
        self.request.close()
        raise _Ended

    def _line(self) -> str:
        line = self.rfile.readline()
        if not line:
            raise _Ended
        return line.decode().strip()

    def _say(self, words: str) -> None:
        self.request.sendall(f"{words}\r\n".encode())


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 50

    def handle_error(self, *_: object) -> None:
        """Say nothing: connections are cut here on purpose."""


@contextlib.contextmanager
def faulty_server() -> Iterator[FaultyServer]:
    """Run a server without encryption and login."""
    faulty = FaultyServer()
    server = _Server(("127.0.0.1", 0), type("Talk", (_Talk,), {"faulty": faulty}))
    faulty.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield faulty
    finally:
        faulty.over.set()
        server.shutdown()
        server.server_close()
        thread.join()
