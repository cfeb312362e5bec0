"""What came back in place of an export: a web page, a login page. Parses no export and fetches nothing."""

import re
from urllib.parse import urlsplit

from worker.core.models import Fetched

#: enough for a byte order mark, an XML declaration, comments and the first tag
_LOOKED_AT = 2_048
_PAGE_TYPES = frozenset({"text/html", "application/xhtml+xml"})
_PAGE_START = re.compile(rb"<(?:!doctype\s+html|html)[\s>]", re.IGNORECASE)
#: feeds are often sent as text/html
_OTHER_START = re.compile(rb"<(?:rss|feed|rdf:rdf)[\s>]|^(?:\xef\xbb\xbf)?\s*[\[{]", re.IGNORECASE)
_PASSWORD_FIELD = re.compile(rb"""<input\b[^<>]{0,1000}?\btype\s*=\s*["']?password\b""", re.IGNORECASE)
#: by which the address of a login page is known; whole words only, or "authors" would be one
_LOGIN_WORDS = re.compile(
    r"(?<![a-z])(?:log-?in|log-?on|sign-?in|sso|cas|saml|oauth2?|auth|authenticate|authorize|captive)(?![a-z])",
    re.IGNORECASE,
)


def is_web_page(body: bytes, content_type: str | None) -> bool:
    """Say whether `body` is HTML, by its beginning, and where that tells nothing by its `content_type`."""
    start = body[:_LOOKED_AT]
    if _PAGE_START.search(start):
        return True
    if _OTHER_START.search(start):
        return False
    return (content_type or "").partition(";")[0].strip().lower() in _PAGE_TYPES


def is_login_page(asked: str, answer: Fetched) -> bool:
    """Say whether the address `asked` was redirected to a page on which one logs in.

    Said only where it is sure: the page has a field for a password, and its address speaks of a login, which the one
    asked for does not. A page that merely has a login box in its corner is none.
    """
    return (
        _speaks_of_login(answer.url)
        and not _speaks_of_login(asked)
        and is_web_page(answer.body, answer.content_type)
        and _PASSWORD_FIELD.search(answer.body) is not None
    )


def web_page_instead(asked: str, answer: Fetched) -> str | None:
    """Say, of an answer that could not be parsed, what it was: "answered with a web page of HOST instead".

    A sentence without its subject, which is the address asked for; None if the answer is no web page.
    """
    if not is_web_page(answer.body, answer.content_type):
        return None
    before, after = urlsplit(asked).hostname, urlsplit(answer.url).hostname
    where = f"a web page of {after}" if after and before != after else "a web page"
    return f"answered with {where} instead"


def _speaks_of_login(url: str) -> bool:
    parts = urlsplit(url)
    return _LOGIN_WORDS.search(f"{parts.hostname} {parts.path}") is not None
