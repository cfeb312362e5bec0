"""The bytes of a feed -> its characters, whatever its declaration claims.

A byte order mark decides; then the bytes themselves where they can only be UTF-8; then the declaration. What the server
says (``Content-Type``) is not known here, and is wrong more often than the bytes. Never fails: bytes that mean nothing
become U+FFFD.
"""

import codecs
import re

_BYTE_ORDER_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
#: how a document begins in an encoding that has no mark and cannot be declared (XML 1.0 appendix F)
_BEGINNINGS: tuple[tuple[bytes, str], ...] = ((b"<\0", "utf-16-le"), (b"\0<", "utf-16-be"), (b"{\0", "utf-16-le"))
_DECLARED = re.compile(rb"""\s*<\?xml[^>]{0,100}?\sencoding\s*=\s*["']([A-Za-z0-9._:-]{2,40})["']""")
#: names that mean another encoding than they say (WHATWG Encoding standard section 4.2)
_MEANT = {
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "iso-8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-9": "cp1254",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
}
#: encodings that have only ASCII bytes but other characters
_SEVEN_BITS = ("iso-2022-", "hz")
#: never honoured: UTF-7 hides markup; UTF-16 could not have been declared this way
_DISBELIEVED = frozenset({"utf-7", "utf-16", "utf-16le", "utf-16be", "utf-32", "utf8", "utf-8"})
#: three letters in a row that are no ASCII: a script that is not Latin
_FOREIGN_WORD = re.compile(rb"[\xc0-\xff]{3}")
_FOREIGN = re.compile(rb"[\x80-\xff]+")


def decode_feed(body: bytes) -> str:
    """Return the characters of a feed, without a byte order mark."""
    for mark, name in _BYTE_ORDER_MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    for beginning, name in _BEGINNINGS:
        if body.startswith(beginning):
            return body.decode(name, "replace")
    declared = _declared(body)
    if not declared.startswith(_SEVEN_BITS):
        try:
            return body.decode()
        except UnicodeDecodeError:
            if declared in _DISBELIEVED:
                return _undeclared(body)
    try:
        return body.decode(_MEANT.get(declared, declared), "replace")
    except (LookupError, ValueError):
        # no encoding of that name, or none of text
        return body.decode("utf-8", "replace")


def is_seven_bits(body: bytes) -> bool:
    """Tell whether a feed claims an encoding in which bytes of ASCII are other characters."""
    return _declared(body).startswith(_SEVEN_BITS)


def _declared(body: bytes) -> str:
    """Return the encoding that a feed claims, in lower case; UTF-8 if it claims none (XML 1.0 section 4.3.3)."""
    found = _DECLARED.match(body)
    return found[1].decode("ascii").lower() if found else "utf-8"


def _undeclared(body: bytes) -> str:
    """Decode what claims to be UTF-8 and is not: damaged in a few places, or in the encoding of an old system."""
    text = body.decode("utf-8", "replace")
    foreign = sum(map(len, _FOREIGN.findall(body)))
    if text.count("\ufffd") * 4 < foreign:
        return text
    return body.decode("cp1251" if len(_FOREIGN_WORD.findall(body)) * 9 > foreign else "cp1252", "replace")
