"""Changes and their matches -> `Digest`: grouped by watchlist and channel, folded, ordered, capped; all of it as data.

A digest is frozen when it is enqueued (`payload`) and rendered when it is delivered. Does no rendering, knows no time
zone rules and no language: it carries their names.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import cast

from pydantic import TypeAdapter

from worker.core.excerpt import mark_edit, mark_text, one_line, shorten
from worker.core.folding import fold_stories
from worker.core.models import ChangeKind, Excerpt, Media, Told
from worker.core.retagging import Retagged

#: the name of the section for changes that carry none of the recipient's watchlists
OTHER = ""
EXCERPT_CHARS = 600
LEAD_CHARS = 90


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


@dataclass(frozen=True, slots=True)
class ChannelPosts:
    """The posts of one channel within a section, in time order."""

    channel: str
    title: str
    posts: tuple[DigestPost, ...]


@dataclass(frozen=True, slots=True)
class Section:
    """What was found for one watchlist; `OTHER` for what carries none."""

    watchlist: str
    #: every change tagged with it, shown or not
    count: int
    channels: tuple[ChannelPosts, ...] = ()
    references: tuple[Reference, ...] = ()
    #: left out to keep the digest readable
    omitted: int = 0


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

    @property
    def silence(self) -> str:
        """The phrase for a digest without changes: nothing found is not the same as nothing looked at."""
        return "nothing" if self.checked or not self.channels else "blind"


# --------------------------------------------------------------------------- building


def build_digest(
    told: Sequence[Told],
    *,
    recipient: str,
    watchlists: Sequence[str],
    since: datetime,
    until: datetime,
    timezone: str,
    language: str,
    checked: int,
    channels: int,
    failing: Sequence[str] = (),
    gaps: Sequence[Gap] = (),
    retagged: Sequence[Retagged] = (),
    most: int = 500,
) -> Digest:
    """Group the changes by watchlist, channel and time.

    A change with several tags stands in full under its first watchlist and as one line under the others. The same
    story in several channels is told once. Beyond `most` the oldest are left out, each watchlist keeping its share,
    and their number is stated.

    Args:
        told: the changes, in any order.
        recipient: who is told.
        watchlists: the recipient's watchlists, in the order wanted; other tags are not shown.
        since: start of the period, aware.
        until: end of the period, aware.
        timezone: IANA name of the recipient's zone.
        language: ISO 639-1 code of the language of the fixed texts.
        checked: how many channels were checked well in the period.
        channels: how many there are.
        failing: titles of those that were not.
        gaps: times for which posts may have been missed.
        retagged: watchlists that have changed; only those among `watchlists` are told.
        most: how many changes are shown at most, the one-line ones included.
    """
    ordered = sorted(told, key=_time)
    belongs = [_names(one, watchlists) for one in ordered]
    folded = fold_stories(ordered, belongs)
    sections = (_section(name, ordered, belongs, folded) for name in (*watchlists, OTHER))
    kinds = [one.kind for one in ordered]
    whole = Digest(
        recipient=recipient,
        since=since,
        until=until,
        timezone=timezone,
        language=language,
        checked=checked,
        channels=channels,
        failing=tuple(failing),
        gaps=tuple(gaps),
        retagged=tuple(one for name in watchlists for one in retagged if one.watchlist == name),
        total=len(ordered),
        kinds=tuple((kind, kinds.count(kind)) for kind in ChangeKind if kind in kinds),
        sections=tuple(section for section in sections if section.watchlist != OTHER or section.count),
    )
    return limit_posts(whole, most)


def _time(told: Told) -> datetime:
    return told.published_at or told.found_at


def _names(told: Told, watchlists: Sequence[str]) -> list[str]:
    """Return the sections a change belongs to; it is shown in full in the first."""
    return [name for name in watchlists if name in told.tags] or [OTHER]


def _section(
    name: str, ordered: Sequence[Told], belongs: Sequence[Sequence[str]], folded: Mapping[int, Sequence[int]]
) -> Section:
    posts: dict[str, list[DigestPost]] = {}
    references = []
    count = 0
    elsewhere = {number for others in folded.values() for number in others}
    for number, (told, names) in enumerate(zip(ordered, belongs, strict=True)):
        if name not in names:
            continue
        count += 1
        if number in elsewhere:
            continue
        if names[0] == name:
            also = [ordered[other] for other in folded.get(number, ())]
            posts.setdefault(told.channel, []).append(_post(number, told, also))
        else:
            references.append(_reference(number, told, names[0]))
    return Section(name, count, _by_channel(posts), tuple(references))


def _by_channel(posts: Mapping[str, Sequence[DigestPost]]) -> tuple[ChannelPosts, ...]:
    """Order the channels: the one with the most posts first."""
    groups = [ChannelPosts(channel, some[0].channel_title, tuple(some)) for channel, some in posts.items()]
    return tuple(sorted(groups, key=lambda group: (-len(group.posts), group.title, group.channel)))


def _post(number: int, told: Told, also: Iterable[Told]) -> DigestPost:
    spans = [(match.start, match.end) for match in told.matches]
    edited = told.kind is ChangeKind.EDITED and told.before is not None
    pieces = mark_edit(told.before or "", told.text, spans) if edited else mark_text(told.text, spans)
    excerpts = shorten(pieces, EXCERPT_CHARS)
    return DigestPost(
        number=number,
        channel=told.channel,
        channel_title=told.channel_title,
        kind=told.kind,
        at=_time(told),
        found_at=told.found_at,
        excerpts=excerpts,
        cut=excerpts != pieces,
        url=told.url,
        forwarded_from=told.forwarded_from,
        media=told.media,
        grade=told.grade,
        gained=told.gained,
        lost=told.lost,
        last_seen_at=told.last_seen_at,
        reverted=told.reverted,
        also=tuple(Elsewhere(other.channel_title, _time(other), other.url) for other in also),
    )


def _reference(number: int, told: Told, shown_under: str) -> Reference:
    lead = one_line(told.text, LEAD_CHARS)
    return Reference(number, told.channel_title, told.kind, _time(told), lead, shown_under, told.url)


# --------------------------------------------------------------------------- keeping it short


def shorten_posts(digest: Digest, most: int) -> Digest:
    """Cut every post to about `most` characters around its matches."""
    return replace(digest, sections=tuple(_shortened_section(section, most) for section in digest.sections))


def _shortened_section(section: Section, most: int) -> Section:
    groups = (replace(group, posts=tuple(_shortened(post, most) for post in group.posts)) for group in section.channels)
    return replace(section, channels=tuple(groups))


def _shortened(post: DigestPost, most: int) -> DigestPost:
    excerpts = shorten(post.excerpts, most)
    return post if excerpts == post.excerpts else replace(post, excerpts=excerpts, cut=True)


def limit_posts(digest: Digest, most: int) -> Digest:
    """Leave out the oldest beyond `most`, a fair share of each watchlist; small sections stay whole."""
    sizes = [sum(len(group.posts) for group in one.channels) + len(one.references) for one in digest.sections]
    if sum(sizes) <= most:
        return digest
    quotas = _quotas(sizes, most)
    kept = [_newest(one, quota) for one, quota in zip(digest.sections, quotas, strict=True)]
    # a line that points to a post which is left out would point nowhere
    shown = {post.number for one in kept for group in one.channels for post in group.posts}
    return replace(digest, sections=tuple(_without_dangling(one, shown) for one in kept))


def _quotas(sizes: Sequence[int], most: int) -> list[int]:
    quotas = [0] * len(sizes)
    left = most
    for rank, place in enumerate(sorted(range(len(sizes)), key=sizes.__getitem__)):
        quotas[place] = min(sizes[place], left // (len(sizes) - rank))
        left -= quotas[place]
    return quotas


def _newest(section: Section, quota: int) -> Section:
    posts = [post.number for group in section.channels for post in group.posts]
    numbers = sorted([*posts, *(reference.number for reference in section.references)])
    kept = frozenset(numbers[len(numbers) - quota :])
    groups = (replace(group, posts=tuple(p for p in group.posts if p.number in kept)) for group in section.channels)
    # what was folded into a post goes with it
    folded = sum(len(p.also) for group in section.channels for p in group.posts if p.number not in kept)
    return replace(
        section,
        channels=tuple(group for group in groups if group.posts),
        references=tuple(reference for reference in section.references if reference.number in kept),
        omitted=section.omitted + len(numbers) - len(kept) + folded,
    )


def _without_dangling(section: Section, shown: set[int]) -> Section:
    references = tuple(reference for reference in section.references if reference.number in shown)
    gone = len(section.references) - len(references)
    return replace(section, references=references, omitted=section.omitted + gone)


# --------------------------------------------------------------------------- freezing

_DIGEST = TypeAdapter(Digest)


def payload(digest: Digest) -> dict[str, object]:
    """Return the digest as JSON-safe data, from which `from_payload` makes an equal one."""
    return cast("dict[str, object]", _DIGEST.dump_python(digest, mode="json"))


def from_payload(frozen: Mapping[str, object]) -> Digest:
    """Return the digest that `payload` froze.

    Raises:
        ValueError: this is no frozen digest (pydantic's ValidationError).
    """
    return _DIGEST.validate_python(frozen)
