"""JSON Feed 1.0 and 1.1 -> what the feed says. Understands no texts.

Reads what is there and forgives the rest: a number for an id, ``author`` and ``authors``, a version without its
address.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from worker.core.models import Refusal, RefusalReason
from worker.core.parse.feed_model import Attachment, Form, Written, WrittenFeed, WrittenPost
from worker.errors import ParseError

Json: TypeAlias = Mapping[str, object]

#: of a document that is a JSON Feed by its first keys
_SIGNS = re.compile(r'"(?:version"\s*:\s*"https?:(?:\\?/){2}(?:www\.)?jsonfeed\.org|(?:feed|home_page)_url"\s*:)')
_VERSION = re.compile(r"https?://(?:www\.)?jsonfeed\.org/.*|1(?:\.[01])?")
#: enough to tell what a document is
_HEAD = 16_384


def is_json_feed(text: str) -> bool:
    """Tell by its beginning whether a document is a JSON Feed."""
    return text.lstrip()[:1] == "{" and _SIGNS.search(text, 0, _HEAD) is not None


def read_json(text: str) -> WrittenFeed | Refusal:
    """Read a JSON Feed, or say that it was cut off.

    Raises:
        ParseError: it is no JSON, or JSON but no feed.
    """
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        end = text.rstrip()
        if is_json_feed(text) and (not end.endswith("}") or error.pos >= len(end) - 1 or "Unterminated" in error.msg):
            return Refusal(RefusalReason.TRUNCATED, "the feed was cut off in transit: fetch it again")
        raise ParseError(f"feed: broken JSON at line {error.lineno}, column {error.colno}") from error
    except (ValueError, RecursionError) as error:
        # a number of thousands of digits, or nested deeper than any feed
        raise ParseError("feed: JSON that cannot be read safely") from error
    if not isinstance(document, dict):
        raise ParseError("feed: JSON, but no feed: expected an object with version and items")
    items = document.get("items")
    if not isinstance(items, list) or not _VERSION.fullmatch(_string(document, "version") or ""):
        raise ParseError("feed: JSON, but no feed: expected the version of a JSON Feed and items")
    authors = _authors(document)
    return WrittenFeed(
        posts=tuple(_read_post(post, authors) for post in items if isinstance(post, dict)),
        title=Written(_string(document, "title") or "", Form.PLAIN),
        link=_string(document, "home_page_url"),
        self_link=_string(document, "feed_url"),
        older=_string(document, "next_url"),
    )


def _read_post(post: Json, feed_authors: str | None) -> WrittenPost:
    html = _string(post, "content_html")
    text = _string(post, "content_text")
    plain = text or (_string(post, "summary") if not html else None) or ""
    return WrittenPost(
        id=_identity(post.get("id")),
        link=_string(post, "url") or _string(post, "external_url"),
        title=Written(_string(post, "title") or "", Form.PLAIN),
        body=Written(html, Form.HTML) if html else Written(plain, Form.PLAIN),
        published=_string(post, "date_published"),
        updated=_string(post, "date_modified"),
        author=_authors(post) or feed_authors,
        attachments=tuple(_attachments(post)),
    )


def _identity(value: object) -> str | None:
    """Return an id as a string; JSON Feed 1.1 says that numbers are to be taken for what they look like."""
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)
    return None


def _string(holder: Json, key: str) -> str | None:
    value = holder.get(key)
    return (value.strip() or None) if isinstance(value, str) else None


def _authors(holder: Json) -> str | None:
    """Return the names of the authors (1.1), or of the author (1.0)."""
    several = holder.get("authors")
    people = several if isinstance(several, list) else [holder.get("author")]
    names = [_string(person, "name") for person in people if isinstance(person, dict)]
    return ", ".join(dict.fromkeys(name for name in names if name)) or None


def _attachments(post: Json) -> Iterator[Attachment]:
    if image := _string(post, "image"):
        yield Attachment(image, "image")
    several = post.get("attachments")
    for attachment in several if isinstance(several, list) else ():
        if isinstance(attachment, dict) and (address := _string(attachment, "url")):
            yield Attachment(address, _string(attachment, "mime_type") or "")
