"""Kept exports as a WARC file, the format of web archives (ISO 28500:2017, WARC/1.1), one gzip member for each record.

Writes what was kept, adds nothing: of the status line only the number was kept, and bodies are unpacked, so the headers
that spoke of their packing are given another name, as archives do. The same exports make the same bytes.
"""

import gzip
import hashlib
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from urllib.parse import quote

#: as read by https://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/
_VERSION = b"WARC/1.1"
_CONFORMS_TO = "http://iipc.github.io/warc-specifications/specifications/warc-format/warc-1.1/"
#: headers that are not true of the unpacked bytes
_OF_PACKING = frozenset({"content-encoding", "transfer-encoding", "content-length"})
_ORIGINAL = "X-Archive-Orig-"
#: of an address (RFC 3986 section 2); all else is escaped
_ADDRESS = "!#$%&'()*+,/:;=?@[]~"


@dataclass(frozen=True, slots=True)
class WarcExport:
    """One export to be written."""

    #: address, or absolute path of a file
    url: str
    fetched_at: datetime
    #: None: it was a file
    status: int | None
    headers: tuple[tuple[str, str], ...]
    body: bytes
    #: of a file, such as text/html
    content_type: str = "application/octet-stream"


def warc_file(exports: Iterable[WarcExport], *, software: str, made_at: datetime, name: str) -> Iterator[bytes]:
    """Yield the parts of a WARC file: what it is, then one record for each export.

    Args:
        exports: in the order wanted.
        software: that wrote it, with its version.
        made_at: when.
        name: of the file.
    """
    fields = {"software": software, "format": "WARC File Format 1.1", "conformsTo": _CONFORMS_TO}
    block = "".join(f"{key}: {value}\r\n" for key, value in fields.items()).encode()
    headers = {"WARC-Type": "warcinfo", "WARC-Filename": name, "Content-Type": "application/warc-fields"}
    yield _record(headers, block, made_at)
    for export in exports:
        yield _response(export) if export.status is not None else _resource(export)


def _response(export: WarcExport) -> bytes:
    lines = [_status_line(export.status or 0)]
    lines += [f"{_name(name)}: {value}".encode("latin-1", "replace") for name, value in export.headers]
    lines += [b"Content-Length: %d" % len(export.body), b"", b""]
    headers = {
        "WARC-Type": "response",
        "WARC-Target-URI": quote(export.url, safe=_ADDRESS),
        "WARC-Payload-Digest": _digest(export.body),
        "Content-Type": "application/http; msgtype=response",
    }
    return _record(headers, b"\r\n".join(lines) + export.body, export.fetched_at)


def _resource(export: WarcExport) -> bytes:
    headers = {
        "WARC-Type": "resource",
        "WARC-Target-URI": f"file://{quote(export.url, safe='/!')}",
        "WARC-Payload-Digest": _digest(export.body),
        "Content-Type": export.content_type,
    }
    return _record(headers, export.body, export.fetched_at)


def _status_line(status: int) -> bytes:
    try:
        return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}".encode()
    except ValueError:
        return b"HTTP/1.1 %d " % status


def _name(name: str) -> str:
    return f"{_ORIGINAL}{name}" if name.lower() in _OF_PACKING else name


def _digest(block: bytes) -> str:
    return f"sha256:{hashlib.sha256(block).hexdigest()}"


def _record(headers: Mapping[str, str], block: bytes, at: datetime) -> bytes:
    moment = at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    digest = _digest(block)
    # a name for the record that is the same whenever the same is written
    number = uuid.uuid5(uuid.NAMESPACE_URL, f"{headers.get('WARC-Target-URI')} {moment} {digest}")
    whole = {
        **headers,
        "WARC-Record-ID": f"<urn:uuid:{number}>",
        "WARC-Date": moment,
        "WARC-Block-Digest": digest,
        "Content-Length": str(len(block)),
    }
    head = "".join(f"{key}: {value}\r\n" for key, value in whole.items()).encode()
    return gzip.compress(_VERSION + b"\r\n" + head + b"\r\n" + block + b"\r\n\r\n", 6, mtime=0)
