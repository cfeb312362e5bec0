"""Made-up posts and watchlists in three languages for the benchmark of tagging: every kind of term, every kind of post.

Posts are of about 1,400 bytes: common words, words that only some posts have, hashtags, emoji, typographic apostrophes.
Everything is invented and the same in every run.
"""

import re
from collections.abc import Callable, Sequence
from itertools import cycle, islice, product
from random import Random

from worker.core.models import Term, Watchlist

#: words of every post, by language
_COMMON = {
    "en": "the of and to in a is that for it as was with be by on not he his but at are this have from or had "
    "an they which one you were all her she there would their we him been has when who will no more if "
    "out so up said what its about than into them can only other time new some could these two may first "
    "then do any like my now over such our harbour ministry ferry bridge council region statement "
    "agreement meeting president parliament minister visit state",
    "fr": "le la les de des du un une et en que qui dans pour pas sur est sont au aux avec par ce cette ces il "
    "elle ils nous vous mais ou où donc ni car plus très bien tout tous être avoir fait faire dit année "
    "pays ville port pont région ministère ministre accord réunion président parlement visite déclaration "
    "conseil bateau côte été après avant",
    "ru": "и в не на что я с он а как это по но они мы к у из за от так же вы бы о при для ещё до или если уже "
    "только когда чтобы его их её нет был была были быть может после перед года году страны страна "
    "министерство порт мост совет регион заявление соглашение встреча президент парламент министр визит "
    "город берег море сообщает также который сегодня",
}
_SYLLABLES = {
    "en": "bra vok lim tes dor nai shel wick thor gan pel mor rin ash cot den",
    "fr": "bré vau lin tès dor nai chê gny thou gan pel mor rin esc cot deu",
    "ru": "бра вок лим тес дор най шел вик тор ган пел мор рин щук кот ден",
}
_EMOJI = ("☀️", "❤️", "⚡️", "🔥", "🚢", "⚓️")
#: so many of hundred terms are of a kind
_KINDS = (("word", 44), ("phrase", 12), ("acronym", 8), ("prefix", 8), ("hashtag", 8), ("forms", 16), ("query", 4))
_PIECE, _OPERATOR = re.compile(r'"[^"]*"|[^\s"*]+'), re.compile(r"AND|OR|NEAR/\d+")
_PATTERNS = ("/order no\\. ?\\d+/", "/постановлени[еяю] № ?\\d+/", "/\\b(décret|arrêté) \\d+-\\d+\\b/")


def rare_words(language: str) -> list[str]:
    """Return 4,352 made-up words of `language`, always in the same order."""
    syllables = _SYLLABLES[language].split()
    words = ["".join(parts) for count in (2, 3) for parts in product(syllables, repeat=count)]
    Random(language).shuffle(words)
    return words


def posts(count: int) -> list[str]:
    """Return `count` posts, in turns in English, French and Russian."""
    chance = Random(11)
    rare = {language: rare_words(language) for language in _COMMON}
    common = {language: words.split() for language, words in _COMMON.items()}
    return [
        _post(chance, common[language], rare[language], 780 if language == "ru" else 1_350)
        for language in islice(cycle(_COMMON), count)
    ]


def _post(chance: Random, common: list[str], rare: list[str], length: int) -> str:
    words: list[str] = []
    while length > 0:
        word = chance.choice(rare if chance.random() < 0.04 else common)
        if chance.random() < 0.12:
            word = word.capitalize()
        elif chance.random() < 0.02:
            word = chance.choice((f"l’{word}", f"{word}’s", f"«{word}»", f"{word.upper()},", f"{word}.\n", f"{word} —"))
        words.append(word)
        length -= len(word) + 1
    if chance.random() < 0.33:
        words.insert(chance.randrange(len(words)), chance.choice(_EMOJI))
    if chance.random() < 0.33:
        words.append(
            f"\n#{chance.choice(rare)} #{chance.choice(common).capitalize()}{chance.choice(rare).capitalize()}"
        )
    return " ".join(words)


def watchlists(terms: int, lists: int = 10) -> tuple[Watchlist, ...]:
    """Return `lists` watchlists with `terms` terms in all, every kind among them in equal shares of each language."""
    kinds = [kind for kind, share in _KINDS for _ in range(share)]
    Random(3).shuffle(kinds)
    words = {language: _unending(rare_words(language)) for language in _COMMON}
    made: list[Term] = [Term(pattern) for pattern in _PATTERNS] if terms >= 100 else []
    for kind, language in zip(cycle(kinds), cycle(_COMMON), strict=False):
        if len(made) == terms:
            break
        made.append(_TERMS[kind](language, words[language]))
    return tuple(Watchlist(f"list-{number}", tuple(made[number::lists])) for number in range(lists))


def _unending(words: list[str]) -> Callable[[], str]:
    """Return a function that gives one of `words` after the other, and then compounds of two."""
    unending = (word if turn == 0 else f"{word}{words[-turn]}" for turn in range(len(words)) for word in words)
    return lambda: next(unending)


_TERMS: dict[str, Callable[[str, Callable[[], str]], Term]] = {
    "word": lambda _, word: Term(word()),
    "phrase": lambda _, word: Term(f'"{word()} {word()}"'),
    "acronym": lambda _, word: Term(word().upper()),
    "prefix": lambda _, word: Term(f"{word()[:-1]}*"),
    "hashtag": lambda _, word: Term(f"#{word()}"),
    "forms": lambda language, word: Term(word(), language, "forms"),
    "query": lambda _, word: Term(f"{word()} NEAR/5 {word()} OR {word()} AND {word()}"),
}


def pieces_of(watchlists: Sequence[Watchlist]) -> list[str]:
    """Return the words, phrases and hashtags that terms are made of, in small letters, once each; no patterns."""
    written = (term.text for watchlist in watchlists for term in watchlist.terms if not term.text.startswith("/"))
    pieces = {piece for text in written for piece in _PIECE.findall(text) if not _OPERATOR.fullmatch(piece)}
    return sorted(piece.strip('"').casefold() for piece in pieces)
