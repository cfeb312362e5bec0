"""Rules: what the engine checks where a pattern was seen, compiled from parsed terms.

A leaf becomes patterns for the automaton, each with a rule that confirms a candidate. Does not scan texts.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from worker.core.text import Folded, is_word_character, words
from worker.core.watchlist.language import LEXICAL, russian_forms, stem_beginnings, stemmer
from worker.core.watchlist.terms import ParsedTerm, Shape
from worker.core.watchlist.view import View

_BLANKS = re.compile(r"\s+")
#: Forms with a shorter common beginning are sought one by one, because that begins too many other words.
_SHORTEST_BEGINNING = 3


class Rule:
    """What must hold where a pattern of a leaf was seen.

    Both ways of asking return where the leaf ends in the folded text, 0 if it does not stand there.
    """

    #: number of the leaf
    leaf: int
    #: does the leaf stand wherever its pattern is a whole word?
    is_plain = False
    #: may the word go on behind the pattern?
    is_open = False

    def accepts(self) -> Callable[[str], object] | None:
        """Return what tells, of a word that begins with the pattern and is in no hashtag, whether the leaf is there.

        None: the word alone does not tell.
        """
        return None

    def reach(self, view: View, start: int, end: int) -> int:
        """Ask where the pattern stands from `start` to `end`, a word begins with it, and no hashtag is near."""
        raise NotImplementedError

    def find(self, view: View, start: int, end: int) -> int:
        """Ask where the pattern stands from `start` to `end`, be it in a word or in a hashtag."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class WordRule(Rule):
    """One word, in any case."""

    leaf: int
    is_plain = True

    def reach(self, view: View, start: int, end: int) -> int:  # noqa: ARG002 - as every rule
        """See `Rule.reach`."""
        return end if view.is_edge(end) else 0

    def find(self, view: View, start: int, end: int) -> int:
        """See `Rule.find`."""
        is_edge = view.is_part_edge if view.hashtag_at(start) else view.is_edge
        return end if is_edge(start) and is_edge(end) else 0


@dataclass(frozen=True, slots=True)
class FormRule(Rule):
    """One word in any of its forms, all of which begin as the pattern does."""

    leaf: int
    forms: frozenset[str]
    is_open = True

    def accepts(self) -> Callable[[str], object] | None:
        """See `Rule.accepts`."""
        return self.forms.__contains__

    def reach(self, view: View, start: int, end: int) -> int:
        """See `Rule.reach`."""
        stop = view.next_edge(end, part=False)
        return stop if view.text[start:stop] in self.forms else 0

    def find(self, view: View, start: int, end: int) -> int:
        """See `Rule.find`."""
        hashtag = view.hashtag_at(start)
        if not (view.is_part_edge if hashtag else view.is_edge)(start):
            return 0
        stop = view.next_edge(end, part=hashtag is not None)
        return stop if view.text[start:stop] in self.forms else 0


@dataclass(frozen=True, slots=True)
class AcronymRule(Rule):
    """One word in its own case, in any case where it is a hashtag but for digits."""

    leaf: int
    exact: str

    def reach(self, view: View, start: int, end: int) -> int:
        """See `Rule.reach`."""
        return end if view.is_edge(end) and view.is_written(start, end, self.exact) else 0

    def find(self, view: View, start: int, end: int) -> int:
        """See `Rule.find`."""
        hashtag = view.hashtag_at(start)
        is_edge = view.is_part_edge if hashtag else view.is_edge
        if not (is_edge(start) and is_edge(end)):
            return 0
        alone = hashtag is not None and not view.has_letters_beside(hashtag, start, end)
        return end if alone or view.is_written(start, end, self.exact) else 0


@dataclass(frozen=True, slots=True)
class PrefixRule(Rule):
    """A word that begins so."""

    leaf: int
    is_open = True

    def accepts(self) -> Callable[[str], object] | None:
        """See `Rule.accepts`."""
        return bool

    def reach(self, view: View, start: int, end: int) -> int:  # noqa: ARG002 - as every rule
        """See `Rule.reach`."""
        return view.next_edge(end, part=False)

    def find(self, view: View, start: int, end: int) -> int:
        """See `Rule.find`."""
        hashtag = view.hashtag_at(start)
        if not (view.is_part_edge if hashtag else view.is_edge)(start):
            return 0
        return view.next_edge(end, part=hashtag is not None)


@dataclass(frozen=True, slots=True)
class HashtagRule(Rule):
    """A hashtag as a whole; one that begins so."""

    leaf: int
    is_open: bool = False

    def reach(self, view: View, start: int, end: int) -> int:
        """See `Rule.reach`."""
        return self.find(view, start, end)

    def find(self, view: View, start: int, end: int) -> int:
        """See `Rule.find`."""
        hashtag = view.hashtag_at(start + 1)
        if hashtag is None or hashtag[0] != start + 1:
            return 0
        return hashtag[1] if self.is_open or hashtag[1] == end else 0


@dataclass(frozen=True, slots=True)
class PhraseRule(Rule):
    """Words in sequence, in any case; never in a hashtag."""

    leaf: int
    #: the words behind the first; compared, because compiling thousands of expressions takes longer than all the rest
    others: tuple[str, ...]

    def reach(self, view: View, start: int, end: int) -> int:  # noqa: ARG002 - as every rule
        """See `Rule.reach`."""
        text = view.text
        for word in self.others:
            blanks = _BLANKS.match(text, end)
            if blanks is None or not text.startswith(word, blanks.end()):
                return 0
            end = blanks.end() + len(word)
        return end if view.is_edge(end) else 0

    def find(self, view: View, start: int, end: int) -> int:
        """See `Rule.find`."""
        return self.reach(view, start, end) if view.is_edge(start) else 0


