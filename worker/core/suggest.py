"""Terms that stand out in the posts that a watchlist tags, by counting posts and nothing else.

First the tagged posts are counted, then the others, and those only for what was frequent enough in the tagged ones; so
what is kept does not grow with the history. Words are compared as they are folded, not by their forms, and a post that
tells the same as another should be left out by the caller. Does not match and does not read stored posts.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from worker.core.models import Match, Watchlist
from worker.core.stop_words import STOP_WORDS
from worker.core.text import Folded, fold, words

#: shorter words are articles, particles and initials
_SHORTEST: Final = 3
#: more different words and phrases are not counted at once; the rarest go first
_MOST_COUNTED: Final = 400_000
#: the log-likelihood ratio that chance exceeds once in a thousand times, and once in twenty (chi-square, one degree)
_CLEAR: Final = 10.83
_LIKELY: Final = 3.84
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
        self._first_words: frozenset[str] = frozenset()
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
            self._first_words = frozenset(term.split()[0] for term in self._others if " " in term)
        self.untagged += 1
        others = self._others
        found: set[str] = set()
        before = ""
        for word, _, _, follows in _words_of(fold(_without(text, ()))):
            found.add(word)
            if follows and before in self._first_words:
                found.add(f"{before} {word}")
            before = word
        for term in found & others.keys():
            others[term] += 1

    def suggestions(self, most: int) -> tuple[Suggestion, ...]:
        """Return what stands out most, the clearest first; of a phrase and its words only the one that says more."""
        others = self._others or {}
        # the more is looked at, the more stands out by chance (Bonferroni's correction, nearly)
        clear = max(_CLEAR, _LIKELY + 2 * math.log(max(len(self._counted), 1)))
        found: dict[str, Suggestion] = {}
        for term in self._frequent():
            each, other = self._counted[term], others.get(term, 0)
            score = self._score(each.posts, other)
            if score >= clear:
                channels = each.channels.bit_count()
                found[term] = Suggestion(_written(term), each.posts, other, channels, round(score, 1), each.example)
        ranked = sorted(found, key=lambda term: (-found[term].score, term))
        return tuple(found[term] for term in _without_said(ranked, found))[:most]

    def _frequent(self) -> Iterator[str]:
        posts, channels = self._least
        for term, each in self._counted.items():
            if each.posts >= posts and each.channels.bit_count() >= channels:
                yield term

    def _score(self, posts: int, others: int) -> float:
        """Return how clear the difference is; 0 if it is small."""
        if posts * max(self.untagged, 1) < _RATIO * others * self.tagged:
            return 0.0
        return log_likelihood(posts, self.tagged, others, self.untagged)

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
    """Yield each word and each pair of words with its place in the folded text."""
    before = ("", 0)
    for word, start, end, follows in _words_of(folded):
        yield word, start, end
        if follows:
            yield f"{before[0]} {word}", before[1], end
        before = word, start


def _words_of(folded: Folded) -> Iterator[tuple[str, int, int, bool]]:
    """Yield the words that say something with their places, and whether each makes a phrase with the one before it."""
    text = folded.text
    last = -1
    for word, start, end in words(folded):
        if len(word) < _SHORTEST or word in STOP_WORDS or (not word.isalpha() and any(map(str.isdigit, word))):
            last = -1
        elif start and text[start - 1] == "#":
            yield f"#{word}", start - 1, end, False
            last = -1
        else:
            yield word, start, end, last >= 0 and not text[last:start].strip(_BLANKS)
            last = end


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


def _without_said(ranked: Sequence[str], found: Mapping[str, Suggestion]) -> Iterator[str]:
    """Yield the terms, the clearest first, without those that another one says as well or better."""
    pairs: dict[str, list[str]] = {}
    for term in ranked:
        for word in term.split() if " " in term else ():
            pairs.setdefault(word, []).append(term)
    shown: set[str] = set()
    for term in ranked:
        own = found[term]
        if " " not in term:
            said = any(found[pair].posts >= _SAME * own.posts for pair in pairs.get(term, ()))
        else:
            parts = [found[word] for word in term.split() if word in found]
            said = any(own.posts < _SAME * part.posts for part in parts if part.score >= own.score)
            # of a phrase of three words only the clearer half is shown
            said = said or any(_is_chain(term, pair) for word in term.split() for pair in pairs[word] if pair in shown)
        if not said:
            shown.add(term)
            yield term


def _is_chain(pair: str, other: str) -> bool:
    """Tell whether one of two pairs of words ends with the word that the other begins with."""
    (first, last), (begin, end) = pair.split(), other.split()
    return last == begin or end == first


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
