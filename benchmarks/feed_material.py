"""RSS feeds as sites make them, with HTML in their descriptions: prose in three languages. Everything is invented.

The same number gives the same feed in every run.
"""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from random import Random

from benchmarks.material import with_terms
from worker.core.models import Watchlist

_SENTENCES = (
    "The Ministry of Harbours has published the timetable of the spring ferries.",
    "A delegation from the eastern islands visited the new lighthouse on Tuesday.",
    "Dredging of the northern channel will take until the end of the summer, the port authority said.",
    "Le ministère des ports annonce l'ouverture d'un nouveau phare sur la côte est.",
    "Les pêcheurs de la baie demandent une réunion avec la commission des quais.",
    "Министерство гаваней сообщает о завершении работ на северном причале.",
    "Представители соседних портов обсудили расписание зимних паромов.",
    "Смотритель маяка рассказал о буре, которая повредила старый мол.",
)
_PLACES = ("north", "south", "east", "west", "upper", "lower", "old", "new", "inner", "outer")
_SENTENCES_OF_A_POST = 14
_FIRST = datetime(2026, 3, 2, 7, 45, tzinfo=UTC)


def feeds(count: int, posts: int, watchlists: tuple[Watchlist, ...]) -> list[bytes]:
    """Return `count` feeds of so many `posts`, about 1.2 KB of text each; every third names one of `watchlists`."""
    chance = Random(11)
    texts = [_text(chance) for _ in range(count * posts)]
    texts = with_terms(texts, watchlists)
    return [_feed(number, texts[number * posts : (number + 1) * posts]) for number in range(count)]


def _feed(number: int, texts: list[str]) -> bytes:
    site = f"https://harbour-{number}.example"
    published = [_FIRST + timedelta(hours=number, minutes=37 * place) for place in range(len(texts))]
    posts = "".join(
        f"<item><title>Notice {place} of harbour {number}</title><link>{site}/notices/{place}/</link>"
        f"<pubDate>{format_datetime(published[place])}</pubDate><category>Notices</category>"
        f'<guid isPermaLink="false">{site}/?p={place}</guid>'
        f"<description>{escape(_html(text, site, place))}</description></item>"
        for place, text in reversed(list(enumerate(texts)))
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0"><channel>'
        f"<title>Harbour {number}</title><link>{site}/</link><description>Notices of harbour {number}</description>"
        f"<language>en</language>{posts}</channel></rss>"
    ).encode()


def _text(chance: Random) -> str:
    sentences = chance.choices(_SENTENCES, k=_SENTENCES_OF_A_POST)
    return " ".join(
        f"{sentence[:-1]} ({chance.choice(_PLACES)} quay {chance.randrange(90)})." for sentence in sentences
    )


def _html(text: str, site: str, place: int) -> str:
    half = text.find(". ", len(text) // 2) + 1
    return (
        f"<p>{escape(text[:half])}</p>\n<p>{escape(text[half:].strip())}<br>"
        f'<a href="{site}/plans/{place}/">The plan</a></p>'
    )
