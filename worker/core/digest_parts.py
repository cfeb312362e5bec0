"""What a digest is made of, as frozen values: sections, stories, posts, references and what the first screen names."""

from dataclasses import dataclass
from datetime import datetime

from worker.core.models import ChangeKind, Excerpt, Media
from worker.core.retagging import Retagged

#: the name of the section for changes that carry none of the recipient's watchlists
OTHER = ""


@dataclass(frozen=True, slots=True)
class Gap:
    """A time for which posts of a channel may have been missed."""

    channel: str
    since: datetime
    until: datetime
    #: how many posts at most; None if nobody can tell
    at_most: int | None = None


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """The same story in another channel."""

    channel_title: str
    at: datetime
    url: str | None = None


@dataclass(frozen=True, slots=True)
class DigestPost:
    """One change, shown in full in its first watchlist's section."""

    #: its place among all changes of the digest, by time
    number: int
    channel: str
    channel_title: str
    kind: ChangeKind
    #: when it was published, or found if the source does not say
    at: datetime
    found_at: datetime
    excerpts: tuple[Excerpt, ...]
    #: the text is longer than the excerpts
    cut: bool = False
    url: str | None = None
    forwarded_from: str | None = None
    media: tuple[Media, ...] = ()
    #: of an edit
    grade: str | None = None
    #: watchlists that an edit brought to the post, and that it took from it
    gained: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    #: when the text before an edit, or the deleted post, was last seen
    last_seen_at: datetime | None = None
    #: the text before the edit is back
    reverted: bool = False
    #: the same story elsewhere, folded into this one
    also: tuple[Elsewhere, ...] = ()
    #: ISO 639-1 code of the language of its text; None: not known
    lang: str | None = None
    #: sum of the weights of the terms of its section's watchlist that hit
    weight: float = 0.0
    #: it no longer mentions the watchlist of its section
    turned: bool = False


@dataclass(frozen=True, slots=True)
class Reference:
    """A change that stands in full under another watchlist, as one line."""

    number: int
    channel_title: str
    kind: ChangeKind
    at: datetime
    lead: str
    shown_under: str
    url: str | None = None
    lang: str | None = None
    #: sum of the weights of the terms of this section's watchlist that hit
    weight: float = 0.0


@dataclass(frozen=True, slots=True)
class Story:
    """What a section tells of one story: the posts that stand for themselves and what became of them, in time order."""

    posts: tuple[DigestPost, ...]


@dataclass(frozen=True, slots=True)
class Highlight:
    """A change that the first screen names: a watchlist removed, a deletion, an edit that changed the sense."""

    number: int
    channel_title: str
    kind: ChangeKind
    #: when it was found
    at: datetime
    #: on one line; of an edit, what it changed
    excerpts: tuple[Excerpt, ...]
    #: the recipient's watchlists that an edit took from the post
    lost: tuple[str, ...] = ()
    url: str | None = None
    lang: str | None = None


@dataclass(frozen=True, slots=True)
class Section:
    """What was found for one watchlist; `OTHER` for what carries none."""

    watchlist: str
    #: every change tagged with it, shown or not
    count: int
    #: the weightiest first
    stories: tuple[Story, ...] = ()
    references: tuple[Reference, ...] = ()
    #: left out to keep the digest readable
    omitted: int = 0

    @property
    def posts(self) -> tuple[DigestPost, ...]:
        """Every post that stands here in full."""
        return tuple(post for story in self.stories for post in story.posts)


@dataclass(frozen=True, slots=True)
class Digest:
    """What one recipient gets for one period."""

    recipient: str
    since: datetime
    until: datetime
    #: IANA name
    timezone: str
    #: ISO 639-1 code
    language: str
    checked: int
    channels: int
    failing: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()
    #: watchlists that have changed, and what that did to older posts
    retagged: tuple[Retagged, ...] = ()
    #: number of all changes
    total: int = 0
    #: in the order of `ChangeKind`, without zeros
    kinds: tuple[tuple[ChangeKind, int], ...] = ()
    #: one for each watchlist in the order given, empty ones too; `OTHER` last and only if there is something in it
    sections: tuple[Section, ...] = ()
    #: what the first screen names, the gravest first
    highlights: tuple[Highlight, ...] = ()
    #: how many more would belong there
    more_highlights: int = 0
    #: grade and number of the edits that are too small for this recipient
    unlisted: tuple[tuple[str, int], ...] = ()
    #: watchlists that were left out, with all that was found for them, to keep the digest readable
    omitted_sections: int = 0

    @property
    def silence(self) -> str:
        """The phrase for a digest without changes: nothing found is not the same as nothing looked at."""
        return "nothing" if self.checked or not self.channels else "blind"
