"""Finding the post that a person means: by its channel and id, or by its address."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select

from worker.adapters.store.base import Transactions
from worker.adapters.store.schema import post

#: how posts without an id of their own are called in the listings
_ROW = "row-"
#: more than this nobody reads through
_MOST = 20
#: more is no number that a column takes
_MOST_DIGITS = 18
_WEB = ("https://", "http://")
#: address of a preview page of Telegram -> that of the post for people
_PREVIEWS = (("/t.me/s/", "/t.me/"), ("/telegram.me/s/", "/t.me/"), ("/telegram.me/", "/t.me/"))


@dataclass(frozen=True, slots=True)
class PostFound:
    """A stored post as a person may name it."""

    row: int
    channel: str
    #: the source's own, or ``row-`` and a number
    id: str
    url: str | None

    @property
    def name(self) -> str:
        """What names it and no other post."""
        return f"{self.channel}/{self.id}"


class Lookup(Transactions):
    """The part of the store that knows what a person means."""

    def find_posts(self, text: str) -> tuple[PostFound, ...]:
        """Return the posts that `text` may mean: none, the one, or twenty at most where it is not clear.

        Args:
            text: ``CHANNEL/ID``, ``CHANNEL/row-N``, or the address of a post, with or without what a browser adds to
                it. One address may be that of several posts: of one site followed as two channels.
        """
        # a name that is no text, as a command line may hold it, cannot be asked for
        asked = text.strip().encode("utf-8", "replace").decode()
        statement = (
            select(post.c.row_id, post.c.channel, post.c.post_id, post.c.url)
            .where(or_(*_meanings(asked)))
            .order_by(post.c.row_id)
            .limit(_MOST)
        )
        with self._reading() as connection:
            rows = connection.execute(statement).all()
        return tuple(PostFound(row.row_id, row.channel, row.post_id or f"{_ROW}{row.row_id}", row.url) for row in rows)


def _meanings(text: str) -> Iterator[ColumnElement[bool]]:
    addresses = list(_addresses(text))
    if addresses:
        yield post.c.url.in_(addresses)
        return
    channel, _, name = text.partition("/")
    yield (post.c.channel == channel) & (post.c.post_id == name)
    number = name.removeprefix(_ROW)
    if name.startswith(_ROW) and number.isascii() and number.isdecimal() and len(number) <= _MOST_DIGITS:
        yield (post.c.channel == channel) & (post.c.row_id == int(number)) & post.c.post_id.is_(None)


def _addresses(text: str) -> Iterator[str]:
    """Yield the ways in which the address of a post may have been stored; none for what is no address."""
    if not text.lower().startswith(_WEB):
        return
    bare = text.partition("#")[0]
    for address in dict.fromkeys((text, bare, bare.partition("?")[0])):
        for one in dict.fromkeys((address, address.rstrip("/"), f"{address.rstrip('/')}/")):
            yield one
            for preview, page in _PREVIEWS:
                if preview in one:
                    yield one.replace(preview, page, 1)
                    break
