"""One digest or alert -> one mail by SMTP (RFC 5321), as text and HTML (RFC 2046 multipart/alternative).

Whatever the mail server does is an `Outcome`, never an exception. Does not retry and does not render. SMTP cannot
deliver exactly once: a connection cut after the data is tried again with the same Message-ID (RFC 5322 section 3.6.4).
"""

import base64
import hashlib
import smtplib
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from typing import Literal

from worker.core.excerpt import one_line
from worker.core.models import Outcome, Rendered, Result
from worker.errors import WatchwordError

Security = Literal["starttls", "tls", "none"]

_WORDS_CHARS = 300
#: a 5xx at these steps is the recipient's or the message's fault and will not change; at the others it is a setting
#: that the operator can mend, so the mail waits
_FINAL_STEPS = frozenset({"recipient", "message"})


class _Refused(Exception):  # noqa: N818 - an answer, not a failure of ours
    """The server answered a step with a code that is no success."""

    def __init__(self, step: str, code: int, words: bytes) -> None:
        super().__init__(step, code)
        self.step = step
        self.code = code
        self.words = words.decode("utf-8", "replace")


def message_id(delivery_key: str, domain: str) -> str:
    """Return the Message-ID of a delivery: always the same for the same key, and telling nothing of it."""
    return f"<{hashlib.sha256(delivery_key.encode()).hexdigest()[:40]}@{domain}>"


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
        timeout_seconds: for each answer of the server.
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
        timeout_seconds: float = 30,
        tls_context: ssl.SSLContext | None = None,
    ) -> None:
        self._host = host
        self._port = port
        self._security = security
        self._user = user
        self._password = password
        self._sender = _address(sender)
        self._timeout_seconds = timeout_seconds
        # made once: reading the authorities takes 20 ms
        self._tls = None if security == "none" else tls_context or ssl.create_default_context()

    def __repr__(self) -> str:
        return f"Mailer({self._host}:{self._port}, {self._security}, user={self._user!r})"

    def send(self, *, to: str, rendered: Rendered, message_id: str, date: datetime) -> Outcome:
        """Send one mail to one address.

        Args:
            to: ``desk@example.org`` or ``Desk <desk@example.org>``.
            rendered: what to send.
            message_id: the same on every try, see `message_id`.
            date: for the Date header.
        """
        try:
            recipient = _address(to)
            content = _message(self._sender, recipient, rendered, message_id, date).as_bytes()
        except (ValueError, UnicodeError) as error:
            return Outcome(Result.PERMANENT, f"the mail to {one_line(to, 100)} cannot be written: {error}")
        try:
            password = self._password() if self._user is not None and self._password is not None else ""
        except (OSError, WatchwordError) as error:
            return Outcome(Result.TEMPORARY, one_line(f"the mail password cannot be read: {error}", _WORDS_CHARS))
        outcome = self._attempt(recipient.addr_spec, content, password)
        return replace(outcome, detail=one_line(self._masked(outcome.detail, password), _WORDS_CHARS))

    def _attempt(self, to: str, content: bytes, password: str) -> Outcome:
        try:
            return Outcome(Result.SENT, self._deliver(to, content, password))
        except _Refused as refused:
            return self._refusal(refused)
        except smtplib.SMTPNotSupportedError as error:
            return self._temporary(f"{error}; set mail.security and mail.user to what the server offers")
        except ssl.SSLCertVerificationError as error:
            return self._temporary(f"its certificate is not trusted: {error.verify_message}")
        except (smtplib.SMTPServerDisconnected, TimeoutError) as error:
            # smtplib tells a timeout as a disconnection
            if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
                return self._temporary(f"no answer within {self._timeout_seconds:g} s")
            return self._temporary(f"the connection was cut: {error}")
        except UnicodeEncodeError:
            # smtplib's logins write ASCII only; the error's own words would show a letter of the password
            return self._temporary("mail.user or the password has letters outside ASCII, which cannot be sent")
        except socket.gaierror as error:
            return self._temporary(f"its name cannot be resolved: {error.strerror}")
        except (OSError, smtplib.SMTPException) as error:
            return self._temporary(str(error) or type(error).__name__)

    def _deliver(self, to: str, content: bytes, password: str) -> str:
        """Hand the mail over and return the server's last words."""
        client = self._connect()
        try:
            self._greet(client, password)
            _expect("sender", client.mail(self._sender.addr_spec))
            _expect("recipient", client.rcpt(to))
            try:
                answer = client.data(content)
            except smtplib.SMTPDataError as error:  # DATA itself was refused
                answer = error.smtp_code, _bytes(error.smtp_error)
            words = _expect("message", answer)
            # the mail is accepted: a server that does not say goodbye changes nothing
            with suppress(OSError, smtplib.SMTPException):
                client.quit()
            return words
        finally:
            client.close()

    def _connect(self) -> smtplib.SMTP:
        name = _own_name(self._sender.domain)
        try:
            if self._security == "tls":
                return smtplib.SMTP_SSL(self._host, self._port, name, timeout=self._timeout_seconds, context=self._tls)
            return smtplib.SMTP(self._host, self._port, name, timeout=self._timeout_seconds)
        except smtplib.SMTPConnectError as error:
            raise _Refused("greeting", error.smtp_code, _bytes(error.smtp_error)) from error

    def _greet(self, client: smtplib.SMTP, password: str) -> None:
        try:
            client.ehlo_or_helo_if_needed()
            if self._security == "starttls":
                if not client.has_extn("starttls"):
                    raise smtplib.SMTPNotSupportedError("the server does not offer STARTTLS")
                _expect("starttls", client.starttls(context=self._tls))
                client.ehlo_or_helo_if_needed()
            if self._user is not None and self._password is not None:
                client.login(self._user, password)
        except smtplib.SMTPAuthenticationError as error:
            raise _Refused("login", error.smtp_code, _bytes(error.smtp_error)) from error
        except smtplib.SMTPHeloError as error:
            raise _Refused("greeting", error.smtp_code, _bytes(error.smtp_error)) from error

    def _refusal(self, refused: _Refused) -> Outcome:
        what = f"user {self._user!r} or the password" if refused.step == "login" else f"the {refused.step}"
        remedy = {
            "login": "; mend mail.user or mail.password",
            "sender": "; mend mail.from or mail.user",
        }.get(refused.step, "")
        is_final = refused.step in _FINAL_STEPS and refused.code // 100 == 5
        return Outcome(
            Result.PERMANENT if is_final else Result.TEMPORARY,
            f"the mail server {self._host} refused {what}: {refused.code} {refused.words}{remedy}",
        )

    def _temporary(self, what: str) -> Outcome:
        return Outcome(Result.TEMPORARY, f"mail server {self._host}:{self._port}: {what}")

    def _masked(self, words: str, password: str) -> str:
        """Return the words without our password: a server that repeats it does not get it into a log."""
        forms = (password, _base64(password), _base64(f"\0{self._user}\0{password}")) if password else ()
        for form in forms:
            words = words.replace(form, "***")
        return words


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _bytes(words: bytes | str) -> bytes:
    return words.encode() if isinstance(words, str) else words


