"""Rules: what the engine checks where a pattern was seen, compiled from parsed terms.

A leaf becomes patterns for the automaton, each with a rule that confirms a candidate: `WrittenRule` for what is written
as the term says, `StemRule` for forms that are known by their stem. Does not scan texts.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from worker.core.text import Folded, is_word_character, words
from worker.core.watchlist.language import LEXICAL, russian_forms, stem_beginnings, stemmer
from worker.core.watchlist.terms import ParsedTerm, Shape
from worker.core.watchlist.view import View

_BLANKS = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class WrittenRule:
    """What must hold where a pattern of a leaf was seen."""

    leaf: int
    shape: Shape
    #: the one way it is written, with one blank between words; None: any case
    exact: str | None = None
    #: the rest of a phrase after its first word; None for a single word
    rest: re.Pattern[str] | None = None

    @property
    def is_plain(self) -> bool:
        """Tell whether the leaf stands wherever its pattern is a whole word."""
        return self.shape is Shape.WORDS and self.rest is None and self.exact is None

    @property
    def is_open(self) -> bool:
        """Tell whether the word may go on behind the pattern."""
        return self.shape is Shape.PREFIX

    def find(self, view: View, start: int, end: int) -> tuple[int, int] | None:
        """Return where in the original text the leaf stands if its pattern was seen from `start` to `end`."""
        place = self._find(view, start, end)
        if place is None or self.exact is None or self.shape is Shape.ACRONYM:
            return place
        return place if view.has_case(*place, self.exact, begins=self.shape is Shape.PREFIX) else None

    def _find(self, view: View, start: int, end: int) -> tuple[int, int] | None:
        if self.rest:
            return self._find_phrase(view, start, end, self.rest)
        if view.text[start] == "#":
            return self._find_hashtag(view, start, end)
        hashtag = view.hashtag_at(start)
        is_edge = view.is_part_edge if hashtag else view.is_edge
        if not is_edge(start):
            return None
        if self.shape is Shape.PREFIX:
            end = view.next_edge(end, part=hashtag is not None)
        elif not is_edge(end):
            return None
        place = view.original(start, end)
        if place is None or self.exact is None or self.shape is not Shape.ACRONYM:
            return place
        if view.is_written(*place, self.exact):
            return place
        return place if hashtag and not view.has_letters_beside(hashtag, start, end) else None

    def _find_phrase(self, view: View, start: int, end: int, rest: re.Pattern[str]) -> tuple[int, int] | None:
        found = rest.match(view.text, end) if view.is_edge(start) else None
        return view.original(start, found.end()) if found and view.is_edge(found.end()) else None

    def _find_hashtag(self, view: View, start: int, end: int) -> tuple[int, int] | None:
        hashtag = view.hashtag_at(start + 1)
        if hashtag is None or hashtag[0] != start + 1:
            return None
        return view.original(start, hashtag[1]) if self.shape is Shape.PREFIX or hashtag[1] == end else None


@dataclass(frozen=True, slots=True)
class StemRule:
    """Words in sequence that are found by their stems."""

    leaf: int
    language: str
    stems: tuple[str, ...]
    #: what stands between one word and the next; None for white space
    gaps: tuple[str | None, ...]
    #: the words themselves where they are never inflected, else None
    literal: tuple[str | None, ...]

    #: never without asking for the stem
    is_plain = False
    is_open = True

    def find(self, view: View, start: int, end: int) -> tuple[int, int] | None:  # noqa: ARG002 - as every rule
        """Return where in the original text the leaf stands if a word that begins at `start` is its first."""
        hashtag = view.hashtag_at(start)
        if not (view.is_part_edge if hashtag else view.is_edge)(start):
            return None
        first = start
        stop = view.next_edge(start + 1, part=hashtag is not None)
        if not self._is_word(0, view.text[start:stop]):
            return None
        for number, gap in enumerate(self.gaps, 1):
            blanks = _BLANKS.match(view.text, stop) if gap is None else None
            if blanks is None and (gap is None or not view.text.startswith(gap, stop)):
                return None
            start = blanks.end() if blanks else stop + len(gap or "")
            if start >= len(view.text) or not is_word_character(view.text[start]):
                return None
            stop = view.next_edge(start + 1, part=False)
            if not self._is_word(number, view.text[start:stop]):
                return None
        return view.original(first, stop)

    def _is_word(self, number: int, word: str) -> bool:
        literal = self.literal[number]
        return word == literal if literal is not None else stemmer(self.language)(word) == self.stems[number]


#: A rule that confirms candidates.
Rule = WrittenRule | StemRule
#: A pattern for the automaton and the rule for where it is seen.
Anchor = tuple[str, Rule]


def compile_leaf(leaf: int, parsed: ParsedTerm) -> list[Anchor] | StemRule:
    """Compile leaf number `leaf`, which is no regular expression.

    A rule without patterns must be tried at every word of a text: in some languages the form of a word tells nothing of
    how other forms begin.
    """
    if parsed.forms is not None and parsed.forms not in LEXICAL:
        rule = _compile_stems(leaf, parsed, parsed.forms)
        literal = rule.literal[0]
        beginnings = stem_beginnings(rule.stems[0], rule.language) if literal is None else (literal,)
        return [(beginning, rule) for beginning in beginnings] if beginnings else rule
    first, *others = (_alternatives(word, parsed) for word in parsed.words)
    written = WrittenRule(leaf, parsed.shape, parsed.exact, _compile_rest(others) if others else None)
    return [(form, written) for form in first]


def _compile_rest(words_left: Sequence[Sequence[str]]) -> re.Pattern[str]:
    """Compile the words of a phrase after its first, each in any of its forms, behind any white space."""
    # blanks are never given back, or a megabyte of them would be read once for each
    steps = [rf"\s++(?:{'|'.join(map(re.escape, forms))})" for forms in words_left]
    # the look-ahead lets a shorter form stand where a longer one would end inside a word
    return re.compile("".join(steps) + r"(?!(?<=\w)\w)")


def _alternatives(word: str, parsed: ParsedTerm) -> list[str]:
    """Return the forms of `word`, the longest first because an alternation takes the first that fits."""
    if parsed.forms is None or word in parsed.acronyms:
        return [word]
    return sorted(russian_forms(word), key=lambda form: (-len(form), form))


def _compile_stems(leaf: int, parsed: ParsedTerm, language: str) -> StemRule:
    stem = stemmer(language)
    stems: list[str] = []
    gaps: list[str | None] = []
    literal: list[str | None] = []
    for written in parsed.words:
        done = None
        for word, start, end in words(Folded(written)):
            if stems:
                gaps.append(None if done is None else written[done:start])
            stems.append(stem(word))
            literal.append(word if written in parsed.acronyms else None)
            done = end
    return StemRule(leaf, language, tuple(stems), tuple(gaps), tuple(literal))
