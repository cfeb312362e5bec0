"""The language of a post: guessed from its letters and its commonest words. None rather than a guess on thin evidence.

Small and offline, for choosing posts by language; terms of watchlists have languages of their own. Languages that share
a script with another and have no words in the tables here are not known.
"""

import re
from collections import Counter
from collections.abc import Mapping

from worker.core.text import fold

#: enough of a text to know
_SAMPLE = 2_000
#: a script must have at least this share of all letters
_MOST_LETTERS = 0.6
#: fewer marks prove nothing
_LEAST_MARKS = 2.0
#: how far the marks of a language must be ahead of those of the next
_LEAD = 1.3

#: scripts by their letters; a language where one script is one language, None where words must decide
_SCRIPTS: tuple[tuple[str, str, str | None], ...] = (
    ("latin", r"a-z\u00c0-\u024f", None),
    ("cyrillic", r"\u0400-\u04ff", None),
    ("arabic", r"\u0600-\u06ff\u0750-\u077f", None),
    ("han", r"\u3400-\u9fff", "zh"),
    ("kana", r"\u3040-\u30ff", "ja"),
    ("hangul", r"\uac00-\ud7a3", "ko"),
    ("greek", r"\u0370-\u03ff", "el"),
    ("hebrew", r"\u0590-\u05ff", "he"),
    ("georgian", r"\u10a0-\u10ff", "ka"),
    ("armenian", r"\u0530-\u058f", "hy"),
    ("devanagari", r"\u0900-\u097f", "hi"),
    ("thai", r"\u0e00-\u0e7f", "th"),
)
_LETTERS = {name: re.compile(f"[{letters}]") for name, letters, _ in _SCRIPTS}
_ONLY = {name: language for name, _, language in _SCRIPTS}

#: letters of a script that only some of its languages have
_OWN_LETTERS: Mapping[str, Mapping[str, str]] = {
    "cyrillic": {"uk": "іїєґ", "be": "ўіыэ", "ru": "ыэъ", "sr": "ђјљњћџ", "bg": "ѝ", "kk": "әғқңөұүһі"},
    "latin": {
        "en": "",
        "fr": "çœèêùûœ",
        "es": "ñ¿¡",
        "de": "ßäöü",
        "it": "ìò",
        "pt": "ãõ",
        "pl": "ąćęłńśźż",
        "tr": "ğışİ",
        "nl": "",
    },
    "arabic": {"ar": "ةىأإ", "fa": "پچژگی"},
}
#: letters of the script that a language does not have: each speaks against it
_FOREIGN_LETTERS: Mapping[str, str] = {
    "ru": "іїєґўәғқңөұүһђјљњћџ",
    "uk": "ыэъўәғқңөұүһђјљњћџ",
    "be": "ищъїєґәғқңөұүһђјљњћџ",
    "bg": "ыэіїєґўәғқңөұүһђјљњћџ",
    "sr": "йщъыьэюяіїєґўәғқңөұүһ",
    "kk": "їєґўђјљњћџ",
}
#: what such a letter is worth; those of Latin languages are shared by many that are not here
_LETTER_MARKS = {"latin": 0.5, "cyrillic": 1.0, "arabic": 1.0}

#: function words, folded, that are frequent in one language of the script and rare in the others: each is one mark
_FUNCTION_WORDS: Mapping[str, Mapping[str, str]] = {
    "latin": {
        "en": "the of and to in is that for with was as are by this from has have its be on at which will not it we an",
        "fr": "le la les des du et dans que qui est une un pour par sur au aux avec ce cette sont pas nous il elle ont"
        " de en sa son ses leur plus ne",
        "es": "el los las del y en que una un por con para se su sus fue como más ha de la es al lo no",
        "de": "der die das und den von mit ist im zu des dem nicht ein eine auf für am sich auch wird hat bei",
        "pt": "os das dos em um uma não com para é ao pela pelo são foi mais e o a da do que na no",
        "it": "il gli della delle di che è una un con per sono nel nella del alla più e la non si al",
        "pl": "w z na się nie jest do i że o przez dla oraz po od jak to za",
        "tr": "ve bir bu da de için ile olarak olan daha çok en ne",
        "nl": "de het een van en in is dat op te zijn voor met niet aan door om",
    },
    "cyrillic": {
        "ru": "и в на не что с по из к за от для это как о его при их был была были также будет который которые она он",
        "uk": "і в на не що з за до та для це як від про його є при їх був була були також буде який які у",
        "be": "і ў на не што з па да для гэта як ад пра яго ёсць пры іх быў была былі таксама які якія",
        "bg": "и в на не че с по от за да това как са е се който които беше ще към",
        "sr": "и у на не да с од за ово како је се који које био била ће са су",
        "kk": "және мен бір бұл үшін деп бойынша туралы",
    },
    "arabic": {
        "ar": "في من على إلى أن التي الذي هذا هذه عن مع كان قد ما لا بعد",
        "fa": "در از به که این است را با برای آن یک می شد های",
    },
}
_KNOWN = {
    script: {language: frozenset(fold(words).text.split()) for language, words in table.items()}
    for script, table in _FUNCTION_WORDS.items()
}
#: every answer that can be given
DETECTED = frozenset(language for language in _ONLY.values() if language) | {
    language for table in _FUNCTION_WORDS.values() for language in table
}
_WORD = re.compile(r"[^\W\d_]+")
_NOISE = re.compile(r"https?://\S+|[@#]\w+")


def detect(text: str) -> str | None:
    """Return the ISO 639-1 code of the language of `text`; None if it has none, several, or one that is not known.

    Links, handles and hashtags do not count. Han with kana is Japanese.
    """
    folded = fold(_NOISE.sub(" ", text[:_SAMPLE])).text
    counts = Counter({name: len(letters.findall(folded)) for name, letters in _LETTERS.items()})
    if counts["kana"]:
        counts["kana"] += counts.pop("han", 0)
    (script, most), total = counts.most_common(1)[0], counts.total()
    if not most or most < _MOST_LETTERS * total:
        return None
    return _ONLY[script] or _by_words(script, folded)


def _by_words(script: str, folded: str) -> str | None:
    """Return the language of the script that has the most marks, if it is clear."""
    words = Counter(_WORD.findall(folded))
    letters = Counter(folded)
    marks = {language: float(sum(words[word] for word in known)) for language, known in _KNOWN[script].items()}
    for language, own in _OWN_LETTERS[script].items():
        marks[language] += _LETTER_MARKS[script] * sum(letters[letter] for letter in own)
    for language, foreign in _FOREIGN_LETTERS.items():
        if language in marks:
            marks[language] -= _LETTER_MARKS[script] * sum(letters[letter] for letter in foreign)
    (first, most), (_, second) = sorted(marks.items(), key=lambda pair: -pair[1])[:2]
    return first if most >= _LEAST_MARKS and most >= _LEAD * second else None