def _expect(step: str, answer: tuple[int, bytes]) -> str:
    code, words = answer
    if code // 100 != 2:
        raise _Refused(step, code, words)
    return f"{code} {words.decode('utf-8', 'replace')}"


def _own_name(domain: str) -> str:
    """Return the name for EHLO (RFC 5321 section 4.1.1.1) without asking a name server, which may hang."""
    name = socket.gethostname()
    return name if "." in name and name.isascii() else domain


def _address(written: str) -> Address:
    """Read an address; the domain is written in ASCII (IDNA), the part before the @ must be ASCII.

    Raises:
        ValueError: it is no address that every mail server understands.
    """
    name, spec = parseaddr(written)
    local, at, domain = spec.rpartition("@")
    if "\r" in written or "\n" in written or not (at and local and domain):
        raise ValueError(f"{one_line(written, 100)!r} is no mail address, name@example.org would be right")
    if not local.isascii():
        raise ValueError(f"{one_line(written, 100)!r} has letters before the @ that many mail servers refuse")
    return Address(name, local, domain.encode("idna").decode())


def _message(sender: Address, recipient: Address, rendered: Rendered, identity: str, date: datetime) -> EmailMessage:
    """Build the mail. The stdlib refuses line breaks in headers, so nothing can be injected.

    Quoted-printable, because base64 text costs points with spam filters and cannot be read in a log.
    """
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = recipient
    message["Subject"] = rendered.subject
    message["Date"] = date
    message["Message-ID"] = identity
    message["Auto-Submitted"] = "auto-generated"  # RFC 3834: no out-of-office replies, please
    message["List-Id"] = f"Watchword <watchword.{sender.domain}>"  # RFC 2919: one filter rule catches them all
    message.set_content(rendered.text, cte="quoted-printable")
    message.add_alternative(rendered.html, subtype="html", cte="quoted-printable")
    if rendered.attachment is not None:
        # base64: half the size of quoted-printable for Cyrillic
        message.add_attachment(rendered.attachment, subtype="html", cte="base64", filename="watchword.html")
    return message
