"""Packed bodies (Content-Encoding, RFC 9110 section 8.4): gzip and deflate, with a bound on what they may cost.

Knows nothing of connections. Brotli and zstd are refused: nobody asked for them, and they unpack a few kilobytes to
gigabytes.
"""

import zlib


class BodyError(ValueError):
    """A body that cannot be used. The message completes the sentence "sent a body that ..."."""


class BodyTooLargeError(BodyError):
    """A body of more bytes than are taken."""


#: window sizes as zlib wants them: 47 finds gzip and zlib by their headers, -15 is deflate without any header
_BY_HEADER = 47
_BARE_DEFLATE = -15
_PACKED = frozenset({"gzip", "x-gzip", "deflate"})
_GZIP_MAGIC = b"\x1f\x8b"


class Unpacker:
    """Unpacks one body piece by piece. Never holds more than `max_bytes` of it, whatever it claims to be.

    Args:
        encoding: the Content-Encoding header; "" if there was none.
        max_bytes: of the body as sent and as unpacked.

    Raises:
        BodyError: `encoding` is neither gzip nor deflate nor nothing.
    """

    def __init__(self, encoding: str, *, max_bytes: int) -> None:
        codings = [name for part in encoding.split(",") if (name := part.strip().lower()) not in {"", "identity"}]
        if len(codings) > 1 or not _PACKED.issuperset(codings):
            raise BodyError(f"is packed as {', '.join(codings)[:60]}; only gzip or deflate was asked for")
        self._coding = codings[0] if codings else None
        self._max_bytes = max_bytes
        self._sent = 0
        self._size = 0
        self._parts: list[bytes] = []
        #: None before the first byte of a packed body
        self._inflate: zlib._Decompress | None = None

    def expect(self, size: int) -> None:
        """Refuse the body before it is read if `size`, as announced by its sender, is too large.

        Raises:
            BodyTooLargeError: it is.
        """
        if size > self._max_bytes:
            raise BodyTooLargeError(f"is larger than {self._max_bytes:,} bytes")

    def feed(self, raw: bytes) -> None:
        """Take the next piece as it was sent.

        Raises:
            BodyError: the body is too large, or is not packed as it claims.
        """
        self._sent += len(raw)
        self.expect(self._sent)
        if self._coding is None:
            self._keep(raw)
            return
        try:
            while raw:
                raw = self._unpack(raw)
        except zlib.error as error:
            raise BodyError(f"claims to be packed as {self._coding} and is not, or is damaged") from error

    def finish(self) -> bytes:
        """Return the whole body.

        Raises:
            BodyError: it ends before its packing does.
        """
        if self._inflate is not None and not self._inflate.eof:
            raise BodyError(f"breaks off in the middle of its {self._coding} data")
        return self._parts[0] if len(self._parts) == 1 else b"".join(self._parts)

    def _unpack(self, raw: bytes) -> bytes:
        """Unpack `raw` and return what is left of it: the start of the next member of a gzip body, or nothing."""
        if self._inflate is None:
            # RFC 9110 section 8.4.1.2: some send deflate without the zlib header, whose low four bits are always 8
            bare = self._coding == "deflate" and raw[0] & 0x0F != 8
            self._inflate = zlib.decompressobj(_BARE_DEFLATE if bare else _BY_HEADER)
        elif self._inflate.eof:
            # RFC 1952 section 2.2: members may follow each other; anything else is padding, which everybody ignores
            if not raw.startswith(_GZIP_MAGIC):
                return b""
            self._inflate = zlib.decompressobj(_BY_HEADER)
        # one byte more than allowed, so that too much is told from just enough
        self._keep(self._inflate.decompress(raw, self._max_bytes + 1 - self._size))
        return self._inflate.unused_data

    def _keep(self, piece: bytes) -> None:
        self._size += len(piece)
        if self._size > self._max_bytes:
            raise BodyTooLargeError(f"is larger than {self._max_bytes:,} bytes when unpacked")
        if piece:
            self._parts.append(piece)
