"""One digest or alert -> one mail by SMTP (RFC 5321) to one recipient.

Whatever the mail server does is an `Outcome`, never an exception. Does not retry and does not render. SMTP cannot
deliver exactly once: a connection cut after the data is tried again with the same Message-ID (RFC 5322 section 3.6.4).
`message` writes the mail, `conversation` talks to the server, `answers` judges what it says.
"""

import base64
import smtplib
import socket
import ssl
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from worker.adapters.mail.answers import Step, judge
from worker.adapters.mail.conversation import WHEN, Conversation, Login, Patience, Refused, Security, Server
from worker.adapters.mail.message import Frame, message_id, read_address, write_message
from worker.core.excerpt import one_line
from worker.core.models import Outcome, Rendered, Result
from worker.errors import WatchwordError

__all__ = ["Frame", "Mailer", "Patience", "Security", "message_id"]

_WORDS_CHARS = 300
_REFUSED: Mapping[Step, str] = {
    "greeting": "this machine",
    "starttls": "encryption",
    "sender": "the sender",
    "recipient": "the recipient",
    "data": "the message",
    "message": "the message",
}


#: what is refused there may be let through for others
_ABOUT_ONE_MAIL = frozenset({"recipient", "data", "message"})


class Mailer:
    """Sends mails through one server.

    Args:
        host: the server's name; its certificate must be for this name.
        port: usually 587 for ``starttls``, 465 for ``tls``.
        security: ``starttls`` (refused servers are never talked to in plain), ``tls``, or ``none`` for a server on this
            machine.
        user: whom to log in as; None to send without a login.
        password: returns the password, asked for at each login, so that a changed one needs no restart.
        sender: the From address, ``Watchword <watchword@example.org>``.
        patience: how long the server may take.
        tls_context: None for the system's certificate authorities.
    """

    def __init__(
        self,
        *,
        host: str,
        port: int,
        security: Security,
        user: str | None,
        password: Callable[[], str] | None,
        sender: str,
        patience: Patience = Patience(),  # noqa: B008 - frozen
        tls_context: ssl.SSLContext | None = None,
    ) -> None:
        self._host = host
        self._port = port
        self._security = security
        self._user = user
        self._password = password
        self._sender = read_address(sender)
        self._patience = patience
        # made once: reading the authorities takes 20 ms
        self._tls = None if security == "none" else tls_context or ssl.create_default_context()

    def __repr__(self) -> str:
        return f"Mailer({self._host}:{self._port}, {self._security}, user={self._user!r})"

    @property
    def domain(self) -> str:
        """The sender's domain, in ASCII."""
        return self._sender.domain

    def send(
        self,
        *,
        to: str,
        rendered: Rendered,
        message_id: str,
        date: datetime,
        frame: Frame = Frame(),  # noqa: B008 - frozen
    ) -> Outcome:
        """Send one mail to one address.

        Args:
            to: ``desk@example.org`` or ``Desk <desk@example.org>``.
            rendered: what to send.
            message_id: the same on every try, see `message_id`.
            date: for the Date header.
            frame: what stands around the content.
        """
        try:
            recipient = read_address(to)
            content = write_message(
                sender=self._sender,
                recipient=recipient,
                rendered=rendered,
                identity=message_id,
                date=date,
                frame=frame,
            )
        except (ValueError, UnicodeError) as error:
            return Outcome(Result.PERMANENT, f"the mail to {one_line(to, 100)} cannot be written: {error}")
        try:
            login = None if self._user is None or self._password is None else Login(self._user, self._password())
        except (OSError, WatchwordError) as error:
            said = one_line(f"the mail password cannot be read: {error}", _WORDS_CHARS)
            return Outcome(Result.TEMPORARY, said, trouble=said)
        outcome = self._attempt(recipient.addr_spec, content, login)
        return replace(outcome, detail=one_line(_masked(outcome.detail, login), _WORDS_CHARS))

    def _attempt(self, to: str, content: bytes, login: Login | None) -> Outcome:
        server = Server(self._host, self._port, self._security, self._tls, _own_name(self.domain))
        talk = Conversation(server, self._patience)
        try:
            return Outcome(Result.SENT, talk.hand_over(self._sender.addr_spec, to, content, login))
        except Refused as refused:
            return self._refusal(refused)
        except smtplib.SMTPNotSupportedError as error:
            return self._setting(f"{error}; set mail.security and mail.user to what the server offers")
        except ssl.SSLCertVerificationError as error:
            return self._setting(f"its certificate is not trusted: {error.verify_message}")
        except (smtplib.SMTPServerDisconnected, ConnectionResetError, BrokenPipeError, TimeoutError) as error:
            # smtplib tells a timeout as a disconnection
            if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
                return self._temporary(f"no answer in time, {WHEN[talk.step]}")
            return self._temporary(f"the connection was cut {WHEN[talk.step]}")
        except UnicodeEncodeError:
            # smtplib's logins write ASCII only; the error's own words would show a letter of the password
            return self._setting("mail.user or the password has letters outside ASCII, which cannot be sent")
        except socket.gaierror as error:
            return self._temporary(f"its name cannot be resolved: {error.strerror}")
        except (OSError, smtplib.SMTPException) as error:
            return self._temporary(str(error) or type(error).__name__)

    def _refusal(self, refused: Refused) -> Outcome:
        verdict = judge(refused.step, refused.code, refused.words)
        what = f"user {self._user!r} or the password" if refused.step == "login" else _REFUSED[refused.step]
        remedy = f"; {verdict.words}" if verdict.words else ""
        # the server's words may be long, what we make of them must not fall off the end
        said = one_line(f"{refused.code} {refused.words}", _WORDS_CHARS // 2)
        refusal = f"the mail server {self._host} refused {what}:"
        return Outcome(
            verdict.result,
            f"{refusal} {said}{remedy}",
            retry_after=verdict.wait,
            trouble=refusal if verdict.operator and refused.step not in _ABOUT_ONE_MAIL else None,
        )

    def _setting(self, what: str) -> Outcome:
        failed = self._temporary(what)
        return replace(failed, trouble=failed.detail)

    def _temporary(self, what: str) -> Outcome:
        return Outcome(Result.TEMPORARY, f"mail server {self._host}:{self._port}: {what}")


def _masked(words: str, login: Login | None) -> str:
    """Return the words without our password: a server that repeats it does not get it into a log."""
    if login is None or not login.password:
        return words
    password = login.password
    for form in (password, _base64(password), _base64(f"\0{login.user}\0{password}")):
        words = words.replace(form, "***")
    return words


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _own_name(domain: str) -> str:
    """Return the name for EHLO (RFC 5321 section 4.1.1.1) without asking a name server, which may hang."""
    name = socket.gethostname()
    return name if "." in name and name.isascii() else domain
