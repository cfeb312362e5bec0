"""The engine: finds every leaf of every watchlist in a text, in one pass. Does not know watchlists, terms or queries.

What counts as found:

- A **word** is found as a whole word in any case; its neighbours must not be letters, digits, underscores or combining
  marks. So ``cis-lunar``, ``CIS-Russia`` and ``CIS's`` hold the word ``cis``, and ``decision`` does not.
- An **acronym** is found in exactly its own case, and in any case as a hashtag: ``#cis``, ``#cis2025``.
- A **phrase** is found with any white space between its words, in any case; an acronym in quotes is such a phrase.
- A **hashtag** is found only as a whole hashtag, in any case.
- A **prefix** is found at the start of a word; the match is the whole word.
- A **pattern** is found wherever it fits in the original text.
- Words, acronyms and prefixes are also found as a part of a hashtag: ``#RussiaUkraine``, ``#саммит_БРИКС``,
  ``#BRICS2025``. Parts are told by underscores, digits and capitals.
- ``match = "forms"``: any form of each word; an acronym has only one form.

An Aho-Corasick automaton runs over the folded text; each candidate is checked in Python.
"""

from collections.abc import Iterator, Sequence

from ahocorasick_rs import AhoCorasick, Implementation

from worker.core.text import is_word_character
from worker.core.watchlist.pattern import Pattern
from worker.core.watchlist.rules import AnchorRule, StemRule, compile_leaf
from worker.core.watchlist.terms import ParsedTerm, Shape
from worker.core.watchlist.view import View

#: Above this the full automaton leaves the processor's cache: slower, and ten times the memory (measured at 20,000).
_MOST_PATTERNS_FOR_DFA = 5_000

#: Number of the leaf, and where it stands in the original text: start and end.
Hit = tuple[int, int, int]


class Engine:
    """Leaves compiled for searching. Immutable; safe to share between threads.

    Args:
        leaves: no two that are equal; a leaf's number is its place in the sequence.
    """

    def __init__(self, leaves: Sequence[ParsedTerm]) -> None:
        anchors: dict[str, list[AnchorRule]] = {}
        stems: dict[str, dict[str, list[StemRule]]] = {}
        patterns: list[tuple[int, Pattern]] = []
        for number, leaf in enumerate(leaves):
            if leaf.shape is Shape.PATTERN:
                patterns.append((number, Pattern(leaf.words[0], case=leaf.exact is not None)))
                continue
            compiled = compile_leaf(number, leaf)
            if isinstance(compiled, StemRule):
                stems.setdefault(compiled.language, {}).setdefault(compiled.stems[0], []).append(compiled)
            else:
                for anchor, rule in compiled:
                    anchors.setdefault(anchor, []).append(rule)
        self._stems = stems
        self._patterns = tuple(patterns)
        self._rules = tuple(tuple(rules) for rules in anchors.values())
        #: by pattern: may the word go on after it?
        self._open = tuple(any(rule.shape is Shape.PREFIX for rule in rules) for rules in self._rules)
        #: by pattern: is a whole word all it takes?
        self._plain = tuple(all(rule.is_plain for rule in rules) for rules in self._rules)
        self._automaton = _build_automaton(list(anchors))

    def find(self, text: str) -> list[Hit]:
        """Return every place of every leaf in `text`, in any order, each once; any string is taken."""
        view = View(text)
        found = self._find_anchors(view)
        if self._stems:
            found.extend(self._find_stems(view))
        for number, pattern in self._patterns:
            found.extend((number, start, end) for start, end in pattern.find(text))
        return list(set(found)) if len(found) > 1 else found

    def _find_anchors(self, view: View) -> list[Hit]:
        found: list[Hit] = []
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
                    found.append((rule.leaf, *place))
        return found

    def _find_stems(self, view: View) -> Iterator[Hit]:
        for language, rules in self._stems.items():
            stems = view.stems(language)
            for first, stem in enumerate(stems):
                for rule in rules.get(stem, ()):
                    place = rule.find(view, stems, first)
                    if place:
                        yield rule.leaf, *place


def _build_automaton(patterns: list[str]) -> AhoCorasick | None:
    if not patterns:
        return None
    few = len(patterns) <= _MOST_PATTERNS_FOR_DFA
    implementation = Implementation.DFA if few else Implementation.ContiguousNFA
    return AhoCorasick(patterns, store_patterns=False, implementation=implementation)
