"""Rules: what the matcher checks where a pattern was seen, compiled from parsed terms.

A term becomes either patterns for the automaton, each with a rule that confirms a candidate (`AnchorRule`), or a
sequence of stems that is looked for among the stems of a text's words (`StemRule`). Does not scan texts.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from worker.core.text import Folded, words
from worker.core.watchlist.language import LEXICAL, russian_forms, stemmer
from worker.core.watchlist.terms import ParsedTerm, Shape
from worker.core.watchlist.view import View


@dataclass(frozen=True, slots=True)
class AnchorRule:
    """What must hold where a pattern of a term was seen."""

    leaf: int
    shape: Shape
    #: the one way it is written, with one blank between words; None: any case
    exact: str | None = None
    #: the rest of a phrase after its first word; None for a single word
    rest: re.Pattern[str] | None = None

    @property
    def is_plain(self) -> bool:
        """Tell whether the term stands wherever its pattern is a whole word."""
        return self.shape is Shape.WORDS and self.rest is None and self.exact is None

    def find(self, view: View, start: int, end: int) -> tuple[int, int] | None:
        """Return where in the original text the term stands if its pattern was seen from `start` to `end`."""
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
        return place if hashtag and _is_alone(view, hashtag, start, end) else None

    def _find_phrase(self, view: View, start: int, end: int, rest: re.Pattern[str]) -> tuple[int, int] | None:
        found = rest.match(view.text, end) if view.is_edge(start) else None
        return view.original(start, found.end()) if found and view.is_edge(found.end()) else None

    def _find_hashtag(self, view: View, start: int, end: int) -> tuple[int, int] | None:
        hashtag = view.hashtag_at(start + 1)
        if hashtag is None or hashtag[0] != start + 1:
            return None
        return view.original(start, hashtag[1]) if self.shape is Shape.PREFIX or hashtag[1] == end else None


def _is_alone(view: View, hashtag: tuple[int, int], start: int, end: int) -> bool:
    """Tell whether nothing but digits and underscores stands beside the word in its hashtag."""
    beside = view.text[hashtag[0] : start] + view.text[end : hashtag[1]]
    return all(character == "_" or character.isdigit() for character in beside)


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

    def find(self, view: View, stems: Sequence[str], first: int) -> tuple[int, int] | None:
        """Return where in the original text the term stands if it begins with word number `first` of `view`."""
        last = first + len(self.stems) - 1
        if tuple(stems[first : last + 1]) != self.stems:
            return None
        found = view.words[first : last + 1]
        if any(literal not in (None, word) for literal, (word, _, _) in zip(self.literal, found, strict=True)):
            return None
        for gap, (_, _, end), (_, start, _) in zip(self.gaps, found, found[1:], strict=False):
            between = view.text[end:start]
            if not between.isspace() if gap is None else between != gap:
                return None
        return view.original(found[0][1], found[-1][2])


#: A pattern for the automaton and the rule for where it is seen.
Anchor = tuple[str, AnchorRule]


def compile_leaf(leaf: int, parsed: ParsedTerm) -> list[Anchor] | StemRule:
    """Compile leaf number `leaf`, which is no pattern."""
    if parsed.forms is not None and parsed.forms not in LEXICAL:
        return _compile_stems(leaf, parsed, parsed.forms)
    first, *others = (_alternatives(word, parsed) for word in parsed.words)
    rule = AnchorRule(leaf, parsed.shape, parsed.exact, _compile_rest(others) if others else None)
    return [(form, rule) for form in first]


def _compile_rest(words_left: Sequence[Sequence[str]]) -> re.Pattern[str]:
    """Compile the words of a phrase after its first, each in any of its forms, behind any white space."""
    steps = [rf"\s+(?:{'|'.join(map(re.escape, forms))})" for forms in words_left]
    # the look-ahead lets a shorter form stand where a longer one would end inside a word
    return re.compile("".join(steps) + r"(?!(?<=\w)\w)")


def _alternatives(word: str, parsed: ParsedTerm) -> list[str]:
    """Return the forms of `word`, the longest first because an alternation takes the first that fits."""
    forms = {word} if parsed.forms is None or word in parsed.acronyms else russian_forms(word)
    return sorted(forms, key=lambda form: (-len(form), form))


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
