"""What queries may ask of a post besides its text. Does not detect languages."""

from worker.core.models import Facts, Post


def facts_of(post: Post, channel: str | None, *, is_edited: bool = False) -> Facts:
    """Return the facts of `post`.

    Args:
        post: as an export shows it.
        channel: name of its channel; None if it has none.
        is_edited: whether we have found an edit of it, which the source may not say.
    """
    return Facts(
        channel=channel,
        is_forward=post.forwarded_from is not None,
        is_edited=is_edited or bool(post.edited),
        media=frozenset([media.kind for media in post.media]) if post.media else frozenset(),
        author=post.author,
        links=post.links,
    )
