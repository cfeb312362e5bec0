"""Scopes: what a query may ask of a post besides its text. Does not look into texts."""

import re
from collections.abc import Callable, Mapping
from functools import partial

from worker.core.models import Facts
from worker.core.nearest import nearest
from worker.core.text import fold, is_word_character
from worker.core.watchlist.mistake import Mistake
from worker.core.watchlist.terms import LANGUAGES

#: name of the scope -> an example of a value
SCOPES: Mapping[str, str] = {
    "channel": "ministry-news",
    "lang": "ru",
    "is": "forward",
    "has": "video",
    "author": "Ivanova",
    "title": '"night train"',
    "link": "example.org",
}
_IS: Mapping[str, Callable[[Facts], bool]] = {
    "forward": lambda facts: facts.is_forward,
    "edited": lambda facts: facts.is_edited,
}
_KINDS: Mapping[str, frozenset[str]] = {
    "photo": frozenset({"photo"}),
    "video": frozenset({"video", "video_too_big", "animation", "round_video"}),
    "audio": frozenset({"audio", "voice"}),
    "document": frozenset({"document"}),
    "poll": frozenset({"poll"}),
}


def _has_one_of(kinds: frozenset[str], facts: Facts) -> bool:
    return not kinds.isdisjoint(facts.media)


_HAS: Mapping[str, Callable[[Facts], bool]] = {
    "media": lambda facts: bool(facts.media),
    "link": lambda facts: bool(facts.links),
    **{name: partial(_has_one_of, kinds) for name, kinds in _KINDS.items()},
}


def check_scope(name: str, value: str, at: int) -> None:
    """Refuse a value that can never be true.

    Args:
        name: one of `SCOPES`.
        value: what is asked for.
        at: number of its first character in the query.

    Raises:
        Mistake: with what would be right.
    """
    if name == "lang" and value not in LANGUAGES:
        raise Mistake(f"unknown language {value!r}; use the two-letter code of ISO 639-1, such as lang:ru", at)
    known = {"is": _IS, "has": _HAS}.get(name)
    if known is not None and value not in known:
        meant = nearest(value, known)
        advice = f"did you mean {name}:{meant}?" if meant else f"known are {', '.join(f'{name}:{k}' for k in known)}"
        raise Mistake(f"no post {name} {value!r}, {advice}", at)
    if "*" in value[:-1] or not any(map(str.isalnum, value)):
        raise Mistake(f"{value!r} is nothing to look for; a star can only stand at its end", at)


def is_true(name: str, value: str, facts: Facts, language: Callable[[], str | None]) -> bool:
    """Tell whether the scope `name` with `value` is true of a post; `language` is called only where it is asked for."""
    return _QUESTIONS[name](value, facts, language)


_Language = Callable[[], str | None]


def _channel(value: str, facts: Facts, _: _Language) -> bool:
    return facts.channel is not None and _reads(value, facts.channel)


def _reads(value: str, name: str) -> bool:
    asked, given = value.casefold(), name.casefold()
    return given.startswith(asked[:-1]) if asked.endswith("*") else given == asked


def _link(value: str, facts: Facts, _: _Language) -> bool:
    return any(_stands_in(value.casefold(), link.casefold()) for link in facts.links)


def find_in(value: str, line: str) -> tuple[int, int] | None:
    """Return where `value`, words in any case with a star behind them for any ending, first stands in `line`."""
    asked, folded = fold(value.removesuffix("*")).text, fold(line)
    words = r"\s+".join(map(re.escape, asked.split()))
    for found in re.finditer(words, folded.text):
        if _is_edged(folded.text, found.start(), found.end(), open_end=value.endswith("*")):
            return folded.original(*found.span())
    return None


def _stands_in(asked: str, link: str) -> bool:
    wanted = asked.removesuffix("*")
    place = link.find(wanted)
    while place >= 0:
        if _is_edged(link, place, place + len(wanted), open_end=asked.endswith("*")):
            return True
        place = link.find(wanted, place + 1)
    return False


def _is_edged(text: str, start: int, end: int, *, open_end: bool) -> bool:
    begins = not start or not (is_word_character(text[start - 1]) and is_word_character(text[start]))
    if not begins or open_end:
        return begins
    return end == len(text) or not (is_word_character(text[end - 1]) and is_word_character(text[end]))


_QUESTIONS: Mapping[str, Callable[[str, Facts, _Language], bool]] = {
    "channel": _channel,
    "lang": lambda value, facts, language: (facts.lang or language()) == value,
    "is": lambda value, facts, _: _IS[value](facts),
    "has": lambda value, facts, _: _HAS[value](facts),
    "author": lambda value, facts, _: facts.author is not None and find_in(value, facts.author) is not None,
    "title": lambda value, facts, _: facts.title is not None and find_in(value, facts.title) is not None,
    "link": _link,
}
