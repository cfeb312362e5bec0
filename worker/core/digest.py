"""Changes and their matches -> `Digest`: grouped by watchlist and story, folded, ordered, capped; all of it as data.

A digest is frozen when it is enqueued (`payload`) and rendered when it is delivered. Does no rendering, knows no time
zone rules and no language: it carries their names.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType
from typing import cast

from pydantic import TypeAdapter

from worker.core.digest_cutting import limit_posts
from worker.core.digest_parts import OTHER, Digest, DigestPost, Elsewhere, Gap, Highlight, Reference, Section, Story
from worker.core.excerpt import mark_edit, mark_text, one_line, shorten
from worker.core.folding import fold_stories
from worker.core.models import ChangeKind, Excerpt, Told
from worker.core.post_language import detect
from worker.core.retagging import Retagged
from worker.core.revision import Grade

__all__ = ["OTHER", "Digest", "Gap", "build_digest", "from_payload", "payload"]

EXCERPT_CHARS = 600
LEAD_CHARS = 90
#: of an edit on the first screen
GIST_CHARS = 160
TITLE_CHARS = 120
MOST_MEDIA = 10
#: more would push what was found off the first screen
MOST_HIGHLIGHTS = 5
_BLANKS = re.compile(r"\s+")


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
    unlisted: Mapping[str, int] = MappingProxyType({}),
    weights: Mapping[tuple[str, str], float] = MappingProxyType({}),
    most: int = 500,
) -> Digest:
    """Group the changes by watchlist, story and time.

    A change with several tags stands in full under its first watchlist and as one line under the others. The same
    story in several channels is told once. Within a watchlist, posts that no longer mention it come first, then the
    weightiest story; what became of a story stands beside it. Beyond `most` the lightest are left out, each watchlist
    keeping its share, and their number is stated.

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
        unlisted: how many edits there were that are too small for this recipient, by grade.
        weights: what a hit of (watchlist, term) counts; 1 for those that are not named.
        most: how many changes are shown at most, the one-line ones included.
    """
    ordered = sorted(told, key=lambda one: (_time(one), one.found_at))
    belongs = [_names(one, watchlists) for one in ordered]
    folded = fold_stories(ordered, belongs)
    elsewhere = frozenset(number for others in folded.values() for number in others)
    made = _Sections(ordered, belongs, folded, elsewhere, weights)
    sections = (made.section(name) for name in (*watchlists, OTHER))
    kinds = Counter(one.kind for one in ordered)
    grave = sorted(filter(None, (_gravity(number, one, watchlists) for number, one in enumerate(ordered))))
    whole = Digest(
        recipient=recipient,
        since=since,
        until=until,
        timezone=timezone,
        language=language,
        checked=checked,
        channels=channels,
        failing=tuple(_title(name) for name in failing),
        gaps=tuple(replace(gap, channel=_title(gap.channel)) for gap in gaps),
        retagged=tuple(one for name in watchlists for one in retagged if one.watchlist == name),
        total=len(ordered),
        kinds=tuple((kind, kinds[kind]) for kind in ChangeKind if kinds[kind]),
        sections=tuple(section for section in sections if section.watchlist != OTHER or section.count),
        highlights=tuple(_highlight(number, ordered[number], watchlists) for _, number in grave[:MOST_HIGHLIGHTS]),
        more_highlights=max(len(grave) - MOST_HIGHLIGHTS, 0),
        unlisted=tuple((grade, count) for grade, count in unlisted.items() if count),
    )
    return limit_posts(whole, most)


def _time(told: Told) -> datetime:
    return told.published_at or told.found_at


def _names(told: Told, watchlists: Sequence[str]) -> list[str]:
    """Return the sections a change belongs to; it is shown in full in the first."""
    return [name for name in watchlists if name in told.tags] or [OTHER]


# --------------------------------------------------------------------------- the first screen


def _gravity(number: int, told: Told, watchlists: Sequence[str]) -> tuple[int, int] | None:
    """Return a key that sorts the gravest change first; None for what the first screen need not name."""
    if not set(watchlists).isdisjoint(told.lost):
        return 0, number
    if told.kind is ChangeKind.DELETED:
        return 1, number
    return (2, number) if told.grade == Grade.SUBSTANTIVE else None


def _highlight(number: int, told: Told, watchlists: Sequence[str]) -> Highlight:
    return Highlight(
        number=number,
        channel_title=_title(told.channel_title),
        kind=told.kind,
        at=told.found_at,
        excerpts=_gist(told),
        lost=tuple(name for name in watchlists if name in told.lost),
        url=told.url,
        lang=detect(told.text),
    )


def _gist(told: Told) -> tuple[Excerpt, ...]:
    if told.kind is not ChangeKind.EDITED or told.before is None:
        lead = one_line(told.text, LEAD_CHARS)
        return (Excerpt(lead),) if lead else ()
    pieces = shorten(mark_edit(told.before, told.text, ()), GIST_CHARS)
    return tuple(replace(piece, text=_BLANKS.sub(" ", piece.text)) for piece in pieces)


def _title(name: str) -> str:
    return one_line(name, TITLE_CHARS)


# --------------------------------------------------------------------------- sections


@dataclass(frozen=True, slots=True)
class _Sections:
    """Makes the sections out of all changes, by time."""

    ordered: Sequence[Told]
    #: the sections of each change
    belongs: Sequence[Sequence[str]]
    #: those that lead a story -> those folded into them
    folded: Mapping[int, Sequence[int]]
    elsewhere: frozenset[int]
    weights: Mapping[tuple[str, str], float]

    def section(self, name: str) -> Section:
        """Return the section of a watchlist."""
        stories: dict[tuple[bool, int], list[DigestPost]] = {}
        references = []
        here = [number for number, names in enumerate(self.belongs) if name in names]
        for number in here:
            told = self.ordered[number]
            if number in self.elsewhere:
                continue
            if self.belongs[number][0] == name:
                key = (told.story is not None, number if told.story is None else told.story)
                stories.setdefault(key, []).append(self._post(number, name))
            else:
                references.append(self._reference(number, name))
        weightiest = sorted(map(tuple, stories.values()), key=_urgency)
        return Section(name, len(here), tuple(Story(posts) for posts in weightiest), tuple(references))

    def _weight(self, told: Told, name: str) -> float:
        hits = {match.term for match in told.matches if match.watchlist == name}
        return sum(self.weights.get((name, term), 1.0) for term in hits)

    def _post(self, number: int, name: str) -> DigestPost:
        told = self.ordered[number]
        spans = [(match.start, match.end) for match in told.matches]
        edited = told.kind is ChangeKind.EDITED and told.before is not None
        pieces = mark_edit(told.before or "", told.text, spans) if edited else mark_text(told.text, spans)
        excerpts = shorten(pieces, EXCERPT_CHARS)
        also = (self.ordered[other] for other in self.folded.get(number, ()))
        return DigestPost(
            number=number,
            channel=told.channel,
            channel_title=_title(told.channel_title),
            kind=told.kind,
            at=_time(told),
            found_at=told.found_at,
            excerpts=excerpts,
            cut=excerpts != pieces,
            url=told.url,
            forwarded_from=None if told.forwarded_from is None else _title(told.forwarded_from),
            media=told.media[:MOST_MEDIA],
            grade=told.grade,
            gained=told.gained,
            lost=told.lost,
            last_seen_at=told.last_seen_at,
            reverted=told.reverted,
            also=tuple(Elsewhere(_title(other.channel_title), _time(other), other.url) for other in also),
            lang=detect(told.text),
            weight=self._weight(told, name),
            turned=name in told.lost,
        )

    def _reference(self, number: int, name: str) -> Reference:
        told = self.ordered[number]
        return Reference(
            number=number,
            channel_title=_title(told.channel_title),
            kind=told.kind,
            at=_time(told),
            lead=one_line(told.text, LEAD_CHARS),
            shown_under=self.belongs[number][0],
            url=told.url,
            lang=detect(told.text),
            weight=self._weight(told, name),
        )


def _urgency(posts: Sequence[DigestPost]) -> tuple[bool, float, int]:
    """Return a key that sorts first what no longer mentions the watchlist, then the weightiest, then the oldest."""
    return not any(post.turned for post in posts), -max(post.weight for post in posts), posts[0].number


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
    return _DIGEST.validate_python(_brought_up(frozen))


def _brought_up(frozen: Mapping[str, object]) -> Mapping[str, object]:
    """Return what version 0.1 froze, by channels, as it is frozen today, by stories: a waiting digest loses nothing."""
    sections = frozen.get("sections")
    if not isinstance(sections, list):
        return frozen
    return {**frozen, "sections": [_by_stories(section) for section in sections]}


def _by_stories(section: object) -> object:
    if not isinstance(section, dict) or "stories" in section or not isinstance(section.get("channels"), list):
        return section
    groups = [group for group in section["channels"] if isinstance(group, dict)]
    return {**section, "stories": [{"posts": [post]} for group in groups for post in group.get("posts", ())]}
