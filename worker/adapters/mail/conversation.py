"""One mail handed to one server by SMTP (RFC 5321), step by step, each answer within its time.

What the server refuses is a `Refused`; what breaks on the way is left to the caller, and `Conversation.step` says how
far it came. Judges no answer.
"""

import contextlib
import re
import smtplib
import socket
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

from worker.adapters.mail.answers import Step

Security = Literal["starttls", "tls", "none"]

_DOTS = re.compile(rb"^\.", re.MULTILINE)
_LONGEST_ANSWER = 64_000
#: how long a server may take to say goodbye, after it has taken the mail
_GOODBYE_SECONDS = 2.0

#: what stood open when the connection broke
WHEN: Mapping[str, str] = {
    "connection": "before its greeting",
    "greeting": "after its greeting",
    "starttls": "while encryption began",
    "login": "during the login",
    "sender": "after the sender",
    "recipient": "after the recipient",
    "data": "before the mail was sent",
    "content": "in the middle of the mail",
    "message": "after the whole mail, which it may have taken: it is sent again under the same Message-ID",
}


class Refused(Exception):  # noqa: N818 - an answer, not a failure of ours
    """The server answered a step with a code that is no success."""

    def __init__(self, step: Step, code: int, words: bytes | str) -> None:
        super().__init__(step, code)
        self.step = step
        self.code = code
        self.words = words if isinstance(words, str) else words.decode("utf-8", "replace")


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a server may take, in seconds, however slowly it sends."""

    #: for an answer
    answer: float = 30
    #: for the answer to the content: servers look for spam and viruses first, and who gives up too early sends doubles
    message: float = 240
    #: for everything together
    whole: float = 480


@dataclass(frozen=True, slots=True)
class Login:
    """Who we are to the server."""

    user: str
    password: str

    def __repr__(self) -> str:
        return f"Login({self.user!r})"


@dataclass(frozen=True, slots=True)
class Server:
    """Where mail is handed over."""

    host: str
    port: int
    security: Security
    #: None for ``none``
    tls: ssl.SSLContext | None
    #: what we call ourselves in EHLO
    own_name: str


class Conversation:
    """One connection for one mail."""

    def __init__(self, server: Server, patience: Patience) -> None:
        self.server = server
        self.patience = patience
        self._until = time.monotonic() + patience.whole
        #: what is being answered, or sent; a key of `WHEN`
        self.step = "connection"

    def seconds(self) -> float:
        """Return how long what is under way may take."""
        is_long = self.step in {"content", "message"}
        most = self.patience.message if is_long else self.patience.answer
        return max(min(most, self._until - time.monotonic()), 0.001)

    def hand_over(self, sender: str, to: str, content: bytes, login: Login | None) -> str:
        """Hand the mail over and return the server's last words.

        Raises:
            Refused: the server said no.
            OSError: the connection failed, or the answer took too long.
            smtplib.SMTPException: what the server does is not what SMTP wants, or the connection was cut.
        """
        client = self._connect()
        try:
            self._greet(client, login)
            self._accepted("sender", *client.mail(sender))
            self._accepted("recipient", *client.rcpt(to))
            self.step = "data"
            code, words = client.docmd("DATA")
            if code != 354:
                raise Refused("data", code, words)
            self.step = "content"
            client.allow_time()
            client.send(_DOTS.sub(b"..", content) + b".\r\n")
            self.step = "message"
            said = self._accepted("message", *client.getreply())
            self._until = min(self._until, time.monotonic() + _GOODBYE_SECONDS)
            # the mail is accepted: a server that does not say goodbye changes nothing
            with contextlib.suppress(OSError, smtplib.SMTPException):
                client.quit()
            return said
        finally:
            client.close()

    def _accepted(self, step: Step, code: int, words: bytes) -> str:
        if code // 100 != 2:
            raise Refused(step, code, words)
        self.step = step
        return f"{code} {words.decode('utf-8', 'replace')}"

    def _connect(self) -> "_Client":
        try:
            return (_TlsClient if self.server.security == "tls" else _Client)(self)
        except smtplib.SMTPConnectError as error:
            raise Refused("greeting", error.smtp_code, error.smtp_error) from error

    def _greet(self, client: "_Client", login: Login | None) -> None:
        self.step = "greeting"
        try:
            client.ehlo_or_helo_if_needed()
            if self.server.security == "starttls":
                if not client.has_extn("starttls"):
                    raise smtplib.SMTPNotSupportedError("the server does not offer STARTTLS")
                self.step = "starttls"
                client.starttls(context=self.server.tls)
                self.step = "greeting"
                client.ehlo_or_helo_if_needed()
            if login is not None:
                self.step = "login"
                client.login(login.user, login.password)
        except smtplib.SMTPAuthenticationError as error:
            raise Refused("login", error.smtp_code, error.smtp_error) from error
        except smtplib.SMTPHeloError as error:
            raise Refused("greeting", error.smtp_code, error.smtp_error) from error
        except smtplib.SMTPResponseException as error:
            step: Step = "starttls" if self.step == "starttls" else "login"
            raise Refused(step, error.smtp_code, error.smtp_error) from error


class _Answers:
    """The answers of a server, read line by line, each answer within the time that the conversation gives it."""

    def __init__(self, sock: socket.socket, conversation: Conversation) -> None:
        self._sock = sock
        self._conversation = conversation
        self._read = bytearray()
        self._until = 0.0
        self._left = 0

    def begin(self) -> None:
        """Give the next answer its time."""
        self._until = time.monotonic() + self._conversation.seconds()
        self._left = _LONGEST_ANSWER

    def readline(self, most: int) -> bytes:
        """Return a line, or what there is of it when the connection ends."""
        while (end := self._read.find(b"\n")) < 0 and len(self._read) < most:
            seconds = self._until - time.monotonic()
            if seconds <= 0 or self._left <= 0:
                raise TimeoutError("timed out")
            self._sock.settimeout(seconds)
            more = self._sock.recv(4096)
            if not more:
                end = len(self._read)
                break
            self._left -= len(more)
            self._read += more
        line = bytes(self._read[: end + 1 if end >= 0 else most])
        del self._read[: len(line)]
        return line

    def close(self) -> None:
        """Forget what was read."""
        self._read.clear()


class _Client(smtplib.SMTP):
    """A client whose answers come in time or not at all, instead of a byte now and then."""

    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._answers: _Answers | None = None
        where = conversation.server
        super().__init__(where.host, where.port, where.own_name, timeout=conversation.patience.answer)

    def getreply(self) -> tuple[int, bytes]:
        """Return the next answer."""
        if self.sock is not None:
            if self.file is None or self._answers is None:
                self._answers = _Answers(self.sock, self._conversation)
                self.file = cast("Any", self._answers)
            self._answers.begin()
        answer = super().getreply()
        self.allow_time()
        return answer

    def allow_time(self) -> None:
        """Give what is sent next its time, not what reading has left of it."""
        if self.sock is not None:
            self.sock.settimeout(self._conversation.seconds())


class _TlsClient(_Client, smtplib.SMTP_SSL):
    def __init__(self, conversation: Conversation) -> None:
        self._conversation = conversation
        self._answers = None
        where, seconds = conversation.server, conversation.patience.answer
        smtplib.SMTP_SSL.__init__(self, where.host, where.port, where.own_name, timeout=seconds, context=where.tls)
