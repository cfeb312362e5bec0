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

from ahocorasick_rs import AhoCorasick, Implementation

from worker.core.models import Match, Watchlist
from worker.core.text import is_word_character
from worker.core.watchlist.rules import AnchorRule, StemRule, compile_term
from worker.core.watchlist.terms import Shape, parse_term
from worker.core.watchlist.view import View
from worker.errors import TermError

#: Above this the full automaton leaves the processor's cache: slower, and ten times the memory (measured at 20,000).
_MOST_PATTERNS_FOR_DFA = 5_000


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
        self._automaton = _build_automaton(list(anchors))

    def match(self, text: str) -> tuple[Match, ...]:
        """Return every match in `text`, sorted by start, end, watchlist and term; any string is taken."""
        view = View(text)
        found = set(self._match_anchors(view))
        if self._stems:
            found.update(self._match_stems(view))
        return _without_contained(found) if found else ()

    def tags(self, matches: Iterable[Match]) -> tuple[str, ...]:
        """Return the names of the watchlists of `matches`, once each, in the order of the watchlists."""
        found = {match.watchlist for match in matches}
        return tuple(name for name in self._names if name in found)

    def _match_anchors(self, view: View) -> Iterator[Match]:
        if self._automaton is None:
            return
        text, last, all_rules, is_open = view.text, len(view.text), self._rules, self._open
        for number, start, end in self._automaton.find_matches_as_indexes(text, overlapping=True):
            # two of three candidates of a long list lie inside words and end here, so the check stands in line
            inside = (start and is_word_character(text[start - 1]) and is_word_character(text[start])) or (
                end < last and not is_open[number] and is_word_character(text[end]) and is_word_character(text[end - 1])
            )
            if inside and view.hashtag_at(start) is None:
                continue
            for rule in all_rules[number]:
                place = rule.find(view, start, end)
                if place:
                    yield Match(rule.watchlist, rule.term, *place)

    def _match_stems(self, view: View) -> Iterator[Match]:
        for language, rules in self._stems.items():
            stems = view.stems(language)
            for first, stem in enumerate(stems):
                for rule in rules.get(stem, ()):
                    place = rule.find(view, stems, first)
                    if place:
                        yield Match(rule.watchlist, rule.term, *place)


def _build_automaton(patterns: list[str]) -> AhoCorasick | None:
    if not patterns:
        return None
    few = len(patterns) <= _MOST_PATTERNS_FOR_DFA
    implementation = Implementation.DFA if few else Implementation.ContiguousNFA
    return AhoCorasick(patterns, store_patterns=False, implementation=implementation)


def _without_contained(found: set[Match]) -> tuple[Match, ...]:
    """Return the matches in order, without those that lie within a longer match of their watchlist."""
    kept: list[Match] = []
    widest: dict[str, Match] = {}
    # a longer match comes before all it contains
    for match in sorted(found, key=lambda match: (match.start, -match.end)):
        longest = widest.setdefault(match.watchlist, match)
        if match.end > longest.end or (match.start, match.end) == (longest.start, longest.end):
            widest[match.watchlist] = match
            kept.append(match)
    return tuple(sorted(kept, key=lambda match: (match.start, match.end, match.watchlist, match.term)))
