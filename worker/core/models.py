"""The frozen values that cross boundaries. All times are aware and in UTC; None means unknown unless said otherwise."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

# --------------------------------------------------------------------------- what came in


@dataclass(frozen=True, slots=True)
class Media:
    """One attachment of a post. Its address is left out: addresses rotate and prove nothing."""

    #: photo, video, video_too_big, animation, round_video, voice, audio, document, sticker, poll, location, contact,
    #: unsupported_in_browser, open_in_telegram
    kind: str
    #: file name, performer and title, question of a poll, place
    title: str | None = None


@dataclass(frozen=True, slots=True)
class Post:
    """One message or article as one export shows it."""

    #: body with ``\n`` between lines, NFC, no page chrome, no reply quote; "" for a post without text
    text: str
    #: the source's own identity; None in dumps, which carry none
    id: str | None = None
    url: str | None = None
    published_at: datetime | None = None
    #: what the source says of itself; None if it never says
    edited: bool | None = None
    #: name of the origin of a forward; None if this is no forward
    forwarded_from: str | None = None
    #: id of the post replied to, or its address if it is in another channel
    reply_to: str | None = None
    #: signature
    author: str | None = None
    #: as written, ``#`` included, once each, in order
    hashtags: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    media: tuple[Media, ...] = ()
    #: True for "channel created", "photo changed" and the like; None if the format does not tell
    service: bool | None = None


@dataclass(frozen=True, slots=True)
class Coverage:
    """What the absence of a post from a snapshot would prove: only ids strictly between the ends were looked at."""

    lowest: int
    highest: int
    #: every id that the export names, members of albums included
    ids: frozenset[int]
    #: lowest and highest id of each part that was looked at, where there are several; empty: there is no hole between
    stretches: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A parsed export: its posts in the order of the export."""

    format: str
    posts: tuple[Post, ...]
    #: None: absence proves nothing
    coverage: Coverage | None = None
    #: the channel's own name
    title: str | None = None
    #: when the server built the page
    built_at: datetime | None = None
    #: address of the next older page; None at the end of the history or where there are no pages
    older: str | None = None
    #: addresses at which the same site offers more exact exports of the channel (REST, feeds), best first
    better_sources: tuple[str, ...] = ()
    #: how long the source asks not to be asked again; None if it does not say
    fresh_for: timedelta | None = None
    #: ids of posts that the source itself says it has deleted (RFC 6721)
    deleted_ids: tuple[str, ...] = ()


class RefusalReason(StrEnum):
    """Why a well-understood page is no export of the channel."""

    RATE_LIMITED = "rate_limited"
    BANNED = "banned"
    NO_PREVIEW = "no_preview"
    NOT_FOUND = "not_found"
    TRUNCATED = "truncated"
    CHANGED_LAYOUT = "changed_layout"


@dataclass(frozen=True, slots=True)
class Refusal:
    """A page that was understood and is not an export: never "nothing new", never a deletion."""

    reason: RefusalReason
    #: one sentence that says what to do
    detail: str


# --------------------------------------------------------------------------- how to read a page


@dataclass(frozen=True, slots=True)
class Selectors:
    """Where the posts of a news page stand: CSS selectors, all but the first looked for inside each post."""

    #: the element of one post
    post: str
    #: None: there is no title
    title: str | None = None
    #: None: all that the post shows, title and date aside
    text: str | None = None
    #: None: the link around or in the title, else the first link of the post
    link: str | None = None
    #: None: no post says when it was published
    date: str | None = None


# --------------------------------------------------------------------------- fetching


