"""Our mails through a real Postfix into a real Dovecot, and before SpamAssassin and rspamd: `make mail-test`."""

import email
import email.policy
import imaplib
import os
import re
import shutil
import ssl
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from worker.adapters.mail import Frame, Mailer, message_id
from worker.adapters.mail.message import read_address, write_message
from worker.core.models import Outcome, Rendered, Result

#: what the harness has started
_RUNS = os.environ.get("WATCHWORD_MAIL_RUNS", "")
_GOLDEN = Path(__file__).parent / "golden"
_HARNESS = Path(__file__).resolve().parents[2] / ".." / "shared" / "reality" / "mail-harness.sh"
_SENDER = "Watchword <digest@digest.test>"
#: of rspamd: what every digest has, because it is one (a line for the list of mails that the page itself hides; links
#: that stand once in the text and twice in the page; a page attached to be opened in a browser)
_OURS = {"MANY_INVISIBLE_PARTS", "URI_COUNT_ODD", "MIME_HTML_ONLY", "MIME_BASE64_TEXT"}

pytestmark = pytest.mark.skipif(not _RUNS, reason="no mail servers were started: use `make mail-test`")


def digest(language: str, *, whole: str | None = None) -> Rendered:
    subject = {"en": "Watchword: 14 BRICS, 3 CIS - 21 Nov", "ru": "Watchword: 14 БРИКС, 3 СНГ, правки – 21 ноября"}
    html, text = ((_GOLDEN / f"digest.{language}.{kind}").read_text("utf-8") for kind in ("html", "txt"))
    return Rendered(subject[language], html, text, whole)


def send(to: str, *, port: int = 2525, password: str = "s3cret", key: str = "one", plain: bool = False) -> Outcome:
    mailer = Mailer(
        host="localhost",
        port=port,
        security="none" if plain else "tls" if port == 2465 else "starttls",
        user=None if plain else "digest",
        password=None if plain else lambda: password,
        sender=_SENDER,
        tls_context=ssl.create_default_context(cafile=Path(_RUNS) / "ca.pem"),
    )
    identity = message_id(key, mailer.domain)
    frame = Frame("desk.digest", unsubscribe="mailto:ops@digest.test?subject=leave%20desk")
    return mailer.send(
        to=f"{to}@digest.test", rendered=digest("ru"), message_id=identity, date=datetime.now(UTC), frame=frame
    )


@pytest.fixture
def mailbox() -> Iterator[imaplib.IMAP4_SSL]:
    trusting = ssl.create_default_context(cafile=Path(_RUNS) / "ca.pem")
    with imaplib.IMAP4_SSL("localhost", 2993, ssl_context=trusting) as box:
        box.login("digest", "s3cret")
        yield box


def fetch(box: imaplib.IMAP4_SSL, identity: str) -> EmailMessage | None:
    box.select("INBOX", readonly=True)
    _, (numbers,) = box.search(None, "HEADER", "Message-ID", identity)
    if not numbers:
        return None
    _, parts = box.fetch(numbers.split()[0].decode(), "(RFC822)")
    raw = parts[0]
    assert isinstance(raw, tuple)
    return email.message_from_bytes(raw[1], policy=email.policy.default)


@pytest.mark.parametrize("port", [2525, 2465])
def test_a_digest_arrives_whole_in_the_mailbox(mailbox: imaplib.IMAP4_SSL, port: int) -> None:
    key = f"{port} {time.time_ns()}"
    outcome = send("digest", port=port, key=key)
    assert outcome.result is Result.SENT
    identity = message_id(key, "digest.test")
    until = time.monotonic() + 20
    while (mail := fetch(mailbox, identity)) is None:
        assert time.monotonic() < until, "it never arrived"
        mailbox.noop()
    assert mail["Subject"] == digest("ru").subject
    assert mail["List-Id"] == "Watchword <desk.digest.watchword.digest.test>"
    assert not [part.defects for part in mail.walk() if part.defects]
    body = mail.get_body(("html",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n").rstrip() == digest("ru").html.rstrip()


def test_the_real_server_is_understood_when_it_refuses() -> None:
    refused = send("reject")
    assert (refused.result, "550 5.1.1" in refused.detail) == (Result.PERMANENT, True)
    deferred = send("defer")
    assert (deferred.result, "450 4.2.0" in deferred.detail) == (Result.TEMPORARY, True)
    stranger = send("digest", password="wrong")
    assert stranger.result is Result.TEMPORARY
    assert "mend mail.user or mail.password" in stranger.detail
    naked = send("digest", plain=True)
    assert naked.result is Result.TEMPORARY
    assert "set mail.security" in naked.detail


def mails() -> list[bytes]:
    return [
        write_message(
            sender=read_address(_SENDER),
            recipient=read_address("desk@digest.test"),
            rendered=rendered,
            identity=message_id("one", "digest.test"),
            date=datetime.now(UTC),
            frame=Frame("desk.digest", unsubscribe="https://digest.test/leave?who=desk", one_click=True),
        )
        for rendered in (digest("en"), digest("ru"), digest("ru", whole=digest("ru").html))
    ]


@pytest.mark.skipif(shutil.which("spamassassin") is None, reason="SpamAssassin is not installed")
def test_spamassassin_finds_nothing() -> None:
    for mail in mails():
        run = subprocess.run(["spamassassin", "-L", "-t"], input=mail, capture_output=True, check=False)
        said = run.stdout.decode("utf-8", "replace").partition("Content analysis details:")[2]
        assert said
        assert [line for line in said.splitlines() if re.match(r" *(0\.[1-9]|[1-9])", line)] == []


@pytest.mark.skipif(shutil.which("rspamc") is None, reason="rspamd is not installed")
def test_rspamd_finds_nothing_but_what_a_digest_is(tmp_path: Path) -> None:
    for mail in mails():
        path = tmp_path / "one.eml"
        path.write_bytes(mail)
        run = subprocess.run(["bash", str(_HARNESS), "rscore", str(path)], capture_output=True, check=True)
        said = run.stdout.decode()
        assert "Action: no action" in said
        found = {name: float(score) for name, score in re.findall(r"Symbol: (\w+) \((-?[\d.]+)\)", said)}
        assert {name: score for name, score in found.items() if score > 0 and name not in _OURS} == {}
