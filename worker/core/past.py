"""Stored posts as they are gone through again, and samples of them. Does not match, count or read a database."""

import hashlib
import heapq
from dataclasses import dataclass
from datetime import datetime

from worker.core.models import Facts, Match


@dataclass(frozen=True, slots=True)
class PastPost:
    """A stored post with its present text."""

    row: int
    channel: str
    #: the source's own, or ``row-`` and a number
    id: str
    url: str | None
    #: when it came out; when it was first seen, where nobody says
    at: datetime
    text: str
    facts: Facts
    #: those that are stored of its present text
    matches: tuple[Match, ...] = ()
    #: whether another post told the same first
    is_repeat: bool = False

    @property
    def name(self) -> str:
        """What names it and no other post."""
        return f"{self.channel}/{self.id}"


@dataclass(frozen=True, slots=True)
class SamplePost:
    """A post with the matches that are to be shown of it."""

    post: PastPost
    matches: tuple[Match, ...]


class Sample:
    """A few of many posts, every one as likely as the others, and always the same ones of the same posts.

    Keeps those whose row has the smallest hash, so that neither the order nor the number of posts must be known.

    Args:
        most: how many are kept.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: list[tuple[int, int, SamplePost]] = []

    def add(self, post: PastPost, matches: tuple[Match, ...]) -> None:
        """Take one post into account; no post is added twice."""
        if not self._most:
            return
        entry = (-rank(post.row), post.row, SamplePost(post, matches))
        if len(self._kept) < self._most:
            heapq.heappush(self._kept, entry)
        elif entry[0] > self._kept[0][0]:
            heapq.heapreplace(self._kept, entry)

    @property
    def posts(self) -> tuple[SamplePost, ...]:
        """What is kept, the newest first."""
        kept = [each for _, _, each in self._kept]
        return tuple(sorted(kept, key=lambda each: (each.post.at, each.post.row), reverse=True))


def rank(row: int) -> int:
    """Return a number that follows from a row and looks like chance."""
    return int.from_bytes(hashlib.blake2b(row.to_bytes(8, "big", signed=True), digest_size=6).digest())