@dataclass(frozen=True, slots=True)
class Validators:
    """What a conditional GET sends back, verbatim (RFC 9110 section 13)."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    """The bytes of one export."""

    #: where they finally came from, without user name and password
    url: str
    body: bytes
    content_type: str | None = None
    validators: Validators = field(default_factory=Validators)
    #: of the answer (RFC 9110 section 15)
    status: int = 200
    #: the server's own time; None for a file, or if the server did not say
    date: datetime | None = None
    #: how long the answer is good: it makes no sense to ask again earlier; None: the server did not say
    fresh_for: timedelta | None = None
    #: where the export has moved to for good; None: nowhere, or not for good
    moved_to: str | None = None
    #: pages that a WordPress archive has (X-WP-TotalPages); None: unknown
    total_pages: int | None = None
    #: (name, value) of each header, as sent, without cookies; empty for a file
    headers: tuple[tuple[str, str], ...] = ()
    #: when the answer had been read, by our own clock; None for a file
    fetched_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class NotModified:
    """The source says that nothing has changed (304)."""

    #: those we sent, brought up to date by the answer
    validators: Validators
    status: int = 304
    #: as for `Fetched`
    date: datetime | None = None
    fresh_for: timedelta | None = None
    moved_to: str | None = None
    total_pages: int | None = None


# --------------------------------------------------------------------------- what we found out


class ChangeKind(StrEnum):
    """What a check found out about a post."""

    NEW = "new"
    EDITED = "edited"
    DELETED = "deleted"
    RESTORED = "restored"


@dataclass(frozen=True, slots=True)
class Match:
    """The evidence for a tag: where a term of a watchlist stands in the original text (character offsets)."""

    watchlist: str
    term: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class StoredPost:
    """The few columns of a stored post that a diff needs."""

    row: int
    #: the source's id; None for a post from a dump
    id: str | None
    fingerprint: str
    #: place in the channel's sequence, ascending in the order of the exports; None for posts with ids
    position: float | None = None
    #: only loaded where an edit must be told from a new post
    text: str | None = None
    #: ``live`` or ``deleted``
    state: str = "live"


# --------------------------------------------------------------------------- telling


class Result(StrEnum):
    """How one attempt at a delivery ended."""

    SENT = "sent"
    TEMPORARY = "temporary"
    PERMANENT = "permanent"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one attempt, with the other side's words."""

    result: Result
    detail: str
    #: how long the other side asked us to wait; None if it did not say
    retry_after: timedelta | None = None
    #: the other side wants nothing any more, not only not this
    gone: bool = False
    #: nothing was sent, for a template cannot be rendered: an operator has to mend it
    broken: bool = False
    #: how `detail` begins where an operator has to mend how mail is sent, whatever the server adds; None: there is none
    trouble: str | None = None


@dataclass(frozen=True, slots=True)
class Excerpt:
    """A stretch of text; marked where a term matched."""

    text: str
    marked: bool = False
    #: ``inserted`` or ``removed`` by an edit; None for text that stands
    change: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """One change as a recipient is told of it; everything needed to render it, frozen when it was enqueued."""

    channel: str
    channel_title: str
    kind: ChangeKind
    text: str
    tags: tuple[str, ...]
    matches: tuple[Match, ...]
    found_at: datetime
    published_at: datetime | None = None
    url: str | None = None
    forwarded_from: str | None = None
    #: the text before an edit
    before: str | None = None
    media: tuple[Media, ...] = ()
    #: of an edit: ``cosmetic``, ``minor`` or ``substantive``
    grade: str | None = None
    #: watchlists that an edit brought to the post, and that it took from it
    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    #: when an export last showed the text before an edit, or the deleted post
    last_seen_at: datetime | None = None
    #: the post has had the text before this edit again since
    reverted: bool = False
    #: the number that posts have in common which tell nearly the same; None: not known
    story: int | None = None


@dataclass(frozen=True, slots=True)
class Rendered:
    """One message ready to be sent; the subject is one line."""

    subject: str
    html: str
    text: str
    #: the whole as a page of its own, to be attached; None if nothing had to be left out of `html`
    attachment: str | None = None


# --------------------------------------------------------------------------- what is watched for


@dataclass(frozen=True, slots=True)
class Term:
    """One thing to look for, as the user wrote it."""

    #: a query: a word, a "phrase in quotes", an ACRONYM, a #hashtag, a prefix*, an =exact word, a /pattern/, or an
    #: expression of them
    text: str
    #: ISO 639-1 code of the term's own language; None if it does not matter
    lang: str | None = None
    #: ``auto``: by the shape of the text; ``forms``: every inflected form of its words in `lang`; ``exact``: only the
    #: form that is written
    match: str = "auto"
    #: whether the case must be the same; None: of acronyms only
    case: bool | None = None
    #: what a hit counts towards the threshold of the watchlist
    weight: float = 1.0
    #: whether the addresses that the post links to are searched too
    links: bool = False


@dataclass(frozen=True, slots=True)
class Exclusion:
    """What takes hits away from a watchlist."""

    term: Term
    #: ``overlap``: the hits that it overlaps; ``near``: those within a few words; ``post``: all in the post
    where: str = "overlap"


@dataclass(frozen=True, slots=True)
class Watchlist:
    """A named concept with its terms in every language, and examples that say what is meant."""

    name: str
    terms: tuple[Term, ...]
    #: posts that must be tagged
    examples: tuple["Example", ...] = ()
    #: posts that must not be tagged
    counter_examples: tuple["Example", ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    #: the sum of the weights of the distinct terms that hit must reach it
    threshold: float = 1.0


@dataclass(frozen=True, slots=True)
class Facts:
    """What a query may ask of a post besides its text."""

    #: name of the channel; None: unknown, no ``channel:`` is true
    channel: str | None = None
    #: ISO 639-1 code of the language of the text; None: detected from the text where a query asks
    lang: str | None = None
    is_forward: bool = False
    is_edited: bool = False
    #: kinds of its media, as in `Media.kind`
    media: frozenset[str] = frozenset()
    author: str | None = None
    #: None: the first line of the text
    title: str | None = None
    #: addresses that the post links to
    links: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Example:
    """A post that shows what a watchlist means, or does not mean."""

    text: str
    facts: Facts = Facts()
