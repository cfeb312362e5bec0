"""Reading feeds of 50 posts to posts, texts included, against expat building the XML tree and nothing else.

The second line adds to the limit what a reader pays that builds an HTML tree for each text; ours builds one only where
the markup is not plain.
"""

from collections.abc import Callable, Sequence
from xml.etree.ElementTree import fromstring

from selectolax.lexbor import LexborHTMLParser

from benchmarks.measure import ROUNDS, Row, compare, take_turns, timed
from worker.core.parse import feed

GOAL = 4.0

_SENTENCES = (
    "Le ministère des ports annonce l'ouverture d'un nouveau phare sur la côte est.",
    "The Ministry of Harbours has published the timetable of the spring ferries.",
    "Министерство гаваней сообщает о завершении работ на северном причале.",
)


def run(*, count: int = 100, rounds: int = ROUNDS) -> list[Row]:
    """Measure `count` feeds of 50 posts, about 100 KB each."""
    bodies = [_feed(number) for number in range(count)]
    texts = [_text(number).encode() for number in range(50)]
    costs = take_turns(
        {
            "expat": lambda: timed(_each(fromstring, bodies)),
            "both": lambda: timed(lambda: (_each(fromstring, bodies)(), _each(LexborHTMLParser, texts * count)())),
            "posts": lambda: timed(_each(feed.parse, bodies)),
        },
        rounds,
    )
    return [
        compare(
            "parse a feed of 50 posts : XML alone", "feed", count, work=costs["posts"], limit=costs["expat"], goal=GOAL
        ),
        compare("parse a feed of 50 posts : XML, HTML trees", "feed", count, work=costs["posts"], limit=costs["both"]),
    ]


def _each(work: Callable[[bytes], object], bodies: Sequence[bytes]) -> Callable[[], None]:
    def all_of_them() -> None:
        for body in bodies:
            work(body)

    return all_of_them


def _feed(number: int) -> bytes:
    items = "".join(_item(number * 50 + place) for place in range(50))
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"'
        ' xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel><title>Harbour Ministry</title>'
        f"<link>https://harbour.example/</link>{items}</channel></rss>"
    ).encode()


def _item(number: int) -> str:
    return (
        f"<item><title>Notice {number} of the harbour</title><link>https://harbour.example/{number}/</link>"
        "<pubDate>Mon, 02 Mar 2026 07:45:23 +0000</pubDate><dc:creator><![CDATA[Nina Pier]]></dc:creator>"
        f'<category><![CDATA[News]]></category><guid isPermaLink="false">https://harbour.example/?p={number}</guid>'
        f"<description><![CDATA[{_SENTENCES[number % 3]} [&#8230;]]]></description>"
        f"<content:encoded><![CDATA[{_text(number)}]]></content:encoded></item>"
    )


def _text(number: int) -> str:
    sentences = [_SENTENCES[(number + step) % 3] for step in range(12)]
    return (
        f"<p>{' '.join(sentences[:5])} <strong>{sentences[5]}</strong></p>\n"
        f'<p>{" ".join(sentences[6:9])}<br />\n<a href="https://harbour.example/plan/{number}/">The plan</a></p>\n'
        f"<p>{' '.join(sentences[9:])}</p>\n"
    )