@dataclass(frozen=True, slots=True)
class FormsRule(Rule):
    """Words in sequence, each in any of its forms; never in a hashtag."""

    leaf: int
    #: the words behind the first
    rest: re.Pattern[str]

    def reach(self, view: View, start: int, end: int) -> int:  # noqa: ARG002 - as every rule
        """See `Rule.reach`."""
        found = self.rest.match(view.text, end)
        return found.end() if found and view.is_edge(found.end()) else 0

    def find(self, view: View, start: int, end: int) -> int:
        """See `Rule.find`."""
        return self.reach(view, start, end) if view.is_edge(start) else 0


@dataclass(frozen=True, slots=True)
class CasedRule(Rule):
    """What another rule finds, if it is written in one way only."""

    rule: Rule
    #: with one blank between words
    exact: str

    @property
    def leaf(self) -> int:  # type: ignore[override]
        """Number of the leaf."""
        return self.rule.leaf

    @property
    def is_open(self) -> bool:  # type: ignore[override]
        """Tell whether the word may go on behind the pattern, and its case does not matter there."""
        return self.rule.is_open

    def reach(self, view: View, start: int, end: int) -> int:
        """See `Rule.reach`."""
        stop = self.rule.reach(view, start, end)
        return stop if stop and view.has_case(start, stop, self.exact, begins=self.is_open) else 0

    def find(self, view: View, start: int, end: int) -> int:
        """See `Rule.find`."""
        stop = self.rule.find(view, start, end)
        return stop if stop and view.has_case(start, stop, self.exact, begins=self.is_open) else 0


@dataclass(frozen=True, slots=True)
class StemRule(Rule):
    """Words in sequence that are found by their stems."""

    leaf: int
    language: str
    stems: tuple[str, ...]
    #: what stands between one word and the next; None for white space
    gaps: tuple[str | None, ...]
    #: the words themselves where they are never inflected, else None
    literal: tuple[str | None, ...]
    stem: Callable[[str], str]
    is_open = True

    def accepts(self) -> Callable[[str], object] | None:
        """See `Rule.accepts`."""
        return partial(self._is_word, 0) if not self.gaps else None

    def reach(self, view: View, start: int, end: int) -> int:  # noqa: ARG002 - as every rule
        """See `Rule.reach`."""
        return self._go_on(view, start, view.next_edge(start + 1, part=False))

    def find(self, view: View, start: int, end: int) -> int:  # noqa: ARG002 - as every rule
        """See `Rule.find`; all that matters is that its first word would begin at `start`."""
        hashtag = view.hashtag_at(start)
        if not (view.is_part_edge if hashtag else view.is_edge)(start):
            return 0
        return self._go_on(view, start, view.next_edge(start + 1, part=hashtag is not None))

    def _go_on(self, view: View, start: int, stop: int) -> int:
        """Return where the leaf ends if its first word stands from `start` to `stop`."""
        if not self._is_word(0, view.text[start:stop]):
            return 0
        for number, gap in enumerate(self.gaps, 1):
            blanks = _BLANKS.match(view.text, stop) if gap is None else None
            if blanks is None and (gap is None or not view.text.startswith(gap, stop)):
                return 0
            start = blanks.end() if blanks else stop + len(gap or "")
            if start >= len(view.text) or not is_word_character(view.text[start]):
                return 0
            stop = view.next_edge(start + 1, part=False)
            if not self._is_word(number, view.text[start:stop]):
                return 0
        return stop

    def _is_word(self, number: int, word: str) -> bool:
        literal = self.literal[number]
        return word == literal if literal is not None else self.stem(word) == self.stems[number]


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
    if not others and len(first) > 1:
        beginning = _common_beginning(first)
        if len(beginning) >= _SHORTEST_BEGINNING:
            return [(beginning, FormRule(leaf, frozenset(first)))]
    written = _written(leaf, parsed, others)
    return [(form, written) for form in first]


def _written(leaf: int, parsed: ParsedTerm, others: Sequence[Sequence[str]]) -> Rule:
    """Return the rule of a leaf of known words; `others`: the forms of those behind the first."""
    rule: Rule = WordRule(leaf)
    if others:
        is_phrase = all(len(forms) == 1 for forms in others)
        rule = PhraseRule(leaf, parsed.words[1:]) if is_phrase else FormsRule(leaf, _compile_rest(others))
    if parsed.shape is Shape.ACRONYM:
        return AcronymRule(leaf, parsed.exact or "")
    if parsed.words[0].startswith("#") and not others:
        rule = HashtagRule(leaf, is_open=parsed.shape is Shape.PREFIX)
    elif parsed.shape is Shape.PREFIX:
        rule = PrefixRule(leaf)
    return rule if parsed.exact is None else CasedRule(rule, parsed.exact)


def _compile_rest(words_left: Sequence[Sequence[str]]) -> re.Pattern[str]:
    """Compile the words of a phrase after its first, each in any of its forms, behind any white space."""
    # blanks are never given back, or a megabyte of them would be read once for each
    steps = [rf"\s++(?:{'|'.join(map(re.escape, forms))})" for forms in words_left]
    # the look-ahead lets a shorter form stand where a longer one would end inside a word
    return re.compile("".join(steps) + r"(?!(?<=\w)\w)")


def _common_beginning(forms: Sequence[str]) -> str:
    shortest, longest = min(forms), max(forms)
    return shortest[: next((n for n, letter in enumerate(shortest) if longest[n : n + 1] != letter), len(shortest))]


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
    return StemRule(leaf, language, tuple(stems), tuple(gaps), tuple(literal), stem)
