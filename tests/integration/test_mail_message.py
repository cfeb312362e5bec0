"""Mails as bytes: whatever a title holds, every header says what it should and no more, to more than one reader."""

import base64
import email
import email.policy
import re
from datetime import UTC, datetime
from email.header import decode_header, make_header
from email.headerregistry import Address
from email.message import EmailMessage

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from worker.adapters.mail.message import Frame, list_id, message_id, read_address, write_message, written_text
from worker.core.excerpt import one_line
from worker.core.models import Rendered

_DATE = datetime(2026, 11, 21, 6, 30, tzinfo=UTC)
_DESK = Address("Desk", "desk", "paper.example")
_WATCH = Address("Watchword", "watch", "paper.example")
_NAMES = ["From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "List-Id"]
_HOSTILE = [
    "x\r\nBcc: everybody@paper.example",
    "=?utf-8?q?x=0D=0ABcc:_everybody@paper.example?=",
    "=?utf-8?b?QmNjOiBl?=",
    'Harbour "North", <pilot@paper.example>; (old) \\ @all',
    "Порт Сельмут: туман, расписание изменено, паромы стоят до утра понедельника 🚢🚢",
    "\u202egnirts \x00\x1b[31m\ud83d",
    "A" * 300,
    "a " * 150,
    " ",
]
#: letters of every kind, with those more often that mean something in a header
_text = st.text(
    st.one_of(st.sampled_from("\r\n \t:;,<>@\"'\\()=?_.\0\x1bЖé🚢\u202e"), st.characters()), min_size=0, max_size=120
)
_WORD = re.compile(r"=\?utf-8\?([bq])\?([^?]*)\?=", re.IGNORECASE)


def write(
    subject: str = "Watchword: 2 CIS - 21 Nov",
    html: str = "<p>fog</p>",
    text: str = "fog\n",
    *,
    attachment: str | None = None,
    sender: Address = _WATCH,
    to: Address = _DESK,
    frame: Frame = Frame(),  # noqa: B008 - frozen
) -> bytes:
    rendered = Rendered(subject, html, text, attachment)
    identity = message_id("one", sender.domain)
    return write_message(sender=sender, recipient=to, rendered=rendered, identity=identity, date=_DATE, frame=frame)


def read(content: bytes) -> EmailMessage:
    """Read a mail with the stdlib, strictly: a defect raises."""
    return email.message_from_bytes(content, policy=email.policy.SMTP.clone(raise_on_defect=True))


def by_hand(content: bytes) -> list[tuple[str, str]]:
    """Read the headers as RFC 5322 and RFC 2047 say, with none of the stdlib's mail in it."""
    head = content.partition(b"\r\n\r\n")[0].decode("ascii")
    assert "\n" not in head.replace("\r\n", "")
    assert "\r" not in head.replace("\r\n", "")
    lines = re.sub(r"\r\n(?=[ \t])", "", head).split("\r\n")
    return [(name, _decoded(value)) for name, value in (line.split(": ", 1) for line in lines)]


def _decoded(value: str) -> str:
    return _WORD.sub(lambda found: _word(found[1], found[2]), re.sub(r"(?<=\?=)\s+(?==\?)", "", value))


def _word(kind: str, said: str) -> str:
    if kind in "bB":
        return base64.b64decode(said, validate=True).decode()
    raw = re.sub(rb"=([0-9A-F]{2})", lambda found: bytes.fromhex(found[1].decode()), said.replace("_", " ").encode())
    return raw.decode()


def _quoted(name: str) -> str:
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


def older_words(value: object) -> str:
    """Decode a header with the stdlib's older reader."""
    return str(make_header(decode_header(str(value).replace("\r\n", ""))))


def all_lines_fit(content: bytes) -> bool:
    return max(map(len, content.split(b"\r\n"))) <= 998


@settings(max_examples=150, deadline=None)
@given(_text)
def test_a_subject_says_what_the_title_says_on_one_line(subject: str) -> None:
    wanted = one_line(subject, 200) or "Watchword"
    content = write(subject)

    assert [name for name, _ in by_hand(content)][: len(_NAMES)] == _NAMES
    assert dict(by_hand(content))["Subject"] == wanted
    assert str(read(content)["Subject"]).strip() == wanted
    raw = email.message_from_bytes(content, policy=email.policy.compat32)["Subject"]
    assert older_words(raw).strip() == wanted


@pytest.mark.parametrize("subject", _HOSTILE)
def test_a_hostile_title_begins_no_header_and_is_not_decoded(subject: str) -> None:
    content = write(subject)

    headers = by_hand(content)
    assert [name for name, _ in headers if name not in {"MIME-Version", "Content-Type"}] == _NAMES
    assert dict(headers)["Subject"] == (one_line(subject, 200) or "Watchword")
    assert read(content)["Bcc"] is None


@settings(max_examples=150, deadline=None)
@given(_text)
@example("=?utf-8?q?x?=")
@example('"')
@example("Doe, Jane")
@example("Ж" * 90)
def test_the_names_of_sender_and_recipient_are_names_and_no_addresses(name: str) -> None:
    wanted = one_line(name, 100)
    content = write(sender=Address(name.replace("\r", "").replace("\n", ""), "watch", "paper.example"))

    (address,) = read(content)["From"].addresses
    assert address.addr_spec == "watch@paper.example"
    if "\r" not in name and "\n" not in name:
        # the stdlib puts a blank between two encoded words of a name
        assert address.display_name.replace(" ", "") == wanted.replace(" ", "")
        shown = dict(by_hand(content))["From"].removesuffix("<watch@paper.example>").rstrip()
        assert shown in {wanted or "watch@paper.example", _quoted(wanted)}


@settings(max_examples=60, deadline=None)
@given(_text)
def test_text_that_stands_in_a_header_is_ascii_and_folded_as_it_should_be(text: str) -> None:
    lines = written_text("Subject", one_line(text, 200)).split("\r\n")

    assert all(line.isascii() and line.isprintable() for line in lines)
    assert all(line.startswith(" ") for line in lines[1:])
    if "=?" in lines[0]:
        assert all(len(line) <= 76 for line in [f"Subject: {lines[0]}", *lines[1:]])


@settings(max_examples=60, deadline=None)
@given(text=_text, html=_text, attachment=st.none() | _text)
def test_what_is_said_arrives_in_lines_that_every_server_takes(text: str, html: str, attachment: str | None) -> None:
    content = write(text=text, html=html, attachment=attachment)

    message = read(content)
    body, page = message.get_body(("plain",)), message.get_body(("html",))
    assert body is not None
    assert page is not None
    for part, said in [(body, text), (page, html)]:
        wanted = said.encode("utf-8", "replace").decode()
        assert part["Content-Transfer-Encoding"] == "quoted-printable"
        kept = re.sub(r"\r\n|\r|\n", "\n", wanted)
        assert part.get_content().replace("\r\n", "\n") in {kept, kept + "\n"}
    assert len(list(message.iter_attachments())) == (attachment is not None)
    assert max(map(len, content.split(b"\r\n"))) <= 78
    assert content.isascii()
    assert b"\n" not in content.replace(b"\r\n", b"")


def test_nothing_is_left_to_chance_but_the_boundary() -> None:
    def without_boundary(content: bytes) -> bytes:
        return re.sub(rb"={15}\d+==", b"", content)

    assert without_boundary(write()) == without_boundary(write())


def test_the_text_comes_first_and_the_whole_is_attached_by_its_name() -> None:
    message = read(write(attachment="<p>всё</p>", frame=Frame(attached_as="watchword-2026-11-21.html")))

    kinds = [part.get_content_type() for part in message.walk()]
    assert kinds == ["multipart/mixed", "multipart/alternative", "text/plain", "text/html", "text/html"]
    (attached,) = message.iter_attachments()
    assert attached.get_filename() == "watchword-2026-11-21.html"
    assert attached.get_content_disposition() == "attachment"


@pytest.mark.parametrize(
    ("whole", "wanted"), [("<p>fog</p>" * 99, "quoted-printable"), ("<p>туман</p>" * 99, "base64")]
)
def test_an_attached_page_is_written_in_the_shorter_way(whole: str, wanted: str) -> None:
    content = write(attachment=whole)
    (attached,) = read(content).iter_attachments()
    assert attached["Content-Transfer-Encoding"] == wanted
    assert attached.get_content().rstrip("\r\n") == whole
    assert len(content) < 1000 + 1.5 * len(whole.encode())


@pytest.mark.parametrize(
    ("label", "wanted"),
    [
        ("desk.digest", "desk.digest.watchword.paper.example"),
        ("Night_Desk.alert", "night_desk.alert.watchword.paper.example"),
        ("a..b.notice", "a.b.notice.watchword.paper.example"),
        ("ends-with.-.digest", "ends-with.digest.watchword.paper.example"),
        ("x\r\nBcc: y.digest", "x-bcc-y.digest.watchword.paper.example"),
        ("", "watchword.paper.example"),
    ],
)
def test_a_list_is_named_by_recipient_kind_and_domain(label: str, wanted: str) -> None:
    assert list_id(label, "paper.example") == wanted
    assert read(write(frame=Frame(list_label=label)))["List-Id"] == f"Watchword <{wanted}>"


def test_a_long_way_to_leave_stays_whole_and_one_click_is_for_https_only() -> None:
    url = "https://paper.example/leave?who=" + "x" * 350
    content = write(frame=Frame(unsubscribe=url, one_click=True))
    assert f"\r\nList-Unsubscribe: <{url}>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n".encode() in content

    assert b"Unsubscribe-Post" not in write(frame=Frame(unsubscribe=url))
    by_mail = write(frame=Frame(unsubscribe="mailto:ops@paper.example?subject=leave", one_click=True))
    assert b"\r\nList-Unsubscribe: <mailto:ops@paper.example?subject=leave>\r\n" in by_mail
    assert b"Unsubscribe-Post" not in by_mail
    assert b"Unsubscribe" not in write()


@pytest.mark.parametrize("unsubscribe", ["https://x.example/\r\nBcc: y", "https://x.example/ё", "\x00"])
def test_what_no_header_may_hold_is_refused_and_not_mended(unsubscribe: str) -> None:
    with pytest.raises(ValueError, match="its List-Unsubscribe would hold what no header may hold"):
        write(frame=Frame(unsubscribe=unsubscribe))


def test_an_answer_names_the_first_mail_of_its_thread_however_long_the_domain_is() -> None:
    domain = ".".join(["harbour"] * 20) + ".example"
    sender = Address("Watchword", "watch", domain)

    message = read(write(sender=sender, frame=Frame(replies_to="post 7")))

    first = message_id("post 7", domain)
    assert message["In-Reply-To"] == message["References"] == first
    assert message["Message-ID"] == message_id("one", domain)
    assert f"\r\nReferences: {first}\r\n".encode() in write(sender=sender, frame=Frame(replies_to="post 7"))


def test_a_domain_in_other_letters_stands_in_ascii_everywhere() -> None:
    content = write(sender=read_address("Порт <watch@порт.example>"))

    assert content.isascii()
    assert all_lines_fit(content)
    assert read(content)["List-Id"] == "Watchword <watchword.xn--n1abei.example>"
    assert read(content)["From"].addresses[0].display_name == "Порт"
