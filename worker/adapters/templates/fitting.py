"""How much of a digest fits into a mail: shorter posts first, then fewer. Estimates sizes and renders nothing."""

from collections.abc import Iterator

from worker.core.digest import Digest, limit_posts, shorten_posts

#: Gmail hides what comes after about 102 kB of HTML
HTML_BYTES = 95_000
#: how long posts may be, from the roomiest digest to the tightest
_POST_CHARS = (600, 320, 160, 90)
#: measured on the shipped template: the frame, a post without its text, a line of reference, the tags of a mark
_FRAME_BYTES, _POST_BYTES, _LINE_BYTES, _MARK_BYTES = 5_500, 460, 400, 85


def ever_smaller(digest: Digest) -> Iterator[tuple[bool, Digest]]:
    """Yield the digest as it is, then with shorter posts, then with fewer; sizes that cannot fit are left out."""
    if _estimated_bytes(digest) <= HTML_BYTES:
        yield False, digest
    for most in _POST_CHARS[1:]:
        smaller = shorten_posts(digest, most)
        if _estimated_bytes(smaller) <= HTML_BYTES:
            yield True, smaller
    shown = _shown(smaller)
    while shown:
        fewer = limit_posts(smaller, shown)
        if _estimated_bytes(fewer) <= HTML_BYTES:
            yield True, fewer
        shown = shown * 9 // 10
    yield True, limit_posts(smaller, 0)


def _shown(digest: Digest) -> int:
    return sum(
        len(section.references) + sum(len(group.posts) for group in section.channels) for section in digest.sections
    )


def _estimated_bytes(digest: Digest) -> int:
    posts = [post for section in digest.sections for group in section.channels for post in group.posts]
    texts = sum(len(piece.text.encode()) for post in posts for piece in post.excerpts)
    lines = sum(len(section.references) for section in digest.sections) + sum(len(post.also) for post in posts)
    marks = sum(bool(piece.marked or piece.change) for post in posts for piece in post.excerpts)
    return _FRAME_BYTES + texts + _POST_BYTES * len(posts) + _LINE_BYTES * lines + _MARK_BYTES * marks
