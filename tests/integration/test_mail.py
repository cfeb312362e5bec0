"""Mails through real SMTP servers on the loopback interface."""

import email
import email.policy
import logging
import socket
import ssl
import warnings
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

import pytest
import trustme
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from worker.adapters.mail import Mailer, Patience, Security, message_id
from worker.core.models import Outcome, Rendered, Result

_PASSWORD = "correct horse battery"
_DATE = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)
_RENDERED = Rendered(
    subject="Watchword: 3 СНГ, 2 правки 🚢 - 21 Nov",
    html="<p>Ярмарка <mark>СНГ</mark></p>",
    text="Ярмарка *СНГ*\n.\nа точка осталась\n",
)


class _Inbox:
    """A server's side: keeps what arrives, answers as told."""

    def __init__(self, answers: dict[str, str]) -> None:
        self.answers = answers
        self.received: list[bytes] = []

    async def handle_EHLO(
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        return responses

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        envelope.rcpt_tos.append(address)
        return self.answers.get("RCPT", "250 OK")

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        self.received.append(content)
        if self.answers.get("DATA") == "cut":
            transport: Any = server.transport
            transport.abort()
        return self.answers.get("DATA", "250 queued as 4711")

    def messages(self) -> list[EmailMessage]:
        return [email.message_from_bytes(content, policy=email.policy.default) for content in self.received]


def _login(server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object) -> AuthResult:
    ok = isinstance(given, LoginPassword) and (given.login, given.password) == (b"desk", _PASSWORD.encode())
    return AuthResult(success=ok, handled=False, auth_data=None)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture(scope="module")
def server_tls(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context


@contextmanager
def _serving(inbox: _Inbox, *, whole_tls: ssl.SSLContext | None = None, **settings: Any) -> Iterator[int]:
    port = _free_port()
    with warnings.catch_warnings():
        # aiosmtpd 1.4.6 calls asyncio functions that newer Pythons deprecate
        warnings.filterwarnings("ignore", category=DeprecationWarning, module=r"aiosmtpd\.")
        controller = Controller(inbox, hostname="127.0.0.1", port=port, ssl_context=whole_tls, **settings)
        controller.start()
        try:
            yield port
        finally:
            controller.stop()


Serve = Callable[..., AbstractContextManager[tuple[_Inbox, int]]]


@pytest.fixture(scope="module")
def starttls(server_tls: ssl.SSLContext) -> Serve:
    """Servers with STARTTLS and a login."""

    @contextmanager
    def serve(answers: dict[str, str] | None = None) -> Iterator[tuple[_Inbox, int]]:
        inbox = _Inbox(answers or {})
        with _serving(
            inbox, tls_context=server_tls, require_starttls=True, authenticator=_login, auth_required=True
        ) as port:
            yield inbox, port

    return serve


def _mailer(
    port: int,
    tls: ssl.SSLContext | None,
    *,
    security: Security = "starttls",
    password: str | None = _PASSWORD,
    host: str = "127.0.0.1",
    timeout_seconds: float = 5,
) -> Mailer:
    return Mailer(
        host=host,
        port=port,
        security=security,
        user=None if password is None else "desk",
        password=None if password is None else lambda: password,
        sender="Watchword <watchword@example.org>",
        patience=Patience(answer=timeout_seconds),
        tls_context=tls,
    )


def _send(mailer: Mailer, *, to: str = "desk@example.org", rendered: Rendered = _RENDERED) -> Outcome:
    return mailer.send(to=to, rendered=rendered, message_id=message_id("desk/2026-11-21", "example.org"), date=_DATE)


def test_a_mail_arrives_whole(starttls: Serve, trusting: ssl.SSLContext) -> None:
    with starttls() as (inbox, port):
        outcome = _send(_mailer(port, trusting))
    assert outcome == Outcome(Result.SENT, "250 queued as 4711")
    [message] = inbox.messages()
    assert message["Subject"] == "Watchword: 3 СНГ, 2 правки 🚢 - 21 Nov"
    assert message["From"] == "Watchword <watchword@example.org>"
    assert message["To"] == "desk@example.org"
    assert message["Date"].datetime == _DATE
    assert message["Message-ID"] == message_id("desk/2026-11-21", "example.org")
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["List-Id"] == "Watchword <watchword.example.org>"
    assert message.get_content_type() == "multipart/alternative"
    text, html = message.iter_parts()
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert text.get_content().splitlines() == _RENDERED.text.splitlines()
    assert html.get_content().strip() == _RENDERED.html
    assert {part["Content-Transfer-Encoding"] for part in (text, html)} == {"quoted-printable"}
    assert not message.defects


def test_every_line_is_short_enough_for_smtp(starttls: Serve, trusting: ssl.SSLContext) -> None:
    with starttls() as (inbox, port):
        _send(_mailer(port, trusting), rendered=Rendered("x", "<p>" + "Ж" * 100_000, "y" * 100_000))
    assert max(len(line) for line in inbox.received[0].split(b"\r\n")) <= 998


def test_a_shortened_digest_has_the_whole_attached_as_a_page(starttls: Serve, trusting: ssl.SSLContext) -> None:
    with starttls() as (inbox, port):
        _send(_mailer(port, trusting), rendered=Rendered("x", "<p>little</p>", "little", attachment="всё"))
    [message] = inbox.messages()
    [attached] = message.iter_attachments()
    assert (attached.get_filename(), attached.get_content_type()) == ("watchword.html", "text/html")
    assert attached.get_content().strip() == "всё"
    body = message.get_body(("html",))
    assert body is not None
    assert body.get_content().strip() == "<p>little</p>"


def test_tls_from_the_first_byte_works_too(server_tls: ssl.SSLContext, trusting: ssl.SSLContext) -> None:
    inbox = _Inbox({})
    with _serving(inbox, whole_tls=server_tls) as port:
        outcome = _send(_mailer(port, trusting, security="tls", password=None))
    assert outcome.result is Result.SENT
    assert len(inbox.received) == 1


def test_a_server_on_this_machine_needs_no_encryption() -> None:
    inbox = _Inbox({})
    with _serving(inbox) as port:
        outcome = _send(_mailer(port, None, security="none", password=None), to="The Desk <desk@example.org>")
    assert outcome.result is Result.SENT
    assert inbox.messages()[0]["To"] == "The Desk <desk@example.org>"


def test_a_wrong_password_is_temporary_and_says_what_to_mend(starttls: Serve, trusting: ssl.SSLContext) -> None:
    with starttls() as (inbox, port):
        outcome = _send(_mailer(port, trusting, password="wrong pony"))
    assert outcome.result is Result.TEMPORARY
    assert "refused user 'desk' or the password: 535" in outcome.detail
    assert "mend mail.user or mail.password" in outcome.detail
    assert "wrong pony" not in outcome.detail
    assert not inbox.received


@pytest.mark.parametrize(
    ("step", "answer", "result", "words"),
    [
        ("RCPT", "550 5.1.1 no such desk", Result.PERMANENT, "refused the recipient: 550 5.1.1 no such desk"),
        ("RCPT", "451 4.7.1 greylisted", Result.TEMPORARY, "refused the recipient: 451 4.7.1 greylisted"),
        ("DATA", "552 5.3.4 too large", Result.PERMANENT, "refused the message: 552 5.3.4 too large"),
        ("DATA", "452 4.3.1 disk full", Result.TEMPORARY, "refused the message: 452 4.3.1 disk full"),
        ("MAIL", "550 5.7.1 not your address", Result.TEMPORARY, "mend mail.from"),
        ("MAIL", "421 4.3.2 shutting down", Result.TEMPORARY, "refused the sender: 421"),
        ("DATA", "cut", Result.TEMPORARY, "the connection was cut"),
    ],
)
def test_what_the_server_answers_decides(
    starttls: Serve, trusting: ssl.SSLContext, step: str, answer: str, result: Result, words: str
) -> None:
    with starttls({step: answer}) as (_, port):
        outcome = _send(_mailer(port, trusting))
    assert outcome.result is result
    assert words in outcome.detail
    assert len(outcome.detail.splitlines()) == 1


def test_a_mail_cut_after_its_data_is_tried_again_with_the_same_message_id(
    starttls: Serve, trusting: ssl.SSLContext
) -> None:
    with starttls({"DATA": "cut"}) as (inbox, port):
        first = _send(_mailer(port, trusting))
        inbox.answers.clear()
        second = _send(_mailer(port, trusting))
    assert (first.result, second.result) == (Result.TEMPORARY, Result.SENT)
    assert len({message["Message-ID"] for message in inbox.messages()}) == 1


def test_a_server_without_starttls_is_never_talked_to_in_plain(trusting: ssl.SSLContext) -> None:
    inbox = _Inbox({})
    with _serving(inbox) as port:
        outcome = _send(_mailer(port, trusting, password=None))
    assert outcome.result is Result.TEMPORARY
    assert "does not offer STARTTLS" in outcome.detail
    assert not inbox.received


def test_a_server_without_login_is_told_from_a_wrong_password() -> None:
    with _serving(_Inbox({})) as port:
        outcome = _send(_mailer(port, None, security="none"))
    assert outcome.result is Result.TEMPORARY
    assert "AUTH" in outcome.detail


def test_a_certificate_of_an_unknown_authority_is_refused(starttls: Serve) -> None:
    with starttls() as (inbox, port):
        outcome = _send(_mailer(port, ssl.create_default_context()))
    assert outcome.result is Result.TEMPORARY
    assert "certificate is not trusted" in outcome.detail
    assert not inbox.received


def test_nobody_listening_is_temporary() -> None:
    outcome = _send(_mailer(_free_port(), None, security="none", password=None))
    assert outcome.result is Result.TEMPORARY
    assert "refused" in outcome.detail


def test_an_unknown_host_is_temporary() -> None:
    outcome = _send(_mailer(25, None, security="none", password=None, host="mail.invalid"))
    assert outcome.result is Result.TEMPORARY
    assert "cannot be resolved" in outcome.detail


def test_a_server_that_says_nothing_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        outcome = _send(_mailer(port, None, security="none", password=None, timeout_seconds=0.1))
    assert outcome == Outcome(Result.TEMPORARY, f"mail server 127.0.0.1:{port}: no answer in time, before its greeting")


@pytest.mark.parametrize("to", ["desk@example.org\r\nBcc: everybody@example.org", "nobody", "стол@example.org"])
def test_what_cannot_be_a_mail_is_permanent_and_reaches_no_server(to: str) -> None:
    outcome = _send(_mailer(_free_port(), None, security="none", password=None), to=to)
    assert outcome.result is Result.PERMANENT
    assert len(outcome.detail.splitlines()) == 1


def test_a_domain_in_other_letters_is_written_in_ascii() -> None:
    inbox = _Inbox({})
    with _serving(inbox) as port:
        outcome = _send(_mailer(port, None, security="none", password=None), to="desk@пример.example")
    assert outcome.result is Result.SENT
    assert inbox.messages()[0]["To"] == "desk@xn--e1afmkfd.example"


def test_the_password_stands_in_no_representation_and_no_log(
    starttls: Serve, trusting: ssl.SSLContext, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with starttls({"RCPT": f"550 {_PASSWORD}"}) as (_, port):
        mailer = _mailer(port, trusting)
        outcome = _send(mailer)
    assert "***" in outcome.detail
    assert _PASSWORD not in f"{mailer!r} {outcome!r} {vars(mailer)}"
    assert not [record for record in caplog.records if record.name.startswith("worker")]


def test_a_password_that_cannot_be_sent_is_not_shown(starttls: Serve, trusting: ssl.SSLContext) -> None:
    with starttls() as (_, port):
        outcome = _send(_mailer(port, trusting, password="пароль"))
    assert outcome.result is Result.TEMPORARY
    assert "outside ASCII" in outcome.detail
    assert not set("пароль") & set(outcome.detail)


def test_a_password_that_cannot_be_read_is_temporary() -> None:
    def lost() -> str:
        raise FileNotFoundError(2, "No such file or directory", "smtp_password")

    mailer = Mailer(
        host="127.0.0.1", port=_free_port(), security="none", user="desk", password=lost, sender="w@example.org"
    )
    outcome = _send(mailer)
    assert outcome.result is Result.TEMPORARY
    assert "password cannot be read" in outcome.detail
    assert "smtp_password" in outcome.detail


def test_a_message_id_is_the_same_for_the_same_delivery_only() -> None:
    assert message_id("a", "example.org") == message_id("a", "example.org")
    assert message_id("a", "example.org") != message_id("b", "example.org")
    assert message_id("a", "example.org").endswith("@example.org>")
