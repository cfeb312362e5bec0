"""The language of a post: told from its letters, its commonest words and their endings. None rather than a guess.

Small and offline, for choosing posts by language; terms of watchlists have languages of their own. Looks at a few
hundred characters only: the beginning of a long post and some of its later part. Languages without words in the tables
(`worker.core.post_language_tables`) are not known, but for those that have a script to themselves.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from worker.core.post_language_tables import (
    DECOYS,
    ENDINGS,
    FOREIGN_LETTERS,
    OWN_LETTERS,
    SCRIPTS,
    SIGN_WEIGHT,
    WORDS,
)

#: characters of a long text that are looked at, from its beginning and from its last third each
_STRETCH = 140
#: a script must have at least this share of all letters
_MOST_LETTERS = 0.8
#: fewer marks prove nothing
_LEAST_MARKS = 2.0
#: how far the marks of a language must be ahead of those of the next
_LEAD = 1.3
#: with so many marks, and so far ahead of those of any other language, endings are not asked
_PLENTY, _CLEAR = 6, 1.5
#: what an ending is worth, and a kind of letter that a language does not have
_ENDING_MARK, _FOREIGN_MARK = 0.5, -2.0
#: in a text of so many words their first letters tell the script
_MANY_WORDS = 20
_PUNCTUATION = ' .,;:!?"()[]{}«»“”„…—–-|/*_<>+=•'

_SCRIPT_OF = {
    block: name for name, ranges, _ in SCRIPTS for low, high in ranges for block in range(low >> 4, (high >> 4) + 1)
}
#: most texts are of one of these alone, which is quickly seen; a text of digits alone has no words that are known
_ALONE = tuple(
    (name, frozenset("0123456789").union(*(map(chr, range(low, high + 1)) for low, high in ranges)))
    for name, ranges, _ in SCRIPTS
    if name in WORDS
)
_ONLY = {name: language for name, _, language in SCRIPTS}
#: every answer that can be given
DETECTED = frozenset(language for language in _ONLY.values() if language) | (
    frozenset(language for table in WORDS.values() for language in table) - DECOYS
)
_LANGUAGES: Mapping[str, Sequence[str]] = {script: tuple(table) for script, table in WORDS.items()}


def _packed(texts: Mapping[str, str], languages: Sequence[str]) -> dict[str, int]:
    """Return, for each word of `texts`, a number with a 1 in the byte of each language that has it.

    The numbers of a sample are summed at once, by far the quickest way to count for all languages together; a sample
    has fewer than 256 words, so no byte overflows.
    """
    found: dict[str, int] = {}
    for place, language in enumerate(languages):
        for word in set(texts.get(language, "").replace("ё", "е").split()):
            found[word] = found.get(word, 0) + (1 << 8 * place)
    return found


def _letters(languages: Sequence[str]) -> Iterator[tuple[str, int, int]]:
    """Yield each letter that only some of the `languages` have, with the numbers of those with it and without it."""
    own = _packed({one: " ".join(letters) for one, letters in OWN_LETTERS.items()}, languages)
    foreign = _packed({one: " ".join(letters) for one, letters in FOREIGN_LETTERS.items()}, languages)
    for letter in own.keys() | foreign.keys():
        yield letter, own.get(letter, 0), foreign.get(letter, 0)


_WORDS = {script: _packed(table, _LANGUAGES[script]) for script, table in WORDS.items()}
_ENDINGS = {script: _packed(ENDINGS, languages) for script, languages in _LANGUAGES.items()}
#: by script: letters that say something, each with its number as in `_packed`; who does not have it stands in the bytes
#: after those of all languages
_LETTERS = {
    script: {letter: own + (foreign << 8 * len(languages)) for letter, own, foreign in _letters(languages)}
    for script, languages in _LANGUAGES.items()
}


def detect(text: str) -> str | None:
    """Return the ISO 639-1 code of the language of `text`; None if it has none, several, or one that is not known.

    Links, handles and hashtags do not count. Han with kana is Japanese.
    """
    words = _sample(text)
    script = _script(words)
    if script is None:
        return None
    return _ONLY[script] or _by_words(script, words)


def _sample(text: str) -> list[str]:
    """Return words of `text`, folded, apart from their punctuation."""
    if len(text) > 2 * _STRETCH:
        later = 2 * len(text) // 3
        text = f"{text[:_STRETCH]} {text[later : later + _STRETCH]}"
    folded = text.casefold().replace("’", " ").replace("'", " ").replace("ё", "е")
    words = folded.split()
    if "#" in folded or "@" in folded or "://" in folded:
        words = [word for word in words if word[0] not in "#@" and "://" not in word]
    return [bare for word in words if (bare := word.strip(_PUNCTUATION))]


def _script(words: Sequence[str]) -> str | None:
    """Return the script of most letters; None if there is none, or no clear one."""
    letters = "".join(words) if len(words) < _MANY_WORDS else "".join([word[0] for word in words[::2]])
    for name, signs in _ALONE:
        if signs.issuperset(letters):
            return name
    counts: dict[str, int] = {}
    for letter, times in Counter(letters).items():
        script = _SCRIPT_OF.get(ord(letter) >> 4)
        if script is not None and letter.isalpha():
            counts[script] = counts.get(script, 0) + times * SIGN_WEIGHT.get(script, 1)
    if "kana" in counts:
        counts["kana"] += counts.pop("han", 0)
    most = max(counts, key=counts.__getitem__, default=None)
    return most if most is not None and counts[most] >= _MOST_LETTERS * sum(counts.values()) else None


def _by_words(script: str, words: Sequence[str]) -> str | None:
    """Return the language of the script that has the most marks, if it is clear."""
    languages, known, letters = _LANGUAGES[script], _WORDS[script], _LETTERS[script]
    count = len(languages)
    kinds = set("".join(words)) & letters.keys()
    # the sum of the words stays below 256, so letters, of which few are as telling, are counted apart
    seen = sum([letters[kind] for kind in kinds]).to_bytes(2 * count, "little") if kinds else bytes(2 * count)
    found = sum([known.get(word, 0) for word in words]).to_bytes(count, "little")
    marks = [each + seen[place] + _FOREIGN_MARK * seen[count + place] for place, each in enumerate(found)]
    second, most = sorted(marks)[-2:]
    if most < _PLENTY or most < _CLEAR * second:
        endings = _ENDINGS[script]
        long = [word for word in words if len(word) > 4]
        ends = sum([endings.get(word[-size:], 0) for word in long for size in (2, 3)]).to_bytes(count, "little")
        marks = [mark + _ENDING_MARK * each for mark, each in zip(marks, ends, strict=True)]
        second, most = sorted(marks)[-2:]
    first = languages[marks.index(most)]
    return first if most >= _LEAST_MARKS and most >= _LEAD * second and first not in DECOYS else None
