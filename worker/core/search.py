"""Full-text search: the stems of a text, and the words that a person looks for.

A text is cut into words as the matcher cuts it (`worker.core.text.fold`), and each word is brought to the stem that its
inflected forms share. An index of stems finds candidates; `Query.matches` then decides on the text itself, so an index
needs neither places nor cases and may lag behind. Knows no database, ranks nothing and guesses no language: a word in
Latin letters gets its English and its French stem, one in Cyrillic letters its Russian one.
"""

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice

import snowballstemmer

from worker.core.text import fold, unstyle
from worker.core.text import words as words_of
from worker.errors import QueryError

#: Raise this whenever `stems` changes its answer for any text: stores then index every post anew.
VERSION = 1

#: stands before an acronym: the word in exactly these capitals
_EXACT = "="
#: a longer word in capitals is a headline
_LONGEST_ACRONYM = 6
#: a longer word is noise such as an encoded image; it is cut, in texts and in queries alike
_LONGEST_WORD = 64
#: fewer characters before a ``*`` would find a good part of every post
_SHORTEST_PREFIX = 2
#: a pasted page is looked up by its first words, and found by all of them
_MOST_LOOKUPS = 50
_REMEMBERED_WORDS = 65_536

_CYRILLIC = re.compile(r"[\u0400-\u052f]+")
_LATIN = re.compile(r"[a-z\u00c0-\u024f\u1e00-\u1eff]+")
#: Thai, Lao, Burmese, Khmer, kana and Han are written without blanks: each character counts as a word
_UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
_PARTS = re.compile(rf"[{_UNSPACED}]|[^_{_UNSPACED}]+")
_PLAIN_QUOTES = str.maketrans("“”„«»", '"""""')
#: a minus, then a phrase in quotes or what stands up to the next blank or quote
_CLAUSE = re.compile(r'(?P<minus>-?)(?:"(?P<phrase>[^"]*)"|(?P<word>[^\s"]+))')
#: other search engines know them; here they would be looked for as acronyms, which nobody means
_OPERATORS = frozenset({"AND", "OR", "NOT"})


@dataclass(frozen=True, slots=True)
class _Word:
    """One word of a text or of a query."""

    folded: str
    stems: tuple[str, ...]
    #: the stem of its capitals; None: it is no acronym
    exact: str | None


@dataclass(frozen=True, slots=True)
class Lookup:
    """What an index has to hold of a post for it to be a candidate: any of these stems, or one that begins so."""

    stems: tuple[str, ...]
    #: None: only whole stems
    prefix: str | None = None


@dataclass(frozen=True, slots=True)
class Unsearched:
    """A text of a post that no index has taken up yet."""

    row: int
    revision: int
    text: str


@dataclass(frozen=True, slots=True)
class _Clause:
    """One word, phrase or prefix of a query."""

    #: more than one is a phrase
    words: tuple[_Word, ...]
    is_excluded: bool = False
    #: the last word only has to begin so
    is_prefix: bool = False

    def lookups(self) -> Iterator[Lookup]:
        """Yield what an index can tell of this clause."""
        for word in self.words[: len(self.words) - self.is_prefix]:
            yield Lookup((word.exact,) if word.exact else word.stems)
        if self.is_prefix:
            start = _bare(self.words[-1].folded)
            # the stem of a word that begins so may be shorter than what it begins with
            shorter = (start[:length] for length in range(1, len(start)))
            yield Lookup(tuple(dict.fromkeys((*shorter, *self.words[-1].stems))), start)

    def is_in(self, found: Sequence[_Word]) -> bool:
        """Say whether the words of a text hold the clause."""
        return any(
            all(self._fits(place, found[start + place]) for place in range(len(self.words)))
            for start in range(len(found) - len(self.words) + 1)
        )

    def _fits(self, place: int, there: _Word) -> bool:
        wanted = self.words[place]
        if self.is_prefix and place == len(self.words) - 1:
            return _bare(there.folded).startswith(_bare(wanted.folded))
        if wanted.exact:
            return there.exact == wanted.exact
        return not set(wanted.stems).isdisjoint(there.stems)


