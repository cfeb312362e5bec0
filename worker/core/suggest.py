"""Terms that stand out in the posts that a watchlist tags, by counting posts and nothing else.

First the tagged posts are counted, then the others, and those only for what was frequent enough in the tagged ones; so
what is kept does not grow with the history. Words are compared as they are folded, not by their forms, and a post that
tells the same as another should be left out by the caller. Does not match and does not read stored posts.
"""

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from worker.core.models import Match, Watchlist
from worker.core.stop_words import STOP_WORDS
from worker.core.text import Folded, fold, words

#: shorter words are articles, particles and initials
_SHORTEST: Final = 3
#: more different words and phrases are not counted at once; the rarest go first
_MOST_COUNTED: Final = 400_000
#: the log-likelihood ratio above which a difference is no chance once in a thousand (chi-square, one degree)
_CLEAR: Final = 10.83
#: how much larger the share of tagged posts with a term must be than that of the others
_RATIO: Final = 2.0
#: a phrase that stands in so much of the posts with one of its words says it better than the word
_SAME: Final = 0.8
#: what is an address or a name of a channel, not a word of the text
_NOISE = re.compile(r"https?://\S+|\bwww\.\S+|@\w+")
#: what stands between the words of a phrase: no line end
_BLANKS: Final = " \u00a0"


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A word, a phrase of two words or a hashtag that stands out."""

    #: as it can be written in a watchlist
    term: str
    #: tagged posts with it
    posts: int
    #: other posts with it: those that it would tag in addition
    others: int
    #: channels in whose tagged posts it stands
    channels: int
    #: log-likelihood ratio
    score: float
    #: row of a tagged post with it
    example: int


@dataclass(slots=True)
class _Counted:
    posts: int = 0
    #: a bit for each channel
    channels: int = 0
    example: int = 0


class Comparison:
    """Counts words in tagged and in other posts; all tagged posts come first.

    Args:
        watchlist: whose own words are left out.
        least_posts: in fewer tagged posts a term is not suggested.
        least_channels: nor in the tagged posts of fewer channels.
    """

    def __init__(self, watchlist: Watchlist, *, least_posts: int = 3, least_channels: int = 2) -> None:
        self._own = own_words(watchlist)
        self._least = (least_posts, least_channels)
        self._counted: dict[str, _Counted] = {}
        self._channels: dict[str, int] = {}
        self._floor = 0
        self._others: dict[str, int] | None = None
        #: how many were counted
        self.tagged = 0
        self.untagged = 0

    def add_tagged(self, text: str, matches: Iterable[Match], *, channel: str, row: int) -> None:
        """Count a tagged post; what stands where a match is, is not counted."""
        bit = 1 << self._channels.setdefault(channel, len(self._channels))
        self.tagged += 1
        for term in self._terms(text, matches):
            counted = self._counted.setdefault(term, _Counted())
            counted.posts += 1
            counted.channels |= bit
            counted.example = row
        while len(self._counted) > _MOST_COUNTED:
            self._floor += 1
            self._counted = {term: each for term, each in self._counted.items() if each.posts > self._floor}

    def add_other(self, text: str) -> None:
        """Count a post that is not tagged."""
        if self._others is None:
            self._others = dict.fromkeys(self._frequent(), 0)
        self.untagged += 1
        for term in self._terms(text, ()):
            if term in self._others:
                self._others[term] += 1

    def suggestions(self, most: int) -> tuple[Suggestion, ...]:
        """Return what stands out most, the clearest first; of a phrase and its words only the one that says more."""
        others = self._others or {}
        found = {
            term: Suggestion(_written(term), each.posts, other, each.channels.bit_count(), score, each.example)
            for term in self._frequent()
            for each, other in [(self._counted[term], others.get(term, 0))]
            if (score := self._score(each.posts, other)) is not None
        }
        chosen = [found[term] for term in found if not _is_said(term, found)]
        return tuple(sorted(chosen, key=lambda each: (-each.score, each.term))[:most])

    def _frequent(self) -> Iterator[str]:
        posts, channels = self._least
        for term, each in self._counted.items():
            if each.posts >= posts and each.channels.bit_count() >= channels:
                yield term

    def _score(self, posts: int, others: int) -> float | None:
        """Return how clear the difference is; None if it may be chance, or is small."""
        if posts * max(self.untagged, 1) < _RATIO * others * self.tagged:
            return None
        score = log_likelihood(posts, self.tagged, others, self.untagged)
        return round(score, 1) if score >= _CLEAR else None

    def _terms(self, text: str, matches: Iterable[Match]) -> set[str]:
        return {term for term in terms_of(text, matches) if not self._own.issuperset(term.lstrip("#").split())}


def own_words(watchlist: Watchlist) -> frozenset[str]:
    """Return the folded words of the terms of a watchlist."""
    folded = (fold(term.text) for term in watchlist.terms)
    return frozenset(word for each in folded for word, _, _ in words(each))


def terms_of(text: str, matches: Iterable[Match] = ()) -> Iterator[str]:
    """Yield what may be suggested of a text: words, hashtags and pairs of words, folded, each as often as it stands.

    Left out is what says nothing, has figures in it or is short, and whatever stands where a match is.
    """
    return (term for term, _, _ in _placed(fold(_without(text, matches))))


def place_of(suggestion: Suggestion, text: str, matches: Iterable[Match] = ()) -> tuple[int, int] | None:
    """Return where a suggested term first stands in a text; None if it does not."""
    folded = fold(_without(text, matches))
    for term, start, end in _placed(folded):
        if _written(term) == suggestion.term:
            return folded.original(start, end)
    return None


def _placed(folded: Folded) -> Iterator[tuple[str, int, int]]:
    before: tuple[str, int, int] | None = None
    for word, start, end in words(folded):
        if len(word) < _SHORTEST or word in STOP_WORDS or any(map(str.isdigit, word)):
            before = None
            continue
        if start and folded.text[start - 1] == "#":
            yield f"#{word}", start - 1, end
            before = None
            continue
        yield word, start, end
        if before and not folded.text[before[2] : start].strip(_BLANKS):
            yield f"{before[0]} {word}", before[1], end
        before = word, start, end


def _without(text: str, matches: Iterable[Match]) -> str:
    """Return `text` with line ends where matches and addresses are, so that everything else stands where it stood."""
    pieces: list[str] = []
    place = 0
    for start, end in sorted((match.start, match.end) for match in matches):
        if end > place:
            pieces += [text[place:start], "\n" * (end - max(start, place))]
            place = end
    return _NOISE.sub(lambda found: "\n" * len(found[0]), "".join([*pieces, text[place:]]))


def _written(term: str) -> str:
    return f'"{term}"' if " " in term else term


def _is_said(term: str, found: dict[str, Suggestion]) -> bool:
    """Tell whether a phrase says better what a word says, or a word what a phrase says."""
    if " " in term:
        parts = [found[part] for part in term.split() if part in found]
        return any(found[term].posts < _SAME * part.posts for part in parts if part.score >= found[term].score)
    pairs = (pair for pair in found if " " in pair and term in pair.split())
    return any(found[pair].posts >= _SAME * found[term].posts for pair in pairs)


def log_likelihood(posts: int, tagged: int, others: int, untagged: int) -> float:
    """Return Dunning's log-likelihood ratio of a table of two by two (Computational Linguistics 19, 1993).

    Args:
        posts: tagged posts with the term.
        tagged: all tagged posts.
        others: other posts with the term.
        untagged: all other posts.
    """
    total, having = tagged + untagged, posts + others
    cells = (
        (posts, tagged, having),
        (tagged - posts, tagged, total - having),
        (others, untagged, having),
        (untagged - others, untagged, total - having),
    )
    return 2 * math.fsum(seen * math.log(seen * total / (row * column)) for seen, row, column in cells if seen)
