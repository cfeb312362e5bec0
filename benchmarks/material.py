"""What the benchmarks work on: preview pages in which some posts name a watchlist, and texts with made-up terms.

Everything is invented and the same in every run.
"""

from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import product
from random import Random

from benchmarks.preview_pages import pages
from worker.config import load_watchlists
from worker.core.models import Post, Snapshot, Term, Watchlist
from worker.core.parse import parse
from worker.core.watchlist.matcher import Matcher

#: when the made-up checks take place
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
EVERY = timedelta(hours=1)

#: what is put in the place of words of the pages, once in each page: three languages, words and hashtags
_MENTIONS = (
    ("the southern gate", "the gate of the BRICS pavilion"),
    ("соседних портов", "стран СНГ"),
    ("un nouveau phare", "un phare offert par les États d’Ukraine"),
    ("причале", "причале #БРИКС"),
)
_SYLLABLES = (("bra", "vok", "lim", "tes", "dor", "nai"), ("гор", "лем", "сту", "рив", "поч", "нав"))


def marked_pages(count: int, posts: int = 20) -> list[bytes]:
    """Return preview pages in each of which up to four posts, chosen by the page's number, name a watchlist."""
    return [_mark(page, number) for number, page in enumerate(pages(count, posts))]


def _mark(page: bytes, number: int) -> bytes:
    for shift, (old, new) in enumerate(_MENTIONS):
        # not always the first post of the page
        place = page.find(old.encode(), (number + shift) % 7 * len(page) // 8)
        if place >= 0:
            page = page[:place] + new.encode() + page[place + len(old.encode()) :]
    return page


def posts_of(page: bytes) -> tuple[Post, ...]:
    """Return the posts of a page that is known to be good."""
    parsed = parse(page)
    assert isinstance(parsed, Snapshot)
    return parsed.posts


@cache
def shipped_watchlists() -> tuple[Watchlist, ...]:
    """Return the watchlists that come with Watchword."""
    return load_watchlists(None)


@cache
def shipped_matcher() -> Matcher:
    """Return a matcher of the shipped watchlists; it takes a while to make."""
    return Matcher(shipped_watchlists())


def synthetic_watchlists(terms: int, lists: int = 10) -> tuple[Watchlist, ...]:
    """Return `lists` watchlists with `terms` terms in all: made-up words of two alphabets, every tenth a phrase."""
    words = ["".join(parts) for syllables in _SYLLABLES for parts in product(syllables, repeat=4)]
    Random(7).shuffle(words)
    written = [
        f'"{words[number]} {words[-number - 1]}"' if number % 10 == 0 else words[number] for number in range(terms)
    ]
    return tuple(
        Watchlist(f"list-{number}", tuple(Term(text) for text in written[number::lists])) for number in range(lists)
    )


def with_terms(texts: list[str], watchlists: tuple[Watchlist, ...]) -> list[str]:
    """Return `texts`, in every third of which stands one of the terms of `watchlists`."""
    terms = [term.text.strip('"') for watchlist in watchlists for term in watchlist.terms]
    return [
        f"{text} {terms[number * 37 % len(terms)].capitalize()}." if number % 3 == 0 else text
        for number, text in enumerate(texts)
    ]
