"""How much of a digest fits into so many bytes: shorter posts first, then fewer posts, then fewer sections.

Estimates sizes and renders nothing: who asks renders what is yielded until it fits.
"""

from collections.abc import Callable, Iterator

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
#: measured on the shipped template: the frame, a section, a post without its text, a line, the tags of a mark
_FRAME_BYTES, _SECTION_BYTES, _POST_BYTES, _LINE_BYTES, _MARK_BYTES = 6_500, 750, 560, 330, 80
#: no post takes less, in either form
_LEAST_BYTES = 180
#: the same of the text
_TEXT_FRAME_BYTES, _TEXT_SECTION_BYTES, _TEXT_POST_BYTES, _TEXT_LINE_BYTES = 1_500, 200, 120, 180


def ever_smaller(digest: Digest, most_bytes: int, estimate: Callable[[Digest], int]) -> Iterator[tuple[bool, Digest]]:
    """Yield the digest as it is, then ever smaller, each with whether it was shortened; hopeless sizes are left out.

    Args:
        digest: the whole.
        most_bytes: what it has to fit into.
        estimate: about how many bytes a digest takes.
    """
    if estimate(digest) <= most_bytes:
        yield False, digest
    # what cannot fit in any form is left out first: the rest of the work no longer grows with it
    digest = smaller = limit_posts(digest, most_bytes // _LEAST_BYTES)
    for most in _POST_CHARS[1:]:
        smaller = shorten_posts(digest, most)
        if estimate(smaller) <= most_bytes:
            yield True, smaller
    shown = _most_that_fit(smaller, most_bytes, estimate)
    while shown:
        yield True, limit_posts(smaller, shown)
        shown = shown * 9 // 10
    empty = limit_posts(smaller, 0)
    sections = len(empty.sections)
    while sections:
        yield True, limit_sections(empty, sections)
        sections //= 2
    yield True, limit_sections(empty, 0)


def _most_that_fit(digest: Digest, most_bytes: int, estimate: Callable[[Digest], int]) -> int:
    low, high = 0, sum(len(section.references) + len(section.posts) for section in digest.sections)
    while low < high:
        middle = (low + high + 1) // 2
        fits = estimate(limit_posts(digest, middle)) <= most_bytes
        low, high = (middle, high) if fits else (low, middle - 1)
    return low


def html_bytes(digest: Digest) -> int:
    """Return about how many bytes a digest takes as HTML."""
    posts = [post for section in digest.sections for post in section.posts]
    lines = sum(len(section.references) for section in digest.sections) + len(digest.highlights)
    marks = sum(bool(piece.marked or piece.change) for post in posts for piece in post.excerpts)
    others = sum(min(len(post.also), 4) for post in posts) // 2
    return (
        _FRAME_BYTES
        + _SECTION_BYTES * len(digest.sections)
        + sum(map(_escaped_bytes, posts))
        + _POST_BYTES * len(posts)
        + _LINE_BYTES * (lines + others)
        + _MARK_BYTES * marks
    )


def text_bytes(digest: Digest) -> int:
    """Return about how many bytes a digest takes as text."""
    posts = [post for section in digest.sections for post in section.posts]
    lines = sum(len(section.references) for section in digest.sections)
    texts = sum(len(piece.text.encode()) for post in posts for piece in post.excerpts)
    return (
        _TEXT_FRAME_BYTES
        + texts
        + _TEXT_SECTION_BYTES * len(digest.sections)
        + _TEXT_POST_BYTES * len(posts)
        + _TEXT_LINE_BYTES * lines
    )


def _escaped_bytes(post: DigestPost) -> int:
    text = "".join([piece.text for piece in post.excerpts])
    return len(escape(text).encode()) + 3 * text.count("\n")
