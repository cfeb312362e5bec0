"""Reading preview pages, every field of every post, against building the tree of the same pages and nothing else."""

from collections.abc import Callable, Sequence

from selectolax.lexbor import LexborHTMLParser

from benchmarks.material import marked_pages
from benchmarks.measure import ROUNDS, Row, compare, take_turns, timed
from worker.core.parse import telegram_preview

GOAL = 3.0


def run(*, count: int = 200, rounds: int = ROUNDS) -> list[Row]:
    """Measure `count` pages of 20 posts."""
    bodies = marked_pages(count)
    costs = take_turns(
        {
            "tree": lambda: timed(_each(LexborHTMLParser, bodies)),
            "posts": lambda: timed(_each(telegram_preview.parse, bodies)),
        },
        rounds,
    )
    return [compare("parse a preview page", "page", count, work=costs["posts"], limit=costs["tree"], goal=GOAL)]


def _each(work: Callable[[bytes], object], bodies: Sequence[bytes]) -> Callable[[], None]:
    def all_of_them() -> None:
        for body in bodies:
            work(body)

    return all_of_them
