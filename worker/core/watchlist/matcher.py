"""Finding the terms of watchlists in texts: compiled once, then run over every post.

What counts as found:

- A **word** is found as a whole word in any case; its neighbours must not be letters, digits, underscores or combining
  marks. So ``cis-lunar``, ``CIS-Russia`` and ``CIS's`` hold the word ``cis``, and ``decision`` does not.
- An **acronym** is found in exactly its own case, and in any case as a hashtag: ``#cis``, ``#cis2025``.
- A **phrase** is found with any white space between its words, in any case; an acronym in quotes is such a phrase.
- A **hashtag** is found only as a whole hashtag, in any case.
- A **prefix** is found at the start of a word; the match is the whole word.
- Words, acronyms and prefixes are also found as a part of a hashtag: ``#RussiaUkraine``, ``#саммит_БРИКС``,
  ``#BRICS2025``. Parts are told by underscores, digits and capitals.
- ``match = "forms"``: any form of each word; an acronym has only one form.

Every match is reported where it stands in the original text. Where one match of a watchlist lies within a longer match
of the same watchlist, only the longer is reported (``#BRICS``, not also ``BRICS``); different terms found in the same
place are all reported, and watchlists never influence each other.

The engine is an Aho-Corasick automaton over the folded text; each candidate is checked in Python. Does not decide
which posts are worth telling.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from ahocorasick_rs import AhoCorasick, Implementation

from worker.core.models import Match, Watchlist
from worker.core.text import is_word_character
from worker.core.watchlist.rules import AnchorRule, StemRule, compile_term
from worker.core.watchlist.terms import Shape, parse_term
from worker.core.watchlist.view import View
from worker.errors import TermError

#: Above this the full automaton leaves the processor's cache: slower, and ten times the memory (measured at 20,000).
_MOST_PATTERNS_FOR_DFA = 5_000

#: Start, end, watchlist, term: tuples sort and compare much faster than matches, of which few are built in the end.
_Found = tuple[int, int, str, str]


class Matcher:
    """Watchlists compiled for matching. Immutable; safe to share between threads.

    Args:
        watchlists: in the order in which their tags are listed; no two of the same name.

    Raises:
        TermError: a term that means nothing.
    """

    def __init__(self, watchlists: Sequence[Watchlist]) -> None:
        self._names = tuple(watchlist.name for watchlist in watchlists)
        anchors: dict[str, list[AnchorRule]] = {}
        stems: dict[str, dict[str, list[StemRule]]] = {}
        for watchlist in watchlists:
            for index, term in enumerate(watchlist.terms):
                try:
                    compiled = compile_term(watchlist.name, term.text, parse_term(term))
                except ValueError as e:
                    raise TermError(str(e), watchlist=watchlist.name, index=index) from e
                if isinstance(compiled, StemRule):
                    stems.setdefault(compiled.language, {}).setdefault(compiled.stems[0], []).append(compiled)
                else:
                    for anchor, rule in compiled:
                        anchors.setdefault(anchor, []).append(rule)
        self._stems = stems
        self._rules = tuple(tuple(rules) for rules in anchors.values())
        #: by pattern: may the word go on after it?
        self._open = tuple(any(rule.shape is Shape.PREFIX for rule in rules) for rules in self._rules)
        #: by pattern: is a whole word all it takes?
        self._plain = tuple(all(rule.is_plain for rule in rules) for rules in self._rules)
        self._automaton = _build_automaton(list(anchors))

    def match(self, text: str) -> tuple[Match, ...]:
        """Return every match in `text`, sorted by start, end, watchlist and term; any string is taken."""
        view = View(text)
        found = self._find_anchors(view)
        if self._stems:
            found.extend(self._find_stems(view))
        if not found:
            return ()
        longest = _longest(sorted(set(found)))
        return tuple([Match(watchlist, term, start, end) for start, end, watchlist, term in longest])

    def tags(self, matches: Iterable[Match]) -> tuple[str, ...]:
        """Return the names of the watchlists of `matches`, once each, in the order of the watchlists."""
        found = {match.watchlist for match in matches}
        return tuple(name for name in self._names if name in found)

    def _find_anchors(self, view: View) -> list[_Found]:
        found: list[_Found] = []
        if self._automaton is None:
            return found
        text, last, original, is_open, is_plain = view.text, len(view.text), view.original, self._open, self._plain
        for number, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            # two of three candidates of a long list lie inside words and end here, so the check stands in line
            inside = (start and is_word_character(text[start - 1]) and is_word_character(text[start])) or (
                end < last and not is_open[number] and is_word_character(text[end]) and is_word_character(text[end - 1])
            )
            if inside and view.hashtag_at(start) is None:
                continue
            whole = original(start, end) if is_plain[number] and not inside else None
            for rule in self._rules[number]:
                place = whole or rule.find(view, start, end)
                if place:
                    found.append((*place, rule.watchlist, rule.term))
        return found

    def _find_stems(self, view: View) -> Iterator[_Found]:
        for language, rules in self._stems.items():
            stems = view.stems(language)
            for first, stem in enumerate(stems):
                for rule in rules.get(stem, ()):
                    place = rule.find(view, stems, first)
                    if place:
                        yield *place, rule.watchlist, rule.term


def _build_automaton(patterns: list[str]) -> AhoCorasick | None:
    if not patterns:
        return None
    few = len(patterns) <= _MOST_PATTERNS_FOR_DFA
    implementation = Implementation.DFA if few else Implementation.ContiguousNFA
    return AhoCorasick(patterns, store_patterns=False, implementation=implementation)


def _longest(found: list[_Found]) -> list[_Found]:
    """Return what was found, sorted, without what lies within something longer of the same watchlist."""
    if all(one[1] <= other[0] for one, other in pairwise(found)):
        return found
    kept: list[_Found] = []
    widest: dict[str, _Found] = {}
    # in this order whatever is longer comes before all that it contains
    for one in sorted(found, key=lambda one: (one[0], -one[1])):
        longest = widest.setdefault(one[2], one)
        if one[1] > longest[1] or one[:2] == longest[:2]:
            widest[one[2]] = one
            kept.append(one)
    return sorted(kept)
