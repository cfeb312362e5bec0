"""Word forms: every form of a Russian word from a dictionary, stems for other languages.

Russian words are expanded once, when a watchlist is compiled, into all forms of their lexeme; for the other languages
two words are forms of each other when the Snowball algorithm gives them the same stem. Everything here is folded text
(`worker.core.text.fold`). Does not guess the language of a text.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache, lru_cache

import pymorphy3
import snowballstemmer

from worker.core.text import fold

#: ISO 639-1 codes and the Snowball algorithm that stems the language.
_SNOWBALL = {
    "ar": "arabic",
    "ca": "catalan",
    "cs": "czech",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "eo": "esperanto",
    "es": "spanish",
    "et": "estonian",
    "eu": "basque",
    "fa": "persian",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hi": "hindi",
    "hu": "hungarian",
    "hy": "armenian",
    "id": "indonesian",
    "it": "italian",
    "lt": "lithuanian",
    "ne": "nepali",
    "nl": "dutch",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "sr": "serbian",
    "sv": "swedish",
    "ta": "tamil",
    "tr": "turkish",
    "yi": "yiddish",
}

#: Languages whose words are expanded from a dictionary.
LEXICAL = frozenset({"ru"})
#: Every language in which ``match = "forms"`` can be used.
INFLECTED = LEXICAL | frozenset(_SNOWBALL)

#: Posts repeat their words: most stems are remembered. Bounded, because a daemon runs for months.
_REMEMBERED_WORDS = 65_536


@cache
def _russian() -> pymorphy3.MorphAnalyzer:
    """Load the dictionary, which costs a tenth of a second and 10 MB, only where a Russian term asks for it."""
    return pymorphy3.MorphAnalyzer(lang="ru")


@cache
def russian_forms(word: str) -> frozenset[str]:
    """Return every form of the Russian `word`, itself included, folded.

    If the word is the dictionary form of a lexeme (``мир``), only lexemes with that dictionary form count; otherwise
    (``войн``) every lexeme that has the word among its forms. A word that no dictionary has gets its likeliest forms.
    """
    folded = fold(word).text
    parses = _russian().parse(folded)
    known = [parse for parse in parses if parse.is_known] or parses[:1]
    lemmas = [parse for parse in known if fold(parse.normal_form).text == folded] or known
    forms = {fold(form.word).text for parse in lemmas for form in parse.lexeme}
    return frozenset(forms | {folded})


@lru_cache(maxsize=_REMEMBERED_WORDS)
def russian_readings(word: str) -> tuple[bool, frozenset[tuple[str, str | None]]]:
    """Tell whether the dictionary has the folded Russian `word`, and what it can be: (dictionary form, tense).

    A word that it has not gets its likeliest readings. The tense is pymorphy3's ``past``, ``pres`` or ``futr``, None
    where there is none. A short form of an adjective or participle counts as its full form.
    """
    parses = _russian().parse(word)
    known = [parse for parse in parses if parse.is_known]
    return bool(known), frozenset((fold(parse.normal_form).text, parse.tag.tense) for parse in known or parses[:3])


@cache
def stemmer(language: str) -> Callable[[str], str]:
    """Return the function that stems folded words of `language`, an ISO 639-1 code out of `INFLECTED`."""
    algorithm = snowballstemmer.stemmer(_SNOWBALL[language])

    @lru_cache(maxsize=_REMEMBERED_WORDS)
    def stem(word: str) -> str:
        stemmed: str = algorithm.stemWord(word)
        return stemmed

    return stem


@dataclass(frozen=True, slots=True)
class _Alteration:
    """How a stem can differ from the beginning of the words that have it."""

    #: the end of a stem that words may write otherwise; None: words begin with the whole of it
    end: re.Pattern[str] | None = None
    #: letters of stems and what words may have in their place
    letters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: where alone `letters` may differ; None: anywhere
    within: re.Pattern[str] | None = None


#: Languages whose stems are altered at the end only, or by few letters; found out from word lists of these languages.
_ALTERATIONS = {
    "da": _Alteration(),
    "de": _Alteration(letters={"a": ("a", "ä", "ae"), "o": ("o", "ö", "oe"), "u": ("u", "ü", "ue")}),
    "en": _Alteration(re.compile(r"(?:ie|[eily])$")),
    "es": _Alteration(
        re.compile(r"n?t$"), {"a": ("a", "á"), "e": ("e", "é"), "i": ("i", "í"), "o": ("o", "ó"), "u": ("u", "ú", "ü")}
    ),
    "fr": _Alteration(
        re.compile(r"(?:qu|nt|[ciltxy])$"),
        {"e": ("e", "é", "è"), "c": ("c", "ç")},
        re.compile(r"(?:c|e[^aeiouyâàëéêèïîôûù]*)$"),
    ),
    "hu": _Alteration(re.compile(r".$")),
    "it": _Alteration(
        re.compile(r"[it]$"), {"à": ("à", "á"), "è": ("è", "é"), "ì": ("ì", "í"), "ò": ("ò", "ó"), "ù": ("ù", "ú")}
    ),
    "no": _Alteration(),
    "pl": _Alteration(re.compile(r".$")),
    "pt": _Alteration(re.compile(r"(?:ent|[cu])$")),
    "sv": _Alteration(),
    "tr": _Alteration(re.compile(r".$")),
}
#: A stem is cut before it would have more beginnings than this.
_MOST_BEGINNINGS = 9


def stem_beginnings(stem: str, language: str) -> tuple[str, ...]:
    """Return strings of which every word that has the `stem` begins with one; empty where none are known."""
    alteration = _ALTERATIONS.get(language)
    if alteration is None:
        return ()
    altered = alteration.end.search(stem) if alteration.end else None
    kept = stem[: altered.start()] if altered else stem
    within = alteration.within.search(kept) if alteration.within else None
    first = 0 if alteration.within is None else within.start() if within else len(kept)
    beginnings = [kept[:first]]
    for letter in kept[first:]:
        ways = alteration.letters.get(letter, (letter,))
        if len(beginnings) * len(ways) > _MOST_BEGINNINGS:
            break
        beginnings = [beginning + way for beginning in beginnings for way in ways]
    return tuple(beginnings) if all(beginnings) else ()