@dataclass(frozen=True, slots=True)
class Query:
    """What a person looks for: every clause must be in a post, every excluded one must not."""

    clauses: tuple[_Clause, ...]

    def lookups(self) -> tuple[Lookup, ...]:
        """Return what an index must hold of a candidate, all of it; there is at least one."""
        every = (lookup for clause in self.clauses if not clause.is_excluded for lookup in clause.lookups())
        return tuple(islice(dict.fromkeys(every), _MOST_LOOKUPS))

    def matches(self, text: str) -> bool:
        """Say whether `text` is what is looked for."""
        found = list(_cut(text))
        return all(clause.is_in(found) != clause.is_excluded for clause in self.clauses)


def stems(text: str) -> list[str]:
    """Return the stems by which `text` is found, in its order; a word can have several.

    Words are folded; those in Cyrillic letters get their Russian stem, those in Latin letters their English and French
    ones without accents, all others stay as they are. An acronym is found by its capitals too.
    """
    found: list[str] = []
    for word in _cut(text):
        found += word.stems
        if word.exact:
            found.append(word.exact)
    return found


def query(text: str) -> Query:
    """Understand what a person looks for.

    Several words are all wanted, ``"quotes"`` hold a phrase, ``-word`` must not be there, ``prefix*`` is a beginning;
    up to six capitals are an acronym in exactly these capitals.

    Raises:
        QueryError: nothing can be looked for; the message says what would be right.
    """
    written = text.translate(_PLAIN_QUOTES).strip()
    if written.count('"') % 2:
        raise QueryError(f'a quote is not closed in {text!r}: write "two words"')
    clauses = tuple(_clause(found) for found in _CLAUSE.finditer(written))
    if not clauses:
        raise QueryError("nothing to look for: write a word")
    if all(clause.is_excluded for clause in clauses):
        raise QueryError(f"{text!r} only says what must not be there: add a word that must")
    return Query(clauses)


def _clause(found: re.Match[str]) -> _Clause:
    phrase, word = found["phrase"], found["word"]
    excluded = bool(found["minus"])
    written = phrase if phrase is not None else word
    if word in _OPERATORS:
        raise QueryError(f"{word} is not known: several words are all wanted, -word must not be there")
    prefix = word is not None and word.endswith("*")
    stem = written[:-1] if prefix else written
    if "*" in stem:
        raise QueryError(f"a star in {written!r}: it can only stand at the end of a single word, such as ukrain*")
    words = tuple(_cut(stem))
    if not words:
        raise QueryError(f"{found[0]!r} holds no word to look for")
    if prefix and len(words[-1].folded) < _SHORTEST_PREFIX:
        raise QueryError(f"{written!r} is too short: write at least {_SHORTEST_PREFIX} letters before the star")
    return _Clause(words, excluded, prefix)


def _cut(text: str) -> Iterator[_Word]:
    """Cut a text into words; an underscore ends one, as a hyphen and an apostrophe do."""
    folded = fold(text)
    for word, start, end in words_of(folded):
        place = folded.original(start, end) if end - start <= _LONGEST_ACRONYM else None
        written = text[place[0] : place[1]] if place else ""
        if written.isupper() and len(written := unstyle(written)) > 1:
            yield _Word(word, _stems_of(word), _EXACT + written)
        elif word.isalnum() and not _has_unspaced(word):
            yield _Word(word[:_LONGEST_WORD], _stems_of(word[:_LONGEST_WORD]), None)
        else:
            parts = (part[:_LONGEST_WORD] for part in _PARTS.findall(word))
            yield from (_Word(part, _stems_of(part), None) for part in parts)


def _has_unspaced(word: str) -> bool:
    return not word.isascii() and word[0] >= "\u0e00" and len(word) > 1


@lru_cache(maxsize=_REMEMBERED_WORDS)
def _stems_of(word: str) -> tuple[str, ...]:
    """Return the stems of a folded word."""
    if _CYRILLIC.fullmatch(word):
        return (_stemmer("russian")(word),)
    if not _LATIN.fullmatch(word):
        return (_bare(word),)
    return tuple(dict.fromkeys(_bare(_stemmer(language)(word)) for language in ("english", "french")))


@cache
def _stemmer(algorithm: str) -> Callable[[str], str]:
    stem: Callable[[str], str] = snowballstemmer.stemmer(algorithm).stemWord
    return stem


def _bare(word: str) -> str:
    """Take the accents off Latin letters: many write without them. The й of Cyrillic is a letter of its own."""
    if word.isascii() or _CYRILLIC.fullmatch(word):
        return word
    parts = unicodedata.normalize("NFD", word)
    return unicodedata.normalize("NFC", "".join(c for c in parts if not "\u0300" <= c <= "\u036f"))
