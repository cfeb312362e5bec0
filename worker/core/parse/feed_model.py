"""What a feed says, before it is understood: the same for RSS, RDF, Atom and JSON Feed. Only values, no rules.

What there is one of for each post is a `NamedTuple`: a third of the cost of a frozen dataclass.
"""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import NamedTuple


class Form(Enum):
    """How a text is written."""

    PLAIN = "plain"
    HTML = "html"
    #: HTML or plain text, the format does not tell (RSS)
    UNSAID = "unsaid"


class Written(NamedTuple):
    """A text as written, and the address that its relative links start from."""

    text: str = ""
    form: Form = Form.UNSAID
    #: from ``xml:base``; None: the feed's own
    base: str | None = None


class Attachment(NamedTuple):
    """A file that a post points to."""

    url: str
    #: MIME type, or a word like ``image``; "" if the feed does not say
    type: str = ""


class WrittenPost(NamedTuple):
    """A post as the feed writes it; addresses may be relative, dates may be anything."""

    #: the feed's own identity for it (guid, atom:id, rdf:about, id); None if it has none
    id: str | None = None
    link: str | None = None
    #: from ``xml:base``, for `link`; None: the feed's own
    base: str | None = None
    #: `id` may be used as a link if there is none
    id_is_link: bool = False
    title: Written = Written()
    body: Written = Written()
    published: str | None = None
    #: None where the format has no such date
    updated: str | None = None
    author: str | None = None
    attachments: tuple[Attachment, ...] = ()


@dataclass(frozen=True, slots=True)
class WrittenFeed:
    """A feed as written, its posts in the order of the document."""

    posts: tuple[WrittenPost, ...]
    title: Written = Written()  # noqa: RUF009 - a tuple
    #: the site that it is the feed of
    link: str | None = None
    #: the feed's own address, as it says itself
    self_link: str | None = None
    #: relative links start from `link` (RSS) and not from where the feed is
    links_from_site: bool = False
    #: ``xml:base`` of the whole document
    base: str | None = None
    #: the next page, with older posts
    older: str | None = None
    built: str | None = None
    fresh_for: timedelta | None = None
    deleted_ids: tuple[str, ...] = ()
