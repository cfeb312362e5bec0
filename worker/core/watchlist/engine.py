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
- All of it but patterns also in the other `readings` of a text whose words are oddly written.

An Aho-Corasick automaton runs over the folded text; each candidate is checked in Python. Most texts are folded in half
the time that they would all need: what that leaves unfolded, and what gives a text other readings, are patterns of the
same automaton, so that looking for them costs nothing.
"""

from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence

from ahocorasick_rs import AhoCorasick, Implementation

from worker.core.text import REMAINDERS, fold, fold_roughly, is_word_character
from worker.core.watchlist.language import stemmer
from worker.core.watchlist.pattern import Pattern, PatternSet
from worker.core.watchlist.readings import CLUES, JOINTS, Reading, has_soft_break, is_joint, readings
from worker.core.watchlist.rules import Rule, StemRule, compile_leaf
from worker.core.watchlist.terms import ParsedTerm, Shape
from worker.core.watchlist.view import IS_WORD, REST_OF_WORD, View

#: Above this the full automaton leaves the processor's cache: slower, and ten times the memory (measured at 20,000).
_MOST_PATTERNS_FOR_DFA = 5_000
#: Longer texts are searched in portions of this many characters, so that candidates never fill the memory.
_PORTION = 100_000
#: Where more is found in a text than this, nobody reads it: what ends behind the last of them is not looked for.
_MOST_HITS = 200_000
#: Follows every third emoji, and is nothing but a wish for a coloured one.
_EMOJI_STYLE = "\ufe0f"

#: Traits of a pattern: may it begin inside a word, may it end there, does its one leaf stand wherever it is a whole
#: word, is the word that begins with it all that its leaves need to know?
_INNER_START, _INNER_END, _PLAIN, _ACCEPTING = 1, 2, 4, 8

_REMAINDERS = tuple(sorted(REMAINDERS))

#: Number of the leaf, and where it stands in the original text: start and end.
Hit = tuple[int, int, int]
#: What is found, whether the text has other readings, and of which patterns it holds what they need; None: perhaps of
#: all.
_Looked = tuple[list[Hit], bool, list[int] | None]


class Engine:
    """Leaves compiled for searching. Immutable; safe to share between threads.

    Args:
        leaves: no two that are equal; a leaf's number is its place in the sequence.
    """

    def __init__(self, leaves: Sequence[ParsedTerm]) -> None:
        anchors: dict[str, list[Rule]] = {}
        stems: dict[str, dict[str, list[StemRule]]] = {}
        regular: list[tuple[int, Pattern]] = []
        for number, leaf in enumerate(leaves):
            if leaf.shape is Shape.PATTERN:
                regular.append((number, Pattern(leaf.words[0], case=leaf.exact is not None)))
                continue
            compiled = compile_leaf(number, leaf)
            if isinstance(compiled, StemRule):
                stems.setdefault(compiled.language, {}).setdefault(compiled.stems[0], []).append(compiled)
            else:
                for anchor, rule in compiled:
                    anchors.setdefault(anchor, []).append(rule)
        self._stems = stems
        self._regular = PatternSet(regular)
        #: those of them that any text may hold, and the others by what a text must hold for them
        wide = [one for one in regular if not one[1].needed]
        self._wide = PatternSet(wide) if wide else None
        needed: dict[str, list[tuple[int, Pattern]]] = {}
        for one in regular:
            for seen in one[1].needed:
                needed.setdefault(seen, []).append(one)
        self._sparing = tuple(needed.values())
        #: by pattern
        self._rules = tuple(map(tuple, anchors.values()))
        #: by pattern: what is asked of all candidates. Bytes and an array, because most of their time is spent
        #: waiting for memory, and these stay in the processor's cache
        self._traits = bytes(map(_traits, anchors, self._rules))
        #: by pattern: the leaf that stands wherever it is a whole word, if it is plain
        self._plain = array("l", [rules[0].leaf for rules in self._rules])
        #: by pattern: its leaves, and which words beginning with it they accept; empty: more must be looked at
        self._accepting = tuple(map(_accepting, self._rules))
        # numbers of the automaton's patterns from which on they are not anchors, and so on
        self._own = len(anchors)
        self._remainders = self._own + len(needed)
        self._clues = self._remainders + len(_REMAINDERS)
        self._joints = self._clues + len(CLUES)
        self._overlap = max(map(len, [*anchors, *needed, *JOINTS]))
        self._automaton = _build_automaton([*anchors, *needed]) if anchors or needed or stems else None

    def find(self, text: str) -> list[Hit]:
        """Return every place of every leaf in `text`, in any order, each once; any string is taken.

        Where there are more than 200,000, only the first.
        """
        found, is_odd, needed = self._look(text) if self._automaton else ([], False, [])
        if is_odd:
            for reading in readings(text):
                for leaf, start, end in self._look(reading.text)[0]:
                    found.append((leaf, *reading.original(start, end)))
        if needed is None:
            found.extend(self._regular.find(text))
        else:
            if self._wide:
                found.extend(self._wide.find(text))
            for number in set(needed):
                for leaf, pattern in self._sparing[number]:
                    found.extend((leaf, start, end) for start, end in pattern.find(text))
        if len(found) <= 1:
            return found
        found = list(set(found))
        return found if len(found) <= _MOST_HITS else sorted(found, key=lambda hit: (hit[2], hit))[:_MOST_HITS]

    def _look(self, text: str) -> _Looked:
        """Return what is found in `text` as it stands."""
        rough = fold_roughly(text)
        original = None
        if _EMOJI_STYLE in rough:
            plain = rough.replace(_EMOJI_STYLE, "")
            original = Reading(plain, _places(rough, _EMOJI_STYLE)).original
            rough = plain
        view = View(text, rough, original or _same)
        looked = self._scan(view, is_rough=True, is_aligned=original is None)
        if looked is None:
            folded = fold(text)
            view = View(text, folded.text, folded.original)
            found, is_odd, _ = self._scan(view, is_rough=False, is_aligned=False) or ([], False, None)
            looked = found, is_odd or has_soft_break(text), None
        if self._stems:
            looked[0].extend(self._find_stems(view))
        return looked

    # one loop, because calling a function for each candidate would cost more than all the rest
    def _scan(  # noqa: PLR0912
        self, view: View, *, is_rough: bool, is_aligned: bool
    ) -> _Looked | None:
        """Return what is found; None if a text that was folded roughly turns out to need more."""
        text, original, plain, rules = view.text, view.original, self._plain, self._rules
        traits, is_word, own, source = self._traits, IS_WORD, self._own, view.source
        accepting, rest_of_word = self._accepting, REST_OF_WORD.match
        found: list[Hit] = []
        needed: list[int] = []
        is_odd = False
        try:
            seen = self._candidates(text)
        except UnicodeEncodeError:
            return None  # halves of characters
        first_hashtag = text.find("#")
        if first_hashtag < 0:
            first_hashtag = len(text)
        for number, start, end in seen:
            if number >= own:
                if number >= self._clues:
                    is_odd = is_odd or number < self._joints or is_joint(text, start)
                elif number < self._remainders:
                    needed.append(number - own)
                elif is_rough:
                    return None
                continue
            # most candidates of a long list lie inside words and end here
            if is_word[text[start - 1]]:
                if not traits[number] & _INNER_START and (
                    start < first_hashtag
                    # no part of a hashtag begins with a small letter behind another letter
                    or (is_aligned and source[start].islower() and source[start - 1].isalpha())
                ):
                    continue
            elif traits[number] & _ACCEPTING and start < first_hashtag:
                stop = end
                if is_word[text[end]]:
                    rest = rest_of_word(text, end)
                    stop = rest.end() if rest else end
                    if is_word[text[stop]]:
                        stop = view.next_edge(stop, part=False)
                word = text[start:stop]
                for leaf, accepts in accepting[number]:
                    if accepts(word):
                        place = (start, stop) if is_aligned else original(start, stop)
                        if place:
                            found.append((leaf, *place))
                continue
            elif is_word[text[end]]:
                if start < first_hashtag and not traits[number] & _INNER_END:
                    continue
            elif traits[number] & _PLAIN:
                place = (start, end) if is_aligned else original(start, end)
                if place:
                    found.append((plain[number], *place))
                continue
            for rule in rules[number]:
                stop = rule.reach(view, start, end) if start < first_hashtag else rule.find(view, start, end)
                if stop:
                    place = (start, stop) if is_aligned else original(start, stop)
                    if place:
                        found.append((rule.leaf, *place))
        return found, is_odd, needed if is_rough else None

    def _candidates(self, text: str) -> Iterable[tuple[int, int, int]]:
        assert self._automaton is not None
        if len(text) <= _PORTION:
            return self._automaton.find_matches_as_indexes(text, overlapping=True)
        return self._candidates_in_portions(text, self._automaton)

    def _candidates_in_portions(self, text: str, automaton: AhoCorasick) -> Iterator[tuple[int, int, int]]:
        for first in range(0, len(text), _PORTION):
            portion = text[first : first + _PORTION + self._overlap]
            for number, start, end in automaton.find_matches_as_indexes(portion, overlapping=True):
                if start < _PORTION:
                    yield number, first + start, first + end

    def _find_stems(self, view: View) -> Iterator[Hit]:
        words = view.words()
        for language, rules in self._stems.items():
            stem = stemmer(language)
            for word, start, end in words:
                for rule in rules.get(stem(word), ()):
                    stop = rule.find(view, start, end)
                    place = view.original(start, stop) if stop else None
                    if place:
                        yield rule.leaf, *place


def _traits(anchor: str, rules: Sequence[Rule]) -> int:
    """Return what is to be known of every candidate of `anchor`, whose rules are `rules`."""
    traits = 0
    if not is_word_character(anchor[0]) and anchor[0] != "#":
        traits |= _INNER_START
    if not is_word_character(anchor[-1]) or any(rule.is_open for rule in rules):
        traits |= _INNER_END
    if len(rules) == 1 and rules[0].is_plain:
        traits |= _PLAIN
    return traits | _ACCEPTING if _accepting(rules) else traits


def _accepting(rules: Sequence[Rule]) -> tuple[tuple[int, Callable[[str], object]], ...]:
    accepting = [(rule.leaf, accepts) for rule in rules if (accepts := rule.accepts()) is not None]
    return tuple(accepting) if len(accepting) == len(rules) else ()


def _same(start: int, end: int) -> tuple[int, int]:
    return start, end


def _places(text: str, character: str) -> Iterator[tuple[int, int]]:
    place = text.find(character)
    while place >= 0:
        yield place, place + 1
        place = text.find(character, place + 1)


def _build_automaton(patterns: Sequence[str]) -> AhoCorasick:
    few = len(patterns) <= _MOST_PATTERNS_FOR_DFA
    implementation = Implementation.DFA if few else Implementation.ContiguousNFA
    every = [*patterns, *_REMAINDERS, *CLUES, *JOINTS]
    return AhoCorasick(every, store_patterns=False, implementation=implementation)
