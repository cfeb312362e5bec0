"""What a watchlist would have done: counted by term, channel and week, and held against what was there before.

Takes posts one after the other and keeps counts and a few samples only, so that a history of any length fits into
memory. Does not match (its callers do) and does not read stored posts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from worker.core.models import Match
from worker.core.past import PastPost, Sample, SamplePost


@dataclass(frozen=True, slots=True)
class TermCount:
    """What one term found."""

    term: str
    #: posts that it tagged, alone or with others
    posts: int = 0
    #: places
    hits: int = 0
    #: posts that no other term of the watchlist would have tagged
    alone: int = 0


@dataclass(frozen=True, slots=True)
class PartCount:
    """What there was in one channel, or in one week."""

    #: name of the channel; Monday of the week as ``YYYY-MM-DD``
    name: str
    #: all that were gone through
    posts: int = 0
    #: places
    hits: int = 0
    #: tagged now
    tagged: int = 0
    #: tagged now and not before
    added: int = 0
    #: tagged before and not now
    removed: int = 0


@dataclass(frozen=True, slots=True)
class Findings:
    """The result of a backtest."""

    #: all that were gone through
    posts: int
    #: tagged now
    tagged: int
    #: tagged before
    before: int
    added: int
    removed: int
    #: every term that found something, the most posts first
    terms: tuple[TermCount, ...]
    #: terms that found nothing, as they stand in the watchlist
    never: tuple[str, ...]
    #: those with the most tagged posts first
    channels: tuple[PartCount, ...]
    #: from the first to the last in which there was a post, none left out
    weeks: tuple[PartCount, ...]
    #: some of the tagged, the added (with their matches) and the removed posts (with their former matches)
    tagged_sample: tuple[SamplePost, ...]
    added_sample: tuple[SamplePost, ...]
    removed_sample: tuple[SamplePost, ...]


@dataclass(slots=True)
class _Part:
    posts: int = 0
    hits: int = 0
    tagged: int = 0
    added: int = 0
    removed: int = 0

    def add(self, hits: int, *, before: bool) -> None:
        self.posts += 1
        self.hits += hits
        self.tagged += bool(hits)
        self.added += bool(hits) and not before
        self.removed += before and not hits

    def count(self, name: str) -> PartCount:
        return PartCount(name, self.posts, self.hits, self.tagged, self.added, self.removed)


@dataclass(slots=True)
class _Term:
    posts: int = 0
    hits: int = 0
    alone: int = 0


@dataclass(slots=True)
class _Samples:
    tagged: Sample
    added: Sample
    removed: Sample


@dataclass(slots=True)
class Tally:
    """The counts of one backtest while it runs.

    Args:
        terms: texts of the watchlist's terms, in their order.
        until: posts that say they are later are counted in this week.
        most: posts in each sample.
    """

    terms: Sequence[str]
    until: datetime
    most: int = 5
    _whole: _Part = field(default_factory=_Part, init=False)
    _terms: dict[str, _Term] = field(default_factory=dict, init=False)
    _channels: dict[str, _Part] = field(default_factory=dict, init=False)
    _weeks: dict[date, _Part] = field(default_factory=dict, init=False)
    _samples: _Samples = field(init=False)

    def __post_init__(self) -> None:
        """Make the samples."""
        self._samples = _Samples(Sample(self.most), Sample(self.most), Sample(self.most))

    def add(self, post: PastPost, before: Iterable[Match], now: Sequence[Match]) -> None:
        """Count one post.

        Args:
            post: no post is added twice.
            before: matches of the watchlist as it was; any at all means that the post was tagged.
            now: matches of the watchlist that is tried.
        """
        former = tuple(before)
        week = _monday(min(post.at, self.until))
        parts = (self._whole, self._channels.setdefault(post.channel, _Part()), self._weeks.setdefault(week, _Part()))
        for part in parts:
            part.add(len(now), before=bool(former))
        if now:
            self._count_terms(now)
            self._samples.tagged.add(post, tuple(now))
        if now and not former:
            self._samples.added.add(post, tuple(now))
        elif former and not now:
            self._samples.removed.add(post, former)

    def _count_terms(self, now: Sequence[Match]) -> None:
        hits: dict[str, int] = {}
        for match in now:
            hits[match.term] = hits.get(match.term, 0) + 1
        for term, count in hits.items():
            found = self._terms.setdefault(term, _Term())
            found.posts += 1
            found.hits += count
            found.alone += len(hits) == 1

    def findings(self) -> Findings:
        """Return what was found so far."""
        whole = self._whole
        terms = [TermCount(term, each.posts, each.hits, each.alone) for term, each in self._terms.items()]
        channels = [part.count(name) for name, part in self._channels.items()]
        return Findings(
            posts=whole.posts,
            tagged=whole.tagged,
            before=whole.tagged - whole.added + whole.removed,
            added=whole.added,
            removed=whole.removed,
            terms=tuple(sorted(terms, key=lambda each: (-each.posts, -each.hits, each.term))),
            never=tuple(term for term in dict.fromkeys(self.terms) if term not in self._terms),
            channels=tuple(sorted(channels, key=lambda each: (-each.tagged, -each.posts, each.name))),
            weeks=self._all_weeks(),
            tagged_sample=self._samples.tagged.posts,
            added_sample=self._samples.added.posts,
            removed_sample=self._samples.removed.posts,
        )

    def _all_weeks(self) -> tuple[PartCount, ...]:
        if not self._weeks:
            return ()
        first, last = min(self._weeks), max(self._weeks)
        weeks = ((first + timedelta(weeks=number)) for number in range((last - first).days // 7 + 1))
        return tuple(self._weeks.get(week, _Part()).count(week.isoformat()) for week in weeks)


def _monday(at: datetime) -> date:
    day = at.astimezone(UTC).date()
    return day - timedelta(days=day.weekday())
