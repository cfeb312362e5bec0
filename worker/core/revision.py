"""How much an edit changed: nothing, its looks, its wording or its meaning. The word diff is `worker.core.word_diff`.

Decided by tables of words and numbers (English, French, Russian), not by understanding: when in doubt an edit is
substantive, because an analyst loses more by an overlooked one. Knows nothing of watchlists; who does says so by
`terms_changed`.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from rapidfuzz.distance import Indel

from worker.core.revision_kinship import is_kin, language_of
from worker.core.revision_tables import OPPOSITES
from worker.core.revision_words import Weight, Word, sense, signs
from worker.core.text import collapse
from worker.core.word_diff import Piece, html_diff, text_diff, word_diff

__all__ = ["Grade", "Piece", "grade", "html_diff", "text_diff", "word_diff"]

#: not the one in an address
_QUESTION = re.compile(r"\?(?!\w)")
#: texts with more pairs of words than this (after cutting what they have in common) are not aligned: they are weighed
_MOST_CELLS = 12_000 * 12_000
#: blanks that look like any other
_NO_BREAK = {0x00A0: " ", 0x202F: " "}
#: more words than this that have gone or come are no slips of the pen
_MOST_SLIPS = 100


class Grade(StrEnum):
    """How much an edit changed, from nothing to the meaning. As texts they do not compare by rank: ask `at_least`."""

    #: nothing that a reader could see
    SAME = "same"
    #: white space, punctuation, quotes, dashes, emoji, capitals, signatures, tracking of links
    COSMETIC = "cosmetic"
    #: slips of the pen, word forms, words that carry little, order of words, links, hashtags
    MINOR = "minor"
    #: a number, a name, a negation, a word of content, a sentence: the meaning
    SUBSTANTIVE = "substantive"

    @property
    def rank(self) -> int:
        """Its place: 0 for `SAME`, 3 for `SUBSTANTIVE`."""
        return _RANKS[self]

    def at_least(self, other: "Grade") -> bool:
        """Tell whether this edit changed as much as `other`, or more."""
        return self.rank >= other.rank


_RANKS = {one: rank for rank, one in enumerate(Grade)}


def grade(before: str, after: str, *, terms_changed: bool = False) -> Grade:
    """Return how much the edit from `before` to `after` changed.

    `terms_changed` says that it brought the post to a watchlist or took it from one, which is always substantive.
    """
    if terms_changed:
        return Grade.SUBSTANTIVE
    if before == after or _lines(before) == _lines(after):
        return Grade.SAME
    if _looks_alone(before, after):
        return Grade.COSMETIC
    return Grade.SUBSTANTIVE if _turns(sense(before), sense(after)) else Grade.MINOR


def _lines(text: str) -> list[list[str]]:
    """Return the words of each line without what no reader sees; a doubled blank, which one may see, is a word."""
    plain = text.translate(_NO_BREAK).strip()
    return [[collapse(word) for word in line.rstrip().split(" ")] for line in plain.splitlines()]


# --------------------------------------------------------------------------- looks


def _looks_alone(before: str, after: str) -> bool:
    old, new = signs(before), signs(after)
    if [word.key for word in old] != [word.key for word in new]:
        return False
    return bool(_QUESTION.search(before)) == bool(_QUESTION.search(after)) and not _names_by_case(old, new)


def _names_by_case(old: Sequence[Word], new: Sequence[Word]) -> bool:
    """Tell whether a single word became an acronym or ceased to be one (``us``, ``US``); titles do not count."""
    changed = [one.text.isupper() != other.text.isupper() for one, other in zip(old, new, strict=True)]
    for place, (one, other) in enumerate(zip(old, new, strict=True)):
        alone = not any(changed[max(place - 1, 0) : place]) and not any(changed[place + 1 : place + 2])
        short, long = sorted((one.text, other.text))
        if alone and len(long) > 1 and short.isupper() and long.islower():
            return True
    return False


# --------------------------------------------------------------------------- meaning


@dataclass(frozen=True, slots=True)
class _Run:
    """Words that gave way to others at one place; either may be none."""

    gone: Sequence[Word]
    come: Sequence[Word]


def _turns(old: tuple[Word, ...], new: tuple[Word, ...]) -> bool:
    """Tell whether the sense differs."""
    if _fixed(old) != _fixed(new):
        return True
    runs = list(_runs(old, new))
    if any(_swaps_opposites(run) for run in runs):
        return True
    gone = Counter(word.key for run in runs for word in run.gone)
    come = Counter(word.key for run in runs for word in run.come)
    moved = gone & come
    if moved and (_moves_anchors(moved, old, new) or _swaps_names(moved, old, new)):
        return True
    return _loses_words(runs, moved, language_of(old + new))


def _fixed(words: Sequence[Word]) -> Counter[str]:
    return Counter(word.key for word in words if word.weight in {Weight.ANCHOR, Weight.MOMENT})


def _runs(old: Sequence[Word], new: Sequence[Word]) -> Iterator[_Run]:
    known: dict[str, int] = {}
    a = [known.setdefault(word.key, len(known)) for word in old]
    b = [known.setdefault(word.key, len(known)) for word in new]
    low = 0
    while low < min(len(a), len(b)) and a[low] == b[low]:
        low += 1
    end, stop = len(a), len(b)
    while end > low and stop > low and a[end - 1] == b[stop - 1]:
        end, stop = end - 1, stop - 1
    if (end - low) * (stop - low) > _MOST_CELLS:
        yield _Run(old[low:end], new[low:stop])
        return
    i, j = low, low
    for block in Indel.opcodes(a[low:end], b[low:stop]).as_matching_blocks():
        k, m = block.a + low, block.b + low
        if i < k or j < m:
            yield _Run(old[i:k], new[j:m])
        i, j = k + block.size, m + block.size


def _swaps_opposites(run: _Run) -> bool:
    """Tell whether a light word gave way to its opposite: ``from`` to ``to``."""
    gone = {word.key for word in run.gone} - {word.key for word in run.come}
    come = {word.key for word in run.come} - {word.key for word in run.gone}
    return len(gone) == len(come) == 1 and frozenset(gone | come) in OPPOSITES


def _moves_anchors(moved: Counter[str], old: Sequence[Word], new: Sequence[Word]) -> bool:
    """Tell whether a number or a negation now belongs to other words: neither the next nor the last is the same."""
    keys = {word.key for word in old if word.weight is Weight.ANCHOR and word.key in moved}
    return bool(keys) and all(_neighbours(old[::step], keys) != _neighbours(new[::step], keys) for step in (1, -1))


def _neighbours(words: Sequence[Word], keys: set[str]) -> Counter[tuple[str, str]]:
    heavy = [word for word in words if word.weight is not Weight.LIGHT]
    pairs = Counter((one.key, other.key[:5]) for one, other in pairwise(heavy) if one.key in keys)
    if heavy and heavy[-1].key in keys:
        pairs[heavy[-1].key, ""] += 1
    return pairs


def _swaps_names(moved: Counter[str], old: Sequence[Word], new: Sequence[Word]) -> bool:
    """Tell whether names changed places; within a list they may, and so may those that only say where."""
    names = {word.key for word in (*old, *new) if _is_name(word)}
    if names.isdisjoint(moved):
        return False
    return _sequence(old, names) != _sequence(new, names)


def _is_name(word: Word) -> bool:
    return word.weight is Weight.CONTENT and not word.first and word.text[:1].isupper()


def _sequence(words: Sequence[Word], names: set[str]) -> list[list[str]]:
    groups: list[list[str]] = []
    together = False
    before: Word | None = None
    for word in words:
        if word.key in names:
            if together:
                groups[-1].append(word.key)
            elif before is None or before.weight is not Weight.LIGHT or before.key in _JOINING:
                groups.append([word.key])
            together = bool(groups)
        elif word.key not in _JOINING:
            together = False
        before = word
    return [sorted(group) for group in groups]


_JOINING = frozenset({"and", "et", "и", "=and", "the", "la", "le", "les", "l"})


def _loses_words(runs: Sequence[_Run], moved: Counter[str], language: str) -> bool:
    """Tell whether a word of content went or came that is no form or slip of another one."""
    gone_left, come_left = Counter(moved), Counter(moved)
    gone: list[Word] = []
    come: list[Word] = []
    for run in runs:
        lost, found = _heavy(run.gone, gone_left), _heavy(run.come, come_left)
        if "".join(word.key for word in lost) == "".join(word.key for word in found):
            continue  # written in one word or in two
        gone += lost if found else _without_hashtags(lost)
        come += found if lost else _without_hashtags(found)
    if len(gone) != len(come):
        return True
    return len(gone) > _MOST_SLIPS or not _all_kin(gone, come, language)


def _heavy(words: Sequence[Word], moved: Counter[str]) -> list[Word]:
    """Return what has not just moved and carries something; what has is taken off `moved`."""
    heavy = []
    for word in words:
        if moved[word.key]:
            moved[word.key] -= 1
        elif word.weight is not Weight.LIGHT:
            heavy.append(word)
    return heavy


def _without_hashtags(words: Sequence[Word]) -> list[Word]:
    return [word for word in words if word.weight is not Weight.HASHTAG]


def _all_kin(gone: Sequence[Word], come: Sequence[Word], language: str) -> bool:
    left = list(come)
    for word in gone:
        kin = next((place for place, other in enumerate(left) if is_kin(word, other, language=language)), None)
        if kin is None:
            return False
        left.pop(kin)
    return True
