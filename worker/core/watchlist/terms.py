"""What a leaf of a query means: its text, as a person wrote it, to a parsed term.

The shape of the text decides: a word, a ``"phrase in quotes"``, an ACRONYM, a ``#hashtag``, a ``prefix*``, an
``=exact`` word or phrase, a ``/pattern/``; with ``match = "forms"`` a word or phrase stands for all its inflected
forms. Does not read operators (`query` does) and does not search (`engine` does).
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum

from worker.core.models import Term
from worker.core.text import fold, is_word_character, unstyle
from worker.core.watchlist.language import INFLECTED
from worker.core.watchlist.mistake import Mistake
from worker.core.watchlist.pattern import Pattern

#: ISO 639-1, the codes that can stand in `Term.lang`.
_CODES = (
    "aa ab ae af ak am an ar as av ay az ba be bg bh bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de dv dz ee el en "
    "eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia id ie ig ii ik io is it iu ja jv "
    "ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne "
    "ng nl nn no nr nv ny oc oj om or os pa pi pl ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st "
    "su sv sw ta te tg th ti tk tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu"
)
LANGUAGES = frozenset(_CODES.split())
#: What opens a phrase and what closes it: plain and typographic quotes.
QUOTES = {'"': '"', "“": "”", "«": "»", "„": "“"}
#: Fewer letters than this before the star would match a good part of every post.
_SHORTEST_PREFIX = 2
_HASHTAG = re.compile(r"#\w+")


class Shape(StrEnum):
    """How a term is looked for."""

    #: whole words in sequence, any case; one word or a quoted phrase
    WORDS = "words"
    #: one whole word in exactly this case
    ACRONYM = "acronym"
    #: a hashtag as a whole, any case
    HASHTAG = "hashtag"
    #: a word or hashtag that begins so, any case
    PREFIX = "prefix"
    #: wherever a regular expression fits, any case
    PATTERN = "pattern"


@dataclass(frozen=True, slots=True)
class ParsedTerm:
    """A term that was understood."""

    shape: Shape
    #: folded; one unless it is a phrase; a hashtag with its ``#``, a prefix without its ``*``; of a pattern its source
    words: tuple[str, ...]
    #: how it is written, apart from typography, with one blank between words, where only that case counts; always set
    #: for an acronym, which as a hashtag is found in any case all the same; None: any case
    exact: str | None = None
    #: language whose inflected forms count too; None: only the words as they are
    forms: str | None = None
    #: those of `words` that were written as acronyms: they have no other forms
    acronyms: frozenset[str] = frozenset()


def parse_term(term: Term) -> ParsedTerm:
    """Return what `term`, whose text holds no operators, means.

    Raises:
        Mistake: it means nothing; the message says what would be right.
    """
    written = term.text.strip()
    if written.startswith("/"):
        return _parse_pattern(term, written)
    exactly = written.startswith("=")
    if exactly:
        written = written.removeprefix("=").lstrip()
    _refuse_nonsense(term, written)
    try:
        parsed = _parse_shape(written, term.lang if term.match == "forms" and not exactly else None)
    except Mistake as mistake:
        raise Mistake(str(mistake), mistake.at + term.text.index(written)) from mistake
    if term.case is None:
        return parsed
    if parsed.shape is Shape.ACRONYM:
        # with a case of its own it is a word like others: neither stands for the other as a hashtag
        parsed = replace(parsed, shape=Shape.WORDS, exact=None)
    if not term.case:
        return parsed
    if parsed.forms is not None:
        raise Mistake('case = true cannot stand with match = "forms"; leave one out, or write the forms as terms')
    phrase = _unquote(written) or written.removesuffix("*")
    return replace(parsed, exact=" ".join(unstyle(phrase).split()))


def _parse_shape(written: str, forms: str | None) -> ParsedTerm:
    phrase = _unquote(written)
    if phrase is None and len(written.split()) > 1:
        raise Mistake(f"several words without quotes: {written!r}; put the phrase in quotes: {quoted(written)}")
    stray = written[:-1] if phrase is None else written
    if "*" in stray:
        raise Mistake(
            f"a star in {written!r}: it can only stand at the end of a single word, such as ukrain*", stray.index("*")
        )
    if phrase is not None:
        acronyms = frozenset(fold(word).text for word in phrase.split() if _is_acronym(word))
        return ParsedTerm(Shape.WORDS, tuple(fold(phrase).text.split()), forms=forms, acronyms=acronyms)
    if written.endswith("*") or written.startswith("#"):
        return _parse_marked(written, forms)
    if _is_acronym(written):
        return ParsedTerm(Shape.ACRONYM, (fold(written).text,), exact=unstyle(written))
    return ParsedTerm(Shape.WORDS, (fold(written).text,), forms=forms)


def _parse_pattern(term: Term, written: str) -> ParsedTerm:
    if len(written) < 2 or not written.endswith("/"):
        raise Mistake(f"a pattern that is never closed: {written!r}; end it with a slash, or put the term in quotes")
    _refuse_settings(term)
    if term.match == "forms":
        raise Mistake('match = "forms" does nothing for a /pattern/; leave it out')
    source = written[1:-1]
    try:
        Pattern(source, case=bool(term.case))
    except Mistake as mistake:
        raise Mistake(str(mistake), mistake.at + 1) from mistake
    return ParsedTerm(Shape.PATTERN, (source,), exact=source if term.case else None)


def quoted(words: str) -> str:
    """Return `words` as a phrase, the way it must be typed in TOML."""
    # a phrase in double quotes needs single quotes around it there
    return f"'\"{' '.join(words.split())}\"'"


def _refuse_nonsense(term: Term, written: str) -> None:
    if not written:
        raise Mistake('the term is empty; write a word, a "phrase in quotes", an ACRONYM, a #hashtag or a prefix*')
    if not any(map(str.isalnum, written)):
        raise Mistake(f"no letter or digit in {written!r}; write a word to look for")
    _refuse_settings(term)


def _refuse_settings(term: Term) -> None:
    if term.match not in ("auto", "forms", "exact"):
        raise Mistake(f'unknown match {term.match!r}; use "auto", "forms" or "exact"')
    if term.lang is not None and term.lang not in LANGUAGES:
        raise Mistake(f'unknown language {term.lang!r}; use the two-letter code of ISO 639-1, such as "ru"')
    if term.match == "forms" and term.lang not in INFLECTED:
        known = ", ".join(sorted(INFLECTED))
        missing = f"the forms of {term.lang!r} words are not known" if term.lang else 'match = "forms" needs a lang'
        raise Mistake(f"{missing}; known are {known}")


def _unquote(written: str) -> str | None:
    """Return the phrase between the quotes; None if there are no quotes."""
    closing = QUOTES.get(written[0])
    if closing is None and '"' not in written:
        return None
    if closing is None or len(written) < 3 or written[-1] != closing or '"' in written[1:-1]:
        raise Mistake(f"unbalanced quotes in {written!r}; put one pair around the whole phrase")
    return written[1:-1]


def _parse_marked(written: str, forms: str | None) -> ParsedTerm:
    """Parse a prefix* or a #hashtag, which may be both."""
    if forms:
        raise Mistake(f'match = "forms" does nothing for {written!r}; leave it out, or write the plain word')
    shape = Shape.PREFIX if written.endswith("*") else Shape.HASHTAG
    body = fold(written.removesuffix("*")).text
    if written.startswith("#") and not _HASHTAG.fullmatch(body):
        raise Mistake(f"no hashtag: {written!r}; after the # only letters, digits and _ can stand")
    if not is_word_character(body[-1]):
        raise Mistake(f"no prefix: {written!r}; a letter or digit must stand before the star")
    if shape is Shape.PREFIX and sum(map(is_word_character, body)) < _SHORTEST_PREFIX:
        raise Mistake(f"prefix too short: {written!r}; write at least {_SHORTEST_PREFIX} letters before the star")
    return ParsedTerm(shape, (body,))


def _is_acronym(written: str) -> bool:
    if not written.isupper():
        return False
    # letters without case, such as Chinese ones, make no acronym
    letters = [character for character in unstyle(written) if character.isalpha()]
    return len(letters) >= 2 and all(map(str.isupper, letters))
