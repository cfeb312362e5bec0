"""Whether two different words are one: a form of it, its short form, or a slip of the pen. Knows no sentences."""

import re
import unicodedata

from rapidfuzz.distance import OSA

from worker.core.revision_tables import CONFUSED, FUNCTION_WORDS, PLACES, TURNING_PREFIXES
from worker.core.revision_words import Weight, Word
from worker.core.watchlist.language import russian_readings, stemmer

_CYRILLIC = re.compile("[а-я]+")
_FRENCH_FUTURE = re.compile(r"(?:[eidtu]r)(?:a|ont|ai|as|ons|ez)$")
_VOWELS = frozenset("aeiouyàâäéèêëîïôöùûüаеёиоуыэюяіїє")
#: consonants that are taken for each other
_ALIKE = tuple(map(frozenset, ("sczkq", "szxc", "dt", "bp", "gkh", "vfw", "mn", "дт", "бп", "гкх", "зс", "жшщ", "вф")))
#: word forms differ by less than this at the end
_MOST_ENDING = 4
_LEAST_SLIP = 4
#: in words of this length two slips, or any other letter, are still one word
_LONG, _LONGER = 7, 8
_SHORT_FORM = 4
#: what is longer is no word of any language, and costs the dictionary too much
_MOST_LETTERS = 60


def language_of(words: tuple[Word, ...]) -> str:
    """Return ``fr`` or ``en``, by which of them has more of the words that carry little."""
    light = [word.key for word in words if word.weight is Weight.LIGHT]
    french = sum(key in FUNCTION_WORDS["fr"] for key in light)
    return "fr" if french > sum(key in FUNCTION_WORDS["en"] for key in light) else "en"


def is_kin(first: Word, second: Word, *, language: str) -> bool:
    """Tell whether two words of content are one word: inflected, shortened or spelled otherwise.

    Opposites, other tenses that move an event into the future or out of it, and names of two places are not.
    `language` (``en`` or ``fr``) says how words in Latin letters are inflected.
    """
    a, b = first.key, second.key
    if max(len(a), len(b)) > _MOST_LETTERS:
        return False
    if Weight.ANCHOR in {first.weight, second.weight} or any(map(str.isdigit, a + b)):
        return False
    if a in PLACES and b in PLACES:
        return False
    if _turned(a, b) or frozenset((a, b)) in CONFUSED:
        return False
    if _without_accents(a) == _without_accents(b) or _is_short_form(a, b):
        return True
    if _CYRILLIC.fullmatch(a) and _CYRILLIC.fullmatch(b):
        return _is_kin_in_russian(a, b)
    if _has_stem_of(a, b, language):
        return language != "fr" or bool(_FRENCH_FUTURE.search(a)) == bool(_FRENCH_FUTURE.search(b))
    return _is_slip(a, b, is_name=first.text[:1].isupper() and second.text[:1].isupper())


def _turned(a: str, b: str) -> bool:
    short, long = sorted((a, b), key=len)
    return any(long == prefix + short for prefix in TURNING_PREFIXES)


def _without_accents(word: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFD", word) if not unicodedata.combining(sign))


def _is_short_form(a: str, b: str) -> bool:
    """Tell of ``gov`` and ``government``; a word of fewer than three letters shortens anything."""
    short, long = sorted((a, b), key=len)
    return 2 < len(short) <= _SHORT_FORM < len(long) - 2 and long.startswith(short) and short[-1] not in _VOWELS


def _is_kin_in_russian(a: str, b: str) -> bool:
    (known, one), (also_known, other) = russian_readings(a), russian_readings(b)
    if one & other:
        return True
    shared = {lemma for lemma, _ in one} & {lemma for lemma, _ in other}
    if shared:
        tenses = {tense for lemma, tense in one | other if lemma in shared}
        return not {"futr", "past"} <= tenses
    return not (known and also_known) and _is_slip(a, b, is_name=False)


def _has_stem_of(a: str, b: str, language: str) -> bool:
    stem = stemmer(language)
    return stem(a) == stem(b) and abs(len(a) - len(b)) < _MOST_ENDING


def _is_slip(a: str, b: str, *, is_name: bool) -> bool:
    short, long = sorted((len(a), len(b)))
    distance = OSA.distance(a, b, score_cutoff=2)
    if a[0] != b[0] or short < _LEAST_SLIP or distance > 2 or not a.isalpha() or not b.isalpha():
        return False
    if distance == 2:
        return short >= _LONGER and not is_name
    if short < long or sorted(a) == sorted(b):
        return True
    one, other = next((x, y) for x, y in zip(a, b, strict=True) if x != y)
    if {one, other} <= _VOWELS or any({one, other} <= group for group in _ALIKE):
        return True
    return short >= _LONG and not is_name
