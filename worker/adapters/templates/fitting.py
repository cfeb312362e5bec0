"""How much of a digest fits into so many bytes: shorter posts first, then fewer posts, then fewer sections.

Estimates sizes and renders nothing: who asks renders what is yielded until it fits.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from markupsafe import escape

from worker.core.digest_cutting import limit_posts, limit_sections, shorten_posts
from worker.core.digest_parts import Digest, DigestPost

#: Gmail hides what comes after about 102 kB of HTML
HTML_BYTES = 95_000
#: a text part of a mail is not hidden, but nobody reads a longer one
TEXT_BYTES = 200_000
#: what is attached has to pass mail servers
ATTACHMENT_BYTES = 5_000_000
#: how long posts may be, from the roomiest digest to the tightest
_POST_CHARS = (600, 320, 160, 90)


@dataclass(frozen=True, slots=True)
class Room:
    """How many bytes there are, and what a template takes of them; measured on the shipped ones."""

    most: int
    #: what stands around everything, a section, a post without its text, a line, the tags of a mark
    frame: int
    section: int
    post: int
    line: int
    mark: int = 0


MAIL = Room(HTML_BYTES, frame=6_500, section=750, post=560, line=330, mark=80)
ATTACHED = Room(ATTACHMENT_BYTES, frame=6_500, section=750, post=560, line=330, mark=80)
TEXT = Room(TEXT_BYTES, frame=1_500, section=200, post=120, line=180)


def ever_smaller(digest: Digest, room: Room) -> Iterator[tuple[bool, Digest]]:
    """Yield the digest as it is, then ever smaller, each with whether it was shortened; hopeless sizes are left out."""
    # what cannot fit in any form is left out first: the rest of the work no longer grows with it
    most = limit_posts(digest, room.most // room.post)
    measure = _Measure(room, most)
    if most is digest:
        if measure.fits(digest, None):
            yield False, digest
        for chars in _POST_CHARS[1:]:
            if measure.fits(digest, chars):
                yield True, shorten_posts(digest, chars)
    tightest = _POST_CHARS[-1]
    shown = measure.most_that_fit(most, tightest)
    while shown:
        yield True, shorten_posts(limit_posts(most, shown), tightest)
        shown = shown * 9 // 10
    empty = limit_posts(most, 0)
    sections = len(empty.sections)
    while sections:
        yield True, limit_sections(empty, sections)
        sections //= 2
    yield True, limit_sections(empty, 0)


class _Measure:
    """Tells about how many bytes a digest takes; looks at each text once."""

    def __init__(self, room: Room, digest: Digest) -> None:
        self._room = room
        posts = (post for section in digest.sections for post in section.posts)
        #: characters of the text, bytes of it, bytes of what stands around it; by the post's number
        self._sizes: Mapping[int, tuple[int, int, int]] = {post.number: self._size(post) for post in posts}

    def _size(self, post: DigestPost) -> tuple[int, int, int]:
        text = "".join([piece.text for piece in post.excerpts])
        written = len(escape(text).encode()) + 3 * text.count("\n") if self._room.mark else len(text.encode())
        marks = sum(bool(piece.marked or piece.change) for piece in post.excerpts)
        others = min(len(post.also), 4) * self._room.line // 2
        return len(text), written, self._room.post + others + self._room.mark * marks

    def fits(self, digest: Digest, chars: int | None) -> bool:
        """Tell whether a digest fits if its posts are cut to about `chars` characters; None: as they are."""
        room = self._room
        taken = room.frame + room.section * len(digest.sections) + room.line * len(digest.highlights)
        for section in digest.sections:
            taken += room.line * len(section.references)
            for post in section.posts:
                length, written, around = self._sizes[post.number]
                taken += around + (written if chars is None or length <= chars else written * chars // length)
        return taken <= room.most

    def most_that_fit(self, digest: Digest, chars: int) -> int:
        """Return how many posts and lines fit."""
        low, high = 0, sum(len(section.references) + len(section.posts) for section in digest.sections)
        while low < high:
            middle = (low + high + 1) // 2
            fits = self.fits(limit_posts(digest, middle), chars)
            low, high = (middle, high) if fits else (low, middle - 1)
        return low
