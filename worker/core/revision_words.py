"""A text as an editor weighs it: its words one by one, numbers by their value, and without what only decorates.

Two readings: by its `signs` a text is the same if only its looks differ; its `sense` leaves out besides what only leads
elsewhere (links, "read more", hashtags at the end). Does not compare; `worker.core.revision` does.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import Enum, auto
from functools import lru_cache

from worker.core.address import plain_addresses
from worker.core.revision_tables import (
    ANCHORS,
    BOILERPLATE,
    CURRENCIES,
    FUNCTION_WORDS,
    LEADS,
    MAGNITUDES,
    MOMENTS,
    NUMERALS,
    SAME_WORDS,
    UNITS,
)
from worker.core.text import fold
from worker.core.word_diff import split_words


class Weight(Enum):
    """What a word does for the sense of a text."""

    #: comes and goes without a change of meaning: an article, a preposition, "also"
    LIGHT = auto()
    CONTENT = auto()
    #: numbers, negations, modality, units, currencies: must not change, and not move to another word
    ANCHOR = auto()
    #: days, months: must not change, but may move
    MOMENT = auto()
    LINK = auto()
    HASHTAG = auto()
    HANDLE = auto()


@dataclass(frozen=True, slots=True)
class Word:
    """A word, number or sign of a text."""

    #: by which it is compared: two ways to write one thing have one key
    key: str
    #: as it stands in the text
    text: str
    weight: Weight = Weight.CONTENT
    #: the first of its sentence
    first: bool = False
    #: the value, if it is a number
    value: Decimal | None = None


_ABBREVIATED = re.compile(r"(?i)\b(ca|wo|sha)n['’]t\b|\b(can)not\b|(?<=\w)n['’]t\b|['’]ll\b|\bper cent\b|\bpour cent\b")
_ABBREVIATIONS = {"ca": "can not", "wo": "will not", "sha": "shall not", "can": "can not"}
_DECORATION = re.compile(r"[#*\d]\ufe0f?\u20e3|\[(?=[^\]\n]{1,100}\]\()|(?<=\])\(https?://[^\s)]+\)")
_NUMBERED = re.compile(r"(?m)^[^\S\n]*(\d{1,2})[.)]\s")
_CREDIT = re.compile(r"(?im)^[^\w\n]*(?:photo|video|vidéo|source|via|фото|видео|источник)\s?:[^\n]{0,60}$")
#: the end of a sentence; a handle or a hashtag after it is a signature
_SENTENCE = re.compile(r"(?<=[.!?…。！？])(?:[»”\")*_]*)\s+|\n\s*")
_GROUP = r"\d{1,3}(?:[ \u00a0\u202f\u2009'’]\d{3})+(?!\d)"
_SPECIAL = re.compile(
    r"(?P<link>(?:https?://|www\.|(?<![\w.])t\.me/)[^\s<>«»\"”)\]]+)"
    r"|(?P<handle>(?<![\w.])@\w+)"
    r"|(?P<hashtag>\#(?=\w)[\w\u0300-\u036f]+)"
    r"|(?P<phone>\+\d[\d ().\u00a0-]{7,}\d|\b(?:8 ?)?\(\d{3,5}\)[ -]?[\d -]{5,}\d|\b0\d(?:[ .-]?\d\d){4}\b)"
    r"|(?P<date>(?<![\w.,])\d{1,4}([./-])\d{1,2}\6\d{1,4}(?![\w]))"
    r"|(?P<time>(?<!\w)\d{1,2}[ \u00a0\u202f]?[hH][ \u00a0\u202f]?\d\d(?!\w))"
    rf"|(?P<number>(?:(?<![\w)])[-−+])?(?<!\w)(?:{_GROUP}(?:[.,]\d+)?|\d+(?:[.,:]\d+)*))"
    r"(?:(?:st|nd|rd|th|er|re|ème|-?(?:й|я|е|го|му|ю|х|м))(?!\w))?"
)
_THOUSANDS = re.compile(r"[1-9]\d{0,2}(?:([.,])\d{3})(?:\1\d{3})*$")
_SIGNS = frozenset("%‰€$£¥₽₴₸+=<>&°№§")
_SIGNATURE = frozenset({Weight.HANDLE, Weight.LINK})
_ALL_FUNCTION_WORDS = frozenset[str]().union(*FUNCTION_WORDS.values())
_MOST_BOILERPLATE = 8
#: texts repeat their words, and those before and after an edit share most; bounded, because a daemon runs for months
_REMEMBERED_WORDS = 65_536


def signs(text: str) -> tuple[Word, ...]:
    """Return the words of `text` without its looks: signatures of handles and links, and tracking of links, left out.

    Keys differ where letters or numbers do; how those are written (case, ``ё``, ``1,000``) makes no difference.
    """
    sentences = [sentence for sentence in _sentences(text) if not _is_signature(sentence)]
    return tuple(word for sentence in sentences for word in sentence)


def sense(text: str) -> tuple[Word, ...]:
    """Return the words of `text` that say something, by what they mean: numerals as numbers, short forms as long ones.

    Links, hashtags at the end, and lines that only lead elsewhere are left out.
    """
    found: list[Word] = []
    for sentence in _sentences(_ABBREVIATED.sub(_in_full, _CREDIT.sub("", text))):
        if not _leads_elsewhere(sentence):
            words = [word for word in sentence if word.weight not in _SIGNATURE or word.weight is Weight.HANDLE]
            found += _weighed(_with_values(_currencies_last(words)))
    return tuple(word for place, word in enumerate(found) if not place or not _repeats(found[place - 1], word))


def _repeats(before: Word, word: Word) -> bool:
    return before.key == word.key and word.weight in {Weight.LIGHT, Weight.CONTENT}


def _in_full(found: re.Match[str]) -> str:
    short = found[0].casefold()
    if short.endswith("cent"):
        return "%"
    if short.endswith("ll"):
        return " will"
    return _ABBREVIATIONS.get((found[1] or found[2] or "").casefold(), " not")


# --------------------------------------------------------------------------- words of sentences


def _sentences(text: str) -> Iterator[list[Word]]:
    plain = _DECORATION.sub("", text)
    numbers = [int(number) for number in _NUMBERED.findall(plain)]
    if len(numbers) > 1 and numbers == list(range(1, len(numbers) + 1)):
        plain = _NUMBERED.sub("", plain)  # a list, which another text may have with dots
    for sentence in _SENTENCE.split(plain):
        words = list(_words(sentence)) if sentence else []
        if words:
            yield [replace(words[0], first=True), *words[1:]]


def _words(sentence: str) -> Iterator[Word]:
    done = 0
    for special in _SPECIAL.finditer(sentence):
        yield from _plain(sentence[done : special.start()])
        kind = special.lastgroup or ""
        yield _READERS[kind](special[kind])
        done = special.end()
    yield from _plain(sentence[done:])


def _plain(stretch: str) -> Iterator[Word]:
    for word in split_words(stretch):
        read = _word(word)
        if read is not None:
            yield read


@lru_cache(maxsize=_REMEMBERED_WORDS)
def _word(word: str) -> Word | None:
    """Return a word as it is weighed; None for a sign that only decorates."""
    text = word.strip("_")
    return Word(fold(text).text, text) if text in _SIGNS or any(map(str.isalnum, text)) else None


def _link(text: str) -> Word:
    written = text.rstrip(".,;:!?…")
    plain = plain_addresses(written if "://" in written else f"https://{written}")
    address = re.sub(r"^https?://(?:www\.)?", "", plain, flags=re.IGNORECASE)
    return Word(address.rstrip("/"), text, Weight.LINK)


def _number(text: str) -> Word:
    digits = re.sub(r"[ \u00a0\u202f\u2009'’]", "", text).replace("−", "-").lstrip("+")
    sign, digits = ("-", digits[1:]) if digits.startswith("-") else ("", digits)
    if _THOUSANDS.match(digits) or re.fullmatch(r"[1-9]\d{0,2}(?:[.,]\d{3}){2,}", digits):
        digits = re.sub(r"[.,]", "", digits)
    whole, _, rest = re.sub(r"[,:]", ".", digits).partition(".")
    if "." in rest:
        return Word(sign + digits, text, Weight.ANCHOR)
    return _valued(Decimal(f"{sign}{whole}.{rest or 0}"), text)


def _valued(value: Decimal, text: str) -> Word:
    # not by `normalize`, which rounds to 28 digits
    digits = f"{value:f}"
    return Word(digits.rstrip("0").rstrip(".") if "." in digits else digits, text, Weight.ANCHOR, value=value)


def _date(text: str) -> Word:
    parts = [part.lstrip("0") for part in re.split(r"[./-]", text)]
    if len(text) > 4 and text[:4].isdigit():
        parts.reverse()
    return Word("date " + ".".join(parts), text, Weight.ANCHOR)


def _time(text: str) -> Word:
    return _number(re.sub(r"\s?[hH]\s?", ":", text))


_READERS: dict[str, Callable[[str], Word]] = {
    "link": _link,
    "handle": lambda text: Word(text.casefold(), text, Weight.HANDLE),
    "hashtag": lambda text: Word(fold(text[1:]).text, text[1:], Weight.HASHTAG),
    "phone": lambda text: Word("phone " + re.sub(r"\D", "", text), text, Weight.ANCHOR),
    "date": _date,
    "time": _time,
    "number": _number,
}

# --------------------------------------------------------------------------- sentences that say nothing


def _is_signature(words: Sequence[Word]) -> bool:
    """Tell whether these are only handles and addresses of channels or sites, no address of a page."""
    return all(
        word.weight is Weight.HANDLE
        or (word.weight is Weight.LINK and (word.key.startswith("t.me/") or "/" not in word.key))
        for word in words
    )


def _leads_elsewhere(words: Sequence[Word]) -> bool:
    rest = [word for word in words if word.weight not in {Weight.LINK, Weight.HANDLE, Weight.HASHTAG}]
    if len(rest) < len(words):
        return len(rest) <= _MOST_BOILERPLATE and (not rest or rest[0].key in BOILERPLATE) and _mostly_known(rest)
    return len(rest) <= _MOST_BOILERPLATE and rest[0].key in LEADS and all(word.key in BOILERPLATE for word in rest)


def _mostly_known(words: Sequence[Word]) -> bool:
    return 2 * sum(word.key in BOILERPLATE for word in words) >= len(words)


# --------------------------------------------------------------------------- what they mean


def _currencies_last(words: Sequence[Word]) -> list[Word]:
    """Put the sign of a currency behind its number: ``$5`` is ``5 dollars``."""
    turned = list(words)
    for place in range(len(turned) - 1):
        if ANCHORS.get(turned[place].key) in CURRENCIES and turned[place + 1].value is not None:
            turned[place : place + 2] = turned[place + 1], turned[place]
    return turned


def _with_values(words: Sequence[Word]) -> Iterator[Word]:
    """Read numerals as numbers and join what is one number: ``3`` and ``million``, ``twenty`` and ``five``."""
    pending: Word | None = None
    for word in words:
        value = Decimal(NUMERALS[word.key]) if word.key in NUMERALS else word.value
        if pending is not None and pending.value is not None:
            joined: Decimal | None = None
            if word.key in MAGNITUDES:
                joined = pending.value * MAGNITUDES[word.key]
            elif word.key in NUMERALS and not pending.text[0].isdigit():
                joined = _sum(pending.value, Decimal(NUMERALS[word.key]))
            if joined is not None:
                pending = _valued(joined, f"{pending.text} {word.text}")
                continue
            yield pending
            pending = None
        if value is None:
            yield word
        else:
            pending = replace(_valued(value, word.text), first=word.first)
    if pending is not None:
        yield pending


def _sum(first: Decimal, second: Decimal) -> Decimal | None:
    """Return what two numerals make together; None if they are two numbers."""
    if first == 4 and second == 20:  # quatre-vingts
        return first * second
    if first % 100 == 0 and 0 < first < 1000 and 0 < second < 100:
        return first + second
    if second == 100 and 0 < first < 10:
        return first * second
    if first % 10 == 0 and 20 <= first < 100 and 0 < second < (20 if first in {60, 80} else 10):
        return first + second
    return None


def _weighed(words: Iterator[Word]) -> Iterator[Word]:
    after_number = False
    for word in words:
        if word.weight is not Weight.CONTENT:
            yield word
        elif after_number and word.key in UNITS:
            yield replace(word, key="unit " + UNITS[word.key], weight=Weight.ANCHOR)
        elif word.key in ANCHORS:
            yield replace(word, key="= " + ANCHORS[word.key], weight=Weight.ANCHOR)
        elif word.key in MOMENTS:
            yield replace(word, key="= " + MOMENTS[word.key], weight=Weight.MOMENT)
        elif word.key in _ALL_FUNCTION_WORDS:
            yield replace(word, weight=Weight.LIGHT)
        else:
            yield replace(word, key=SAME_WORDS.get(word.key, word.key))
        after_number = word.value is not None
