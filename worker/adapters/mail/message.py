"""A digest, alert or notice -> the bytes of one mail (RFC 5322), its text first and its HTML beside it (RFC 2046).

Every header is written here and checked once more before it leaves, so that no title can begin a header of its own.
Signs nothing: DKIM is the mail server's. Sends nothing.
"""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from worker.core.excerpt import clean, one_line
from worker.core.models import Rendered

#: of a line of a header (RFC 5322 section 2.1.1 wants 78 at most, RFC 2047 section 2 wants 76)
_LINE_CHARS = 76
_SUBJECT_CHARS = 200
_NAME_CHARS = 100
#: what a header may be made of: printable ASCII, on one line or folded
_WRITTEN = re.compile(r"[\x20-\x7e]+(\r\n [\x21-\x7e][\x20-\x7e]*)*")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/^_`{|}~ -]+")
_NO_LABEL = re.compile(r"[^a-z0-9_-]+")


@dataclass(frozen=True, slots=True)
class Frame:
    """What stands around the content of a mail."""

    #: what the mails of one kind for one recipient have in common, ``desk.digest``; "" for none
    list_label: str = ""
    #: key of the mail that begins the thread (`message_id`); None: this mail belongs to no thread, or begins it
    replies_to: str | None = None
    #: address by which the recipient leaves, ``mailto:`` or ``https://``; None: there is none
    unsubscribe: str | None = None
    #: that address takes a POST without any further question (RFC 8058)
    one_click: bool = False
    #: name of the attached page
    attached_as: str = "watchword.html"


def message_id(delivery_key: str, domain: str) -> str:
    """Return the Message-ID of a delivery: always the same for the same key, and telling nothing of it."""
    return f"<{hashlib.sha256(delivery_key.encode()).hexdigest()[:40]}@{domain}>"


def read_address(written: str) -> Address:
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


def write_message(
    *, sender: Address, recipient: Address, rendered: Rendered, identity: str, date: datetime, frame: Frame
) -> bytes:
    """Return the mail as it is sent, with every line short enough for SMTP.

    Args:
        sender: for From.
        recipient: for To.
        rendered: what is said.
        identity: for Message-ID.
        date: for Date.
        frame: what stands around the content.

    Raises:
        ValueError: a header would hold what no header may hold.
    """
    domain = sender.domain
    root = frame.replies_to and message_id(frame.replies_to, domain)
    headers = [
        ("From", _mailbox("From", sender)),
        ("To", _mailbox("To", recipient)),
        ("Subject", written_text("Subject", one_line(rendered.subject, _SUBJECT_CHARS) or "Watchword")),
        ("Date", format_datetime(date)),
        ("Message-ID", identity),
        *([("In-Reply-To", root), ("References", root)] if root else []),
        ("Auto-Submitted", "auto-generated"),  # RFC 3834: no out-of-office replies, please
        ("List-Id", f"Watchword <{list_id(frame.list_label, domain)}>"),
        *_leaving(frame),
    ]
    return b"".join(_header(name, value) for name, value in headers) + _content(rendered, frame).as_bytes()


def list_id(label: str, domain: str) -> str:
    """Return what stands in List-Id (RFC 2919): dots part it into words, so none may stand alone or at an end."""
    parts = [_NO_LABEL.sub("-", part).strip("-") for part in label.lower().split(".")]
    return ".".join([*(part for part in parts if part), "watchword", domain])


def written_text(name: str, text: str) -> str:
    """Return text as it stands in the header of this name: as it is, or as encoded words (RFC 2047).

    What looks like an encoded word is encoded, too: otherwise the reader's program would decode it.
    """
    if not text.isascii() or not text.isprintable() or "=?" in text:
        encoded = Header(clean(text), "utf-8", header_name=name, maxlinelen=_LINE_CHARS)
        return encoded.encode(linesep="\r\n")
    lines, room = [""], _LINE_CHARS - len(name) - 2
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > room:
            lines.append(word)
            room = _LINE_CHARS - 1
        else:
            lines[-1] = f"{lines[-1]} {word}" if lines[-1] else word
    return "\r\n ".join(lines)


def _mailbox(header: str, address: Address) -> str:
    """Return an address with its name, as atoms, in quotes or encoded (RFC 5322 section 3.4, RFC 2047 section 5)."""
    spec, name = address.addr_spec, one_line(address.display_name, _NAME_CHARS)
    if not name:
        return spec
    if name.isascii() and name.isprintable() and "=?" not in name:
        escaped = name.replace("\\", "\\\\").replace('"', '\\"')
        shown = name if _ATOMS.fullmatch(name) else f'"{escaped}"'
    else:
        shown = written_text(header, name)
    last = shown.rpartition("\r\n")[2]
    blank = " " if len(last) + len(spec) + len(header) + 5 <= _LINE_CHARS else "\r\n "
    return f"{shown}{blank}<{spec}>"


def _leaving(frame: Frame) -> list[tuple[str, str]]:
    """Return how to leave (RFC 2369, RFC 8058). The address stays whole: programs do not decode or unfold it."""
    if frame.unsubscribe is None:
        return []
    headers = [("List-Unsubscribe", f"<{frame.unsubscribe}>")]
    if frame.one_click and frame.unsubscribe.startswith("https://"):
        headers.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    return headers


def _header(name: str, value: str) -> bytes:
    if not _WRITTEN.fullmatch(value):
        raise ValueError(f"its {name} would hold what no header may hold")
    return f"{name}: {value}\r\n".encode()


def _content(rendered: Rendered, frame: Frame) -> EmailMessage:
    """Quoted-printable, because base64 text costs points with spam filters and cannot be read in a log."""
    content = EmailMessage(policy=SMTP)
    content.set_content(_sendable(rendered.text), cte="quoted-printable")
    content.add_alternative(_sendable(rendered.html), subtype="html", cte="quoted-printable")
    if rendered.attachment is not None:
        whole = _sendable(rendered.attachment)
        content.add_attachment(whole, subtype="html", cte=_shorter(whole), filename=frame.attached_as)
    return content


def _shorter(text: str) -> str:
    """Return the encoding that makes a text shorter: for Cyrillic, base64 has half the size of quoted-printable."""
    size = len(text.encode())
    coded = size - len(text.encode("ascii", "ignore"))
    return "base64" if 2 * coded > size / 3 else "quoted-printable"


def _sendable(text: str) -> str:
    """Return text without halves of characters, which UTF-8 cannot say: one of them must not hold up a digest."""
    return text.encode("utf-8", "replace").decode()
